/* SPDX-License-Identifier: Apache-2.0 */
#include "watcher/stream.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/metric.h"
#include "common/objects/object.h"
#include "watcher/lines.h"
#include "watcher/watch_event.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAGE_LIMIT = 500,
    LINE_MAX_BYTES = 8 * 1024 * 1024,
    LARGE_OBJECT_BYTES = 512 * 1024,
    LARGE_OBJECTS_MAX = 64, /* that are remembered */
    PASSING_FAILURES = 2,   /* in a row that are not worth a line */
};

enum phase {
    PHASE_STOPPED,
    PHASE_WAITING,    /* for the timer, after a failure */
    PHASE_WATCH_LIST, /* initial events, then events, on one stream */
    PHASE_PAGES,      /* a paged list, where the server has no WatchList */
    PHASE_WATCH,
};

struct stream {
    struct worker *worker;
    enum kind kind;
    const char *version;
    char *namespace;
    char *selector; /* the end of a query, "" or "&labelSelector=..." */
    stream_changed *changed;
    void *context;

    enum phase phase;
    struct api_call *call;
    struct event *timer;
    struct lines lines;
    char *resource_version; /* to go on from; NULL: list first */
    char *continue_token;   /* of the next page */
    bool page_waits;        /* for room at the receiver */
    unsigned page_limit;
    bool no_watch_list; /* the server refused it */
    bool listed;        /* the receiver has been told the end of a list */
    bool paused;
    bool was_open;          /* a watch or a list has been begun before */
    struct text_list large; /* uids of objects that the log has been told are very large */
    time_t started;
    time_t heard;          /* when the server last sent something, 0: never */
    uint64_t lists;        /* that have been begun */
    uint64_t restarts;     /* attempts after a failure */
    enum api_error error;  /* of the last attempt, until one has been answered */
    unsigned failures;     /* in a row, for the back-off */
    unsigned passing;      /* failures that will pass, since one could last read */
    enum api_error logged; /* the failure that the log has last been told of */
};

static char *selector_query(const struct worker *, enum kind);
static void go_on(struct stream *);
static void on_timer(evutil_socket_t, short events, void *context);
static void begin_watch_list(struct stream *);
static void begin_watch(struct stream *);
static void open_watch(struct stream *, const char *query);
static void next_page(struct stream *);
static void on_page(const struct api_result *, void *context);
static void on_opened(void *context);
static void on_data(const char *bytes, size_t size, void *context);
static bool on_line(const char *line, size_t size, void *context);
static void on_watch_done(const struct api_result *, void *context);
static void apply_event(struct stream *, const struct watch_event *, size_t size);
static void send_object(struct stream *, struct json_object *, size_t size);
static bool is_news(struct stream *, const char *uid);
static void send_gone(struct stream *, struct json_object *);
static void send_resync(struct stream *, enum message_type);
static void send_message(struct stream *, const struct message *);
static void end_of_list(struct stream *, const char *resource_version);
static void works_again(struct stream *);
static void fail(struct stream *, enum api_error, const char *reason, unsigned retry_after);
static void log_failure(struct stream *, enum api_error, const char *reason);
static bool is_passing(enum api_error);
static void end_call(struct stream *);
static void forget_position(struct stream *);
static const char *remedy(const struct stream *, enum api_error);

struct stream *stream_new(struct worker *worker, enum kind kind, const char *version,
                          const char *namespace, stream_changed *changed, void *context)
{
    struct stream *stream = memory_new(1, sizeof(*stream));

    stream->worker = worker;
    stream->kind = kind;
    stream->version = version;
    stream->namespace = memory_text(namespace);
    stream->selector = selector_query(worker, kind);
    stream->changed = changed;
    stream->context = context;
    stream->page_limit = PAGE_LIMIT;
    stream->timer = loop_timer(worker->base, on_timer, stream);
    return stream;
}

