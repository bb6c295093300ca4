/* SPDX-License-Identifier: Apache-2.0 */
/* The objects that were fetched around the wanted Certificates, by name. No I/O: the fetcher fills
 * it. */
#ifndef TLSROUTED_CERTPATCHER_FETCHED_H
#define TLSROUTED_CERTPATCHER_FETCHED_H

#include "certpatcher/certificate.h"
#include "common/objects/injection.h"

/* Zero-initialised: nothing is wanted, and nothing has been fetched. */
struct fetched {
    struct fetched_certificate *certificates; /* the wanted ones */
    struct fetched_pool *pools;          /* those that were fetched, or looked for and not found */
    struct fetched_servers *servers;     /* by the Certificate that they use */
    struct text_list unreadable_servers; /* namespaces with a Server that cannot be understood */
};

/* Wants the Certificate KEY ("namespace/name"); false if it is wanted already. */
bool fetched_want(struct fetched *fetched, const char *key);

/* Adds to KEYS the Certificates that are wanted in NAMESPACE. */
void fetched_wanted(const struct fetched *fetched, const char *namespace, struct text_list *keys);

/* What fetched_add() wants of an object of KIND; a constant. */
const struct projection *fetched_projection(enum kind kind);

/* Adds OBJECT, a Pool, Server or Certificate, as KIND says. Certificates that nobody wants are
 * ignored. */
void fetched_add(struct fetched *fetched, enum kind kind, const struct projected *object);

/* Forgets the objects of KIND in NAMESPACE ("": in all) that have been added, since their list
 * begins anew. */
void fetched_drop(struct fetched *fetched, enum kind kind, const char *namespace);

/* Adds to KEYS the Pools that are still to be fetched for the wanted Certificates of NAMESPACE ("":
 * of all). From now on a Pool among them that has not been added does not exist. */
void fetched_missing_pools(struct fetched *fetched, const char *namespace, struct text_list *keys);

/* Moves the Certificate KEY to *CERTIFICATE, which the caller clears; false if it does not exist or
 * was taken before. */
bool fetched_take(struct fetched *fetched, const char *key, struct certificate *certificate);

/* Adds to DEMANDS what the Servers and Pools around CERTIFICATE demand. ALL_POOLS: the Pools were
 * listed, so one that has not been added does not exist. The texts are those of FETCHED. */
void fetched_gather(const struct fetched *fetched, const struct certificate_message *certificate,
                    bool all_pools, struct injection_demands *demands);

void fetched_clear(struct fetched *fetched);

#endif
