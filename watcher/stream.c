/* SPDX-License-Identifier: Apache-2.0 */
/* A list-and-watch, from one request to the next. Whether it lives, and what follows when it does
 * not, is decided in life.c, what is logged in failure.c, and what is sent in forward.c. */
#include "watcher/stream.h"

#include "common/base/backoff.h"
#include "common/base/delays.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/metric.h"
#include "common/objects/object.h"
#include "watcher/failure.h"
#include "watcher/forward.h"
#include "watcher/life.h"
#include "watcher/lines.h"
#include "watcher/watch_event.h"

#include <stdlib.h>

enum {
    LINE_MAX_BYTES = 8 * 1024 * 1024 /* of an event */
};

struct stream {
    const struct stream_environment *environment;
    struct api *api;
    void *receiver;
    stream_changed *changed;
    void *context;
    struct collection collection;
    char *namespace, *selector; /* those of the collection */
    struct turns *turns;        /* or NULL */
    struct turn turn;
    struct starts *starts; /* of lists, or NULL */
    struct start start;

    struct life life;
    struct api_call *call;             /* under way, or NULL */
    struct event *timer;               /* pending: waiting to try again */
    struct event *look;                /* pending: looking whether it lives */
    char *resource_version;            /* the position to watch from; NULL: list first */
    struct pages pages;                /* of the list */
    bool page_waits;                   /* until the receiver has room */
    bool is_paused;                    /* likewise, what is under way */
    bool is_mute;                      /* there has been a silent watch, and no bookmark since */
    bool has_begun;                    /* before, at least once */
    uint64_t requests, lists, retries; /* so many until now */
    struct lines lines;                /* of the watch */
    struct forward forward;
    struct failure failure;
};

static bool is_optional(const struct stream *);
static const char *namespace_of(const struct stream *);
static void begin(struct stream *);
static bool may_begin(struct stream *);
static void on_turn(void *context);
static void leave_turn(struct stream *);
static void end_start(struct stream *, enum api_error);
static void on_timer(evutil_socket_t, short events, void *context);
static void begin_list(struct stream *);
static void begin_watch(struct stream *);
static void fetch_page(struct stream *);
static void on_page(const struct api_result *, void *context);
static const char *end_page(struct stream *, char **version);
static void forward_item(const struct projected *, size_t size, void *context);
static void complete_page(struct stream *, const char *list_version);
static void on_opened(void *context);
static void on_data(const char *bytes, size_t size, void *context);
static bool on_line(const char *line, size_t size, void *context);
static void apply_event(struct stream *, const struct watch_event *, size_t size);
static void take_sign(struct stream *, enum life_sign);
static void on_watch_done(const struct api_result *, void *context);
static void send_message(void *context, const struct message *);
static void complete_list(struct stream *, const char *resource_version);
static void succeed(struct stream *);
static void give_up(struct stream *, enum api_error, const char *reason);
static void go_on(struct stream *, const struct ending *, const char *reason);
static void list_again(struct stream *, bool was_silent);
static void retry(struct stream *, uint32_t milliseconds);
static void look_soon(struct stream *);
static void on_look(evutil_socket_t, short events, void *context);
static void end_call(struct stream *);
static void forget_position(struct stream *);

struct stream *stream_new(const struct stream_settings *settings)
{
    struct stream *stream = memory_new(1, sizeof(*stream));