void stream_free(struct stream *stream)
{
    if (stream == NULL)
        return;
    stream_stop(stream);
    event_free(stream->timer);
    text_list_clear(&stream->large);
    free(stream->namespace);
    free(stream->selector);
    free(stream);
}

void stream_restart(struct stream *stream)
{
    stream_stop(stream);
    go_on(stream);
}

void stream_stop(struct stream *stream)
{
    end_call(stream);
    forget_position(stream);
    event_del(stream->timer);
    stream->phase = PHASE_STOPPED;
    stream->listed = false;
}

void stream_resume(struct stream *stream)
{
    if (stream->paused && stream->call != NULL) {
        stream->paused = false;
        api_pause(stream->call, false);
    }
    if (stream->page_waits) {
        stream->page_waits = false;
        next_page(stream);
    }
}

bool stream_is_optional(const struct stream *stream)
{
    return stream->kind == KIND_GATEWAY || stream->kind == KIND_SERVICE;
}

bool stream_in_sync(const struct stream *stream)
{
    return stream->listed && stream->error == API_OK;
}

enum kind stream_kind(const struct stream *stream)
{
    return stream->kind;
}

enum api_error stream_error(const struct stream *stream)
{
    return stream->error;
}

void stream_describe(const struct stream *stream, struct json_object *row)
{
    static const char *const phases[] = {
        [PHASE_STOPPED] = "stopped", [PHASE_WAITING] = "waiting", [PHASE_WATCH_LIST] = "listing",
        [PHASE_PAGES] = "listing",   [PHASE_WATCH] = "watching",
    };

    json_object_object_add(row, "kind", json_object_new_string(kind_names(stream->kind)->name));
    json_object_object_add(row, "namespace", json_object_new_string(stream->namespace));
    json_object_object_add(row, "state", json_object_new_string(phases[stream->phase]));
    json_object_object_add(row, "inSync", json_object_new_boolean(stream_in_sync(stream)));
    json_object_object_add(
        row, "lastEventSeconds",
        stream->heard == 0 ? NULL : json_object_new_int64(clock_seconds() - stream->heard));
    json_object_object_add(row, "lists", json_object_new_uint64(stream->lists));
    json_object_object_add(row, "retries", json_object_new_uint64(stream->restarts));
    json_object_object_add(
        row, "error",
        stream->error == API_OK ? NULL : json_object_new_string(api_error_name(stream->error)));
}

static char *selector_query(const struct worker *worker, enum kind kind)
{
    const char *selector = worker->settings.settings.pool_selector;
    char *escaped, *query;

    if (kind != KIND_POOL || selector[0] == '\0')
        return memory_text("");
    escaped = kind_escape(selector);
    query = memory_format("&labelSelector=%s", escaped);
    free(escaped);
    return query;
}

static void go_on(struct stream *stream)
{
    stream->lists += stream->resource_version == NULL ? 1 : 0;
    if (stream->was_open)
        metric_add(METRIC_WATCH_RESTARTS, stream->kind, 0, 1);
    stream->was_open = true;
    if (stream->resource_version != NULL)
        begin_watch(stream);
    else if (stream->no_watch_list) {
        stream->phase = PHASE_PAGES;
        send_resync(stream, MESSAGE_RESYNC_BEGIN);
        next_page(stream);
    } else {
        begin_watch_list(stream);
    }
}

static void on_timer(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    go_on(context);
}

