/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/verify/check.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/hostname.h"
#include "ctl/output/text.h"
#include "ctl/verify/gateway.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const verdict_names[VERDICTS] = {
    [VERDICT_CARRIED] = "carried",     [VERDICT_UNCHECKED] = "unchecked",
    [VERDICT_UNTRUSTED] = "untrusted", [VERDICT_NOT_VALID] = "not-valid",
    [VERDICT_MISSING] = "missing",
};

static void look(const struct check_plan *, const struct endpoints *, struct check *);
static char *find_places(const struct check_plan *, const char *namespace, struct json_object *pool,
                         struct endpoints *);
static void read_certificates(const struct check_plan *, struct json_object *pool, struct check *);
static void read_certificate(const struct check_plan *, struct json_object *server, struct check *);
static bool lists_pool(struct json_object *server, const char *pool);
static bool is_known(const struct check *, const char *certificate);
static void add_steps(struct check *, struct json_object *pool);
static bool is_paused(struct json_object *pool);
static char *text_at(struct json_object *object, const char *path);

struct check check_hostname(const struct check_plan *plan, const char *hostname)
{
    struct check check = {.hostname = memory_text(hostname)};

    look(plan, plan->places, &check);
    if (check.verdict == VERDICT_MISSING)
        stage_add_plain_steps(&check.steps, check.served.certname, check.hostname);
    return check;
}

struct check check_pool(const struct check_plan *plan, const char *namespace, const char *name,
                        struct json_object *object)
{
    struct check check = check_impossible(namespace, name, NULL);
    const char *hostname = json_text_at(object, "spec.route.hostname");
    struct endpoints places = {0};

    free(check.hostname);
    check.hostname = text_at(object, "spec.route.hostname");
    if (!json_object_get_boolean(json_at(object, "spec.route.enabled")))
        check.problem = memory_text("the Pool's route is not enabled");
    else if (hostname_problem(hostname) != NULL)
        check.problem = memory_format("the Pool's hostname %s", hostname_problem(hostname));
    else if (plan->places == NULL)
        check.problem = find_places(plan, namespace, object, &places);
    if (check.problem == NULL) {
        look(plan, plan->places != NULL ? plan->places : &places, &check);
        read_certificates(plan, object, &check);
        add_steps(&check, object);
    }
    endpoints_clear(&places);
    return check;
}

struct check check_impossible(const char *namespace, const char *name, char *problem)
{
    return (struct check){
        .namespace = text_clean(namespace, strlen(namespace)),
        .pool = text_clean(name, strlen(name)),
        .hostname = memory_text(""),
        .verdict = VERDICT_UNCHECKED,
        .problem = problem,
    };
}

void check_clear(struct check *check)
{
    for (size_t i = 0; i < check->certificate_count; i++)
        stage_certificate_clear(&check->certificates[i]);
    free(check->certificates);
    stage_steps_clear(&check->steps);
    served_clear(&check->served);
    probe_clear(&check->probe);
    free(check->namespace);
    free(check->pool);
    free(check->hostname);
    free(check->server_name);
    free(check->problem);
    free(check->note);
    *check = (struct check){0};
}

enum verdict check_judge(X509 *certificate, const char *name, time_t now, bool trust_asked,
                         int trust)
{
    if (!served_carries(certificate, name))
        return VERDICT_MISSING;
    if (X509_cmp_time(X509_get0_notBefore(certificate), &now) > 0 ||
        X509_cmp_time(X509_get0_notAfter(certificate), &now) < 0)
        return VERDICT_NOT_VALID;
    return trust_asked && trust != X509_V_OK ? VERDICT_UNTRUSTED : VERDICT_CARRIED;
}

const char *check_verdict_name(enum verdict verdict)
{
    return verdict_names[verdict];
}

static void look(const struct check_plan *plan, const struct endpoints *places, struct check *check)
{
    X509 *certificate;

    check->server_name = gateway_server_name(check->hostname);
    check->trust_asked = handshake_trusts(plan->context);
    probe_run(plan->context, places, check->server_name, plan->milliseconds, &check->probe);
    certificate = check->probe.handshake.certificate;
    if (certificate == NULL) {
        check->verdict = VERDICT_UNCHECKED;
        check->problem = text_clean(check->probe.problem, strlen(check->probe.problem));
        return;
    }
    check->served = served_read(certificate);
    check->verdict = check_judge(certificate, check->server_name, time(NULL), check->trust_asked,
                                 check->probe.handshake.trust);
}