    stream->environment = settings->environment;
    stream->api = settings->api;
    stream->receiver = settings->receiver;
    stream->changed = settings->changed;
    stream->context = settings->context;
    stream->collection = settings->collection;
    stream->collection.namespace = stream->namespace = memory_text(settings->collection.namespace);
    stream->collection.selector = stream->selector = memory_text(settings->collection.selector);
    stream->life = (struct life){.backoff = &backoff_stream,
                                 .forbidden_backoff = is_optional(stream) ? &backoff_optional_stream
                                                                          : &backoff_stream};
    stream->turns = settings->turns;
    stream->turn = (struct turn){.begin = on_turn, .context = stream};
    stream->starts = settings->starts;
    stream->start.turn = stream->turn;
    stream->timer = loop_timer(settings->base, on_timer, stream);
    stream->look = loop_timer(settings->base, on_look, stream);
    stream->forward = (struct forward){.kind = stream->collection.kind,
                                       .namespace = stream->namespace,
                                       .served = stream->collection.served,
                                       .send = send_message,
                                       .context = stream};
    stream->pages.use =
        (struct list_use){object_projection(stream->collection.kind), forward_item, stream};
    stream->failure.collection = &stream->collection;
    return stream;
}

void stream_free(struct stream *stream)
{
    if (stream == NULL)
        return;
    stream_stop(stream);
    failure_gone(&stream->failure);
    event_free(stream->timer);
    event_free(stream->look);
    forward_clear(&stream->forward);
    free(stream->namespace);
    free(stream->selector);
    free(stream);
}

void stream_restart(struct stream *stream)
{
    stream_stop(stream);
    begin(stream);
}

void stream_stop(struct stream *stream)
{
    end_call(stream);
    forget_position(stream);
    event_del(stream->timer);
    event_del(stream->look);
    leave_turn(stream);
    if (stream->starts != NULL)
        starts_leave(stream->starts, &stream->start);
    life_stopped(&stream->life);
}

void stream_resume(struct stream *stream)
{
    if (stream->is_paused && stream->call != NULL) {
        stream->is_paused = false;
        life_hold(&stream->life, false, stream->environment->now());
        look_soon(stream);
        stream->environment->pause(stream->call, false);
    }
    if (stream->page_waits) {
        stream->page_waits = false;
        fetch_page(stream);
    }
}

enum kind stream_kind(const struct stream *stream)
{
    return stream->collection.kind;
}

enum api_error stream_error(const struct stream *stream)
{
    return stream->life.error;
}

bool stream_in_sync(const struct stream *stream)
{
    return life_in_sync(&stream->life, stream->environment->now());
}

time_t stream_confirmed(const struct stream *stream)
{
    return stream->life.confirmed;
}

bool stream_is_needed(const struct stream *stream)
{
    return !is_optional(stream) ||
           (stream->life.error != API_FORBIDDEN && stream->life.error != API_NOT_FOUND);
}

void stream_describe(const struct stream *stream, struct json_object *row)
{
    static const char *const phases[] = {
        [PHASE_STOPPED] = "stopped",
        [PHASE_WAITING] = "waiting",
        [PHASE_LIST] = "listing",
        [PHASE_WATCH] = "watching",
    };
    const struct life *life = &stream->life;
    const time_t now = stream->environment->now();

    json_put_text(row, "kind", kind_names(stream->collection.kind)->name);
    json_put_text(row, "namespace", stream->namespace);
    json_put_text(row, "state", phases[life->phase]);
    json_object_object_add(row, "inSync", json_object_new_boolean(stream_in_sync(stream)));
    json_object_object_add(row, "lastEventSeconds",
                           life->sign == 0 ? NULL : json_object_new_int64(now - life->sign));
    json_object_object_add(row, "ageSeconds",
                           life->confirmed == 0 ? NULL
                                                : json_object_new_int64(now - life->confirmed));
    json_object_object_add(row, "lists", json_object_new_uint64(stream->lists));
    json_object_object_add(row, "retries", json_object_new_uint64(stream->retries));
    json_object_object_add(
        row, "error",
        life->error == API_OK ? NULL : json_object_new_string(api_error_name(life->error)));
}

static bool is_optional(const struct stream *stream)
{
    return kind_streams(stream->collection.kind)->optional;
}

/* For the log. */
static const char *namespace_of(const struct stream *stream)
{
    return stream->namespace[0] != '\0' ? stream->namespace : NULL;
}

