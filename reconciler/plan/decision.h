/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be done about a Pool, as things are now: the one place that gathers what the pure
 * planners need. The work carries it out; who asks about the Pool is shown it. Changes nothing. */
#ifndef TLSROUTED_RECONCILER_PLAN_DECISION_H
#define TLSROUTED_RECONCILER_PLAN_DECISION_H

#include "reconciler/plan/plan.h"
#include "reconciler/pool_state.h"
#include "reconciler/write/apply.h"

struct decision {
    struct plan route, service;
    struct findings findings; /* all, about everything around the Pool */
    unsigned look_again;      /* after so many seconds, for a contest's sake; 0: not for that */
    const char *contender;    /* who has just changed the route against us, or NULL; borrowed */
    bool yields;              /* to a rival for its hostname */
};

/* Decides about POOL. NOW is in seconds of a monotonic clock. To be released with
 * decision_clear(). */
struct decision decide(const struct reconciler *reconciler, const struct object *pool, time_t now);

void decision_clear(struct decision *decision);

/* What a plan for POOL's object of KIND is about. Valid until the store changes. */
struct apply_target decision_target(const struct reconciler *reconciler, const struct object *pool,
                                    enum kind kind);

/* What is known of OBJECT, which may be NULL: its message, or NULL if that is not of TYPE. */
const struct message *known(const struct object *object, enum message_type type);

#endif