static char *find_places(const struct check_plan *plan, const char *namespace,
                         struct json_object *pool, struct endpoints *places)
{
    const char *there = json_text_at(pool, "spec.route.gatewayRef.namespace");
    const char *name = json_text_at(pool, "spec.route.gatewayRef.name");
    struct json_object *gateway;
    char *problem;

    if (there[0] == '\0')
        there = namespace;
    if (object_name_problem(name) != NULL || label_name_problem(there) != NULL)
        return memory_text("no Gateway can have the name in the Pool's gatewayRef");
    gateway = cluster_get(plan->cluster, KIND_GATEWAY, there, name, &problem);
    if (gateway != NULL)
        return gateway_places(gateway, json_text_at(pool, "spec.route.gatewayRef.sectionName"),
                              json_text_at(pool, "spec.route.hostname"), places);
    return problem != NULL ? problem
                           : memory_format("there is no Gateway %s in namespace %s", name, there);
}

/* What cannot be read is noted; the certificate that was served can be judged without. */
static void read_certificates(const struct check_plan *plan, struct json_object *pool,
                              struct check *check)
{
    const char *name = json_text_at(pool, "metadata.name");
    struct json_object *servers =
        cluster_get(plan->cluster, KIND_SERVER, check->namespace, NULL, &check->note);

    for (size_t i = 0; i < json_count(servers); i++) {
        struct json_object *server = json_item(servers, i);

        if (lists_pool(server, name))
            read_certificate(plan, server, check);
    }
}

static void read_certificate(const struct check_plan *plan, struct json_object *server,
                             struct check *check)
{
    const char *name = json_text_at(server, "spec.certificateRef");
    struct json_object *object;
    char *problem;

    if (object_name_problem(name) != NULL || is_known(check, name))
        return;
    object = cluster_get(plan->cluster, KIND_CERTIFICATE, check->namespace, name, &problem);
    if (problem != NULL) {
        free(check->note);
        check->note = problem;
        return;
    }
    check->certificates = memory_resize(check->certificates, check->certificate_count + 1,
                                        sizeof(*check->certificates));
    check->certificates[check->certificate_count++] =
        stage_read(object, name, json_text_at(server, "metadata.name"), check->hostname,
                   check->served.certname != NULL ? check->served.certname : "",
                   check->verdict != VERDICT_MISSING && check->verdict != VERDICT_UNCHECKED);
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

static bool is_known(const struct check *check, const char *certificate)
{
    for (size_t i = 0; i < check->certificate_count; i++) {
        if (strcmp(check->certificates[i].name, certificate) == 0)
            return true;
    }
    return false;
}

/* Where the name is missing: what each Certificate lacks, or, if it is the certificate of none of
 * them, what can be said without. */
static void add_steps(struct check *check, struct json_object *pool)
{
    const struct stage_pool asks = {
        .namespace = check->namespace,
        .name = check->pool,
        .hostname = check->hostname,
        .inject = json_object_get_boolean(json_at(pool, "spec.route.injectDNSAltName")),
        .paused = is_paused(pool),
    };
    const char *served = check->served.certname != NULL ? check->served.certname : "";
    bool is_ours = false;

    for (size_t i = 0; i < check->certificate_count; i++) {
        is_ours = is_ours || strcasecmp(check->certificates[i].certname, served) == 0;
        if (check->verdict == VERDICT_MISSING)
            stage_add_steps(&check->steps, &asks, &check->certificates[i]);
    }
    if (check->verdict != VERDICT_MISSING || is_ours)
        return;
    if (check->note == NULL)
        stage_add_step(&check->steps,
                       "The certificate that was served is none of this Pool's Servers': see "
                       "whether the TLSRoute and the Service lead to them. Else:",
                       NULL);
    stage_add_plain_steps(&check->steps, check->served.certname, check->hostname);
}

static bool is_paused(struct json_object *pool)
{
    const char *paused = json_text_member(pool, "metadata.annotations", OPENVOX_GROUP "/paused");

    return paused != NULL && strcmp(paused, "true") == 0;
}

static char *text_at(struct json_object *object, const char *path)
{
    const char *text = json_text_at(object, path);

    return text_clean(text, strlen(text));
}
