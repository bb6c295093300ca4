/* SPDX-License-Identifier: Apache-2.0 */
/* A route that somebody else keeps changing: put back at once a few times, then ever more slowly.
 * Pure but for the time, which is an argument. */
#ifndef TLSROUTED_RECONCILER_PLAN_CONTENTION_H
#define TLSROUTED_RECONCILER_PLAN_CONTENTION_H

#include <stdbool.h>
#include <time.h>

/* What is remembered of our writes of one route. Zero-initialised: nothing. */
struct contention {
    char *written;        /* the spec that we wrote last, or NULL */
    unsigned corrections; /* how often we have written that same spec again */
    char *manager;        /* whom we write against, or NULL */
    time_t last;          /* when, in seconds of a monotonic clock */
};

/* How many seconds to wait before WANTED is written (again): 0 for now. */
unsigned contention_delay(const struct contention *contention, const char *wanted, time_t now);

/* How many seconds a contest over WANTED still counts as going on: 0 if there is none, or if
 * whoever changed the route has left it alone for long enough. DIFFERS: he has just changed it
 * again. */
unsigned contention_going_on(const struct contention *contention, const char *wanted, bool differs,
                             time_t now);

/* WANTED has been written. */
void contention_written(struct contention *contention, const char *wanted, time_t now);

void contention_clear(struct contention *contention);

#endif
