/* SPDX-License-Identifier: Apache-2.0 */
#include "common/api/stall.h"

#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    TURNS = 10 /* within the longest silence of a stream: after half of them a probe is
                  sent, which has to be answered within one */
};

/* The path that API Priority and Fairness lets pass, however much there is to do, and that every
 * account may read ("Kubernetes API health endpoints"). */
static const char PROBE_PATH[] = "/livez";

struct api_stall {
    struct api *api;
    struct api_loop *loop;
    const struct call_list *active;
    api_stall_end *end;
    int64_t turn;                 /* milliseconds */
    struct event *answers;        /* pending while there may be one-shot requests */
    struct event *silence;        /* pending while there may be streams */
    const struct api_call *probe; /* under way, or NULL */
    bool has_given_up;            /* on the connection of PROBE */
};

static void on_answers(evutil_socket_t, short events, void *stall);
static void on_silence(evutil_socket_t, short events, void *stall);
static void look_later(struct event *, int64_t milliseconds);
static bool has_ended_unnoticed(struct api_call *);
static bool is_silent(const struct api_stall *, struct api_call *);
static void send_probe(struct api_stall *);
static void on_probed(const struct api_result *, void *stall);
static void judge_probe(struct api_stall *);

struct api_stall *api_stall_new(struct event_base *base, struct api *api, struct api_loop *loop,
                                const struct call_list *active, api_stall_end *end,
                                unsigned idle_seconds)
{
    struct api_stall *stall = memory_new(1, sizeof(*stall));

    stall->api = api;
    stall->loop = loop;
    stall->active = active;
    stall->end = end;
    stall->turn = (int64_t)idle_seconds * 1000 / TURNS;
    stall->answers = loop_timer(base, on_answers, stall);
    stall->silence = loop_timer(base, on_silence, stall);
    return stall;
}

void api_stall_free(struct api_stall *stall)
{
    event_free(stall->answers);
    event_free(stall->silence);
    free(stall);
}

void api_stall_started(struct api_stall *stall, struct api_call *call)
{
    call->heard = call->probed = clock_milliseconds();
    if (call->on_data != NULL)
        look_later(stall->silence, stall->turn);
    else
        look_later(stall->answers, API_STALL_CHECK_MILLISECONDS);
}

void api_stall_suspect(struct api_stall *stall)
{
    if (stall->probe == NULL)
        send_probe(stall);
}

/* libcurl 7.88 does not notice the end of an answer on HTTP/2 whose last frame did not fit into its
 * buffer, until something else comes on that connection. What is a whole JSON object has ended.
 * What END calls back changes ACTIVE only later, from the loop. */
static void on_answers(evutil_socket_t descriptor, short events, void *context)
{
    struct api_stall *stall = context;
    struct api_call *call, *next;
    bool goes_on = false;

    (void)descriptor;
    (void)events;
    judge_probe(stall);
    for (call = TAILQ_FIRST(stall->active); call != NULL; call = next) {
        next = TAILQ_NEXT(call, link);
        if (has_ended_unnoticed(call))
            stall->end(call, CURLE_OK);
        else if (call->on_data == NULL)
            goes_on = true;
    }
    api_loop_wake(stall->loop); /* others may start */
    if (goes_on)
        look_later(stall->answers, API_STALL_CHECK_MILLISECONDS);
}

static void on_silence(evutil_socket_t descriptor, short events, void *context)
{
    struct api_stall *stall = context;
    struct api_call *call, *next;
    bool goes_on = false, has_caveat = false;

    (void)descriptor;
    (void)events;
    for (call = TAILQ_FIRST(stall->active); call != NULL; call = next) {
        next = TAILQ_NEXT(call, link);
        if (call->on_data == NULL)
            continue;
        if (call->is_held)
            call->heard = clock_milliseconds(); /* the silence is ours */
        if (clock_milliseconds() - call->heard >= stall->turn * TURNS) {
            snprintf(call->error_text, sizeof(call->error_text), "nothing came for %d seconds",
                     (int)(stall->turn * TURNS / 1000));
            stall->end(call, CURLE_OPERATION_TIMEDOUT);
            continue;
        }
        goes_on = true;
        if (is_silent(stall, call))
            has_caveat = true;
    }
    if (has_caveat)
        api_stall_suspect(stall);
    api_loop_wake(stall->loop);
    if (goes_on)
        look_later(stall->silence, stall->turn);
}

static void look_later(struct event *timer, int64_t milliseconds)
{
    const struct timeval delay = {.tv_sec = milliseconds / 1000,
                                  .tv_usec = milliseconds % 1000 * 1000};

    if (!event_pending(timer, EV_TIMEOUT, NULL))
        event_add(timer, &delay);
}

/* On HTTP/1.1 the rest of the framing would be taken for the next answer. */
static bool has_ended_unnoticed(struct api_call *call)
{
    struct response *response = &call->response;
    bool goes_on = response->size != response->size_before;

    response->size_before = response->size;
    return !goes_on && call->on_data == NULL && !call->is_cancelled && call->status != 0 &&
           *call->multiplexing == MULTIPLEXING_YES && api_transfer_is_whole(call);
}

/* For half of the time that it may be, and nothing has been asked for as long. */
static bool is_silent(const struct api_stall *stall, struct api_call *call)
{
    int64_t now = clock_milliseconds();

    if (*call->multiplexing != MULTIPLEXING_YES || now - call->heard < stall->turn * TURNS / 2 ||
        now - call->probed < stall->turn * TURNS / 2)
        return false;
    call->probed = now;
    return true;
}

static void send_probe(struct api_stall *stall)
{
    stall->has_given_up = false;
    stall->probe = api_send(stall->api, &(struct api_request){.method = "GET",
                                                              .path = PROBE_PATH,
                                                              .is_urgent = true,
                                                              .on_done = on_probed,
                                                              .context = stall});
}

/* Any answer will do, also one that refuses. */
static void on_probed(const struct api_result *result, void *context)
{
    struct api_stall *stall = context;
    struct api_call *call;

    if (result->status != 0) {
        TAILQ_FOREACH(call, stall->active, link)
        {
            if (call->own_port == stall->probe->own_port)
                call->heard = clock_milliseconds();
        }
    }
    stall->probe = NULL;
}

/* Closing the connection ends the probe too. */
static void judge_probe(struct api_stall *stall)
{
    const struct api_call *probe = stall->probe;

    if (probe == NULL || stall->has_given_up || probe->state != CALL_ACTIVE ||
        probe->own_port == 0 || probe->status != 0 ||
        clock_milliseconds() - probe->heard < stall->turn)
        return;
    stall->has_given_up = true;
    log_warning("nothing is answered any more on a connection to the API server: it is given up",
                LOG_NUMBER("seconds", stall->turn / 1000));
    api_loop_shut(stall->loop, probe->own_port);
}
