/* SPDX-License-Identifier: Apache-2.0 */
/* watcher: reads the API objects and forwards what they say to the reconciler. It keeps no objects
 * and writes nothing. */
#include "common/base/log.h"
#include "common/base/memory.h"
#include "common/worker/answer.h"
#include "common/worker/api_worker.h"
#include "watcher/discovery.h"
#include "watcher/streams.h"

#include <stdio.h>

struct watcher {
    struct worker *worker;
    struct streams *streams;
    struct discovery *discovery;
    const char *route_version; /* NULL: not known yet; "": not served */
};

static void start(struct worker *);
static void linked(struct worker *, enum role peer);
static void unlinked(struct worker *, enum role peer);
static void drained(struct worker *, enum role peer);
static void query(struct worker *, struct answer *);
static void crowded(struct worker *);
static void resync(struct worker *);
static void measure(struct worker *);
static void on_route_version(const char *version, void *context);
static void send_route_version(struct watcher *);
static void on_streams_changed(bool routes_missing, void *context);
static void report(const struct watcher *);

static const struct worker_role role = {
    .role = ROLE_WATCHER,
    .api = &api_worker,
    .start = start,
    .linked = linked,
    .unlinked = unlinked,
    .drained = drained,
    .query = query,
    .crowded = crowded,
    .resync = resync,
    .measure = measure,
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
    watcher->streams = streams_new(worker, on_streams_changed, watcher);
    watcher->discovery = discovery_new(worker->base, worker->api, on_route_version, watcher);
    report(watcher);
}

static void linked(struct worker *worker, enum role peer)
{
    struct watcher *watcher = worker->state;

    if (peer != ROLE_RECONCILER)
        return;
    send_route_version(watcher);
    streams_restart(watcher->streams);
}

static void unlinked(struct worker *worker, enum role peer)
{
    struct watcher *watcher = worker->state;

    (void)peer;
    streams_stop(watcher->streams);
    report(watcher);
}

static void drained(struct worker *worker, enum role peer)
{
    struct watcher *watcher = worker->state;

    (void)peer;
    streams_resume(watcher->streams);
}

static void query(struct worker *worker, struct answer *answer)
{
    const struct watcher *watcher = worker->state;

    if (answer->query->view == VIEW_STREAMS)
        streams_answer(watcher->streams, answer);
    else
        answer->problem = "this worker does not answer such a query";
}

static void crowded(struct worker *worker)
{
    struct watcher *watcher = worker->state;

    streams_crowded(watcher->streams);
}

static void resync(struct worker *worker)
{
    struct watcher *watcher = worker->state;

    streams_restart(watcher->streams);
}

static void measure(struct worker *worker)
{
    const struct watcher *watcher = worker->state;

    streams_measure(watcher->streams);
}

static void on_route_version(const char *version, void *context)
{
    struct watcher *watcher = context;

    watcher->route_version = version;
    if (version[0] != '\0')
        log_info("TLSRoutes are served", LOG_TEXT("version", version));
    else
        log_info(
            "the Gateway API is not installed: TLSRoutes have to wait until it is; Services and "
            "Certificates are kept as usual");
    send_route_version(watcher);
    streams_set_route_version(watcher->streams, version);
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

static void on_streams_changed(bool routes_missing, void *context)
{
    struct watcher *watcher = context;

    if (routes_missing)
        discovery_check_soon(watcher->discovery);
    report(watcher);
}

static void report(const struct watcher *watcher)
{
    const struct streams_summary streams = streams_summary(watcher->streams);
    const char *version = watcher->route_version;
    struct worker_report state = {.idle = true};

    snprintf(state.summary, sizeof(state.summary), "%zu of %zu streams in sync, TLSRoute %s",
             streams.in_sync, streams.count,
             version == NULL      ? "not looked up yet"
             : version[0] == '\0' ? "not served"
                                  : version);
    state.healthy = streams.in_sync >= streams.needed && version != NULL;
    worker_report(watcher->worker, &state);
}
