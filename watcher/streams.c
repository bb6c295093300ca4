/* SPDX-License-Identifier: Apache-2.0 */
/* Which streams there are follows from the table of kinds, the configured namespaces, the version
 * of TLSRoute that is served, and what the connections carry. The last two can change at any time.
 */
#include "watcher/streams.h"

#include "common/base/clock.h"
#include "common/base/coarse_timer.h"
#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/metric.h"
#include "watcher/permission.h"
#include "watcher/reading.h"
#include "watcher/stream.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    TURNS_MIN = 8,                           /* streams at a time that take turns */
    OTHER_CONNECTIONS = WORKER_REQUESTS + 8, /* that these leave to others */
};

struct streams {
    struct worker *worker;
    streams_changed *changed;
    void *context;
    const char *route_version; /* NULL: there are no TLSRoutes to read */
    struct stream **all;
    size_t count;
    enum reading readings[KIND_COUNT]; /* how each kind is read */
    enum reading wanted[KIND_COUNT];   /* and how it is to be, from the next turn of the loop on */
    struct text_set served;            /* the namespaces */
    struct event *rearrange;
    struct turns turns;
    struct starts starts;
    struct permission permission; /* to read all namespaces by one watch */
    bool was_alone; /* each connection carried one request when there were too many streams */
    bool has_warned_of_turns;
};

static void expect(const struct streams *);
static void add_kinds(struct streams *, bool needing_gateway_api, const char *route_version);
static void add_kind(struct streams *, enum kind, const char *version);
static void add(struct streams *, enum kind, const char *version, const char *namespace);
static const struct text_list *namespaces_of(const struct streams *, enum kind);
static size_t turns_max(const struct worker *);
static bool find(struct streams *, enum kind, enum reading_cause);
static bool find_for_all(struct streams *, enum reading_cause);
static void on_rearrange(evutil_socket_t, short events, void *streams);
static void read_anew(struct streams *, enum kind);
static void warn_of_turns(struct streams *, enum kind);
static void drop_gateway_api(struct streams *);
static void drop_kind(struct streams *, enum kind);
static void on_granted(enum kind kind, void *streams);
static void spread(struct streams *);
static bool is_linked(const struct streams *);
static void on_changed(struct stream *, void *context);
static void send_to_reconciler(void *worker, const struct message *);
static bool is_reconciler_congested(void *worker);

static const struct stream_environment environment = {
    .send = api_send,
    .cancel = api_cancel,
    .pause = api_pause,
    .hurry = api_hurry,
    .now = clock_seconds,
    .start_timer = event_add,
    .start_look = coarse_timer_start,
    .forward = send_to_reconciler,
    .is_congested = is_reconciler_congested,
};

struct streams *streams_new(struct worker *worker, streams_changed *changed, void *context)
{
    struct streams *streams = memory_new(1, sizeof(*streams));

    streams->worker = worker;
    streams->changed = changed;
    streams->context = context;
    streams->served = text_set_of(&worker->settings.settings.namespaces);
    streams->rearrange = loop_timer(worker->base, on_rearrange, streams);
    turns_init(&streams->turns, worker->base, turns_max(worker));
    starts_init(&streams->starts, worker->base);
    permission_init(&streams->permission, worker->base, worker->api, on_granted, streams);
    add_kinds(streams, false, NULL);
    expect(streams);
    return streams;
}

void streams_set_route_version(struct streams *streams, const char *version)
{
    drop_gateway_api(streams);
    streams->route_version = version[0] != '\0' ? version : NULL;
    if (version[0] != '\0')
        add_kinds(streams, true, version);
    expect(streams);
}

void streams_crowded(struct streams *streams)
{
    const size_t count = streams->count;

    if (!find_for_all(streams, READING_CROWDED))
        return;
    streams->was_alone = !api_multiplexes(streams->worker->api);
    log_info(streams->was_alone
                 ? "there are too many namespaces for a watch each, as each needs a connection of "
                   "its own (HTTP/1.1): one watch for each kind reads all namespaces, and passes "
                   "over what is in others"
                 : "there are too many namespaces for a watch each, as a connection carries only a "
                   "few: one watch for each kind reads all namespaces, and passes over what is in "
                   "others",
             LOG_NUMBER("watches", count),
             LOG_NUMBER("connections", streams->worker->settings.settings.connections));
}

