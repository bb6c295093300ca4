/* SPDX-License-Identifier: Apache-2.0 */
/* A client that is slow on purpose would cost a connection for ever, and enough of them the
 * exporter: so each has its time, whatever it does, and when there are too many, the one that has
 * stood still longest goes first. */
#include "exporter/guard.h"

#include "common/base/backoff.h"
#include "common/base/delays.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/metric.h"
#include "exporter/eviction.h"

#include <event2/buffer.h>
#include <sys/socket.h>

struct watched {
    struct bufferevent *connection;
    struct evbuffer_cb_entry *sending;
    uint64_t until; /* monotonic microseconds */
};

struct guard {
    struct watched *watched;
    struct place *places; /* the same index, the same connection */
    size_t count, ending; /* ENDING of the COUNT are about to end */
    struct evconnlistener *listener;
    struct event *sweep, *resume; /* RESUME is pending while the listener does not accept */
    unsigned max, lifetime;
    unsigned accepted; /* in this turn */
};

static void on_sent(struct evbuffer *, const struct evbuffer_cb_info *, void *context);
static void step(struct guard *, size_t index, enum progress);
static void make_room(struct guard *);
static void on_resume(evutil_socket_t, short events, void *context);
static void pause_accepting(struct guard *, unsigned milliseconds);
static void on_sweep(evutil_socket_t, short events, void *context);
static void end(struct guard *, size_t index);
static void release_ended(struct guard *);
static bool has_ended(struct bufferevent *);
static void release(struct guard *, size_t index);

struct guard *guard_new(struct event_base *base, unsigned max, unsigned lifetime)
{
    struct guard *guard = memory_new(1, sizeof(*guard));
    const size_t size = (size_t)max + 1 + GUARD_TURN;

    guard->watched = memory_new(size, sizeof(*guard->watched));
    guard->places = memory_new(size, sizeof(*guard->places));
    guard->max = max;
    guard->lifetime = lifetime;
    guard->sweep = loop_event(base, -1, EV_PERSIST, on_sweep, guard);
    guard->resume = loop_timer(base, on_resume, guard);
    return guard;
}

void guard_listener(struct guard *guard, struct evconnlistener *listener)
{
    guard->listener = listener;
}

void guard_watch(struct guard *guard, struct bufferevent *connection)
{
    const struct timeval often = backoff_timeval(GUARD_SWEEP_MILLISECONDS);
    const uint64_t now = metric_now();

    bufferevent_incref(connection);
    guard->watched[guard->count] = (struct watched){
        .connection = connection,
        .sending = evbuffer_add_cb(bufferevent_get_output(connection), on_sent, guard),
        .until = now + 1000ULL * guard->lifetime,
    };
    if (guard->watched[guard->count].sending == NULL)
        memory_out();
    guard->places[guard->count] = (struct place){.progress = PROGRESS_NONE, .since = now};
    if (guard->count++ == 0)
        event_add(guard->sweep, &often);
    guard->accepted++;
    make_room(guard);
}

void guard_requested(struct guard *guard, const struct bufferevent *connection)
{
    for (size_t i = 0; i < guard->count; i++) {
        if (guard->watched[i].connection == connection)
            step(guard, i, PROGRESS_REQUESTED);
    }
}

/* Something was added to what has to be sent, or was sent. */
static void on_sent(struct evbuffer *output, const struct evbuffer_cb_info *info, void *context)
{
    struct guard *guard = context;

    (void)info;
    for (size_t i = 0; i < guard->count; i++) {
        if (bufferevent_get_output(guard->watched[i].connection) == output)
            step(guard, i, PROGRESS_ANSWERED);
    }
}

static void step(struct guard *guard, size_t index, enum progress progress)
{
    struct place *place = &guard->places[index];

    if (place->progress == PROGRESS_ENDING)
        return;
    place->progress = progress;
    place->since = metric_now();
}

/* After a connection too many, one goes; what ends takes its turn to do so. Without one that may go
 * the newest has the last place, and nobody else is accepted for a while. */
static void make_room(struct guard *guard)
{
    const uint64_t patience = 1000ULL * GUARD_PATIENCE_MILLISECONDS;

    if (guard->count - guard->ending > guard->max) {
        size_t index = eviction_choose(guard->places, guard->count, metric_now(), patience);

        if (index == guard->count) {
            pause_accepting(guard, GUARD_RETRY_MILLISECONDS);
            return;
        }
        end(guard, index);
    }
    if (guard->accepted >= GUARD_TURN || guard->ending >= GUARD_TURN)
        pause_accepting(guard, 0);
}

/* In 0 ms is in the next turn: clients that have been accepted are served in between. */
static void pause_accepting(struct guard *guard, unsigned milliseconds)
{
    const struct timeval delay = backoff_timeval(milliseconds);

    if (guard->listener != NULL)
        evconnlistener_disable(guard->listener);
    event_add(guard->resume, &delay);
}

static void on_resume(evutil_socket_t socket, short events, void *context)
{
    struct guard *guard = context;

    (void)socket;
    (void)events;
    guard->accepted = 0;
    release_ended(guard);
    make_room(guard);
    if (guard->listener != NULL && !event_pending(guard->resume, EV_TIMEOUT, NULL))
        evconnlistener_enable(guard->listener);
}

static void on_sweep(evutil_socket_t socket, short events, void *context)
{
    struct guard *guard = context;
    const uint64_t now = metric_now();

    (void)socket;
    (void)events;
    release_ended(guard);
    for (size_t i = 0; i < guard->count; i++) {
        if (now >= guard->watched[i].until)
            end(guard, i);
    }
}

/* Its owner sees it end, as if the client had gone away. */
static void end(struct guard *guard, size_t index)
{
    struct place *place = &guard->places[index];

    if (place->progress != PROGRESS_ENDING)
        guard->ending++;
    place->progress = PROGRESS_ENDING;
    shutdown(bufferevent_getfd(guard->watched[index].connection), SHUT_RDWR);
}

static void release_ended(struct guard *guard)
{
    for (size_t i = guard->count; i > 0; i--) {
        if (has_ended(guard->watched[i - 1].connection))
            release(guard, i - 1);
    }
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

/* The last one takes its index. */
static void release(struct guard *guard, size_t index)
{
    struct watched *watched = &guard->watched[index];

    evbuffer_remove_cb_entry(bufferevent_get_output(watched->connection), watched->sending);
    bufferevent_decref(watched->connection);
    guard->ending -= guard->places[index].progress == PROGRESS_ENDING ? 1 : 0;
    guard->count--;
    *watched = guard->watched[guard->count];
    guard->places[index] = guard->places[guard->count];
    if (guard->count == 0)
        event_del(guard->sweep);
}
