/* SPDX-License-Identifier: Apache-2.0 */
/* reconciler: keeps the state of the world as the watcher tells it, decides, writes TLSRoutes, and
 * asks the certpatcher for names in Certificates. */
#include "reconciler/reconciler.h"

#include "common/base/backoff.h"
#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/objects/key.h"
#include "common/worker/api_worker.h"
#include "reconciler/pool_state.h"
#include "reconciler/view/gauges.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    POOLS_AT_ONCE = 32,          /* 8 requests at a time reach most of an API server's rate */
    CERTIFICATES_AT_ONCE = 2048, /* questions to the certpatcher, which limits its own requests */
};

static void start(struct worker *);
static void linked(struct worker *, enum role peer);
static void unlinked(struct worker *, enum role peer);
static void resync(struct worker *);
static void on_route_api(struct message *, void *context);
static void on_resync_begin(struct message *, void *context);
static void on_resync_end(struct message *, void *context);
static void on_object(struct message *, void *context);
static void on_unreadable(struct message *, void *context);
static void on_gone(struct message *, void *context);
static void on_certify_done(struct message *, void *context);
static void on_touched(const char *key, void *context);
static void on_touched_certificate(const char *key, void *context);
static void on_report(evutil_socket_t, short events, void *context);
static void measure(struct worker *);
static bool ending(struct worker *);
static void work_on_pool(const char *key, void *reconciler);
static void work_on_certificate(const char *key, void *reconciler);
static void on_leading(void *reconciler);
static void on_leader_changed(void *reconciler);
static void on_released(void *reconciler);
static void look_at_all(struct reconciler *);
static bool in_sync(const struct reconciler *);
static struct reconciler *reconciler_of(void *link);

static channel_handler *const handlers[MESSAGE_TYPES] = {
    [MESSAGE_ROUTE_API] = on_route_api,
    [MESSAGE_RESYNC_BEGIN] = on_resync_begin,
    [MESSAGE_RESYNC_END] = on_resync_end,
    [MESSAGE_POOL] = on_object,
    [MESSAGE_SERVER] = on_object,
    [MESSAGE_CERTIFICATE] = on_object,
    [MESSAGE_ROUTE] = on_object,
    [MESSAGE_SERVICE] = on_object,
    [MESSAGE_GATEWAY] = on_object,
    [MESSAGE_UNREADABLE] = on_unreadable,
    [MESSAGE_GONE] = on_gone,
    [MESSAGE_INJECT_RESULT] = on_certify_done,
};

static const struct worker_role role = {
    .role = ROLE_RECONCILER,
    .api = &api_worker,
    .handlers = handlers,
    .start = start,
    .linked = linked,
    .unlinked = unlinked,
    .query = reconciler_answer,
    .resync = resync,
    .measure = measure,
    .ending = ending,
};

static const struct leader_callbacks leader_callbacks = {
    .begins = on_leading, .changed = on_leader_changed, .released = on_released};

int main(int argc, char **argv)
{
    return worker_main(&role, argc, argv);
}

const struct settings_message *reconciler_settings(const struct reconciler *reconciler)
{
    return &reconciler->worker->settings.settings;
}

bool reconciler_complete(const struct reconciler *reconciler, enum kind kind)
{
    size_t namespaces = reconciler_settings(reconciler)->namespaces.count;

    return store_complete(&reconciler->store, kind, namespaces > 0 ? namespaces : 1);
}

static bool in_sync(const struct reconciler *reconciler)
{
    bool routes =
        reconciler->route_version != NULL &&
        (reconciler->route_version[0] == '\0' || reconciler_complete(reconciler, KIND_ROUTE));

    return routes && reconciler_complete(reconciler, KIND_POOL) &&
           reconciler_complete(reconciler, KIND_SERVER) &&
           reconciler_complete(reconciler, KIND_CERTIFICATE);
}

void reconciler_report_soon(struct reconciler *reconciler)
{
    const struct timeval delay = backoff_timeval(REPORT_MILLISECONDS);

    if (!event_pending(reconciler->report_timer, EV_TIMEOUT, NULL))
        event_add(reconciler->report_timer, &delay);
}

