/* SPDX-License-Identifier: Apache-2.0 */
/* The time in which lists are read for the first time. Decisions wait until all of them are known.
 */
#ifndef TLSROUTED_RECONCILER_GATHER_H
#define TLSROUTED_RECONCILER_GATHER_H

#include "reconciler/world/world.h"
#include "reconciler/write/queue.h"

/* It is over: everything has to be worked on. Whoever has queued it says so by gather_queued(). */
typedef void gather_over(void *context);

struct gather {
    const struct world *world;          /* borrowed, as the queues */
    struct queue *pools, *certificates; /* that are held */
    gather_over *over;
    void *context;
    struct event *timer; /* pending while it goes on */
    uint64_t listed;     /* objects that had come when it was last looked at */
    bool has_waited;     /* in vain: until no list is read for the first time */
    bool is_held;        /* the queues are, until all has been queued again */
};

/* Of a GATHER with all that is borrowed, and otherwise zero. */
void gather_init(struct gather *gather, struct event_base *base);

/* A list has begun or ended, or it has become known which TLSRoute is served. */
void gather_update(struct gather *gather);

/* Nothing is left to be queued: if it is over, the queues go on. */
void gather_queued(struct gather *gather);

/* Whether it is not over. */
bool gather_goes_on(const struct gather *gather);

#endif
