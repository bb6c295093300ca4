/* SPDX-License-Identifier: Apache-2.0 */
/* watcher: reads Pools, Servers, Certificates and TLSRoutes and tells the reconciler. It keeps no
 * objects and writes nothing. */
#include "common/base/log.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "common/worker/answer.h"
#include "common/worker/api_worker.h"
#include "watcher/discovery.h"
#include "watcher/stream.h"

#include <stdio.h>
#include <stdlib.h>

struct watcher {
    struct worker *worker;
    struct stream **streams;
    size_t count;
    struct discovery *discovery;
    const char *route_version; /* NULL: not known yet; "": not served */
};

static void start(struct worker *);
static void linked(struct worker *, enum role peer);
static void unlinked(struct worker *, enum role peer);
static void drained(struct worker *, enum role peer);
static void query(struct worker *, struct answer *);
static void resync(struct worker *);
static void on_route_version(const char *version, void *context);
static void add_streams(struct watcher *, enum kind, const char *version);
static void add_stream(struct watcher *, enum kind, const char *version, const char *namespace);
static void send_route_version(struct watcher *);
static void drop_streams(struct watcher *, enum kind);
static void on_stream_changed(struct stream *, void *context);
static void report(const struct watcher *);

static const struct worker_role role = {
    .role = ROLE_WATCHER,
    .api = &api_worker,
    .start = start,
    .linked = linked,
    .unlinked = unlinked,
    .drained = drained,
    .query = query,
    .resync = resync,
};

int main(int argc, char **argv)
{
    return worker_main(&role, argc, argv);
}

static void start(struct worker *worker)
{
    struct watcher *watcher = memory_new(1, sizeof(*watcher));

    watcher->worker = worker;
    worker->state = watcher;
    add_streams(watcher, KIND_POOL, NULL);
    add_streams(watcher, KIND_SERVER, NULL);
    add_streams(watcher, KIND_CERTIFICATE, NULL);
    add_streams(watcher, KIND_SERVICE, NULL);
    watcher->discovery = discovery_new(worker->base, worker->api, on_route_version, watcher);
    report(watcher);
}

static void linked(struct worker *worker, enum role peer)
{
    struct watcher *watcher = worker->state;

    if (peer != ROLE_RECONCILER)
        return;
    send_route_version(watcher);
    for (size_t i = 0; i < watcher->count; i++)
        stream_restart(watcher->streams[i]);
}

static void unlinked(struct worker *worker, enum role peer)
{
    struct watcher *watcher = worker->state;

    (void)peer;
    for (size_t i = 0; i < watcher->count; i++)
        stream_stop(watcher->streams[i]);
    report(watcher);
}

static void drained(struct worker *worker, enum role peer)
{
    struct watcher *watcher = worker->state;

    (void)peer;
    for (size_t i = 0; i < watcher->count; i++)
        stream_resume(watcher->streams[i]);
}

/* A row for each stream: their position counts as the key, and they do not come and go by the
 * minute. */
static void query(struct worker *worker, struct answer *answer)
{
    const struct watcher *watcher = worker->state;
    size_t first = strtoul(answer->query->after, NULL, 10);
    char next[24];

    if (answer->query->view != VIEW_STREAMS) {
        answer->problem = "this worker does not answer such a query";
        return;
    }
    for (size_t i = first; i < watcher->count; i++) {
        struct json_object *row;

        if (!answer_has_room(answer, 1)) {
            snprintf(next, sizeof(next), "%zu", i);
            answer_cut(answer, next);
            return;
        }
        row = json_object_new_object();
        stream_describe(watcher->streams[i], row);
        answer_row(answer, row);
    }
}

/* Without a reconciler there is nobody to list for. */
static void resync(struct worker *worker)
{
    struct watcher *watcher = worker->state;

    if (worker->peers[ROLE_RECONCILER] == NULL)
        return;
    for (size_t i = 0; i < watcher->count; i++)
        stream_restart(watcher->streams[i]);
}

static void on_route_version(const char *version, void *context)
{
    struct watcher *watcher = context;

    watcher->route_version = version;
    drop_streams(watcher, KIND_ROUTE);
    drop_streams(watcher, KIND_GATEWAY);
    if (version[0] != '\0')
        log_info("TLSRoutes are served", LOG_TEXT("version", version));
    else
        log_info("the Gateway API is not installed: no TLSRoute is served, routes are off; "
                 "everything else goes on");
    send_route_version(watcher);
    if (version[0] != '\0') {
        add_streams(watcher, KIND_ROUTE, version);
        add_stream(watcher, KIND_GATEWAY, NULL, "");
    }
    report(watcher);
}

static void drop_streams(struct watcher *watcher, enum kind kind)
{
    size_t kept = 0;

    for (size_t i = 0; i < watcher->count; i++) {
        if (stream_kind(watcher->streams[i]) == kind)
            stream_free(watcher->streams[i]);
        else
            watcher->streams[kept++] = watcher->streams[i];
    }
    watcher->count = kept;
}

static void add_streams(struct watcher *watcher, enum kind kind, const char *version)
{
    const struct text_list *namespaces = &watcher->worker->settings.settings.namespaces;

    if (namespaces->count == 0)
        add_stream(watcher, kind, version, "");
    TEXT_LIST_FOREACH (namespace, namespaces)
        add_stream(watcher, kind, version, namespace);
}

static void add_stream(struct watcher *watcher, enum kind kind, const char *version,
                       const char *namespace)
{
    watcher->streams =
        memory_resize(watcher->streams, watcher->count + 1, sizeof(*watcher->streams));
    watcher->streams[watcher->count++] =
        stream_new(watcher->worker, kind, version, namespace, on_stream_changed, watcher);
    if (watcher->worker->peers[ROLE_RECONCILER] != NULL)
        stream_restart(watcher->streams[watcher->count - 1]);
}

/* A kind that is not served any more shows here first. */
static void on_stream_changed(struct stream *stream, void *context)
{
    struct watcher *watcher = context;

    if (stream_error(stream) == API_NOT_FOUND && stream_kind(stream) == KIND_ROUTE)
        discovery_check_soon(watcher->discovery);
    report(watcher);
}

static void send_route_version(struct watcher *watcher)
{
    struct message message = message_of(MESSAGE_ROUTE_API);

    if (watcher->route_version == NULL)
        return;
    message.route_api.version = watcher->route_version;
    worker_send(watcher->worker, ROLE_RECONCILER, &message);
}

static void report(const struct watcher *watcher)
{
    struct worker_report state = {.idle = true};
    size_t in_sync = 0, needed = 0;
    const char *version = watcher->route_version;

    for (size_t i = 0; i < watcher->count; i++) {
        in_sync += stream_in_sync(watcher->streams[i]);
        needed += !(stream_is_optional(watcher->streams[i]) &&
                    stream_error(watcher->streams[i]) == API_FORBIDDEN);
    }
    snprintf(state.summary, sizeof(state.summary), "%zu of %zu streams in sync, TLSRoute %s",
             in_sync, watcher->count,
             version == NULL      ? "not looked up yet"
             : version[0] == '\0' ? "not served"
                                  : version);
    state.healthy = in_sync >= needed && version != NULL;
    worker_report(watcher->worker, &state);
}