static void start(struct worker *worker)
{
    struct reconciler *reconciler = memory_new(1, sizeof(*reconciler));

    worker->state = reconciler;
    reconciler->worker = worker;
    reconciler->pools = queue_new(worker->base, POOLS_AT_ONCE, work_on_pool, reconciler);
    queue_measure(reconciler->pools, METRIC_QUEUE_POOLS);
    reconciler->certificates =
        queue_new_unpaced(worker->base, CERTIFICATES_AT_ONCE, work_on_certificate, reconciler);
    queue_measure(reconciler->certificates, METRIC_QUEUE_CERTIFICATES);
    if (!reconciler_settings(reconciler)->dry_run)
        reconciler->events = events_new(worker->base, worker->api);
    reconciler->report_timer = loop_timer(worker->base, on_report, reconciler);
    store_init(&reconciler->store, on_touched, reconciler);
    reconciler->store.free_state = pool_state_free;
    reconciler->store.touched_certificate = on_touched_certificate;
    reconciler->leader = leader_new(worker->base, worker->api, reconciler_settings(reconciler),
                                    &leader_callbacks, reconciler);
    reconciler_report_soon(reconciler);
}

/* A standby has nothing to do. It looks at everything when it leads. */
static void work_on_pool(const char *key, void *context)
{
    struct reconciler *reconciler = context;

    if (leader_leads(reconciler->leader))
        pool_work(key, reconciler);
    else
        queue_done(reconciler->pools, key);
}

static void work_on_certificate(const char *key, void *context)
{
    struct reconciler *reconciler = context;

    if (leader_leads(reconciler->leader))
        injections_work(key, reconciler);
    else
        queue_done(reconciler->certificates, key);
}

static void on_leading(void *context)
{
    look_at_all(context);
}

static void on_leader_changed(void *context)
{
    reconciler_report_soon(context);
}

static bool ending(struct worker *worker)
{
    const struct reconciler *reconciler = worker->state;

    return leader_release(reconciler->leader);
}

static void on_released(void *context)
{
    const struct reconciler *reconciler = context;

    worker_end(reconciler->worker);
}

static void look_at_all(struct reconciler *reconciler)
{
    store_touch_all(&reconciler->store);
    injections_recheck(reconciler);
}

/* A new certpatcher knows nothing of what the old one was asked. */
static void linked(struct worker *worker, enum role peer)
{
    struct reconciler *reconciler = worker->state;

    if (peer == ROLE_CERTPATCHER)
        look_at_all(reconciler);
}

static void unlinked(struct worker *worker, enum role peer)
{
    struct reconciler *reconciler = worker->state;

    if (peer == ROLE_CERTPATCHER) {
        queue_fail_running(reconciler->certificates);
        injections_forget(reconciler, NULL);
    } else {
        for (enum kind kind = 0; kind < KIND_COUNT; kind++)
            store_reader_lost(&reconciler->store, kind);
        memory_replace(&reconciler->route_version, NULL);
    }
    reconciler_report_soon(reconciler);
}

static void resync(struct worker *worker)
{
    struct reconciler *reconciler = worker->state;

    store_touch_all(&reconciler->store);
}

static void on_route_api(struct message *message, void *context)
{
    struct reconciler *reconciler = reconciler_of(context);

    if (reconciler->route_version != NULL &&
        strcmp(reconciler->route_version, message->route_api.version) != 0)
        store_reader_lost(&reconciler->store, KIND_ROUTE);
    memory_replace(&reconciler->route_version, message->route_api.version);
    if (message->route_api.version[0] == '\0') { /* they went with their CRDs */
        pool_overtaken(reconciler, KIND_ROUTE, NULL);
        store_forget(&reconciler->store, KIND_ROUTE);
        store_forget(&reconciler->store, KIND_GATEWAY);
    }
    store_touch_all(&reconciler->store);
}

/* What the list does not bring has gone, and nobody tells of it by name. */
static void on_resync_begin(struct message *message, void *context)
{
    struct reconciler *reconciler = reconciler_of(context);
    enum kind kind = (enum kind)message->resync_begin.kind;

    pool_overtaken(reconciler, kind, NULL);
    store_resync_begin(&reconciler->store, kind, message->resync_begin.namespace);
}

