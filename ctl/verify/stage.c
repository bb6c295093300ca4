/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/verify/stage.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "ctl/output/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name, *text;
} stages[STAGES] = {
    [STAGE_NOT_INJECTED] = {"not-injected", "its spec does not have the name yet"},
    [STAGE_NOT_ISSUED] = {"not-issued", "its spec has the name; it is being issued"},
    [STAGE_REISSUE] = {"reissue", "its spec has the name, what was issued has not"},
    [STAGE_SERVED] = {"served", "served with the name"},
    [STAGE_UNKNOWN] = {"unknown", "its spec has the name; another one was served"},
};

/* What is to be done while a Certificate is in a phase other than Signed. */
static const struct {
    const char *phase, *text;
    bool sign; /* on the CA */
} phases[] = {
    {"Pending", "is Pending: wait until its operator has it signed", false},
    {"Requesting", "is Requesting: wait until its operator has it signed", false},
    {"WaitingForSigning", "waits for its signature: sign it on the CA", true},
    {"Renewing", "is Renewing: wait for it, then look again", false},
    {"Error", "is in phase Error: its status and its operator's log say why", false},
};

static enum stage judge(const struct stage_certificate *, const char *served, bool carries);
static bool has_name(struct json_object *list, const char *name);
static char *copy(struct json_object *object, const char *path);
static void add_injection(struct stage_steps *, const struct stage_pool *,
                          const struct stage_certificate *);
static void add_issue(struct stage_steps *, const struct stage_pool *,
                      const struct stage_certificate *);
static void add_reissue(struct stage_steps *, const struct stage_pool *,
                        const struct stage_certificate *);
static void add_clean(struct stage_steps *, const char *whose, const char *certname);
static char *kubectl(const char *namespace, const char *verb, const char *kind, const char *name,
                     const char *rest);

const char *stage_name(enum stage stage)
{
    return stages[stage].name;
}

const char *stage_text(enum stage stage)
{
    return stages[stage].text;
}

struct stage_certificate stage_read(struct json_object *object, const char *name,
                                    const char *server, const char *hostname, const char *served,
                                    bool carries)
{
    struct stage_certificate certificate = {
        .name = text_clean(name, strlen(name)),
        .server = text_clean(server, strlen(server)),
        .certname = copy(object, "spec.certname"),
        .secret = copy(object, "status.secretName"),
        .phase = copy(object, "status.phase"),
        .in_spec = has_name(json_at(object, "spec.dnsAltNames"), hostname),
        .derived = has_name(json_at(object, "status.effectiveDNSAltNames"), hostname),
        .exists = object != NULL,
    };

    if (certificate.secret[0] == '\0') {
        free(certificate.secret);
        certificate.secret = memory_format("%s-tls", certificate.name);
    }
    certificate.stage = judge(&certificate, served, carries);
    return certificate;
}

void stage_certificate_clear(struct stage_certificate *certificate)
{
    free(certificate->name);
    free(certificate->server);
    free(certificate->certname);
    free(certificate->secret);
    free(certificate->phase);
    *certificate = (struct stage_certificate){0};
}

void stage_add_steps(struct stage_steps *steps, const struct stage_pool *pool,
                     const struct stage_certificate *certificate)
{
    static void (*const adders[STAGES])(struct stage_steps *, const struct stage_pool *,
                                        const struct stage_certificate *) = {
        [STAGE_NOT_INJECTED] = add_injection,
        [STAGE_NOT_ISSUED] = add_issue,
        [STAGE_REISSUE] = add_reissue,
    };

    if (adders[certificate->stage] != NULL)
        adders[certificate->stage](steps, pool, certificate);
}

void stage_add_plain_steps(struct stage_steps *steps, const char *certname, const char *hostname)
{
    char *text = memory_format("See to it that the certificate is asked for with the DNS name %s: "
                               "dns_alt_names of the server, or spec.dnsAltNames of its "
                               "Certificate.",
                               hostname);

    stage_add_step(steps, text, NULL);
    add_clean(steps, "the server", certname);
    stage_add_step(steps,
                   "Have a new one issued: delete the Certificate's Secret (NAME-tls) and set its "
                   "status.phase to Pending, or, outside of Kubernetes, remove the server's own "
                   "copy and start it again.",
                   NULL);
    free(text);
}

void stage_add_step(struct stage_steps *steps, const char *text, char *command)
{
    steps->items = memory_resize(steps->items, steps->count + 1, sizeof(*steps->items));
    steps->items[steps->count++] = (struct stage_step){memory_text(text), command};
}

void stage_steps_clear(struct stage_steps *steps)
{
    for (size_t i = 0; i < steps->count; i++) {
        free(steps->items[i].text);
        free(steps->items[i].command);
    }
    free(steps->items);
    *steps = (struct stage_steps){0};
}

