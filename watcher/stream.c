/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a list-and-watch, from one request to the next. What follows when a request has ended
 * is decided in next.c, what is logged in failure.c, and what is sent in forward.c. */
#include "watcher/stream.h"

#include "common/base/backoff.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/metric.h"
#include "common/objects/object.h"
#include "watcher/failure.h"
#include "watcher/forward.h"
#include "watcher/lines.h"
#include "watcher/next.h"
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

    enum stream_phase phase;
    struct api_call *call;   /* under way, or NULL */
    struct event *timer;     /* pending: waiting to try again */
    char *resource_version;  /* the position to watch from; NULL: list first */
    struct pages pages;      /* of the list */
    bool lists_in_pages;     /* the server has no watches that begin with all objects */
    bool page_waits;         /* until the receiver has room */
    bool is_paused;          /* likewise, a watch */
    bool was_opened;         /* the server has begun to answer the watch */
    bool is_listed;          /* the receiver has got a complete list */
    bool has_begun;          /* before, at least once */
    time_t started;          /* the watch */
    time_t last_data;        /* from the server, 0: never */
    uint64_t lists, retries; /* so many until now */
    unsigned failures;       /* in a row, for the back-off */
    enum api_error error;    /* of the last attempt, until one has been answered */
    struct lines lines;      /* of the watch */
    struct forward forward;
    struct failure failure;
};

static bool is_optional(const struct stream *);
static void begin(struct stream *);
static void on_turn(void *context);
static void leave_turn(struct stream *);
static void on_timer(evutil_socket_t, short events, void *context);
static void begin_pages(struct stream *);
static void begin_watch_list(struct stream *);
static void begin_watch(struct stream *);
static void open_watch(struct stream *, const char *path);
static void fetch_page(struct stream *);
static void on_page(const struct api_result *, void *context);
static void forward_item(struct projected *, size_t size, void *context);
static void complete_page(struct stream *, const char *list_version);
static void on_opened(void *context);
static void on_data(const char *bytes, size_t size, void *context);
static bool on_line(const char *line, size_t size, void *context);
static void apply_event(struct stream *, const struct watch_event *, size_t size);
static void on_watch_done(const struct api_result *, void *context);
static void send_message(void *context, const struct message *);
static void complete_list(struct stream *, const char *resource_version);
static void succeed(struct stream *);
static void go_on(struct stream *, enum api_error, const char *reason, unsigned retry_after);
static struct next decide(const struct stream *, enum api_error, unsigned retry_after);
static void retry(struct stream *, enum api_error, const char *reason, const struct next *);
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
    stream->turns = settings->turns;
    stream->turn = (struct turn){.begin = on_turn, .context = stream};
    stream->lists_in_pages = stream->turns != NULL; /* a short watch has no time for a list */
    stream->timer = loop_timer(settings->base, on_timer, stream);
    stream->forward = (struct forward){.kind = stream->collection.kind,
                                       .namespace = stream->namespace,
                                       .served = stream->collection.served,
                                       .send = send_message,
                                       .context = stream};
    stream->failure.collection = &stream->collection;
    return stream;
}

void stream_free(struct stream *stream)
{
    if (stream == NULL)
        return;
    stream_stop(stream);
    event_free(stream->timer);
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
    leave_turn(stream);
    stream->phase = PHASE_STOPPED;
    stream->is_listed = false;
}

