/* SPDX-License-Identifier: Apache-2.0 */
/* A client that is slow on purpose would cost a connection for ever, and enough of them the
 * exporter: so each has its time, whatever it does. */
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
    unsigned max, lifetime, count;
};

static void on_sweep(evutil_socket_t, short events, void *context);
static bool has_ended(struct bufferevent *);
static void release(struct guard *, struct watched *);

struct guard *guard_new(struct event_base *base, unsigned max, unsigned lifetime)
{
    struct guard *guard = memory_new(1, sizeof(*guard));

    TAILQ_INIT(&guard->watched);
    guard->max = max;
    guard->lifetime = lifetime;
    guard->sweep = loop_event(base, -1, EV_PERSIST, on_sweep, guard);
    return guard;
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
    watched->until = metric_now() + 1000ULL * guard->lifetime;
    TAILQ_INSERT_TAIL(&guard->watched, watched, link);
    if (guard->count++ == 0)
        event_add(guard->sweep, &often);
    if (guard->count >= guard->max && guard->listener != NULL)
        evconnlistener_disable(guard->listener);
}

/* The owner of a connection whose time is over sees it end, as if the client had gone away. */
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
            release(guard, watched);
        else if (now >= watched->until)
            shutdown(bufferevent_getfd(watched->connection), SHUT_RDWR);
    }
    if (guard->count < guard->max && guard->listener != NULL)
        evconnlistener_enable(guard->listener);
}

/* bufferevent_free() by the owner clears the callbacks; then only the guard's reference is left. */
static bool has_ended(struct bufferevent *connection)
{
    bufferevent_data_cb read = NULL, write = NULL;
    bufferevent_event_cb event = NULL;
    void *context = NULL;

    bufferevent_getcb(connection, &read, &write, &event, &context);
    return event == NULL;
}

static void release(struct guard *guard, struct watched *watched)
{
    TAILQ_REMOVE(&guard->watched, watched, link);
    bufferevent_decref(watched->connection);
    free(watched);
    if (--guard->count == 0)
        event_del(guard->sweep);
}