/* Without a reconciler there is nobody to list for. */
void streams_restart(struct streams *streams)
{
    if (!is_linked(streams))
        return;
    for (size_t i = 0; i < streams->count; i++)
        stream_restart(streams->all[i]);
}

void streams_stop(struct streams *streams)
{
    for (size_t i = 0; i < streams->count; i++)
        stream_stop(streams->all[i]);
}

void streams_resume(struct streams *streams)
{
    for (size_t i = 0; i < streams->count; i++)
        stream_resume(streams->all[i]);
}

void streams_answer(const struct streams *streams, struct answer *answer)
{
    for (size_t i = strtoul(answer->query->after, NULL, 10); i < streams->count; i++) {
        struct json_object *row;
        char next[24];

        if (!answer_has_room(answer, 1)) {
            snprintf(next, sizeof(next), "%zu", i);
            answer_cut(answer, next);
            return;
        }
        row = json_object_new_object();
        stream_describe(streams->all[i], row);
        answer_row(answer, row);
    }
}

struct streams_summary streams_summary(const struct streams *streams)
{
    struct streams_summary summary = {.count = streams->count};

    for (size_t i = 0; i < streams->count; i++) {
        summary.in_sync += stream_in_sync(streams->all[i]);
        summary.needed += stream_is_needed(streams->all[i]);
    }
    return summary;
}

void streams_measure(const struct streams *streams)
{
    time_t oldest[KIND_COUNT] = {0};

    for (size_t i = 0; i < streams->count; i++) {
        const enum kind kind = stream_kind(streams->all[i]);
        const time_t confirmed = stream_confirmed(streams->all[i]);

        if (confirmed != 0 && (oldest[kind] == 0 || confirmed < oldest[kind]))
            oldest[kind] = confirmed;
    }
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        metric_set(METRIC_WATCH_AGE, kind, 0, (uint64_t)oldest[kind] * 1000000);
}

/* Those that take turns are never more than there may be. */
static void expect(const struct streams *streams)
{
    size_t count = 0;

    for (size_t i = 0; i < streams->count; i++)
        count += streams->readings[stream_kind(streams->all[i])] != READING_IN_TURN;
    api_expect_streams(streams->worker->api, count);
}

/* A kind without a version of its own has that of TLSRoute. */
static void add_kinds(struct streams *streams, bool needing_gateway_api, const char *route_version)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        if (kind_streams(kind)->needs_gateway_api == needing_gateway_api)
            add_kind(streams, kind, kind_names(kind)->version == NULL ? route_version : NULL);
    }
}

static void add_kind(struct streams *streams, enum kind kind, const char *version)
{
    const struct text_list *namespaces = namespaces_of(streams, kind);

    if (namespaces->count == 0 || streams->readings[kind] == READING_JOINED) {
        add(streams, kind, version, "");
        return;
    }
    TEXT_LIST_FOREACH (namespace, namespaces)
        add(streams, kind, version, namespace);
}

static void add(struct streams *streams, enum kind kind, const char *version, const char *namespace)
{
    struct worker *worker = streams->worker;
    const enum reading reading = streams->readings[kind];
    const char *selector = worker->settings.settings.pool_selector;
    const struct stream_settings settings = {
        .collection = {.kind = kind,
                       .version = version,
                       .namespace = namespace,
                       .selector = kind == KIND_POOL ? selector : "",
                       .served = reading == READING_JOINED ? &streams->served : NULL,
                       .watch_seconds = reading == READING_IN_TURN ? WATCH_TURN_SECONDS : 0},
        .turns = reading == READING_IN_TURN ? &streams->turns : NULL,
        .starts = &streams->starts,
        .environment = &environment,
        .base = worker->base,
        .api = worker->api,
        .receiver = worker,
        .changed = on_changed,
        .context = streams};
    struct stream *stream = stream_new(&settings);

    streams->all = memory_resize(streams->all, streams->count + 1, sizeof(*streams->all));
    streams->all[streams->count++] = stream;
    if (is_linked(streams))
        stream_restart(stream);
}

/* Those that are served one by one; an empty list where a kind is read in all of the cluster
 * anyway.
 */
static const struct text_list *namespaces_of(const struct streams *streams, enum kind kind)
{
    static const struct text_list none = {0};

    return kind_streams(kind)->everywhere ? &none : &streams->worker->settings.settings.namespaces;
}

static size_t turns_max(const struct worker *worker)
{
    const uint64_t connections = worker->settings.settings.connections;

    return connections > OTHER_CONNECTIONS + TURNS_MIN ? (size_t)connections - OTHER_CONNECTIONS
                                                       : TURNS_MIN;
}

