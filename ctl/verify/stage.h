/* SPDX-License-Identifier: Apache-2.0 */
/* Stages: how far a hostname has got on its way into the certificate that a Certificate stands for.
 * Pure. */
#ifndef TLSROUTED_CTL_VERIFY_STAGE_H
#define TLSROUTED_CTL_VERIFY_STAGE_H

#include <json-c/json.h>
#include <stdbool.h>

/* In the order in which they follow. */
enum stage {
    STAGE_NOT_INJECTED, /* the Certificate's spec does not have the name */
    STAGE_NOT_ISSUED,   /* it does; the certificate has not been issued yet */
    STAGE_REISSUE,      /* it does, but the certificate in use was issued before */
    STAGE_SERVED,       /* its certificate is the one that is served, and has the name */
    STAGE_UNKNOWN,      /* its spec has the name, but another certificate is served */
    STAGES,
};

/* A Certificate that a Server of the Pool uses. All texts are owned. */
struct stage_certificate {
    char *name, *server, *certname, *secret, *phase; /* "": not known */
    bool in_spec;                                    /* spec.dnsAltNames has the name */
    bool derived; /* status.effectiveDNSAltNames has it: its operator adds it by itself */
    bool exists;  /* false: the Server refers to a Certificate that does not exist */
    enum stage stage;
};

/* STAGE for JSON, and as the predicate of a sentence about a Certificate; constants. */
const char *stage_name(enum stage stage);
const char *stage_text(enum stage stage);

/* What OBJECT, the Certificate NAME or NULL if it does not exist, says about HOSTNAME. SERVER is
 * the Server that uses it. A certificate with the certname SERVED ("": none) is served; HAS_NAME
 * says whether it has the hostname. The caller releases the result with stage_certificate_clear().
 */
struct stage_certificate stage_read(struct json_object *object, const char *name,
                                    const char *server, const char *hostname, const char *served,
                                    bool has_name);
void stage_certificate_clear(struct stage_certificate *certificate);

#endif
