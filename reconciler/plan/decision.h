/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be done about a Pool as things are now. The work carries it out, and the views show
 * it. Pure: it changes nothing and the time is an argument. */
#ifndef TLSROUTED_RECONCILER_PLAN_DECISION_H
#define TLSROUTED_RECONCILER_PLAN_DECISION_H

#include "common/objects/contention.h"
#include "common/objects/route_status.h"
#include "reconciler/plan/conflict.h"
#include "reconciler/plan/plan.h"
#include "reconciler/world/world.h"

/* Everything that the decision depends on. */
struct decision_inputs {
    const struct world *world;
    const struct conflicts *conflicts;
    const struct object *pool;
    const struct contention *route_contention, *service_contention; /* over these of it, so far */
    struct findings *certificates; /* what is wrong with the names in its Certificates; moved into
                                      the decision */
    time_t awaited_since;          /* since when the Gateway has been to answer, as NOW; 0: it has
                                      not */
    time_t now;                    /* in seconds of a monotonic clock */
};

/* How a contention stands. */
struct dispute {
    bool differs;        /* the object is not what the Pool asks for */
    unsigned seconds;    /* until it allows a write or is over; 0: there is none */
    const char *manager; /* who has just changed the object against us, or NULL; borrowed from the
                            world, or constant */
};

struct decision {
    struct plan route, service;
    struct findings findings; /* all, about everything around the Pool */
    struct dispute route_dispute, service_dispute;
    bool is_awaited; /* the TLSRoute is written, and the Gateway has yet to answer; after some time
                        that is a finding, too */
};

/* The caller releases the decision with decision_clear(). */
struct decision decide(const struct decision_inputs *inputs);

/* What is answered for ROUTE, a TLSRoute or NULL, at the Gateway of the Pool with its name. The
 * caller releases it with route_answer_clear(). */
struct route_answer decision_route_answer(const struct world *world, const struct object *route);

void decision_clear(struct decision *decision);

/* Who has written an object with OWNER; borrowed from it. */
struct managers decision_managers(const struct object_owner *owner);

#endif