/* What was waiting for this list to be complete can go on. */
static void on_resync_end(struct message *message, void *context)
{
    struct reconciler *reconciler = reconciler_of(context);

    store_resync_end(&reconciler->store, (enum kind)message->resync_end.kind,
                     message->resync_end.namespace);
    if (reconciler_complete(reconciler, (enum kind)message->resync_end.kind))
        look_at_all(reconciler);
    reconciler_report_soon(reconciler);
}

static void on_object(struct message *message, void *context)
{
    store_put(&reconciler_of(context)->store, message);
    reconciler_report_soon(reconciler_of(context));
}

/* Those that a Pool's plan looks at are its to speak of. */
static void on_unreadable(struct message *message, void *context)
{
    const struct unreadable_message *unreadable = &message->unreadable;
    struct reconciler *reconciler = reconciler_of(context);
    bool news = store_unreadable(&reconciler->store, unreadable);

    reconciler_report_soon(reconciler);
    if (news && unreadable->kind != KIND_POOL && unreadable->kind != KIND_ROUTE)
        log_warning("an object cannot be understood, so it is left alone",
                    LOG_TEXT("kind", kind_names((enum kind)unreadable->kind)->name),
                    LOG_TEXT("namespace", unreadable->namespace),
                    LOG_TEXT("name", unreadable->name), LOG_TEXT("reason", unreadable->problem));
}

static void on_gone(struct message *message, void *context)
{
    struct reconciler *reconciler = reconciler_of(context);
    const struct gone_message *gone = &message->gone;
    char *key = key_of(gone->namespace, gone->name);

    pool_overtaken(reconciler, (enum kind)gone->kind, key);
    store_remove(&reconciler->store, (enum kind)gone->kind, key, gone->uid);
    reconciler_report_soon(reconciler);
    free(key);
}

static void on_certify_done(struct message *message, void *context)
{
    injections_result(reconciler_of(context), &message->inject_result);
}

static void on_touched(const char *key, void *context)
{
    struct reconciler *reconciler = context;

    queue_add(reconciler->pools, key);
}

static void on_touched_certificate(const char *key, void *context)
{
    struct reconciler *reconciler = context;

    queue_add(reconciler->certificates, key);
}

static void on_report(evutil_socket_t socket, short events, void *context)
{
    struct reconciler *reconciler = context;
    struct queue_counts pools = queue_counts(reconciler->pools);
    struct queue_counts injections = queue_counts(reconciler->certificates);
    const struct store *store = &reconciler->store;
    struct worker_report state = {
        .healthy = in_sync(reconciler) && leader_is_informed(reconciler->leader),
        .idle = pools.ready + pools.running + injections.ready + injections.running +
                        reconciler->holding ==
                    0 &&
                (reconciler->events == NULL || events_are_sent(reconciler->events)),
        .unsatisfied = reconciler->unsatisfied,
        .changes = reconciler->news,
        .leadership = leader_state(reconciler->leader),
    };

    (void)socket;
    (void)events;
    snprintf(state.summary, sizeof(state.summary),
             "%zu Pools (%zu not satisfied), %zu TLSRoutes, %zu Services, %zu Servers, "
             "%zu Certificates; Pools %zu queued, %zu waiting; injections %zu queued, %zu waiting",
             store_count(store, KIND_POOL), reconciler->unsatisfied, store_count(store, KIND_ROUTE),
             store_count(store, KIND_SERVICE), store_count(store, KIND_SERVER),
             store_count(store, KIND_CERTIFICATE), pools.ready + pools.running, pools.waiting,
             injections.ready + injections.running, injections.waiting);
    worker_report(reconciler->worker, &state);
    if (!state.idle)
        reconciler_report_soon(reconciler);
}

static void measure(struct worker *worker)
{
    measure_world(worker->state);
}

static struct reconciler *reconciler_of(void *link)
{
    return ((const struct worker_link *)link)->worker->state;
}
