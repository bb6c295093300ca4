/* SPDX-License-Identifier: Apache-2.0 */
#include "exporter/guard.h"

#include "common/base/backoff.h"
#include "common/base/delays.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/metric.h"

#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>

struct watched {
    struct bufferevent *connection;
    uint64_t until; /* monotonic microseconds */
    TAILQ_ENTRY(watched) link;
};

struct guard {
    TAILQ_HEAD(, watched) watched; /* the oldest first */
    struct evconnlistener *listener;
    struct event *sweep;
    unsigned most, life, count;
};

static void on_sweep(evutil_socket_t, short events, void *context);
static bool has_ended(struct bufferevent *);
static void let_go(struct guard *, struct watched *);

struct guard *guard_new(struct event_base *base, unsigned most, unsigned life)
{
    struct guard *guard = memory_new(1, sizeof(*guard));

    TAILQ_INIT(&guard->watched);
    guard->most = most;
    guard->life = life;
    guard->sweep = loop_event(base, -1, EV_PERSIST, on_sweep, guard);
    return guard;
}

void guard_free(struct guard *guard)
{
    if (guard == NULL)
        return;
    while (!TAILQ_EMPTY(&guard->watched))
        let_go(guard, TAILQ_FIRST(&guard->watched));
    event_free(guard->sweep);
    free(guard);
}

void guard_listener(struct guard *guard, struct evconnlistener *listener)
{
    guard->listener = listener;
}

void guard_watch(struct guard *guard, struct bufferevent *connection)
{
    const struct timeval often = backoff_timeval(GUARD_SWEEP_MILLISECONDS);
    struct watched *watched = memory_new(1, sizeof(*watched));

    bufferevent_incref(connection);
    watched->connection = connection;
    watched->until = metric_now() + 1000ULL * guard->life;
    TAILQ_INSERT_TAIL(&guard->watched, watched, link);
    if (guard->count++ == 0)
        event_add(guard->sweep, &often);
    if (guard->count >= guard->most && guard->listener != NULL)
        evconnlistener_disable(guard->listener);
}

unsigned guard_count(const struct guard *guard)
{
    return guard->count;
}

/* The owner of one whose time is over sees its end, as if the client had gone. */
static void on_sweep(evutil_socket_t socket, short events, void *context)
{
    struct guard *guard = context;
    const uint64_t now = metric_now();
    struct watched *watched = TAILQ_FIRST(&guard->watched), *next;

    (void)socket;
    (void)events;
    for (; watched != NULL; watched = next) {
        next = TAILQ_NEXT(watched, link);
        if (has_ended(watched->connection))
            let_go(guard, watched);
        else if (now >= watched->until)
            shutdown(bufferevent_getfd(watched->connection), SHUT_RDWR);
    }
    if (guard->count < guard->most && guard->listener != NULL)
        evconnlistener_enable(guard->listener);
}

/* bufferevent_free() takes the callbacks away; what is left then is our reference. */
static bool has_ended(struct bufferevent *connection)
{
    bufferevent_data_cb read = NULL, write = NULL;
    bufferevent_event_cb event = NULL;
    void *context = NULL;

    bufferevent_getcb(connection, &read, &write, &event, &context);
    return event == NULL;
}

static void let_go(struct guard *guard, struct watched *watched)
{
    TAILQ_REMOVE(&guard->watched, watched, link);
    bufferevent_decref(watched->connection);
    free(watched);
    if (--guard->count == 0)
        event_del(guard->sweep);
}