static void begin(struct stream *stream)
{
    if (!may_begin(stream)) {
        life_waits(&stream->life);
        return;
    }
    if (stream->has_begun)
        metric_add(METRIC_WATCH_RESTARTS, stream->collection.kind, 0, 1);
    stream->has_begun = true;
    if (stream->resource_version != NULL) {
        begin_watch(stream);
        return;
    }
    stream->lists++;
    begin_list(stream);
}

/* Where streams take turns, that of another may come first; otherwise the lists of others may. */
static bool may_begin(struct stream *stream)
{
    if (stream->turns != NULL)
        return turns_take(stream->turns, &stream->turn);
    return stream->starts == NULL || stream->resource_version != NULL ||
           starts_take(stream->starts, &stream->start);
}

static void on_turn(void *context)
{
    begin(context);
}

static void leave_turn(struct stream *stream)
{
    if (stream->turns != NULL)
        turns_leave(stream->turns, &stream->turn);
}

static void end_start(struct stream *stream, enum api_error error)
{
    if (stream->starts != NULL)
        starts_ended(stream->starts, &stream->start, error);
}

static void on_timer(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    begin(context);
}

/* Not by a watch that begins with all objects ("streaming lists"): to write each of them as an
 * event costs the API server half as much again, and where a namespace is watched it goes through
 * the objects of all of them. (Kubernetes 1.37, k8s.io/apiserver/pkg/storage/cacher,
 * getIntervalFromStoreLocked) */
static void begin_list(struct stream *stream)
{
    life_sent(&stream->life, PHASE_LIST, 0, stream->environment->now());
    forward_resync(&stream->forward, MESSAGE_RESYNC_BEGIN);
    fetch_page(stream);
}

static void begin_watch(struct stream *stream)
{
    const unsigned seconds = collection_watch_seconds(&stream->collection);
    char *path = collection_watch_path(&stream->collection, stream->resource_version, seconds);
    const struct api_request request = {.method = "GET",
                                        .path = path,
                                        .on_data = on_data,
                                        .on_opened = on_opened,
                                        .on_done = on_watch_done,
                                        .context = stream};

    lines_clear(&stream->lines);
    stream->is_paused = false;
    life_sent(&stream->life, PHASE_WATCH, seconds, stream->environment->now());
    look_soon(stream);
    stream->requests++;
    stream->call = stream->environment->send(stream->api, &request);
    free(path);
}

static void fetch_page(struct stream *stream)
{
    char *path = collection_page_path(&stream->collection, &stream->pages);
    const struct api_request request = {.method = "GET",
                                        .path = path,
                                        .on_part = pages_add,
                                        .is_whole = pages_are_whole,
                                        .parts = &stream->pages,
                                        .on_done = on_page,
                                        .context = stream};

    stream->is_paused = false;
    stream->requests++;
    stream->call = stream->environment->send(stream->api, &request);
    free(path);
}

static void on_page(const struct api_result *result, void *context)
{
    struct stream *stream = context;
    struct ending ending;
    const char *problem = NULL;
    char *version = NULL;

    stream->call = NULL;
    if (result->error == API_OK) {
        take_sign(stream, SIGN_EVENT);
        problem = end_page(stream, &version);
    }
    if (problem != NULL) {
        give_up(stream, API_PROTOCOL, problem);
    } else {
        switch (pages_after(&stream->pages, result->error)) {
        case PAGES_MORE:
            complete_page(stream, NULL);
            break;
        case PAGES_COMPLETE:
            complete_page(stream, version);
            break;
        case PAGES_ANEW:
            begin_list(stream);
            break;
        case PAGES_FAILED:
            ending = life_ending(&stream->life, result, stream->environment->now());
            go_on(stream, &ending, result->message);
            break;
        }
    }
    free(version);
}

/* Nothing could follow a list without a version. */
static const char *end_page(struct stream *stream, char **version)
{
    const char *problem = pages_end(&stream->pages, version);
    const bool is_last = problem == NULL && stream->pages.token[0] == '\0';

    return is_last && (*version)[0] == '\0' ? "the list has no resourceVersion" : problem;
}