void stream_resume(struct stream *stream)
{
    if (stream->is_paused && stream->call != NULL) {
        stream->is_paused = false;
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
    return stream->error;
}

bool stream_in_sync(const struct stream *stream)
{
    return stream->is_listed && stream->error == API_OK;
}

bool stream_is_needed(const struct stream *stream)
{
    return !is_optional(stream) || stream->error != API_FORBIDDEN;
}

void stream_describe(const struct stream *stream, struct json_object *row)
{
    static const char *const phases[] = {
        [PHASE_STOPPED] = "stopped", [PHASE_WAITING] = "waiting", [PHASE_WATCH_LIST] = "listing",
        [PHASE_PAGES] = "listing",   [PHASE_WATCH] = "watching",
    };
    const time_t silence = stream->environment->now() - stream->last_data;

    json_put_text(row, "kind", kind_names(stream->collection.kind)->name);
    json_put_text(row, "namespace", stream->namespace);
    json_put_text(row, "state", phases[stream->phase]);
    json_object_object_add(row, "inSync", json_object_new_boolean(stream_in_sync(stream)));
    json_object_object_add(row, "lastEventSeconds",
                           stream->last_data == 0 ? NULL : json_object_new_int64(silence));
    json_object_object_add(row, "lists", json_object_new_uint64(stream->lists));
    json_object_object_add(row, "retries", json_object_new_uint64(stream->retries));
    json_object_object_add(
        row, "error",
        stream->error == API_OK ? NULL : json_object_new_string(api_error_name(stream->error)));
}

static bool is_optional(const struct stream *stream)
{
    return kind_streams(stream->collection.kind)->optional;
}

/* Where streams take turns, that of another may come first. */
static void begin(struct stream *stream)
{
    if (stream->turns != NULL && !turns_take(stream->turns, &stream->turn)) {
        stream->phase = PHASE_WAITING;
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
    if (stream->lists_in_pages)
        begin_pages(stream);
    else
        begin_watch_list(stream);
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

static void on_timer(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    begin(context);
}

static void begin_pages(struct stream *stream)
{
    stream->phase = PHASE_PAGES;
    forward_resync(&stream->forward, MESSAGE_RESYNC_BEGIN);
    fetch_page(stream);
}

static void begin_watch_list(struct stream *stream)
{
    char *path = collection_watch_list_path(&stream->collection);

    stream->phase = PHASE_WATCH_LIST;
    forward_resync(&stream->forward, MESSAGE_RESYNC_BEGIN);
    open_watch(stream, path);
    free(path);
}

static void begin_watch(struct stream *stream)
{
    char *path = collection_watch_path(&stream->collection, stream->resource_version);

    stream->phase = PHASE_WATCH;
    open_watch(stream, path);
    free(path);
}

static void open_watch(struct stream *stream, const char *path)
{
    const struct api_request request = {.method = "GET",
                                        .path = path,
                                        .on_data = on_data,
                                        .on_opened = on_opened,
                                        .on_done = on_watch_done,
                                        .context = stream};

    lines_clear(&stream->lines);
    stream->is_paused = false;
    stream->was_opened = false;
    stream->started = stream->environment->now();
    stream->call = stream->environment->send(stream->api, &request);
}

static void fetch_page(struct stream *stream)
{
    char *path = collection_page_path(&stream->collection, &stream->pages);
    const struct api_request request = {
        .method = "GET", .path = path, .wants_text = true, .on_done = on_page, .context = stream};

    stream->call = stream->environment->send(stream->api, &request);
    free(path);
}

static void on_page(const struct api_result *result, void *context)
{
    struct stream *stream = context;
    const char *problem = NULL;
    char *version = NULL;

    stream->call = NULL;
    if (result->error == API_OK) {
        stream->last_data = stream->environment->now();
        problem = pages_read(&stream->pages, result, object_projection(stream->collection.kind),
                             forward_item, stream, &version);
    }
    if (problem != NULL) {
        go_on(stream, API_PROTOCOL, problem, 0);
    } else {
        switch (pages_after(&stream->pages, result->error)) {
        case PAGES_MORE:
            complete_page(stream, NULL);
            break;
        case PAGES_COMPLETE:
            complete_page(stream, version);
            break;
        case PAGES_ANEW:
            begin_pages(stream);
            break;
        case PAGES_FAILED:
            go_on(stream, result->error, result->message, result->retry_after);
            break;
        }
    }
    free(version);
}

static void forward_item(struct projected *item, size_t size, void *context)
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

    stream->was_opened = true;
    if (stream->phase == PHASE_WATCH)
        succeed(stream);
}

static void on_data(const char *bytes, size_t size, void *context)
{
    struct stream *stream = context;

    stream->last_data = stream->environment->now();
    if (lines_add(&stream->lines, bytes, size, LINE_MAX_BYTES, on_line, stream) == LINES_TOO_LONG)
        go_on(stream, API_PROTOCOL, "an event of the watch is larger than 8 MiB", 0);
}

/* After a failure the stream has let go of its call, and the rest of the data means nothing. */
static bool on_line(const char *line, size_t size, void *context)
{
    struct stream *stream = context;
    struct watch_event event;
    const char *problem = watch_event_decode(stream->collection.kind, line, size, &event);

    if (problem != NULL) {
        char *reason = memory_format("cannot decode a line of the watch: %s", problem);

        forget_position(stream);
        go_on(stream, API_PROTOCOL, reason, 0);
        free(reason);
        return false;
    }
    apply_event(stream, &event, size);
    watch_event_clear(&event);
    return stream->call != NULL;
}

static void apply_event(struct stream *stream, const struct watch_event *event, size_t size)
{
    if (event->type == WATCH_ERROR) {
        const enum api_error error = api_error_of_status(event->status);

        go_on(stream, error != API_OK ? error : API_OTHER_STATUS, event->message, 0);
        return;
    }
    if (event->type == WATCH_CHANGED || event->type == WATCH_DELETED)
        metric_add(METRIC_WATCH_EVENTS, stream->collection.kind, 0, 1);
    if (event->type == WATCH_CHANGED)
        forward_object(&stream->forward, &event->object, size);
    else if (event->type == WATCH_DELETED)
        forward_gone(&stream->forward, event->object.object);
    if (stream->phase == PHASE_WATCH_LIST) {
        if (event->initial_end)
            complete_list(stream, event->resource_version);
    } else {
        memory_replace(&stream->resource_version, event->resource_version);
        stream->failures = 0;
    }
}

static void on_watch_done(const struct api_result *result, void *context)
{
    struct stream *stream = context;

    stream->call = NULL;
    go_on(stream, result->error, result->message, result->retry_after);
}

/* A watch whose events the receiver has no room for is paused. */
static void send_message(void *context, const struct message *message)
{
    struct stream *stream = context;

    stream->environment->forward(stream->receiver, message);
    if (stream->phase == PHASE_PAGES || stream->is_paused || stream->call == NULL ||
        !stream->environment->is_congested(stream->receiver))
        return;
    stream->is_paused = true;
    stream->environment->pause(stream->call, true);
}

static void complete_list(struct stream *stream, const char *resource_version)
{
    memory_replace(&stream->resource_version, resource_version);
    forward_resync(&stream->forward, MESSAGE_RESYNC_END);
    stream->phase = PHASE_WATCH;
    stream->is_listed = true;
    stream->failures = 0;
    succeed(stream);
}

static void succeed(struct stream *stream)
{
    failure_over(&stream->failure);
    stream->error = API_OK;
    stream->changed(stream, stream->context);
}

/* The request has ended with ERROR, or is given up because of it. */
static void go_on(struct stream *stream, enum api_error error, const char *reason,
                  unsigned retry_after)
{
    const struct next next = decide(stream, error, retry_after);

    switch (next.step) {
    case NEXT_WATCH:
        stream->failures = 0;
        begin(stream);
        break;
    case NEXT_PAGES:
        log_info("the API server has no streaming lists; listing in pages",
                 LOG_TEXT("kind", kind_names(stream->collection.kind)->name));
        stream->lists_in_pages = true;
        begin(stream);
        break;
    case NEXT_RETRY:
        retry(stream, error != API_OK ? error : API_SERVER_ERROR,
              error != API_OK ? reason : "the watch ended too early", &next);
        break;
    }
}

static struct next decide(const struct stream *stream, enum api_error error, unsigned retry_after)
{
    const struct ending ending = {.phase = stream->phase,
                                  .error = error,
                                  .was_opened = stream->was_opened,
                                  .seconds = stream->environment->now() - stream->started,
                                  .is_optional = is_optional(stream),
                                  .failures = stream->failures + 1,
                                  .retry_after = retry_after};

    return next_after(&ending, backoff_random());
}

static void retry(struct stream *stream, enum api_error error, const char *reason,
                  const struct next *next)
{
    const struct timeval delay = backoff_timeval(next->milliseconds);

    failure_log(&stream->failure, error, reason);
    end_call(stream);
    if (!next->keeps_position)
        forget_position(stream);
    leave_turn(stream);
    stream->phase = PHASE_WAITING;
    stream->error = error;
    stream->failures++;
    stream->retries++;
    stream->environment->start_timer(stream->timer, &delay);
    stream->changed(stream, stream->context);
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
