/* SPDX-License-Identifier: Apache-2.0 */
/* What has been seen of the objects around the wanted Certificates, by name. No I/O. */
#ifndef TLSROUTED_CERTPATCHER_OBSERVED_H
#define TLSROUTED_CERTPATCHER_OBSERVED_H

#include "certpatcher/fetched.h"
#include "common/objects/injection.h"

/* Zero-initialised: nothing is wanted, and nothing has been seen. */
struct sight {
    struct seen *certificates; /* the wanted ones */
    struct seen *pools;        /* and those that were asked for and do not exist */
    struct users *users;       /* the Servers, by their Certificate */
    struct text_list blind;    /* namespaces with a Server that cannot be understood */
};

/* Wants the Certificate KEY ("namespace/name"); false if it is wanted already. */
bool sight_want(struct sight *sight, const char *key);

/* Takes in OBJECT, a Pool, Server or Certificate as KIND says; of Certificates the wanted ones. */
void sight_take(struct sight *sight, enum kind kind, struct json_object *object);

/* Adds to KEYS the Certificates that are wanted in NAMESPACE. */
void sight_wanted(const struct sight *sight, const char *namespace, struct text_list *keys);

/* Adds to KEYS the Pools, not seen yet, that the wanted Certificates of NAMESPACE depend on. From
 * then on one that does not come counts as one that does not exist. */
void sight_want_pools(struct sight *sight, const char *namespace, struct text_list *keys);

/* The Certificate KEY, which becomes the caller's; false if it does not exist, or was taken. */
bool sight_certificate(struct sight *sight, const char *key, struct reading *reading);

/* Adds to WISHES what Pools and Servers say about CERTIFICATE. ALL_POOLS: one that was not seen
 * does not exist. The texts are the sight's. */
void sight_gather(const struct sight *sight, const struct certificate_message *certificate,
                  bool all_pools, struct injection_wishes *wishes);

void sight_clear(struct sight *sight);

#endif
