/* SPDX-License-Identifier: Apache-2.0 */
/* The verification of one hostname: the certificate that is served for it, and the verdict. */
#ifndef TLSROUTED_CTL_VERIFY_VERIFICATION_H
#define TLSROUTED_CTL_VERIFY_VERIFICATION_H

#include "ctl/verify/advice.h"
#include "ctl/verify/answerer.h"
#include "ctl/verify/cluster.h"
#include "ctl/verify/served_certificate.h"
#include "ctl/verify/x509.h"

/* From the best to the worst: of several, the last one counts. */
enum verdict {
    VERDICT_CARRIED,   /* the certificate has the name and is valid now */
    VERDICT_UNCHECKED, /* no certificate was served, or it is not known where */
    VERDICT_UNTRUSTED, /* it has the name, but does not verify against the given CA */
    VERDICT_NOT_VALID, /* it has the name, but is not valid yet or not any more */
    VERDICT_MISSING,   /* it does not have the name */
    VERDICT_STRANGER,  /* whatever it has, it is not that of a Puppet server */
    VERDICTS,
};

/* All texts are owned. All zero: empty. */
struct verification {
    char *namespace, *pool; /* NULL without a Pool */
    char *hostname;         /* the Pool's, or the one that was given; "": not known */
    char *server_name;      /* the one that was requested: HOSTNAME, or a name that it covers */
    enum verdict verdict;
    char *problem; /* VERDICT_UNCHECKED: why; otherwise NULL */
    bool has_ca;   /* the chain was verified */
    struct served_certificate served;
    struct x509_info info;                  /* of the served certificate */
    enum answerer answerer;                 /* who served it */
    struct stage_certificate *certificates; /* those of the Pool's Servers */
    size_t certificate_count;
    char *note; /* why they are not all known; otherwise NULL */
    struct advice advice;
};

/* What all verifications of one run have in common. */
struct verification_plan {
    SSL_CTX *context;
    const struct endpoints *endpoints; /* NULL: those of the Gateway */
    struct cluster *cluster;           /* NULL: there are no Pools */
    unsigned milliseconds;             /* time limit for each name */
};

/* Verifies HOSTNAME, which is valid, at PLAN's endpoints, without a Pool. The caller releases the
 * result with verification_clear(). */
struct verification verification_of_hostname(const struct verification_plan *plan,
                                             const char *hostname);

/* Verifies the hostname of the Pool NAME in NAMESPACE, which is OBJECT. Likewise. */
struct verification verification_of_pool(const struct verification_plan *plan,
                                         const char *namespace, const char *name,
                                         struct json_object *object);

void verification_clear(struct verification *verification);

/* The verdict on CERTIFICATE for NAME at the time NOW. TRUST is the result of OpenSSL's
 * verification of the chain; it counts if HAS_CA. */
enum verdict verification_judge(X509 *certificate, const char *name, time_t now, bool has_ca,
                                int trust);

/* VERDICT for scripts: "carried", ...; a constant. */
const char *verification_verdict_name(enum verdict verdict);

#endif
