/* SPDX-License-Identifier: Apache-2.0 */
/* Every command that is printed has been tried: it is meant to be pasted into a shell. Names in it
 * are quoted, for they are chosen by others. */
#include "ctl/verify/advice.h"

#include "common/base/memory.h"
#include "common/message/kind.h"
#include "ctl/output/text.h"

#include <stdlib.h>
#include <string.h>

/* What to do while a Certificate is in a phase other than Signed. */
static const struct {
    const char *phase, *text;
    bool sign; /* on the CA */
} phases[] = {
    {"Pending", "Wait until its operator has obtained the certificate (phase Pending).", false},
    {"Requesting", "Wait until its operator has obtained the certificate (phase Requesting).",
     false},
    {"WaitingForSigning", "Sign its request on the CA:", true},
    {"Renewing", "Wait until it has been renewed, then verify again.", false},
    {"Error", "It is in phase Error: see its status and the log of its operator.", false},
};

static void add_injection(struct advice *, const struct advice_pool *,
                          const struct stage_certificate *);
static void add_issue(struct advice *, const struct advice_pool *,
                      const struct stage_certificate *);
static void add_reissue(struct advice *, const struct advice_pool *,
                        const struct stage_certificate *);
static void add_clean(struct advice *, const char *whose, const char *certname);
static char *explain(const struct advice_pool *);
static char *puppetserver(const char *verb, const char *certname);
static char *kubectl(const char *namespace, const char *verb, const char *kind, const char *name,
                     const char *rest);

void advice_add_for_certificate(struct advice *advice, const struct advice_pool *pool,
                                const struct stage_certificate *certificate)
{
    static void (*const adders[STAGES])(struct advice *, const struct advice_pool *,
                                        const struct stage_certificate *) = {
        [STAGE_NOT_INJECTED] = add_injection,
        [STAGE_NOT_ISSUED] = add_issue,
        [STAGE_REISSUE] = add_reissue,
    };

    if (adders[certificate->stage] != NULL)
        adders[certificate->stage](advice, pool, certificate);
}

void advice_add_general(struct advice *advice, const char *certname, const char *hostname)
{
    char *text =
        memory_format("Add the DNS name %s to the certificate request: to dns_alt_names of "
                      "the server, or to spec.dnsAltNames of its Certificate.",
                      hostname);

    advice_add(advice, text, NULL);
    add_clean(advice, "the server", certname);
    advice_add(
        advice,
        "Have a new certificate issued: delete the Certificate's Secret (NAME-tls) and set "
        "its status.phase to Pending or, outside Kubernetes, remove the server's copy of the "
        "certificate and restart the server.",
        NULL);
    free(text);
}

void advice_add_for_route(struct advice *advice, const struct advice_pool *pool,
                          const char *hostname, const char *why)
{
    char *text = memory_format("%s No TLSRoute is in effect for %s there%s", why, hostname,
                               pool != NULL ? ". See what keeps it from that:"
                                            : ": see which ones exist, and whether their Gateways "
                                              "have accepted them:");

    if (pool != NULL) {
        advice_add(advice, text, explain(pool));
        advice_add(
            advice, "See what the Gateway's controller reports of it, in its status:",
            kubectl(pool->namespace, "get -o yaml", "tlsroutes." GATEWAY_GROUP, pool->name, ""));
    } else {
        advice_add(advice, text, memory_text("kubectl get -A tlsroutes." GATEWAY_GROUP));
    }
    advice_add(advice,
               "If the Gateway has accepted it, check that the address is that of the Gateway, and "
               "the port that of its listener with TLS mode Passthrough.",
               NULL);
    free(text);
}

void advice_add(struct advice *advice, const char *text, char *command)
{
    advice->steps = memory_resize(advice->steps, advice->count + 1, sizeof(*advice->steps));
    advice->steps[advice->count++] = (struct advice_step){memory_text(text), command};
}

void advice_clear(struct advice *advice)
{
    for (size_t i = 0; i < advice->count; i++) {
        free(advice->steps[i].text);
        free(advice->steps[i].command);
    }
    free(advice->steps);
    *advice = (struct advice){0};
}

