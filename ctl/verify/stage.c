/* SPDX-License-Identifier: Apache-2.0 */
/* Four parties move a hostname into a certificate: tlsrouted, the operator, the CA and the server.
 * The stage tells whose turn it is. */
#include "ctl/verify/stage.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "ctl/output/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static enum stage judge(const struct stage_certificate *, const char *served, bool has_name);
static bool lists_name(struct json_object *list, const char *name);
static char *clean_text_at(struct json_object *object, const char *path);

static const struct {
    const char *name, *text;
} stages[STAGES] = {
    [STAGE_NOT_INJECTED] = {"not-injected", "its spec lacks the hostname"},
    [STAGE_NOT_ISSUED] = {"not-issued",
                          "its spec has the hostname; its certificate is being issued"},
    [STAGE_REISSUE] = {"reissue",
                       "its spec has the hostname, but its certificate was issued before"},
    [STAGE_SERVED] = {"served", "served, with the hostname"},
    [STAGE_UNKNOWN] = {"unknown", "its spec has the hostname; another certificate was served"},
};

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
                                    bool has_name)
{
    struct stage_certificate certificate = {
        .name = text_clean(name, strlen(name)),
        .server = text_clean(server, strlen(server)),
        .certname = clean_text_at(object, "spec.certname"),
        .secret = clean_text_at(object, "status.secretName"),
        .phase = clean_text_at(object, "status.phase"),
        .in_spec = lists_name(json_at(object, "spec.dnsAltNames"), hostname),
        .derived = lists_name(json_at(object, "status.effectiveDNSAltNames"), hostname),
        .exists = object != NULL,
    };

    if (certificate.secret[0] == '\0') {
        free(certificate.secret);
        certificate.secret = memory_format("%s-tls", certificate.name);
    }
    certificate.stage = judge(&certificate, served, has_name);
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

static enum stage judge(const struct stage_certificate *certificate, const char *served,
                        bool has_name)
{
    /* Without regard to case: the CA turns certnames into lower case. */
    bool is_served =
        certificate->certname[0] != '\0' && strcasecmp(certificate->certname, served) == 0;

    if (is_served && has_name)
        return STAGE_SERVED;
    if (!certificate->in_spec && !certificate->derived)
        return STAGE_NOT_INJECTED;
    if (strcmp(certificate->phase, "Signed") != 0)
        return STAGE_NOT_ISSUED;
    return is_served ? STAGE_REISSUE : STAGE_UNKNOWN;
}

static bool lists_name(struct json_object *list, const char *name)
{
    for (size_t i = 0; i < json_count(list); i++) {
        struct json_object *item = json_item(list, i);

        if (json_object_is_type(item, json_type_string) &&
            strcasecmp(json_object_get_string(item), name) == 0)
            return true;
    }
    return false;
}

static char *clean_text_at(struct json_object *object, const char *path)
{
    const char *text = json_text_at(object, path);

    return text_clean(text, strlen(text));
}
