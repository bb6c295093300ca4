/* SPDX-License-Identifier: Apache-2.0 */
/* A Gateway that has no route for a name may answer itself. Its certificate lacks the name like
 * that of a Puppet server of which a step is missing, but nothing that is done on the CA helps. */
#include "ctl/verify/answerer.h"

#include <string.h>

static bool has_word(const char *text, const char *const *words, size_t count);

/* In the names of certificates that Gateways and Ingress controllers make for themselves: "TRAEFIK
 * DEFAULT CERT", "Kubernetes Ingress Controller Fake Certificate", "NGINXIngressController". */
static const char *const default_words[] = {"default cert", "fake cert", "ingresscontroller",
                                            "ingress controller"};

/* Of CAs of Puppet servers: "Puppet CA: puppet.example.com". */
static const char *const puppet_words[] = {"puppet", "openvox"};

static const struct {
    const char *name, *text;
} answerers[ANSWERERS] = {
    [ANSWERER_NOBODY] = {"nobody", "nobody"},
    [ANSWERER_PUPPET] = {"puppet-server", "a Puppet server"},
    [ANSWERER_GATEWAY] = {"gateway", "the Gateway itself, with its default certificate"},
    [ANSWERER_OTHER] = {"other", "something other than a Puppet server"},
};

#define HAS_WORD(text, words) has_word(text, words, sizeof(words) / sizeof((words)[0]))

/* What is known for certain first, then what tells most. */
enum answerer answerer_judge(const struct answerer_evidence *evidence)
{
    const struct x509_info *info = evidence->info;

    if (info->subject == NULL)
        return ANSWERER_NOBODY;
    if (evidence->is_of_pool || evidence->is_trusted)
        return ANSWERER_PUPPET;
    if (HAS_WORD(info->subject, default_words))
        return ANSWERER_GATEWAY;
    if (info->is_self_signed) /* a CA signs those of Puppet servers */
        return ANSWERER_OTHER;
    return evidence->requests_client_certificate || HAS_WORD(info->issuer, puppet_words)
               ? ANSWERER_PUPPET
               : ANSWERER_OTHER;
}

const char *answerer_name(enum answerer answerer)
{
    return answerers[answerer].name;
}

const char *answerer_text(enum answerer answerer)
{
    return answerers[answerer].text;
}

static bool has_word(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasestr(text, words[i]) != NULL)
            return true;
    }
    return false;
}
