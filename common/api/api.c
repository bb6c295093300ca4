/* SPDX-License-Identifier: Apache-2.0 */
/* Requests from api_send() to their end.
 *
 * libcurl may not be entered from within its own callbacks, and on_data is called from one. So what
 * callers want is only recorded, and done in turn(), which runs from the event loop with libcurl
 * off the stack: there requests are started, cancelled and resumed, and ended ones are called back.
 */
#include "common/api/api.h"

#include "common/api/call.h"
#include "common/api/credential.h"
#include "common/api/handle.h"
#include "common/api/health.h"
#include "common/api/loop.h"
#include "common/api/stall.h"
#include "common/api/supply.h"
#include "common/api/transfer.h"
#include "common/base/delays.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/metric.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The path that API Priority and Fairness never queues, and that every account may read.
 * ("Kubernetes API health endpoints") */
static const char PROBE_PATH[] = "/livez";

struct api {
    struct api_loop *loop;
    struct api_handles *handles;
    struct api_credential *credential; /* NULL until there is an identity */
    struct api_health health;
    struct api_supply *supply;
    struct api_stall *stall;
    api_refused *refused;
    api_crowded *crowded;
    void *context;
    unsigned connections_max; /* for streams; 0: any number */
    unsigned streams;         /* that have been sent, in whatever state */
    size_t expected;          /* streams, sent or to be sent */
    unsigned shared_max;      /* calls on a connection of HTTP/2; 0: libcurl's own limit */
    bool is_crowded;          /* a stream has found no connection, which has not been said yet */
    char *
        connect_problem; /* why the requested connection did not come, until it has been reported */
    struct event *refusal; /* pending: the identity was refused, and nothing is started */
    enum multiplexing multiplexing;
    const struct api_call *pioneer; /* under way to find that out, or NULL */
    struct call_list waiting;       /* not started; urgent ones first */
    struct call_list unconnected;   /* started again when there is a connection */
    struct call_list active;
    struct call_list changed;  /* active ones to be cancelled or resumed */
    struct coalesce_load load; /* in ACTIVE */
};

static void turn(void *api);
static void on_refusal_over(evutil_socket_t, short events, void *api);
static struct api_call *send_probe(void *api);
static void on_probed(const struct api_result *, void *api);
static void fail_unconnected(struct api *);
static void end_calls(struct api *);
static void apply_changes(struct api *);
static void apply_change(struct api_call *);
static void start_waiting(struct api *);
static void request_connection(struct api *);
static void say_crowded(struct api *);
static bool is_opening(const struct api *);
static bool may_start(const struct api_call *);
static void start(struct api_call *);
static void count_request(const struct api_call *, int by);
static void send_started(struct api *);
static void mark_changed(struct api_call *);
static bool needs_connection(const struct api_call *, CURLcode);
static void wait_for_connection(struct api_call *);
static bool is_full(const struct api *);
static bool has_too_many_streams(const struct api *);
static bool is_overfull(const struct api *);
static struct api_call *next_unconnected(const struct api *);
static void pass_connection_on(struct api_call *);
static void join_opened(struct api *);
static void retry_some(struct api *, size_t count);
static void retry_unconnected(struct api_call *);
static void leave_lists(struct api_call *);
static void leave_loop(struct api_call *);
static void release(struct api_call *);
static void measure(const struct api_call *);
static void break_off(struct api_call *, CURLcode);
static void finish(struct api_call *, CURLcode);
static bool is_unanswered(const struct api_call *, CURLcode);
static void call_back(const struct api_call *, const struct api_failure *,
                      struct json_object *body);
static void update_health(struct api_call *, CURLcode, const struct api_failure *);
static void hold_back(struct api *);

