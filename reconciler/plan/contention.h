/* SPDX-License-Identifier: Apache-2.0 */
/* A TLSRoute that somebody else keeps changing: it is restored at once a few times, then at growing
 * intervals. Pure: the time is an argument. */
#ifndef TLSROUTED_RECONCILER_PLAN_CONTENTION_H
#define TLSROUTED_RECONCILER_PLAN_CONTENTION_H

#include <stdbool.h>
#include <time.h>

/* What is remembered of our writes of one TLSRoute. Zero-initialised: nothing. */
struct contention {
    char *written;        /* the spec that we wrote last, or NULL */
    unsigned corrections; /* how often we have written the same spec again */
    char *manager;        /* who changed it against us last, or NULL */
    time_t last;          /* when we wrote, in seconds of a monotonic clock */
};

/* How many seconds to wait before the spec DESIRED is written (again): 0 for now. */
unsigned contention_delay(const struct contention *contention, const char *desired, time_t now);

/* For how many more seconds a contention over DESIRED counts as going on: 0 if there is none, or if
 * the other has left the TLSRoute alone for long enough. DIFFERS: it has just been changed again.
 */
unsigned contention_remaining(const struct contention *contention, const char *desired,
                              bool differs, time_t now);

/* DESIRED has been written. */
void contention_written(struct contention *contention, const char *desired, time_t now);

void contention_clear(struct contention *contention);

#endif
