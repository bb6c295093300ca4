/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing happens when nobody answers, so somebody has to look. A timer for each of thousands of
 * Pools, or a place in the queue of what is to be done, would be more than that is worth. */
#include "reconciler/work/awaited.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/loop.h"

#include <utlist.h>

enum {
    DUE_AT_ONCE = 256 /* before the loop turns */
};

static void on_timer(evutil_socket_t, short events, void *awaited);
static void arm(struct awaited *);
static time_t left(const struct awaited_pool *);
static void take_out(struct awaited *, struct awaited_pool *);

void awaited_init(struct awaited *awaited, struct event_base *base)
{
    awaited->timer = loop_timer(base, on_timer, awaited);
}

void awaited_set(struct awaited *awaited, struct awaited_pool *pool, const char *key,
                 bool is_awaited)
{
    if (is_awaited && pool->since == 0) {
        pool->since = clock_seconds();
        pool->key = key;
        DL_APPEND(awaited->pools, pool);
        arm(awaited);
    } else if (!is_awaited) {
        take_out(awaited, pool);
        pool->since = 0;
    }
}

static void on_timer(evutil_socket_t socket, short events, void *context)
{
    struct awaited *awaited = context;

    (void)socket;
    (void)events;
    for (unsigned i = 0; i < DUE_AT_ONCE && awaited->pools != NULL && left(awaited->pools) <= 0;
         i++) {
        struct awaited_pool *pool = awaited->pools;

        take_out(awaited, pool);
        awaited->due(pool->key, awaited->context);
    }
    arm(awaited);
}

static void arm(struct awaited *awaited)
{
    time_t seconds;
    struct timeval delay;

    if (awaited->pools == NULL || event_pending(awaited->timer, EV_TIMEOUT, NULL))
        return;
    seconds = left(awaited->pools);
    delay = backoff_timeval(seconds > 0 ? 1000 * (unsigned)seconds : 0);
    event_add(awaited->timer, &delay);
}

static time_t left(const struct awaited_pool *pool)
{
    return pool->since + GATEWAY_ANSWER_SECONDS - clock_seconds();
}

/* One that is due is awaited still, but not in the list. */
static void take_out(struct awaited *awaited, struct awaited_pool *pool)
{
    if (pool->prev == NULL)
        return;
    DL_DELETE(awaited->pools, pool);
    pool->next = pool->prev = NULL;
}