struct api *api_new(struct event_base *base, const struct api_settings *settings)
{
    struct api *api = memory_new(1, sizeof(*api));
    const struct api_stall_callbacks callbacks = {
        .end = break_off, .probe = send_probe, .context = api};
    const struct api_stall_limits limits = {
        .answer = settings->request_seconds > 0 ? settings->request_seconds : API_REQUEST_SECONDS,
        .idle = settings->stream_idle_seconds > 0 ? settings->stream_idle_seconds
                                                  : API_STREAM_IDLE_SECONDS,
    };

    TAILQ_INIT(&api->waiting);
    TAILQ_INIT(&api->unconnected);
    TAILQ_INIT(&api->active);
    TAILQ_INIT(&api->changed);
    api->handles = api_handles_new(settings);
    api->health.server = api_handles_server(api->handles);
    api->loop = api_loop_new(base, settings->shared_max, turn, api);
    if (api_handles_have_tls_proxy(api->handles))
        api_loop_read_again(api->loop);
    api->supply = api_supply_new(base, settings->connect, settings->context);
    api->stall = api_stall_new(base, api->loop, api->supply, &api->active, &callbacks, &limits);
    api->refused = settings->refused;
    api->crowded = settings->crowded;
    api->connections_max = settings->connections_max;
    api->shared_max = settings->shared_max;
    api->context = settings->context;
    api->refusal = loop_timer(base, on_refusal_over, api);
    return api;
}

void api_free(struct api *api)
{
    struct api_call *call;

    if (api == NULL)
        return;
    while ((call = TAILQ_FIRST(&api->waiting)) != NULL)
        release(call);
    while ((call = TAILQ_FIRST(&api->unconnected)) != NULL)
        release(call);
    while ((call = TAILQ_FIRST(&api->active)) != NULL) {
        api_loop_remove(api->loop, call->easy);
        release(call);
    }
    api_stall_free(api->stall);
    api_loop_free(api->loop);
    api_supply_free(api->supply);
    free(api->connect_problem);
    event_free(api->refusal);
    api_handles_free(api->handles);
    api_credential_release(api->credential);
    free(api);
}

void api_set_identity(struct api *api, const struct api_identity *identity)
{
    struct api_credential *credential = api_credential_new(identity);

    api_credential_release(api->credential);
    api->credential = credential;
    event_del(api->refusal);
    api_loop_wake(api->loop);
}

/* It is for one of those that wait, who sets it up and whom others can join then. Where nothing is
 * known yet, it is for all of them. */
void api_connected(struct api *api, int descriptor)
{
    struct api_call *call;

    if (!api_supply_put(api->supply, descriptor))
        return;
    if (TAILQ_EMPTY(&api->unconnected) && TAILQ_EMPTY(&api->waiting)) {
        api_supply_drop(api->supply);
        return;
    }
    if (api->multiplexing == MULTIPLEXING_NO || api->multiplexing == MULTIPLEXING_YES) {
        retry_some(api, 1);
    } else {
        while ((call = TAILQ_LAST(&api->unconnected, call_list)) != NULL)
            retry_unconnected(call);
    }
    api_loop_wake(api->loop);
}

static void retry_some(struct api *api, size_t count)
{
    struct api_call *call;

    for (; count > 0 && (call = next_unconnected(api)) != NULL; count--)
        retry_unconnected(call);
}

static void retry_unconnected(struct api_call *call)
{
    struct api *api = call->api;

    TAILQ_REMOVE(&api->unconnected, call, link);
    TAILQ_INSERT_HEAD(&api->waiting, call, link);
    call->state = CALL_WAITING;
}

void api_not_connected(struct api *api, const char *reason)
{
    if (!api_supply_put(api->supply, -1))
        return;
    memory_replace(&api->connect_problem, reason);
    api_loop_wake(api->loop);
}

struct api_call *api_send(struct api *api, const struct api_request *request)
{
    struct api_call *call = api_call_new(request);

    call->api = api;
    call->health = &api->health;
    call->supply = api->supply;
    call->multiplexing = &api->multiplexing;
    if (call->on_data != NULL)
        api->streams++;
    if (call->is_urgent)
        TAILQ_INSERT_HEAD(&api->waiting, call, link);
    else
        TAILQ_INSERT_TAIL(&api->waiting, call, link);
    api_loop_wake(api->loop);
    return call;
}

