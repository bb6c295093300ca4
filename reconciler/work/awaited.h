/* SPDX-License-Identifier: Apache-2.0 */
/* The Pools whose Gateway has yet to answer for their TLSRoute. All have the same time for it, so
 * they are due in the order in which they came. */
#ifndef TLSROUTED_RECONCILER_WORK_AWAITED_H
#define TLSROUTED_RECONCILER_WORK_AWAITED_H

#include <event2/event.h>
#include <stdbool.h>
#include <time.h>

/* One Pool, as part of what is remembered of it. Zero-initialised: nothing is awaited. */
struct awaited_pool {
    time_t since; /* monotonic seconds; 0: not at all */
    const char *key;
    struct awaited_pool *next, *prev;
};

/* For the Pool KEY the time is over: it is to be decided again. */
typedef void awaited_due(const char *key, void *context);

struct awaited {
    struct awaited_pool *pools; /* those that are not due yet */
    struct event *timer;
    awaited_due *due;
    void *context; /* of DUE */
};

/* Makes AWAITED, of which DUE and CONTEXT have been set. */
void awaited_init(struct awaited *awaited, struct event_base *base);

/* An answer for the Pool KEY, which is borrowed, is awaited, since now if it has not been before;
 * or it is not. */
void awaited_set(struct awaited *awaited, struct awaited_pool *pool, const char *key,
                 bool is_awaited);

#endif
