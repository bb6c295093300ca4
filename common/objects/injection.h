/* SPDX-License-Identifier: Apache-2.0 */
/* Which names a Certificate needs, which of the injected ones may go, and when. Pure: no I/O, no
 * clock, no global. The reconciler decides with it what to request; the certpatcher decides again
 * from what it has fetched itself. First injection_gather(), then injection_plan(). */
#ifndef TLSROUTED_COMMON_OBJECTS_INJECTION_H
#define TLSROUTED_COMMON_OBJECTS_INJECTION_H

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
    struct injection_demand *list; /* each Pool once */
    size_t count;
    struct text_list paused_pools; /* none of their names is withdrawn; owned */
    const char *unknown;           /* why there may be further demands, in which case nothing is
                                      withdrawn: a constant, or NULL */
};

enum pool_lookup {
    POOL_FOUND,
    POOL_ABSENT,      /* there is no such Pool */
    POOL_UNREADABLE,  /* it exists and cannot be understood */
    POOL_NOT_FETCHED, /* whether it exists is not known */
};

/* How injection_gather() finds the objects around one Certificate. */
struct injection_lookup {
    /* The INDEXth Server that uses the Certificate, from 0 on; NULL after the last. */
    const struct server_message *(*server)(void *context, size_t index);
    /* Finds the Pool NAME; sets *POOL where the result is POOL_FOUND. */
    enum pool_lookup (*pool)(void *context, const char *namespace, const char *name,
                             const struct pool_message **pool);
    void *context;
    bool unreadable_server; /* one that uses the Certificate, or may, cannot be understood */
};

/* Adds to DEMANDS what the Servers of CERTIFICATE and their Pools demand, and which Pools in its
 * ledger are paused. Its texts are those of the objects that LOOKUP returns. */
void injection_gather(const struct certificate_message *certificate,
                      const struct injection_lookup *lookup, struct injection_demands *demands);

void injection_demands_clear(struct injection_demands *demands);

/* For how long NAME has not been needed. */
struct injection_age {
    const char *name;
    unsigned seconds;
};

/* Everything that the plan depends on. */
struct injection_inputs {
    const struct certificate_message *certificate;
    struct injection_demands *demands; /* injection_plan() sorts them */
    const struct text_list *add;       /* only these may be added; NULL: all */
    const struct text_list *withdraw;  /* only these may be withdrawn; NULL: all */
    const struct injection_age *ages;  /* of names that are not needed; 0 where missing */
    size_t age_count;
    bool never;         /* names are never withdrawn */
    unsigned grace;     /* seconds that a name stays after it was last needed */
    unsigned max_names; /* nothing is added to a list of so many */
};

/* What to write. All of it is owned. */
struct injection_plan {
    struct text_list names;    /* the new spec.dnsAltNames */
    char *ledger;              /* the new annotation; "": none */
    struct text_list added;    /* names that are new in it */
    struct text_list removed;  /* names that are no longer in it */
    struct text_list waiting;  /* injected, no longer needed, and still within the grace */
    struct text_list left_out; /* needed, but the list or the ledger is full */
    unsigned recheck_seconds;  /* until the first waiting name may be removed; 0: none waits */
    size_t wanted, present;    /* names that Pools demand; those of them that are there */
    size_t injected;           /* names that are there because tlsrouted injected them */
    bool ledger_changes;       /* it has to be written, even where no name changes */
    bool ledger_bad;           /* it cannot be understood, so it counts as empty */
};

/* Decides. A Certificate that is being deleted is left alone. Names keep their order, new ones come
 * last; DNS names compare without regard to case (RFC 4343). Where a needed name finds no room,
 * names that are not needed are removed without a grace. The caller clears the plan. */
struct injection_plan injection_plan(const struct injection_inputs *inputs);

/* Whether there is anything to write. */
bool injection_is_due(const struct injection_plan *plan);

/* The refusal of a withdrawal while a Pool needs the name. */
#define INJECTION_NEEDED "a Pool needs the name, or is paused"

/* Why NAME may not be added, or not be withdrawn: a constant text for people. NULL if it may, or if
 * there is nothing to do. */
const char *injection_refuses_add(const struct injection_inputs *inputs, const char *name);
const char *injection_refuses_withdrawal(const struct injection_inputs *inputs, const char *name);

void injection_plan_clear(struct injection_plan *plan);

#endif
