/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's own time limits cannot tell a stream that has nothing to say from one that is dead, and
 * some of its releases miss the end of a response. */
#include "common/api/stall.h"

#include "common/api/supply.h"
#include "common/api/transfer.h"
#include "common/base/clock.h"
#include "common/base/coarse_timer.h"
#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"

#include <stdio.h>
#include <stdlib.h>

/* Parts of the time that a stream may be silent. */
enum {
    PARTS = 10,                    /* a probe has one part */
    PARTS_BEFORE_PROBE = PARTS / 2 /* silent parts before a probe is sent */
};

struct api_stall {
    struct api_loop *loop;
    struct api_supply *supply;
    const struct call_list *active;
    struct api_stall_callbacks callbacks;
    int64_t answer;               /* the time limit of an answer to a stream, in milliseconds */
    int64_t part;                 /* a part of the time that a stream may be silent, likewise */
    struct event *requests_timer; /* pending while there may be calls that wait for an answer */
    struct event *streams_timer;  /* pending while there may be streams */
    int64_t next_look;            /* at streams: when it is due, in monotonic milliseconds */
    const struct api_call *probe; /* under way, or NULL */
    int suspect;                  /* the port of the connection that PROBE is about, or 0 */
    bool has_shut;                /* the connection of PROBE */
};

static void check_requests(evutil_socket_t, short events, void *stall);
static void check_streams(evutil_socket_t, short events, void *stall);
static bool waits(const struct api_call *);
static bool end_if_unanswered(const struct api_stall *, struct api_call *);
static bool end_if_dead(const struct api_stall *, struct api_call *);
static bool end_if_silent(const struct api_stall *, struct api_call *, int64_t limit);
static void time_out(const struct api_stall *, struct api_call *, int64_t milliseconds);
static int64_t look_due(const struct api_stall *, const struct api_call *);
static void look_at_streams(struct api_stall *, int64_t due);
static void schedule(struct event *, int64_t milliseconds);
static bool has_ended_unnoticed(struct api_call *);
static bool needs_probe(const struct api_stall *, struct api_call *);
static void check_probe(struct api_stall *);
static void shut(const struct api_stall *, int own_port, int64_t milliseconds);

struct api_stall *api_stall_new(struct event_base *base, struct api_loop *loop,
                                struct api_supply *supply, const struct call_list *active,
                                const struct api_stall_callbacks *callbacks,
                                const struct api_stall_limits *limits)
{
    struct api_stall *stall = memory_new(1, sizeof(*stall));

    stall->loop = loop;
    stall->supply = supply;
    stall->active = active;
    stall->callbacks = *callbacks;
    stall->answer = (int64_t)limits->answer * 1000;
    stall->part = (int64_t)limits->idle * 1000 / PARTS;
    stall->requests_timer = loop_timer(base, check_requests, stall);
    stall->streams_timer = loop_timer(base, check_streams, stall);
    return stall;
}

void api_stall_free(struct api_stall *stall)
{
    event_free(stall->requests_timer);
    event_free(stall->streams_timer);
    free(stall);
}

void api_stall_started(struct api_stall *stall, struct api_call *call)
{
    call->last_data = call->last_probed = clock_milliseconds();
    if (call->on_data != NULL)
        look_at_streams(stall, look_due(stall, call));
    schedule(stall->requests_timer, API_STALL_CHECK_MILLISECONDS);
}

void api_stall_answered(struct api_stall *stall)
{
    const struct api_call *call;

    if (!event_pending(stall->requests_timer, EV_TIMEOUT, NULL))
        return;
    TAILQ_FOREACH(call, stall->active, link)
    {
        if (waits(call))
            return;
    }
    event_del(stall->requests_timer);
}

void api_stall_suspect(struct api_stall *stall, int own_port)
{
    if (stall->probe != NULL)
        return;
    stall->has_shut = false;
    stall->suspect = own_port;
    stall->probe = stall->callbacks.probe(stall->callbacks.context);
}

void api_stall_probed(struct api_stall *stall, bool answered)
{
    struct api_call *call;

    if (answered) {
        TAILQ_FOREACH(call, stall->active, link)
        {
            if (call->own_port == stall->probe->own_port)
                call->last_data = clock_milliseconds();
        }
        if (stall->suspect != 0 && stall->suspect != stall->probe->own_port &&
            api_supply_silence(stall->supply, stall->suspect) >= stall->answer)
            shut(stall, stall->suspect, stall->answer);
    }
    stall->probe = NULL;
}

/* libcurl 7.88 does not notice the end of a response on HTTP/2 whose last frame did not fit into
 * its buffer until something else comes on that connection. A response that is a whole JSON object
 * has ended. The callbacks of a call that ends here change the active list only later, from the
 * loop. */
static void check_requests(evutil_socket_t descriptor, short events, void *context)
{
    struct api_stall *stall = context;
    struct api_call *call, *next;
    bool more = false;

    (void)descriptor;
    (void)events;
    check_probe(stall);
    for (call = TAILQ_FIRST(stall->active); call != NULL; call = next) {
        next = TAILQ_NEXT(call, link);
        if (has_ended_unnoticed(call))
            stall->callbacks.end(call, CURLE_OK);
        else if (!end_if_unanswered(stall, call) && waits(call))
            more = true;
    }
    api_loop_wake(stall->loop); /* others may start */
    if (more)
        schedule(stall->requests_timer, API_STALL_CHECK_MILLISECONDS);
}