static enum stage judge(const struct stage_certificate *certificate, const char *served,
                        bool carries)
{
    /* Certnames compare without case: the CA makes them lower-case. */
    bool is_served =
        certificate->certname[0] != '\0' && strcasecmp(certificate->certname, served) == 0;

    if (is_served && carries)
        return STAGE_SERVED;
    if (!certificate->in_spec && !certificate->derived)
        return STAGE_NOT_INJECTED;
    if (strcmp(certificate->phase, "Signed") != 0)
        return STAGE_NOT_ISSUED;
    return is_served ? STAGE_REISSUE : STAGE_UNKNOWN;
}

static bool has_name(struct json_object *list, const char *name)
{
    for (size_t i = 0; i < json_count(list); i++) {
        struct json_object *item = json_item(list, i);

        if (json_object_is_type(item, json_type_string) &&
            strcasecmp(json_object_get_string(item), name) == 0)
            return true;
    }
    return false;
}

static char *copy(struct json_object *object, const char *path)
{
    const char *text = json_text_at(object, path);

    return text_clean(text, strlen(text));
}

static void add_injection(struct stage_steps *steps, const struct stage_pool *pool,
                          const struct stage_certificate *certificate)
{
    char *text, *command = NULL;

    if (!certificate->exists) {
        text = memory_format("Server %s uses Certificate %s, which does not exist: create it, or "
                             "name another in the Server's certificateRef.",
                             certificate->server, certificate->name);
    } else if (!pool->inject) {
        text = memory_format("Certificate %s does not have the name in spec.dnsAltNames, and the "
                             "Pool does not ask for it. Switch the injection on:",
                             certificate->name);
        command =
            kubectl(pool->namespace, "patch", "pools", pool->name,
                    "\n--type=merge\n-p '{\"spec\":{\"route\":{\"injectDNSAltName\":true}}}'");
    } else if (pool->paused) {
        text = memory_format("Certificate %s does not have the name in spec.dnsAltNames, and the "
                             "Pool is paused. When it may be worked on again:",
                             certificate->name);
        command = kubectl(pool->namespace, "annotate", "pools", pool->name,
                          "\n" OPENVOX_GROUP "/paused-");
    } else {
        text = memory_format("Certificate %s does not have the name in spec.dnsAltNames: tlsrouted "
                             "has not injected it yet. Is it running, and what does it say?",
                             certificate->name);
        command = memory_text("tlsroutectl status");
    }
    stage_add_step(steps, text, command);
    free(text);
}

static void add_issue(struct stage_steps *steps, const struct stage_pool *pool,
                      const struct stage_certificate *certificate)
{
    const char *what = "has no phase yet: wait until its operator has it signed";
    char *text, *word;
    bool sign = false;

    (void)pool;
    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
        if (strcmp(phases[i].phase, certificate->phase) == 0) {
            what = phases[i].text;
            sign = phases[i].sign;
        }
    }
    text =
        memory_format("Certificate %s has the name in its spec and %s.", certificate->name, what);
    word = text_shell_word(certificate->certname);
    stage_add_step(steps, text,
                   sign ? memory_format("puppetserver ca sign --certname %s", word) : NULL);
    free(word);
    free(text);
}

/* A CA that renews copies the old extensions, and an operator that finds the Secret takes what is
 * in it: only all three together give a certificate with the new name. */
static void add_reissue(struct stage_steps *steps, const struct stage_pool *pool,
                        const struct stage_certificate *certificate)
{
    char *whose = memory_format("Certificate %s", certificate->name);
    char *text;

    add_clean(steps, whose, certificate->certname);
    stage_add_step(steps, "Delete the Secret with the old certificate:",
                   kubectl(pool->namespace, "delete", "secret", certificate->secret, ""));
    stage_add_step(steps, "Have its operator start anew:",
                   kubectl(pool->namespace, "patch", "certificates", certificate->name,
                           "\n--subresource=status --type=merge\n"
                           "-p '{\"status\":{\"phase\":\"Pending\"}}'"));
    text = memory_format("When its phase is Signed again, look again; Pods of Server %s that still "
                         "serve the old one have to be restarted.",
                         certificate->server);
    stage_add_step(steps, text, NULL);
    free(text);
    free(whose);
}

static void add_clean(struct stage_steps *steps, const char *whose, const char *certname)
{
    char *word = text_shell_word(certname);
    char *text = memory_format("On the CA, revoke and remove the certificate of %s:", whose);

    stage_add_step(steps, text, memory_format("puppetserver ca clean --certname %s", word));
    free(text);
    free(word);
}

/* KIND is one of ours by its plural, or "secret". REST follows as it is. */
static char *kubectl(const char *namespace, const char *verb, const char *kind, const char *name,
                     const char *rest)
{
    char *where = text_shell_word(namespace), *what = text_shell_word(name);
    bool ours = strcmp(kind, "secret") != 0;
    char *command = memory_format("kubectl -n %s %s\n%s%s %s%s", where, verb, kind,
                                  ours ? "." OPENVOX_GROUP : "", what, rest);

    free(where);
    free(what);
    return command;
}