void api_cancel(struct api_call *call)
{
    if (call->state == CALL_WAITING || call->state == CALL_UNCONNECTED) {
        api_loop_wake(call->api->loop); /* there may be room for others */
        release(call);
    } else if (call->state == CALL_ACTIVE) {
        call->is_cancelled = true;
        mark_changed(call);
    }
}

void api_pause(struct api_call *call, bool pause)
{
    call->is_paused = pause;
    if (!pause && call->is_held)
        mark_changed(call);
}

void api_expect_streams(struct api *api, size_t count)
{
    api->expected = count;
}

/* One connection is worth keeping: there may be a request now and then. But libcurl closes all or
 * none. */
void api_rest(struct api *api)
{
    api_handles_rest(api->handles);
    if (api_supply_open(api->supply) > 1)
        api_loop_disconnect(api->loop);
}

bool api_multiplexes(const struct api *api)
{
    return api->multiplexing == MULTIPLEXING_YES;
}

void api_hurry(struct api *api)
{
    api_loop_hurry(api->loop);
}

static void turn(void *context)
{
    struct api *api = context;

    fail_unconnected(api);
    end_calls(api);
    apply_changes(api);
    join_opened(api);
    start_waiting(api);
    request_connection(api);
    say_crowded(api);
    api_stall_answered(api->stall);
}

static void on_refusal_over(evutil_socket_t socket, short events, void *context)
{
    struct api *api = context;

    (void)socket;
    (void)events;
    api_loop_wake(api->loop);
}

static struct api_call *send_probe(void *context)
{
    struct api *api = context;

    return api_send(api, &(struct api_request){.method = "GET",
                                               .path = PROBE_PATH,
                                               .takes_anything = true,
                                               .is_urgent = true,
                                               .on_done = on_probed,
                                               .context = api});
}

static void on_probed(const struct api_result *result, void *context)
{
    struct api *api = context;

    api_stall_probed(api->stall, result->status != 0);
}

/* Together with those that have let the pioneer go ahead. A callback may cancel others of them,
 * which leave the list then, but adds none: what it sends waits. */
static void fail_unconnected(struct api *api)
{
    struct api_failure failure = {.error = API_UNREACHABLE};
    struct api_call *call;

    if (api->connect_problem == NULL)
        return;
    api_status_copy(failure.message, sizeof(failure.message), api->connect_problem,
                    strlen(api->connect_problem));
    memory_replace(&api->connect_problem, NULL);
    if (api->multiplexing == MULTIPLEXING_UNKNOWN) {
        TAILQ_FOREACH(call, &api->waiting, link)
        call->state = CALL_UNCONNECTED;
        TAILQ_CONCAT(&api->unconnected, &api->waiting, link);
    }
    while ((call = TAILQ_FIRST(&api->unconnected)) != NULL) {
        update_health(call, CURLE_COULDNT_CONNECT, &failure);
        api_transfer_count(call);
        leave_lists(call);
        call_back(call, &failure, NULL);
        release(call);
    }
}

static void end_calls(struct api *api)
{
    CURL *easy;
    CURLcode code;

    while ((easy = api_loop_next_ended(api->loop, &code)) != NULL) {
        struct api_call *call;

        api_handle_check(curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call), "private");
        finish(call, code);
    }
}

/* Only those of now: a stream that pauses and resumes itself must not keep the loop busy. Only this
 * loop takes calls off the list, since cancelling an active call is left to it. */
static void apply_changes(struct api *api)
{
    struct call_list now;
    struct api_call *call;

    TAILQ_INIT(&now);
    TAILQ_CONCAT(&now, &api->changed, changed_link);
    while ((call = TAILQ_FIRST(&now)) != NULL) {
        TAILQ_REMOVE(&now, call, changed_link);
        call->is_changed = false;
        apply_change(call);
    }
}