/* Kubernetes API concepts, "Streaming lists". */
static void begin_watch_list(struct stream *stream)
{
    stream->phase = PHASE_WATCH_LIST;
    send_resync(stream, MESSAGE_RESYNC_BEGIN);
    open_watch(stream, "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
}

static void begin_watch(struct stream *stream)
{
    char *version = kind_escape(stream->resource_version);
    char *query = memory_format("&resourceVersion=%s", version);

    stream->phase = PHASE_WATCH;
    open_watch(stream, query);
    free(query);
    free(version);
}

static void open_watch(struct stream *stream, const char *query)
{
    char *collection = kind_path(stream->kind, stream->version, stream->namespace, NULL);
    char *path = memory_format("%s?watch=1&allowWatchBookmarks=true&timeoutSeconds=%u%s%s",
                               collection, WATCH_SECONDS_MIN + backoff_random() % WATCH_SECONDS_MIN,
                               query, stream->selector);
    const struct api_request request = {.method = "GET",
                                        .path = path,
                                        .on_data = on_data,
                                        .on_opened = on_opened,
                                        .on_done = on_watch_done,
                                        .context = stream};

    lines_clear(&stream->lines);
    stream->paused = false;
    stream->started = clock_seconds();
    stream->call = api_send(stream->worker->api, &request);
    free(path);
    free(collection);
}

static void next_page(struct stream *stream)
{
    char *collection = kind_path(stream->kind, stream->version, stream->namespace, NULL);
    char *token = kind_escape(stream->continue_token != NULL ? stream->continue_token : "");
    char *path = memory_format("%s?limit=%u%s%s%s", collection, stream->page_limit,
                               token[0] != '\0' ? "&continue=" : "", token, stream->selector);
    const struct api_request request = {
        .method = "GET", .path = path, .on_done = on_page, .context = stream};

    stream->call = api_send(stream->worker->api, &request);
    free(path);
    free(token);
    free(collection);
}

static void on_page(const struct api_result *result, void *context)
{
    struct stream *stream = context;
    struct json_object *items = json_at(result->body, "items");

    stream->call = NULL;
    stream->heard = result->error == API_OK ? clock_seconds() : stream->heard;
    if (result->error == API_TOO_LARGE && stream->page_limit > 1) {
        stream->page_limit /= 2;
        next_page(stream);
        return;
    }
    if (result->error != API_OK || !json_object_is_type(items, json_type_array)) {
        fail(stream, result->error != API_OK ? result->error : API_PROTOCOL,
             result->error != API_OK ? result->message : "the list has no items",
             result->retry_after);
        return;
    }
    for (size_t i = 0; i < json_count(items); i++)
        send_object(stream, json_item(items, i), 0);
    memory_replace(&stream->continue_token, json_text_at(result->body, "metadata.continue"));
    if (stream->continue_token[0] == '\0') {
        end_of_list(stream, json_text_at(result->body, "metadata.resourceVersion"));
        begin_watch(stream);
    } else if (stream->worker->peers[ROLE_RECONCILER] != NULL &&
               channel_is_congested(stream->worker->peers[ROLE_RECONCILER])) {
        stream->page_waits = true;
    } else {
        next_page(stream);
    }
}

/* A watch that goes on from where it was needs no list to be in sync again. */
static void on_opened(void *context)
{
    struct stream *stream = context;

    if (stream->phase == PHASE_WATCH)
        works_again(stream);
}

static void on_data(const char *bytes, size_t size, void *context)
{
    struct stream *stream = context;

    stream->heard = clock_seconds();
    if (lines_add(&stream->lines, bytes, size, LINE_MAX_BYTES, on_line, stream) == LINES_TOO_LONG)
        fail(stream, API_PROTOCOL, "an event of the watch has more than 8 MiB", 0);
}

/* After a failure the stream has let go of its call, and the rest of the data means nothing. */
static bool on_line(const char *line, size_t size, void *context)
{
    struct stream *stream = context;
    struct watch_event event;
    const char *problem = watch_event_decode(line, size, &event);

    if (problem != NULL) {
        char *reason = memory_format("a line of the watch cannot be understood: %s", problem);

        forget_position(stream);
        fail(stream, API_PROTOCOL, reason, 0);
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
        fail(stream, api_error_of_status(event->status), event->message, 0);
        return;
    }
    if (event->type == WATCH_CHANGED || event->type == WATCH_DELETED)
        metric_add(METRIC_WATCH_EVENTS, stream->kind, 0, 1);
    if (event->type == WATCH_CHANGED)
        send_object(stream, event->object, size);
    else if (event->type == WATCH_DELETED)
        send_gone(stream, event->object);
    if (stream->phase == PHASE_WATCH_LIST) {
        if (event->initial_end)
            end_of_list(stream, event->resource_version);
    } else {
        memory_replace(&stream->resource_version, event->resource_version);
        stream->failures = 0;
    }
}

static void on_watch_done(const struct api_result *result, void *context)
{
    struct stream *stream = context;

    stream->call = NULL;
    if ((result->error == API_INVALID || result->error == API_BAD_REQUEST) &&
        stream->phase == PHASE_WATCH_LIST) {
        log_info("the API server has no streaming lists; listing in pages",
                 LOG_TEXT("kind", kind_names(stream->kind)->name));
        stream->no_watch_list = true;
        go_on(stream);
    } else if (result->error == API_OK && stream->phase == PHASE_WATCH &&
               clock_seconds() - stream->started > WATCH_SHORT_SECONDS) {
        stream->failures = 0;
        go_on(stream);
    } else {
        fail(stream, result->error == API_OK ? API_SERVER_ERROR : result->error,
             result->error == API_OK ? "the watch ended too early" : result->message,
             result->retry_after);
    }
}

/* SIZE is that of the event, or 0 where it is not known. */
static void send_object(struct stream *stream, struct json_object *object, size_t size)
{
    struct message message;
    char *problem = object_decode(stream->kind, object, &message);

    if (size > LARGE_OBJECT_BYTES && problem == NULL &&
        is_news(stream, json_text_at(object, "metadata.uid")))
        log_warning("a very large object; make it smaller (look at its annotations), or the API "
                    "server will refuse it one day",
                    LOG_TEXT("kind", kind_names(stream->kind)->name),
                    LOG_TEXT("namespace", json_text_at(object, "metadata.namespace")),
                    LOG_TEXT("name", json_text_at(object, "metadata.name")),
                    LOG_NUMBER("bytes", size));
    if (message.type == MESSAGE_NONE)
        log_warning("an object without a usable name is passed over",
                    LOG_TEXT("kind", kind_names(stream->kind)->name), LOG_TEXT("reason", problem));
    else
        send_message(stream, &message);
    message_clear(&message);
    free(problem);
}

static bool is_news(struct stream *stream, const char *uid)
{
    if (text_list_has(&stream->large, uid))
        return false;
    if (stream->large.count == LARGE_OBJECTS_MAX)
        text_list_clear(&stream->large);
    text_list_add(&stream->large, uid);
    return true;
}

static void send_gone(struct stream *stream, struct json_object *object)
{
    struct message message = message_of(MESSAGE_GONE);

    message.gone.kind = stream->kind;
    message.gone.namespace = json_text_at(object, "metadata.namespace");
    message.gone.name = json_text_at(object, "metadata.name");
    message.gone.uid = json_text_at(object, "metadata.uid");
    send_message(stream, &message);
}

static void send_resync(struct stream *stream, enum message_type type)
{
    struct message message = message_of(type);

    message.resync_begin.kind = stream->kind;
    message.resync_begin.namespace = stream->namespace;
    send_message(stream, &message);
}

static void send_message(struct stream *stream, const struct message *message)
{
    struct channel *reconciler = stream->worker->peers[ROLE_RECONCILER];

    if (!worker_send(stream->worker, ROLE_RECONCILER, message))
        return;
    if (channel_is_congested(reconciler) && !stream->paused && stream->call != NULL &&
        stream->phase != PHASE_PAGES) {
        stream->paused = true;
        api_pause(stream->call, true);
    }
}

static void end_of_list(struct stream *stream, const char *resource_version)
{
    memory_replace(&stream->resource_version, resource_version);
    send_resync(stream, MESSAGE_RESYNC_END);
    stream->phase = PHASE_WATCH;
    stream->listed = true;
    stream->failures = 0;
    works_again(stream);
}

static void works_again(struct stream *stream)
{
    if (stream->logged != API_OK)
        log_info("reading works again", LOG_TEXT("kind", kind_names(stream->kind)->name),
                 LOG_TEXT("namespace", stream->namespace[0] ? stream->namespace : NULL));
    stream->logged = API_OK;
    stream->passing = 0;
    stream->error = API_OK;
    stream->changed(stream, stream->context);
}

/* Lets go of the call and tries again later: from where it was, or from a new list when that
 * position is gone or the list was not complete. */
static void fail(struct stream *stream, enum api_error error, const char *reason,
                 unsigned retry_after)
{
    bool may_stay_off = error == API_FORBIDDEN && stream_is_optional(stream);
    struct timeval delay;

    log_failure(stream, error, reason);
    end_call(stream);
    if (error == API_EXPIRED || stream->phase != PHASE_WATCH)
        forget_position(stream);
    stream->phase = PHASE_WAITING;
    stream->error = error;
    stream->failures++;
    stream->restarts++;
    delay =
        backoff_time(may_stay_off ? &backoff_optional_stream : &backoff_stream, stream->failures);
    if (retry_after > 0)
        delay.tv_sec += (time_t)retry_after;
    event_add(stream->timer, &delay);
    stream->changed(stream, stream->context);
}

static void log_failure(struct stream *stream, enum api_error error, const char *reason)
{
    bool optional = error == API_FORBIDDEN && stream_is_optional(stream);

    if (error == API_EXPIRED) { /* ordinary: we were away for long, or etcd was compacted */
        log_info("listing again", LOG_TEXT("kind", kind_names(stream->kind)->name),
                 LOG_TEXT("namespace", stream->namespace), LOG_TEXT("reason", reason));
        return;
    }
    if (error == API_NOT_FOUND && strcmp(kind_names(stream->kind)->group, GATEWAY_GROUP) == 0)
        return; /* discovery will tell */
    if (api_error_is_global(error) || error == stream->logged ||
        (is_passing(error) && ++stream->passing <= PASSING_FAILURES))
        return;
    LOG_EVENT(optional ? LOG_INFO : LOG_WARNING,
              optional ? "may not read this kind; its checks are off"
                       : "reading failed; trying again",
              LOG_TEXT("kind", kind_names(stream->kind)->name),
              LOG_TEXT("namespace", stream->namespace[0] ? stream->namespace : NULL),
              LOG_TEXT("error", api_error_name(error)), LOG_TEXT("reason", reason),
              LOG_TEXT("remedy", remedy(stream, error)), (struct log_field){.name = NULL});
    stream->logged = error;
}

/* What a server says while it starts or is busy; worth a line only when it goes on. */
static bool is_passing(enum api_error error)
{
    return error == API_TOO_MANY || error == API_SERVER_ERROR;
}

static void end_call(struct stream *stream)
{
    if (stream->call != NULL)
        api_cancel(stream->call);
    stream->call = NULL;
    lines_clear(&stream->lines);
}

static void forget_position(struct stream *stream)
{
    memory_replace(&stream->resource_version, NULL);
    memory_replace(&stream->continue_token, NULL);
    stream->page_waits = false;
}

static const char *remedy(const struct stream *stream, enum api_error error)
{
    if (error == API_BAD_REQUEST && stream->selector[0] != '\0')
        return "correct poolSelector in the configuration";
    if (error == API_FORBIDDEN)
        return "give the watcher's account get, list and watch on this kind (packaging/kustomize)";
    if (error == API_NOT_FOUND && strcmp(kind_names(stream->kind)->group, OPENVOX_GROUP) == 0)
        return "install the OpenVox CRDs (packaging/crds)";
    return NULL;
}
