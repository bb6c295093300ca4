/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict needs only the certificate that is served. What the cluster says is read for the
 * advice alone, so that somebody who may read nothing else still gets a verdict. */
#include "ctl/verify/verification.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/hostname.h"
#include "ctl/output/text.h"
#include "ctl/verify/gateway.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void fetch_and_judge(const struct verification_plan *, const struct endpoints *,
                            struct verification *);
static char *find_endpoints(const struct verification_plan *, const char *namespace,
                            struct json_object *pool, struct endpoints *);
static void read_certificates(const struct verification_plan *, struct json_object *pool,
                              struct verification *);
static void read_certificate(const struct verification_plan *, struct json_object *server,
                             struct verification *);
static bool lists_pool(struct json_object *server, const char *pool);
static bool is_known(const struct verification *, const char *certificate);
static void judge_answerer(struct verification *);
static bool is_of_pool(const struct verification *);
static void advise(struct verification *, struct json_object *pool);
static void advise_steps(struct verification *, const struct advice_pool *);
static void advise_route(struct verification *, const struct advice_pool *);
static bool is_paused(struct json_object *pool);

static const char *const verdict_names[VERDICTS] = {
    [VERDICT_CARRIED] = "carried",     [VERDICT_UNCHECKED] = "unchecked",
    [VERDICT_UNTRUSTED] = "untrusted", [VERDICT_NOT_VALID] = "not-valid",
    [VERDICT_MISSING] = "missing",     [VERDICT_STRANGER] = "not-a-puppet-server",
};

struct verification verification_of_hostname(const struct verification_plan *plan,
                                             const char *hostname)
{
    struct verification result = {.hostname = memory_text(hostname)};

    fetch_and_judge(plan, plan->endpoints, &result);
    judge_answerer(&result);
    if (result.verdict == VERDICT_MISSING)
        advice_add_general(&result.advice, result.info.certname, result.hostname);
    else
        advise_route(&result, NULL);
    return result;
}

struct verification verification_of_pool(const struct verification_plan *plan,
                                         const char *namespace, const char *name,
                                         struct json_object *object)
{
    const char *hostname = json_text_at(object, "spec.route.hostname");
    struct verification result = {
        .namespace = text_clean(namespace, strlen(namespace)),
        .pool = text_clean(name, strlen(name)),
        .hostname = text_clean(hostname, strlen(hostname)),
        .verdict = VERDICT_UNCHECKED,
    };
    struct endpoints endpoints = {0};

    if (!json_object_get_boolean(json_at(object, "spec.route.enabled")))
        result.problem = memory_text("the Pool's route is not enabled");
    else if (hostname_problem(hostname) != NULL)
        result.problem = memory_format("the Pool's hostname %s", hostname_problem(hostname));
    else if (plan->endpoints == NULL)
        result.problem = find_endpoints(plan, namespace, object, &endpoints);
    if (result.problem == NULL) {
        fetch_and_judge(plan, plan->endpoints != NULL ? plan->endpoints : &endpoints, &result);
        read_certificates(plan, object, &result);
        judge_answerer(&result);
        advise(&result, object);
    }
    endpoints_clear(&endpoints);
    return result;
}

void verification_clear(struct verification *verification)
{
    for (size_t i = 0; i < verification->certificate_count; i++)
        stage_certificate_clear(&verification->certificates[i]);
    free(verification->certificates);
    advice_clear(&verification->advice);
    x509_info_clear(&verification->info);
    served_certificate_clear(&verification->served);
    free(verification->namespace);
    free(verification->pool);
    free(verification->hostname);
    free(verification->server_name);
    free(verification->problem);
    free(verification->note);
    *verification = (struct verification){0};
}

enum verdict verification_judge(X509 *certificate, const char *name, time_t now, bool has_ca,
                                int trust)
{
    if (!x509_has_name(certificate, name))
        return VERDICT_MISSING;
    if (X509_cmp_time(X509_get0_notBefore(certificate), &now) > 0 ||
        X509_cmp_time(X509_get0_notAfter(certificate), &now) < 0)
        return VERDICT_NOT_VALID;
    return has_ca && trust != X509_V_OK ? VERDICT_UNTRUSTED : VERDICT_CARRIED;
}

const char *verification_verdict_name(enum verdict verdict)
{
    return verdict_names[verdict];
}

static void fetch_and_judge(const struct verification_plan *plan, const struct endpoints *endpoints,
                            struct verification *verification)
{
    struct served_certificate *served = &verification->served;
    X509 *certificate;

    verification->server_name = gateway_server_name(verification->hostname);
    verification->has_ca = handshake_verifies_chain(plan->context);
    served_certificate_fetch(plan->context, endpoints, verification->server_name,
                             plan->milliseconds, served);
    certificate = served->handshake.certificate;
    if (certificate == NULL) {
        verification->verdict = VERDICT_UNCHECKED;
        verification->problem = text_clean(served->problem, strlen(served->problem));
        return;
    }
    verification->info = x509_info_of(certificate);
    verification->verdict = verification_judge(certificate, verification->server_name, time(NULL),
                                               verification->has_ca, served->handshake.trust);
}

static char *find_endpoints(const struct verification_plan *plan, const char *namespace,
                            struct json_object *pool, struct endpoints *endpoints)
{
    const char *where = json_text_at(pool, "spec.route.gatewayRef.namespace");
    const char *name = json_text_at(pool, "spec.route.gatewayRef.name");
    struct json_object *gateway;
    char *problem;