static void apply_change(struct api_call *call)
{
    CURLcode code = CURLE_OK;

    if (!call->is_cancelled && call->is_held && !call->is_paused) {
        call->is_held = false;
        code = curl_easy_pause(call->easy, CURLPAUSE_CONT); /* may call on_data */
    }
    if (call->is_cancelled || code != CURLE_OK)
        break_off(call, code);
}

/* One-shot requests beyond the limit wait. */
static void start_waiting(struct api *api)
{
    struct api_call *call;
    bool has_started = false;

    while ((call = TAILQ_FIRST(&api->waiting)) != NULL && may_start(call)) {
        start(call);
        has_started = true;
    }
    if (has_started)
        send_started(api);
}

/* libcurl writes the head and the body of each request by themselves, and each packet costs the
 * server as much as us. */
static void send_started(struct api *api)
{
    if (api->multiplexing == MULTIPLEXING_YES)
        api_supply_hold(api->supply);
    api_loop_send(api->loop);
    api_supply_release(api->supply);
}

/* The pioneer connects alone; the others then share its connection if they can. libcurl would make
 * them wait by itself, but 8.14 never comes back to those that waited for what turned out to be
 * HTTP/1.1. */
static bool may_start(const struct api_call *call)
{
    const struct api *api = call->api;

    if (api->credential == NULL || evtimer_pending(api->refusal, NULL))
        return false;
    if (api->multiplexing == MULTIPLEXING_UNKNOWN &&
        (api->pioneer != NULL || !TAILQ_EMPTY(&api->unconnected)))
        return false;
    return call->is_urgent ||
           api->load.requests <
               (api->multiplexing == MULTIPLEXING_NO ? API_UNSHARED_MAX : API_PARALLEL_MAX);
}

static void start(struct api_call *call)
{
    struct api *api = call->api;

    TAILQ_REMOVE(&api->waiting, call, link);
    TAILQ_INSERT_TAIL(&api->active, call, link);
    call->state = CALL_ACTIVE;
    if (api->multiplexing == MULTIPLEXING_UNKNOWN)
        api->pioneer = call;
    if (call->on_data == NULL)
        count_request(call, 1);
    else if (is_overfull(api))
        api->is_crowded = true;
    call->started = metric_now();
    call->own_port = 0;
    call->credential = api_credential_hold(api->credential);
    call->easy = api_handles_take(api->handles, call->on_data == NULL && call->on_part == NULL,
                                  api->multiplexing == MULTIPLEXING_YES);
    api_transfer_prepare(call, api->handles);
    api_loop_add(api->loop, call->easy);
    api_stall_started(api->stall, call);
}

static void count_request(const struct api_call *call, int by)
{
    struct api *api = call->api;

    api->load.requests += (unsigned)by;
    if (call->on_part != NULL)
        api->load.lists += (unsigned)by;
    else if (strcmp(call->method, "GET") == 0)
        api->load.reads += (unsigned)by;
    api_loop_load(api->loop, &api->load);
}

/* Those that found no room may join the connection that has just been set up; libcurl knows only
 * now that it can be shared. Nor may one be left that was given to none of them, as others made
 * room. */
static void join_opened(struct api *api)
{
    const bool has_opened = api_supply_has_opened(api->supply);

    if (api->multiplexing != MULTIPLEXING_YES)
        return;
    if (has_opened)
        retry_some(api, api->shared_max > 0 ? api->shared_max : SIZE_MAX);
    else if (api_supply_has(api->supply) && TAILQ_EMPTY(&api->waiting))
        retry_some(api, 1);
}

/* There may be room for one only now. One after the other: as many may join each of them. */
static void request_connection(struct api *api)
{
    const struct api_call *call = next_unconnected(api);

    if (call == NULL || (api->multiplexing == MULTIPLEXING_YES && is_opening(api)))
        return;
    if (!api_supply_has(api->supply) && (call->on_data == NULL || !is_full(api)))
        api_supply_request(api->supply);
}