static void forward_item(const struct projected *item, size_t size, void *context)
{
    struct stream *stream = context;

    forward_object(&stream->forward, item, size);
}

/* LIST_VERSION is that of a list which is complete, or NULL. */
static void complete_page(struct stream *stream, const char *list_version)
{
    if (list_version != NULL) {
        complete_list(stream, list_version);
        begin_watch(stream);
    } else if (stream->environment->is_congested(stream->receiver)) {
        stream->page_waits = true;
    } else {
        fetch_page(stream);
    }
}

/* A watch that goes on from a position needs no list to be in sync again. */
static void on_opened(void *context)
{
    struct stream *stream = context;
    const bool may_go_on = life_opened(&stream->life, stream->environment->now());

    look_soon(stream);
    if (may_go_on)
        succeed(stream);
    else
        list_again(stream, false);
}

static void on_data(const char *bytes, size_t size, void *context)
{
    struct stream *stream = context;

    if (lines_add(&stream->lines, bytes, size, LINE_MAX_BYTES, on_line, stream) == LINES_TOO_LONG)
        give_up(stream, API_PROTOCOL, "an event of the watch is larger than 8 MiB");
}

/* If the stream has let go of the call, the rest of its data means nothing. */
static bool on_line(const char *line, size_t size, void *context)
{
    struct stream *stream = context;
    struct watch_event event;
    const uint64_t request = stream->requests;
    const char *problem = watch_event_decode(stream->collection.kind, line, size, &event);

    if (problem != NULL) {
        char *reason = memory_format("cannot decode a line of the watch: %s", problem);

        forget_position(stream);
        give_up(stream, API_PROTOCOL, reason);
        free(reason);
        return false;
    }
    apply_event(stream, &event, size);
    watch_event_clear(&event);
    return stream->call != NULL && stream->requests == request;
}

static void apply_event(struct stream *stream, const struct watch_event *event, size_t size)
{
    if (event->type == WATCH_ERROR) {
        give_up(stream, event->error != API_OK ? event->error : API_OTHER_STATUS, event->message);
        return;
    }
    if (life_goes_back(stream->resource_version, event->resource_version)) {
        give_up(stream, API_EXPIRED,
                "resourceVersions go back: the API server may have been restored from a backup");
        return;
    }
    take_sign(stream, event->type == WATCH_BOOKMARK ? SIGN_BOOKMARK : SIGN_EVENT);
    if (event->type == WATCH_CHANGED || event->type == WATCH_DELETED)
        metric_add(METRIC_WATCH_EVENTS, stream->collection.kind, 0, 1);
    if (event->type == WATCH_CHANGED)
        forward_object(&stream->forward, &event->object, size);
    else if (event->type == WATCH_DELETED)
        forward_gone(&stream->forward, event->object.object);
    memory_replace(&stream->resource_version, event->resource_version);
}

static void take_sign(struct stream *stream, enum life_sign sign)
{
    if (life_sign(&stream->life, sign, stream->environment->now()))
        failure_over(&stream->failure);
    if (stream->is_mute && sign == SIGN_BOOKMARK && stream->life.phase == PHASE_WATCH) {
        stream->is_mute = false;
        log_info("watches give signs of life again",
                 LOG_TEXT("kind", kind_names(stream->collection.kind)->name),
                 LOG_TEXT("namespace", namespace_of(stream)));
    }
}

static void on_watch_done(const struct api_result *result, void *context)
{
    struct stream *stream = context;
    const struct ending ending = life_ending(&stream->life, result, stream->environment->now());

    stream->call = NULL;
    go_on(stream, &ending, result->message);
}

/* What the receiver has no room for is paused. */
static void send_message(void *context, const struct message *message)
{
    struct stream *stream = context;

    stream->environment->forward(stream->receiver, message);
    if (stream->life.phase == PHASE_WATCH && !kind_streams(stream->collection.kind)->is_ours)
        stream->environment->hurry(stream->api);
    if (stream->is_paused || stream->call == NULL ||
        !stream->environment->is_congested(stream->receiver))
        return;
    stream->is_paused = true;
    life_hold(&stream->life, true, stream->environment->now());
    stream->environment->pause(stream->call, true);
}

