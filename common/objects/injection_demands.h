/* SPDX-License-Identifier: Apache-2.0 */
/* What surrounds a Certificate: which names the Pools of its Servers demand in it, which of its
 * Pools are paused, and what its ledger says. Gathered once for each decision. */
#ifndef TLSROUTED_COMMON_OBJECTS_INJECTION_DEMANDS_H
#define TLSROUTED_COMMON_OBJECTS_INJECTION_DEMANDS_H

#include "common/message/message.h"
#include "common/objects/ledger.h"

/* One Pool's demand for a name in the Certificate. While the Pool is paused, the name is neither
 * added nor withdrawn. The texts are borrowed. */
struct injection_demand {
    const char *hostname, *pool;
    bool paused;
};

/* What the Servers and Pools around a Certificate demand. Zero-initialised: nothing. */
struct injection_demands {
    struct injection_demand *list; /* each Pool once, sorted by injection_demands_sort() */
    size_t count, room;
    struct text_set paused_pools; /* none of their names is withdrawn */
    const char *unknown;          /* why there may be further demands, in which case nothing is
                                     withdrawn: a constant, or NULL */
    struct ledger ledger;         /* of the Certificate; empty if it cannot be understood */
    const char *ledger_problem;   /* why it cannot, as ledger_read() says it; or NULL */
};

enum pool_lookup {
    POOL_FOUND,
    POOL_ABSENT,      /* there is no such Pool */
    POOL_UNREADABLE,  /* it exists and cannot be understood */
    POOL_NOT_FETCHED, /* whether it exists is not known */
};

/* How the objects around one Certificate are found. */
struct injection_lookup {
    /* The INDEXth Server that uses the Certificate, from 0 on; NULL after the last. */
    const struct server_message *(*server)(void *context, size_t index);
    /* Finds the Pool NAME; sets *POOL where the result is POOL_FOUND. */
    enum pool_lookup (*pool)(void *context, const char *namespace, const char *name,
                             const struct pool_message **pool);
    void *context;
    bool unreadable_server; /* one that uses the Certificate, or may, cannot be understood */
};

/* Fills DEMANDS, which is empty, with what the Servers of CERTIFICATE and their Pools demand, which
 * Pools in its ledger are paused, and the ledger. Its texts are those of the objects that LOOKUP
 * returns. The caller clears it. */
void injection_gather(const struct certificate_message *certificate,
                      const struct injection_lookup *lookup, struct injection_demands *demands);

/* Sorts the list by hostname; each demand stays once. */
void injection_demands_sort(struct injection_demands *demands);

/* The first demand for NAME, in any mix of upper and lower case: one that is not paused, if there
 * is any. Those for the same hostname follow it. NULL if there is none. */
const struct injection_demand *injection_demands_find(const struct injection_demands *demands,
                                                      const char *name);

/* How many demands from FIRST on, one of the list, have its hostname in any mix of upper and lower
 * case. */
size_t injection_demands_same(const struct injection_demands *demands,
                              const struct injection_demand *first);

void injection_demands_clear(struct injection_demands *demands);

#endif
