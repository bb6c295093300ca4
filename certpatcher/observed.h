/* SPDX-License-Identifier: Apache-2.0 */
/* What has been seen of the objects around the wanted Certificates, by name. No I/O. */
#ifndef TLSROUTED_CERTPATCHER_OBSERVED_H
#define TLSROUTED_CERTPATCHER_OBSERVED_H

#include "certpatcher/fetched.h"
#include "common/objects/injection.h"

/* Zero-initialised: nothing is wanted, and nothing has been seen. */
struct observed {
    struct seen *certificates; /* the wanted ones */
    struct seen *pools;        /* and those that were asked for and do not exist */
    struct users *users;       /* the Servers, by their Certificate */
    struct text_list blind;    /* namespaces with a Server that cannot be understood */
};

/* Wants the Certificate KEY ("namespace/name"); false if it is wanted already. */
bool observed_want(struct observed *observed, const char *key);

/* Takes in OBJECT, a Pool, Server or Certificate as KIND says; of Certificates the wanted ones. */
void observed_add(struct observed *observed, enum kind kind, struct json_object *object);

/* Adds to KEYS the Certificates that are wanted in NAMESPACE. */
void observed_wanted(const struct observed *observed, const char *namespace,
                     struct text_list *keys);

/* Adds to KEYS the Pools, not seen yet, that the wanted Certificates of NAMESPACE depend on. From
 * then on one that does not come counts as one that does not exist. */
void observed_want_pools(struct observed *observed, const char *namespace, struct text_list *keys);

/* The Certificate KEY, which becomes the caller's; false if it does not exist, or was taken. */
bool observed_certificate(struct observed *observed, const char *key, struct fetched *fetched);

/* Adds to WISHES what Pools and Servers say about CERTIFICATE. ALL_POOLS: one that was not seen
 * does not exist. The texts are the sight's. */
void observed_gather(const struct observed *observed, const struct certificate_message *certificate,
                     bool all_pools, struct injection_demands *demands);

void observed_clear(struct observed *observed);

#endif