static void complete_list(struct stream *stream, const char *resource_version)
{
    memory_replace(&stream->resource_version, resource_version);
    forward_resync(&stream->forward, MESSAGE_RESYNC_END);
    take_sign(stream, SIGN_COMPLETE);
    succeed(stream);
}

static void succeed(struct stream *stream)
{
    end_start(stream, API_OK);
    failure_passed(&stream->failure);
    stream->changed(stream, stream->context);
}

/* What has come says that the request is of no use. */
static void give_up(struct stream *stream, enum api_error error, const char *reason)
{
    go_on(stream, &(struct ending){.error = error, .is_refusal = true}, reason);
}

/* The request has ended by ENDING, or is given up because of it. */
static void go_on(struct stream *stream, const struct ending *ending, const char *reason)
{
    const bool was_opened = stream->life.is_opened;
    const struct next next =
        life_ended(&stream->life, ending, stream->environment->now(), backoff_random());

    end_call(stream);
    end_start(stream, ending->error);
    if (!next.keeps_position)
        forget_position(stream);
    switch (next.step) {
    case NEXT_WATCH:
        begin(stream);
        break;
    case NEXT_LIST:
        list_again(stream, true);
        break;
    case NEXT_RETRY:
        failure_log(&stream->failure, stream->life.error, was_opened,
                    ending->error != API_OK ? reason : "the watch ended too early");
        retry(stream, next.milliseconds);
        break;
    }
}

/* That a list succeeds does not mean that the next watch will say something. */
static void list_again(struct stream *stream, bool was_silent)
{
    if (was_silent && !stream->is_mute) {
        stream->is_mute = true;
        log_warning("a watch was accepted and then silent, without even a bookmark; listing "
                    "instead, now and whenever this happens",
                    LOG_TEXT("kind", kind_names(stream->collection.kind)->name),
                    LOG_TEXT("namespace", namespace_of(stream)),
                    LOG_NUMBER("seconds", WATCH_SILENT_SECONDS),
                    LOG_TEXT("remedy", "let proxies and load balancers before the API server pass "
                                       "on each part of a response at once"));
    }
    end_call(stream);
    forget_position(stream);
    begin(stream);
}

static void retry(struct stream *stream, uint32_t milliseconds)
{
    const struct timeval delay = backoff_timeval(milliseconds);

    leave_turn(stream);
    stream->retries++;
    stream->environment->start_timer(stream->timer, &delay);
    stream->changed(stream, stream->context);
}

static void look_soon(struct stream *stream)
{
    const time_t seconds = life_next_look(&stream->life, stream->environment->now());

    if (seconds > 0)
        stream->environment->start_look(stream->look, (int64_t)seconds * 1000);
}

/* Signs of life do not move the timer, so that they cost nothing. */
static void on_look(evutil_socket_t socket, short events, void *context)
{
    struct stream *stream = context;

    (void)socket;
    (void)events;
    switch (life_verdict(&stream->life, stream->environment->now())) {
    case LIFE_SILENT:
        go_on(stream, &(struct ending){.error = API_TIMEOUT}, "nothing came on the watch");
        break;
    case LIFE_OVERDUE:
        go_on(stream, &(struct ending){.error = API_OK}, "");
        break;
    case LIFE_GOES_ON:
        stream->changed(stream, stream->context);
        break;
    }
    look_soon(stream);
}

static void end_call(struct stream *stream)
{
    if (stream->call != NULL)
        stream->environment->cancel(stream->call);
    stream->call = NULL;
    lines_clear(&stream->lines);
}

static void forget_position(struct stream *stream)
{
    memory_replace(&stream->resource_version, NULL);
    pages_rewind(&stream->pages);
    stream->page_waits = false;
}