/* Returns whether KIND is to be read in another way because of CAUSE. */
static bool find(struct streams *streams, enum kind kind, enum reading_cause cause)
{
    const enum reading before = streams->wanted[kind];

    if (namespaces_of(streams, kind)->count < 2)
        return false;
    streams->wanted[kind] = reading_after(before, cause);
    if (streams->wanted[kind] == before)
        return false;
    event_active(streams->rearrange, EV_TIMEOUT, 0);
    return true;
}

static bool find_for_all(struct streams *streams, enum reading_cause cause)
{
    bool is_news = false;

    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        is_news = find(streams, kind, cause) || is_news;
    return is_news;
}

/* Not where it was found: that is within a stream that has to go. */
static void on_rearrange(evutil_socket_t socket, short events, void *context)
{
    struct streams *streams = context;

    (void)socket;
    (void)events;
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        if (streams->readings[kind] != streams->wanted[kind])
            read_anew(streams, kind);
    }
    expect(streams);
    streams->changed(false, streams->context);
}

static void read_anew(struct streams *streams, enum kind kind)
{
    const char *version = kind_names(kind)->version == NULL ? streams->route_version : NULL;

    drop_kind(streams, kind);
    streams->readings[kind] = streams->wanted[kind];
    if (!kind_streams(kind)->needs_gateway_api || streams->route_version != NULL)
        add_kind(streams, kind, version);
    if (streams->readings[kind] != READING_IN_TURN)
        return;
    warn_of_turns(streams, kind);
    permission_await(&streams->permission, kind, version);
}

/* All kinds together need this long for a round, however many of them take turns. */
static void warn_of_turns(struct streams *streams, enum kind kind)
{
    const size_t rounds = streams->count / streams->turns.max + 1;

    if (streams->has_warned_of_turns)
        return;
    streams->has_warned_of_turns = true;
    log_warning(
        "the account may not watch in all namespaces at once, and there are not connections "
        "enough to watch each by itself: the namespaces take turns, so that changes are "
        "seen later; let it list and watch in the whole cluster, or use HTTP/2",
        LOG_TEXT("kind", kind_names(kind)->name),
        LOG_NUMBER("seconds", rounds * WATCH_TURN_SECONDS));
}

static void drop_gateway_api(struct streams *streams)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        if (kind_streams(kind)->needs_gateway_api)
            drop_kind(streams, kind);
    }
}

static void drop_kind(struct streams *streams, enum kind kind)
{
    size_t kept = 0;

    for (size_t i = 0; i < streams->count; i++) {
        if (stream_kind(streams->all[i]) == kind)
            stream_free(streams->all[i]);
        else
            streams->all[kept++] = streams->all[i];
    }
    streams->count = kept;
}

static bool is_linked(const struct streams *streams)
{
    return streams->worker->peers[ROLE_RECONCILER] != NULL;
}

/* A kind that is not served any more shows here first. */
static void on_changed(struct stream *stream, void *context)
{
    struct streams *streams = context;
    const enum kind kind = stream_kind(stream);
    const enum api_error error = stream_error(stream);

    if (error == API_FORBIDDEN)
        find(streams, kind, READING_FORBIDDEN);
    if (streams->was_alone && error == API_OK && api_multiplexes(streams->worker->api))
        spread(streams);
    streams->changed(kind == KIND_ROUTE && error == API_NOT_FOUND, streams->context);
}

static void on_granted(enum kind kind, void *context)
{
    struct streams *streams = context;

    if (find(streams, kind, READING_ALLOWED))
        log_info("the account may watch in all namespaces now: one watch reads this kind",
                 LOG_TEXT("kind", kind_names(kind)->name));
}

static void spread(struct streams *streams)
{
    streams->was_alone = streams->has_warned_of_turns = false;
    permission_forget(&streams->permission);
    if (find_for_all(streams, READING_SHARED))
        log_info("connections carry many watches again (HTTP/2): each namespace is watched by "
                 "itself");
}

static void send_to_reconciler(void *worker, const struct message *message)
{
    worker_send(worker, ROLE_RECONCILER, message);
}

static bool is_reconciler_congested(void *context)
{
    const struct worker *worker = context;
    const struct channel *reconciler = worker->peers[ROLE_RECONCILER];

    return reconciler != NULL && channel_is_congested(reconciler);
}
