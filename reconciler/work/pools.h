/* SPDX-License-Identifier: Apache-2.0 */
/* The work on Pools: decide, report what is wrong, write the Pool's TLSRoute and Service. */
#ifndef TLSROUTED_RECONCILER_WORK_POOLS_H
#define TLSROUTED_RECONCILER_WORK_POOLS_H

#include "common/api/api.h"
#include "reconciler/plan/decision.h"
#include "reconciler/work/awaited.h"
#include "reconciler/work/duplicate.h"
#include "reconciler/work/injection_states.h"
#include "reconciler/work/pool_state.h"
#include "reconciler/write/events.h"
#include "reconciler/write/leader.h"
#include "reconciler/write/queue.h"

struct attempt;

struct pools {
    struct world *world; /* what was written goes into it */
    const struct injection_states *injections;
    const struct leader *leader;
    struct api *api;
    struct events *events;          /* NULL in a dry run */
    void (*changed)(void *context); /* the report to the supervisor may have changed */
    void *context;                  /* of changed */

    struct queue *queue; /* keys "namespace/pool" */
    struct conflicts conflicts;
    struct event *announce;   /* those who have yet to hear of changes in their conflicts */
    struct attempt *attempts; /* on the Pools at work */
    struct awaited awaited;   /* answers of Gateways */
    struct pool_totals totals;
    struct duplicate duplicate;
    uint16_t terms;       /* so often it has begun to lead; only compared, so it may wrap */
    bool is_pause_logged; /* and nothing has been written since */
};

/* Makes the rest of POOLS, of which all above its queue have been set. */
void pools_init(struct pools *pools, struct event_base *base);

/* It begins to lead: another may have written since it last did. */
void pools_lead(struct pools *pools);

/* The Pool KEY, or what belongs to it, has changed: it is to be worked on, soon; CONTEXT is the
 * pools. (relations_touched) */
void pools_touched(const char *key, void *context);

/* The same where only something around it may have changed: what has changed itself comes first. */
void pools_recheck(const char *key, void *context);

/* STATE, that of a Pool that is gone, is not needed any more; CONTEXT is the pools.
 * (store_free_state) */
void pools_forget(void *state, void *context);

/* Objects of KIND have gone: the one with KEY or, for NULL, any. The answer to a write that is
 * under way may bring an object that no longer exists, and is not remembered. */
void pools_overtaken(struct pools *pools, enum kind kind, const char *key);

/* What is to be done about POOL now. The caller releases it with decision_clear(). */
struct decision pools_decide(const struct pools *pools, const struct object *pool);

#endif