static void check_streams(evutil_socket_t descriptor, short events, void *context)
{
    struct api_stall *stall = context;
    struct api_call *call, *next;
    bool is_suspect = false;

    (void)descriptor;
    (void)events;
    for (call = TAILQ_FIRST(stall->active); call != NULL; call = next) {
        next = TAILQ_NEXT(call, link);
        if (call->on_data == NULL || end_if_dead(stall, call))
            continue;
        if (needs_probe(stall, call))
            is_suspect = true;
        look_at_streams(stall, look_due(stall, call));
    }
    if (is_suspect)
        api_stall_suspect(stall, 0);
    api_loop_wake(stall->loop);
}

static bool waits(const struct api_call *call)
{
    return call->on_data == NULL || call->status == 0;
}

/* libcurl has one time limit for the whole of a transfer, but a stream has no end, and how long a
 * body in parts takes depends on its length. */
static bool end_if_unanswered(const struct api_stall *stall, struct api_call *call)
{
    if (call->is_cancelled)
        return false;
    if (call->on_part != NULL)
        return end_if_silent(stall, call, stall->answer);
    if (call->on_data == NULL || call->status != 0 ||
        clock_milliseconds() - (int64_t)(call->started / 1000) < stall->answer)
        return false;
    time_out(stall, call, stall->answer);
    return true;
}

static bool end_if_dead(const struct api_stall *stall, struct api_call *call)
{
    return end_if_silent(stall, call, stall->part * PARTS);
}

/* While we hold its data back, the silence is our own. */
static bool end_if_silent(const struct api_stall *stall, struct api_call *call, int64_t limit)
{
    if (call->is_held)
        call->last_data = clock_milliseconds();
    if (clock_milliseconds() - call->last_data < limit)
        return false;
    time_out(stall, call, limit);
    return true;
}

static void time_out(const struct api_stall *stall, struct api_call *call, int64_t milliseconds)
{
    snprintf(call->error_text, sizeof(call->error_text), "nothing came for %d seconds",
             (int)(milliseconds / 1000));
    stall->callbacks.end(call, CURLE_OPERATION_TIMEDOUT);
}

/* When CALL will have to be probed or ended, if nothing comes. */
static int64_t look_due(const struct api_stall *stall, const struct api_call *call)
{
    const int64_t last = call->last_data > call->last_probed ? call->last_data : call->last_probed;
    const int64_t probe = last + stall->part * PARTS_BEFORE_PROBE;
    const int64_t end = call->last_data + stall->part * PARTS;

    return *call->multiplexing != MULTIPLEXING_NO && probe < end ? probe : end;
}

/* At the earliest time that is due. */
static void look_at_streams(struct api_stall *stall, int64_t due)
{
    const int64_t delay = due - clock_milliseconds();

    if (event_pending(stall->streams_timer, EV_TIMEOUT, NULL) && due >= stall->next_look)
        return;
    stall->next_look = due;
    coarse_timer_start(stall->streams_timer, delay > 0 ? delay : 1);
}

static void schedule(struct event *timer, int64_t milliseconds)
{
    const struct timeval delay = {.tv_sec = milliseconds / 1000,
                                  .tv_usec = milliseconds % 1000 * 1000};

    if (!event_pending(timer, EV_TIMEOUT, NULL))
        event_add(timer, &delay);
}

/* Not on HTTP/1.1, where the rest of the framing would be taken for the next response. */
static bool has_ended_unnoticed(struct api_call *call)
{
    const bool has_grown = call->received != call->checked;

    call->checked = call->received;
    return !has_grown && call->on_data == NULL && !call->is_cancelled && !call->is_held &&
           call->status != 0 && *call->multiplexing == MULTIPLEXING_YES &&
           api_transfer_is_whole(call);
}

/* Silent for half of the time that it may be, and not probed for as long. */
static bool needs_probe(const struct api_stall *stall, struct api_call *call)
{
    const int64_t now = clock_milliseconds(), limit = stall->part * PARTS_BEFORE_PROBE;

    if (*call->multiplexing != MULTIPLEXING_YES || now - call->last_data < limit ||
        now - call->last_probed < limit)
        return false;
    call->last_probed = now;
    return true;
}

/* Closing the connection ends the probe too. */
static void check_probe(struct api_stall *stall)
{
    const struct api_call *probe = stall->probe;

    if (probe == NULL || stall->has_shut || probe->state != CALL_ACTIVE || probe->own_port == 0 ||
        probe->status != 0 || clock_milliseconds() - probe->last_data < stall->part)
        return;
    stall->has_shut = true;
    shut(stall, probe->own_port, stall->part);
}

static void shut(const struct api_stall *stall, int own_port, int64_t milliseconds)
{
    log_warning("the API server has stopped answering on a connection, which is closed",
                LOG_NUMBER("seconds", milliseconds / 1000));
    api_supply_shut(stall->supply, own_port);
}
