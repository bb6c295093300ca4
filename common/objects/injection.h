/* SPDX-License-Identifier: Apache-2.0 */
/* Which names a Certificate has to have, and which of ours it need not have any more. Pure: no I/O,
 * no clock, no global. The reconciler decides with it what to ask for, and the certpatcher decides
 * again from what it has read by itself. */
#ifndef TLSROUTED_COMMON_OBJECTS_INJECTION_H
#define TLSROUTED_COMMON_OBJECTS_INJECTION_H

#include "common/message/message.h"
#include "common/objects/ledger.h"

/* One Pool's wish for a name in the Certificate. HELD: the Pool is paused, so the name stays as it
 * is. The texts are borrowed. */
struct injection_demand {
    const char *hostname, *pool;
    bool held;
};

/* All that the Pools and Servers around a Certificate say. Zero-initialised: nothing. */
struct injection_demands {
    struct injection_demand *list;
    size_t count;
    struct text_list held; /* Pools for whose sake nothing may be withdrawn; owned */
    const char *unknown;   /* what cannot be read and may need a name (a constant): then nothing is
                              withdrawn; or NULL */
};

/* Takes in that SERVER uses the Certificate and lists POOL. */
void injection_demand_add(struct injection_demands *demands, const struct server_message *server,
                          const struct pool_message *pool);

/* Takes in that POOL exists, which the ledger names: a paused one keeps its names, even where no
 * Server leads to it any more. */
void injection_pool_add(struct injection_demands *demands, const struct pool_message *pool);

void injection_demands_clear(struct injection_demands *demands);

/* For how long NAME has not been needed. */
struct injection_age {
    const char *name;
    unsigned seconds;
};

/* Everything that the decision depends on. */
struct injection_inputs {
    const struct certificate_message *certificate;
    struct injection_demands *demands; /* is sorted by it */
    const struct text_list *add;       /* only these may be added; NULL: all */
    const struct text_list *withdraw;  /* only these may be withdrawn; NULL: all */
    const struct injection_age *ages;  /* of names that have not been needed for a while */
    size_t age_count;
    bool never;         /* nothing is ever withdrawn */
    unsigned grace;     /* seconds that a name stays after it was needed */
    unsigned max_names; /* the list does not grow beyond so many */
};

/* What has to be done. All of it is owned. */
struct injection_plan {
    struct text_list names;    /* spec.dnsAltNames as it has to be */
    char *ledger;              /* the annotation as it has to be; "": none */
    struct text_list added;    /* what is new in it */
    struct text_list removed;  /* what is not in it any more */
    struct text_list waiting;  /* ours, not needed, and still within the grace */
    struct text_list left_out; /* needed, and the list or the ledger is full */
    unsigned look_again;    /* seconds until the first of those that wait may go; 0: none waits */
    size_t wanted, present; /* names that Pools want; those of them that are there */
    size_t injected;        /* names there now that we put there */
    bool ledger_changes;    /* it has to be written, even where no name changes */
    bool ledger_bad;        /* it cannot be understood, so it counts as empty */
};

/* Decides. A Certificate that is being deleted is left alone. The order of names is kept, ours come
 * last; DNS names compare without case (RFC 4343). Where there is no room for a needed name, those
 * that are not needed go without a grace. The caller releases the plan. */
struct injection_plan injection_plan(const struct injection_inputs *inputs);

/* Whether anything has to be written. */
bool injection_is_due(const struct injection_plan *plan);

/* The refusal of a withdrawal that a Pool stands against. */
#define INJECTION_NEEDED "a Pool needs the name, or is paused"

/* Why NAME may not be added, or withdrawn, or NULL if it may be or the matter is settled already;
 * for a person, a constant. */
const char *injection_refuses_add(const struct injection_inputs *inputs, const char *name);
const char *injection_refuses_withdrawal(const struct injection_inputs *inputs, const char *name);

void injection_plan_clear(struct injection_plan *plan);

#endif