/* Whether libcurl sets up a connection now. */
static bool is_opening(const struct api *api)
{
    const struct api_call *call;

    TAILQ_FOREACH(call, &api->active, link)
    {
        if (call->is_opening)
            return true;
    }
    return false;
}

static void say_crowded(struct api *api)
{
    bool is_news = api->is_crowded && api->crowded != NULL;

    api->is_crowded = false;
    if (is_news)
        api->crowded(api->context);
}

static void mark_changed(struct api_call *call)
{
    if (!call->is_changed) {
        call->is_changed = true;
        TAILQ_INSERT_TAIL(&call->api->changed, call, changed_link);
    }
    api_loop_wake(call->api->loop);
}

static void break_off(struct api_call *call, CURLcode code)
{
    api_loop_remove(call->api->loop, call->easy);
    finish(call, code);
}

/* Ends CALL, which libcurl has ended or let go. Its callback comes last. */
static void finish(struct api_call *call, CURLcode code)
{
    struct api_failure failure = {0};
    struct json_object *body;

    if (needs_connection(call, code)) {
        wait_for_connection(call);
        return;
    }
    if (!call->is_cancelled) {
        body = api_transfer_outcome(call, code, &failure);
        if (is_unanswered(call, code))
            api_stall_suspect(call->api->stall, call->own_port);
        update_health(call, code, &failure);
        api_health_judge(&call->api->health, &failure);
        measure(call);
        leave_lists(call);
        pass_connection_on(call);
        call_back(call, &failure, body);
        json_object_put(body);
    }
    release(call);
}

/* Though it was sent, on a connection that others share. */
static bool is_unanswered(const struct api_call *call, CURLcode code)
{
    return code == CURLE_OPERATION_TIMEDOUT && call->status == 0 && call->own_port != 0 &&
           call->api->multiplexing == MULTIPLEXING_YES;
}

static void measure(const struct api_call *call)
{
    if (call->status == 0)
        api_transfer_count(call);
    if (call->on_data == NULL)
        metric_observe(METRIC_API_DURATION, 0, metric_now() - call->started);
}

static void call_back(const struct api_call *call, const struct api_failure *failure,
                      struct json_object *body)
{
    bool has_text = call->wants_text && failure->error == API_OK && call->response.size > 0;
    const char *text = has_text ? call->response.bytes : NULL;

    call->on_done(&(struct api_result){.error = failure->error,
                                       .status = failure->status,
                                       .reason = failure->reason,
                                       .message = failure->message,
                                       .is_status = failure->is_status,
                                       .has_causes = failure->has_causes,
                                       .etag = call->etag,
                                       .retry_after = failure->retry_after,
                                       .body = body,
                                       .text = text,
                                       .size = text != NULL ? call->response.size : 0},
                  call->context);
}

/* Nothing of it has been sent, or libcurl would have tried again by itself: a connection is all
 * that is missing. */
static bool needs_connection(const struct api_call *call, CURLcode code)
{
    return code == CURLE_COULDNT_CONNECT && call->is_unconnected && !call->is_cancelled;
}

static void wait_for_connection(struct api_call *call)
{
    struct api *api = call->api;

    leave_loop(call);
    call->is_unconnected = false;
    call->error_text[0] = '\0';
    call->state = CALL_UNCONNECTED;
    TAILQ_INSERT_TAIL(&api->unconnected, call, link);
    if (call->on_data != NULL ? is_full(api) : has_too_many_streams(api))
        api->is_crowded = true;
}

static bool is_full(const struct api *api)
{
    const unsigned max = api->connections_max;

    return max > 0 && (api_supply_open(api->supply) >= max || has_too_many_streams(api));
}

/* Where each stream needs a connection of its own, that they will be too many can be known before
 * they are. */
