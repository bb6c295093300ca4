/* SPDX-License-Identifier: Apache-2.0 */
/* One name, asked for as an agent asks for it, and what came of it. */
#ifndef TLSROUTED_CTL_VERIFY_CHECK_H
#define TLSROUTED_CTL_VERIFY_CHECK_H

#include "ctl/verify/cluster.h"
#include "ctl/verify/probe.h"
#include "ctl/verify/served.h"
#include "ctl/verify/stage.h"

/* In the order in which one outweighs another. */
enum verdict {
    VERDICT_CARRIED,   /* the certificate has the name and is valid now */
    VERDICT_UNCHECKED, /* no certificate was shown, or it is not known where to look */
    VERDICT_UNTRUSTED, /* it has the name, but does not verify against the CA that was given */
    VERDICT_NOT_VALID, /* it has the name, but is not valid yet, or not any more */
    VERDICT_MISSING,   /* it does not have the name */
    VERDICTS,
};

/* All texts are owned. All zero is an empty one. */
struct check {
    char *namespace, *pool; /* NULL without a Pool */
    char *hostname;         /* that a Pool asks for; "" if unknown */
    char *server_name;      /* that was asked for: HOSTNAME, or a name that it covers */
    enum verdict verdict;
    char *problem;                          /* VERDICT_UNCHECKED: why; otherwise NULL */
    bool trust_asked;                       /* there was a CA to verify against */
    struct probe probe;                     /* empty if there was nowhere to look */
    struct served served;                   /* empty without a certificate */
    struct stage_certificate *certificates; /* of the Pool's Servers */
    size_t certificate_count;
    char *note; /* why the above are not known; otherwise NULL */
    struct stage_steps steps;
};

/* What all checks of one call have in common. */
struct check_plan {
    SSL_CTX *context;
    const struct endpoints *places; /* in place of the Gateway's; NULL: the Gateway's */
    struct cluster *cluster;        /* NULL: there are no Pools */
    unsigned milliseconds;          /* for each name */
};

/* Checks HOSTNAME, which is valid, at PLAN's places, without a Pool. The caller releases the result
 * with check_clear(). */
struct check check_hostname(const struct check_plan *plan, const char *hostname);

/* Checks the Pool NAME in NAMESPACE, as OBJECT describes it. The caller releases the result. */
struct check check_pool(const struct check_plan *plan, const char *namespace, const char *name,
                        struct json_object *object);

/* One that could not be made, because of PROBLEM, which it takes over. */
struct check check_impossible(const char *namespace, const char *name, char *problem);

void check_clear(struct check *check);

/* Judges CERTIFICATE by NAME, by the time NOW and by TRUST, a result of OpenSSL's verification that
 * counts if TRUST_ASKED. */
enum verdict check_judge(X509 *certificate, const char *name, time_t now, bool trust_asked,
                         int trust);

/* "carried", "unchecked", ..., for scripts; a constant. */
const char *check_verdict_name(enum verdict verdict);

#endif
