/* SPDX-License-Identifier: Apache-2.0 */
/* Which streams there are follows from the table of kinds, the configured namespaces and the
 * version of TLSRoute that is served, which can change at any time. */
#include "watcher/streams.h"

#include "common/base/clock.h"
#include "common/base/memory.h"
#include "common/message/metric.h"
#include "watcher/stream.h"

#include <stdio.h>
#include <stdlib.h>

struct streams {
    struct worker *worker;
    streams_changed *changed;
    void *context;
    struct stream **all;
    size_t count;
};

static void add_kinds(struct streams *, bool needing_gateway_api, const char *route_version);
static void add_kind(struct streams *, enum kind, const char *version);
static void add(struct streams *, enum kind, const char *version, const char *namespace);
static void drop_gateway_api(struct streams *);
static bool is_linked(const struct streams *);
static void on_changed(struct stream *, void *context);
static void send_to_reconciler(void *worker, const struct message *);
static bool is_reconciler_congested(void *worker);

static const struct stream_environment environment = {
    .send = api_send,
    .cancel = api_cancel,
    .pause = api_pause,
    .now = clock_seconds,
    .start_timer = event_add,
    .start_look = event_add,
    .forward = send_to_reconciler,
    .is_congested = is_reconciler_congested,
};

struct streams *streams_new(struct worker *worker, streams_changed *changed, void *context)
{
    struct streams *streams = memory_new(1, sizeof(*streams));

    streams->worker = worker;
    streams->changed = changed;
    streams->context = context;
    add_kinds(streams, false, NULL);
    return streams;
}

void streams_set_route_version(struct streams *streams, const char *version)
{
    drop_gateway_api(streams);
    if (version[0] != '\0')
        add_kinds(streams, true, version);
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
    time_t ages[KIND_COUNT] = {0};

    for (size_t i = 0; i < streams->count; i++) {
        const enum kind kind = stream_kind(streams->all[i]);
        const time_t age = stream_age(streams->all[i]);

        if (age > ages[kind])
            ages[kind] = age;
    }
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        metric_set(METRIC_WATCH_AGE, kind, 0, (uint64_t)ages[kind] * 1000000);
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
    const struct text_list *namespaces = &streams->worker->settings.settings.namespaces;

    if (kind_streams(kind)->everywhere || namespaces->count == 0) {
        add(streams, kind, version, "");
        return;
    }
    TEXT_LIST_FOREACH (namespace, namespaces)
        add(streams, kind, version, namespace);
}

static void add(struct streams *streams, enum kind kind, const char *version, const char *namespace)
{
    struct worker *worker = streams->worker;
    const char *selector = worker->settings.settings.pool_selector;
    const struct stream_settings settings = {
        .collection = {.kind = kind,
                       .version = version,
                       .namespace = namespace,
                       .selector = kind == KIND_POOL ? selector : ""},
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

static void drop_gateway_api(struct streams *streams)
{
    size_t kept = 0;

    for (size_t i = 0; i < streams->count; i++) {
        if (kind_streams(stream_kind(streams->all[i]))->needs_gateway_api)
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
    const struct streams *streams = context;

    streams->changed(stream_kind(stream) == KIND_ROUTE && stream_error(stream) == API_NOT_FOUND,
                     streams->context);
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