static bool has_too_many_streams(const struct api *api)
{
    const unsigned max = api->connections_max;
    const size_t streams = api->streams > api->expected ? api->streams : api->expected;

    return max > 0 && api->multiplexing == MULTIPLEXING_NO && streams > max;
}

/* Requests that are no streams may have more connections than that, since they give them back: but
 * perhaps to a stream. */
static bool is_overfull(const struct api *api)
{
    return api->connections_max > 0 && api_supply_open(api->supply) > api->connections_max;
}

/* Requests that are no streams come first: they give their connection back soon. */
static struct api_call *next_unconnected(const struct api *api)
{
    struct api_call *call;

    TAILQ_FOREACH(call, &api->unconnected, link)
    {
        if (call->on_data == NULL)
            return call;
    }
    return TAILQ_FIRST(&api->unconnected);
}

/* CALL was answered. There is room on its connection now. */
static void pass_connection_on(struct api_call *call)
{
    struct api *api = call->api;
    struct api_call *next = next_unconnected(api);

    if (next == NULL || call->status == 0)
        return;
    retry_unconnected(next);
    api_loop_wake(api->loop);
}

/* CALL leaves all lists for good. */
static void leave_lists(struct api_call *call)
{
    struct api *api = call->api;

    if (call->state == CALL_WAITING)
        TAILQ_REMOVE(&api->waiting, call, link);
    if (call->state == CALL_UNCONNECTED)
        TAILQ_REMOVE(&api->unconnected, call, link);
    if (call->state == CALL_ACTIVE)
        leave_loop(call);
    call->state = CALL_ENDED;
}

/* Gives back what CALL has while it is active. */
static void leave_loop(struct api_call *call)
{
    struct api *api = call->api;

    if (api->pioneer == call)
        api->pioneer = NULL;
    TAILQ_REMOVE(&api->active, call, link);
    if (call->is_changed)
        TAILQ_REMOVE(&api->changed, call, changed_link);
    call->is_changed = false;
    call->is_opening = false;
    if (call->on_data == NULL)
        count_request(call, -1);
    api_handles_give(api->handles, call->easy);
    api_credential_release(call->credential);
    call->credential = NULL;
}

static void release(struct api_call *call)
{
    if (call->on_data != NULL)
        call->api->streams--;
    leave_lists(call);
    api_call_free(call);
}

/* A stream that breaks after it was answered says little about the server: if it is gone, the next
 * request will show it. The same holds for errors on an HTTP/2 connection, which is shared: a
 * server that refuses one request may close it under the others. Nor does a 401 count for a token
 * that has been replaced since. Whether it was the API server that answered shows only by what it
 * says, if all of that has come. */
static void update_health(struct api_call *call, CURLcode code, const struct api_failure *failure)
{
    struct api *api = call->api;
    struct api_failure reported = *failure;

    if (failure->error == API_UNAUTHORIZED && !failure->is_status && code == CURLE_OK)
        reported.error = API_FOREIGN;
    if (!api_error_is_global(failure->error)) {
        if (call->status != 0 && !call->takes_anything &&
            (call->on_data == NULL || api_error_of_status(call->status) != API_OK))
            api_health_answered(&api->health);
        return;
    }
    if (code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM)
        return;
    if (call->status == 0)
        api->multiplexing = MULTIPLEXING_UNKNOWN;
    if (failure->error == API_UNAUTHORIZED ? call->credential == api->credential
                                           : call->status == 0 || failure->error == API_FOREIGN)
        api_health_failed(&api->health, &reported, code);
    if (failure->error == API_UNAUTHORIZED && call->credential == api->credential)
        hold_back(api);
}

/* What is sent now would be refused too. */
static void hold_back(struct api *api)
{
    const struct timeval limit = {.tv_sec = API_REFUSED_SECONDS};

    if (api->refused == NULL || evtimer_pending(api->refusal, NULL))
        return;
    event_add(api->refusal, &limit);
    api->refused(api->context);
}