static void add_injection(struct advice *advice, const struct advice_pool *pool,
                          const struct stage_certificate *certificate)
{
    char *text, *command = NULL;

    if (!certificate->exists) {
        text =
            memory_format("Create Certificate %s, which Server %s uses and which does not exist, "
                          "or correct the Server's certificateRef.",
                          certificate->name, certificate->server);
    } else if (!pool->inject) {
        text =
            memory_format("Enable injection in the Pool: spec.dnsAltNames of Certificate %s lacks "
                          "the hostname, and the Pool does not request it.",
                          certificate->name);
        command = kubectl(pool->namespace,
                          "patch\n--type=merge\n"
                          "-p '{\"spec\":{\"route\":{\"injectDNSAltName\":true}}}'",
                          "pools." OPENVOX_GROUP, pool->name, "");
    } else if (pool->paused) {
        text = memory_format("Resume the Pool when it may be changed again: spec.dnsAltNames of "
                             "Certificate %s lacks the hostname, and the Pool is paused.",
                             certificate->name);
        command = kubectl(pool->namespace, "annotate", "pools." OPENVOX_GROUP, pool->name,
                          "\n" OPENVOX_GROUP "/paused-");
    } else {
        text = memory_format("Check that tlsrouted is running and healthy: it has not added the "
                             "hostname to spec.dnsAltNames of Certificate %s yet.",
                             certificate->name);
        command = memory_text("tlsroutectl status");
    }
    advice_add(advice, text, command);
    free(text);
}

static void add_issue(struct advice *advice, const struct advice_pool *pool,
                      const struct stage_certificate *certificate)
{
    const char *what = "Wait until its operator has obtained the certificate.";
    char *text;
    bool sign = false;

    (void)pool;
    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
        if (strcmp(phases[i].phase, certificate->phase) == 0) {
            what = phases[i].text;
            sign = phases[i].sign;
        }
    }
    text =
        memory_format("Certificate %s has the hostname in its spec. %s", certificate->name, what);
    advice_add(advice, text, sign ? puppetserver("sign", certificate->certname) : NULL);
    free(text);
}

/* A CA that renews copies the old extensions, and an operator that finds the Secret uses what is in
 * it: only all three steps together give a certificate with the new name. */
static void add_reissue(struct advice *advice, const struct advice_pool *pool,
                        const struct stage_certificate *certificate)
{
    char *whose = memory_format("Certificate %s", certificate->name);
    char *text;

    add_clean(advice, whose, certificate->certname);
    advice_add(advice, "Delete the Secret with the old certificate:",
               kubectl(pool->namespace, "delete", "secret", certificate->secret, ""));
    advice_add(advice, "Make its operator start again:",
               kubectl(pool->namespace,
                       "patch\n--subresource=status --type=merge\n"
                       "-p '{\"status\":{\"phase\":\"Pending\"}}'",
                       "certificates." OPENVOX_GROUP, certificate->name, ""));
    text = memory_format("Verify again when its phase is Signed. Restart the Pods of Server %s if "
                         "they still serve the old certificate.",
                         certificate->server);
    advice_add(advice, text, NULL);
    free(text);
    free(whose);
}

static void add_clean(struct advice *advice, const char *whose, const char *certname)
{
    char *command = puppetserver("clean", certname);
    char *text = memory_format(command != NULL
                                   ? "On the CA, revoke and remove the certificate of %s:"
                                   : "On the CA, revoke and remove the certificate of %s, if it is "
                                     "one: its certname is none that a CA accepts.",
                               whose);

    advice_add(advice, text, command);
    free(text);
}

static char *explain(const struct advice_pool *pool)
{
    char *key = memory_format("%s/%s", pool->namespace, pool->name);
    char *word = text_shell_word(key);
    char *command = memory_format("tlsroutectl explain %s", word);

    free(word);
    free(key);
    return command;
}

/* NULL if CERTNAME is none: the CA would take it for an option, or with a comma for several, of
 * which others are somebody else's. */
static char *puppetserver(const char *verb, const char *certname)
{
    char *word, *command;

    if (certname[0] == '\0' || certname[0] == '-' || strchr(certname, ',') != NULL)
        return NULL;
    word = text_shell_word(certname);
    command = memory_format("puppetserver ca %s --certname %s", verb, word);
    free(word);
    return command;
}

/* VERB has all options with it, as after "--", which stands before NAME, there can be none. KIND
 * has its group with it. REST is appended unchanged. */
static char *kubectl(const char *namespace, const char *verb, const char *kind, const char *name,
                     const char *rest)
{
    char *where = text_shell_word(namespace), *what = text_shell_word(name);
    char *command = memory_format("kubectl -n %s %s\n%s -- %s%s", where, verb, kind, what, rest);

    free(where);
    free(what);
    return command;
}