    if (where[0] == '\0')
        where = namespace;
    if (object_name_problem(name) != NULL || label_name_problem(where) != NULL)
        return memory_text("the Pool's gatewayRef is not the name of a Gateway");
    gateway = cluster_get(plan->cluster, KIND_GATEWAY, where, name, &problem);
    if (gateway != NULL)
        return gateway_endpoints(gateway, json_text_at(pool, "spec.route.gatewayRef.sectionName"),
                                 json_text_at(pool, "spec.route.hostname"), endpoints);
    return problem != NULL ? problem : memory_format("Gateway %s/%s does not exist", where, name);
}

/* What cannot be read is noted. */
static void read_certificates(const struct verification_plan *plan, struct json_object *pool,
                              struct verification *verification)
{
    const char *name = json_text_at(pool, "metadata.name");
    struct json_object *servers =
        cluster_get(plan->cluster, KIND_SERVER, verification->namespace, NULL, &verification->note);

    for (size_t i = 0; i < json_count(servers); i++) {
        struct json_object *server = json_item(servers, i);

        if (lists_pool(server, name))
            read_certificate(plan, server, verification);
    }
}

static void read_certificate(const struct verification_plan *plan, struct json_object *server,
                             struct verification *verification)
{
    const char *name = json_text_at(server, "spec.certificateRef");
    const char *served = verification->info.certname != NULL ? verification->info.certname : "";
    bool has_name =
        verification->verdict != VERDICT_MISSING && verification->verdict != VERDICT_UNCHECKED;
    struct json_object *object;
    char *problem;

    if (object_name_problem(name) != NULL || is_known(verification, name))
        return;
    object = cluster_get(plan->cluster, KIND_CERTIFICATE, verification->namespace, name, &problem);
    if (problem != NULL) {
        free(verification->note);
        verification->note = problem;
        return;
    }
    verification->certificates =
        memory_resize(verification->certificates, verification->certificate_count + 1,
                      sizeof(*verification->certificates));
    verification->certificates[verification->certificate_count++] =
        stage_read(object, name, json_text_at(server, "metadata.name"), verification->hostname,
                   served, has_name);
}

static bool lists_pool(struct json_object *server, const char *pool)
{
    struct json_object *pools = json_at(server, "spec.poolRefs");

    for (size_t i = 0; i < json_count(pools); i++) {
        struct json_object *item = json_item(pools, i);

        if (json_object_is_type(item, json_type_string) &&
            strcmp(json_object_get_string(item), pool) == 0)
            return true;
    }
    return false;
}

static bool is_known(const struct verification *verification, const char *certificate)
{
    for (size_t i = 0; i < verification->certificate_count; i++) {
        if (strcmp(verification->certificates[i].name, certificate) == 0)
            return true;
    }
    return false;
}

/* Who answered is judged first: what a certificate has or lacks says nothing if it is not that of a
 * Puppet server. */
static void judge_answerer(struct verification *verification)
{
    const struct handshake *handshake = &verification->served.handshake;
    const struct answerer_evidence evidence = {
        .info = &verification->info,
        .is_of_pool = is_of_pool(verification),
        .is_trusted = verification->has_ca && handshake->trust == X509_V_OK,
        .requests_client_certificate = handshake->requests_client_certificate,
    };

    verification->answerer = answerer_judge(&evidence);
    if (verification->answerer != ANSWERER_PUPPET && verification->answerer != ANSWERER_NOBODY &&
        verification->verdict != VERDICT_NOT_VALID)
        verification->verdict = VERDICT_STRANGER;
}

/* Without regard to case: the CA turns certnames into lower case. */
static bool is_of_pool(const struct verification *verification)
{
    for (size_t i = 0; i < verification->certificate_count; i++) {
        const char *certname = verification->certificates[i].certname;

        if (certname[0] != '\0' && verification->info.certname != NULL &&
            strcasecmp(certname, verification->info.certname) == 0)
            return true;
    }
    return false;
}

static void advise(struct verification *verification, struct json_object *object)
{
    const struct advice_pool pool = {
        .namespace = verification->namespace,
        .name = verification->pool,
        .inject = json_object_get_boolean(json_at(object, "spec.route.injectDNSAltName")),
        .paused = is_paused(object),
    };

    if (verification->verdict == VERDICT_MISSING)
        advise_steps(verification, &pool);
    else
        advise_route(verification, &pool);
}

/* The name is missing: what each Certificate needs or, if the one that is served belongs to none of
 * them, what is true of any certificate. */
static void advise_steps(struct verification *verification, const struct advice_pool *pool)
{
    for (size_t i = 0; i < verification->certificate_count; i++)
        advice_add_for_certificate(&verification->advice, pool, &verification->certificates[i]);
    if (is_of_pool(verification))
        return;
    if (verification->note == NULL)
        advice_add(&verification->advice,
                   "Check that the TLSRoute and the Service lead to this Pool's Servers: the "
                   "certificate that was served belongs to none of them. If it should:",
                   NULL);
    advice_add_general(&verification->advice, verification->info.certname, verification->hostname);
}

/* POOL is NULL if none is known. */
static void advise_route(struct verification *verification, const struct advice_pool *pool)
{
    const char *why = NULL;

    if (verification->served.was_cut && verification->info.subject == NULL)
        why = "A Gateway cuts handshakes for names that it has no route for.";
    else if (verification->verdict == VERDICT_STRANGER)
        why = verification->answerer == ANSWERER_GATEWAY
                  ? "The Gateway answered itself, with its default certificate."
                  : "Something other than a Puppet server answered.";
    if (why != NULL)
        advice_add_for_route(&verification->advice, pool, verification->hostname, why);
}

static bool is_paused(struct json_object *pool)
{
    const char *paused = json_text_member(pool, "metadata.annotations", OPENVOX_GROUP "/paused");

    return paused != NULL && strcmp(paused, "true") == 0;
}
