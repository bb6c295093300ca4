/* SPDX-License-Identifier: Apache-2.0 */
/* reconciler: remembers what the watcher brings, decides, writes TLSRoutes and Services, and asks
 * the certpatcher for names in Certificates. Here its parts are connected; what they do is in the
 * folders, from world/ upwards. */
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/worker/api_worker.h"
#include "reconciler/receive.h"
#include "reconciler/status.h"
#include "reconciler/view/gauges.h"
#include "reconciler/view/view.h"

static void start(struct worker *);
static void init_world(struct reconciler *);
static void init_work(struct reconciler *);
static void on_gathered(void *reconciler);
static void answer_query(struct worker *, struct answer *);
static void measure(struct worker *);
static struct view_sources sources_of(const struct worker *);
static bool ending(struct worker *);
static void on_renewed(void *reconciler);
static void on_leading(void *reconciler);
static void on_released(void *reconciler);

static channel_handler *const handlers[MESSAGE_TYPES] = {
    [MESSAGE_ROUTE_API] = receive_route_api,
    [MESSAGE_RESYNC_BEGIN] = receive_resync_begin,
    [MESSAGE_RESYNC_END] = receive_resync_end,
    [MESSAGE_POOL] = receive_object,
    [MESSAGE_SERVER] = receive_object,
    [MESSAGE_CERTIFICATE] = receive_object,
    [MESSAGE_ROUTE] = receive_object,
    [MESSAGE_SERVICE] = receive_object,
    [MESSAGE_GATEWAY] = receive_object,
    [MESSAGE_GATEWAY_CLASS] = receive_object,
    [MESSAGE_UNREADABLE] = receive_unreadable,
    [MESSAGE_GONE] = receive_gone,
    [MESSAGE_INJECT_RESULT] = receive_inject_result,
};

static const struct worker_role role = {
    .role = ROLE_RECONCILER,
    .api = &api_worker,
    .shared_max = API_SHARED_MAX,
    .handlers = handlers,
    .start = start,
    .linked = receive_linked,
    .unlinked = receive_unlinked,
    .query = answer_query,
    .resync = receive_resync,
    .measure = measure,
    .ending = ending,
};

static const struct leader_callbacks leader_callbacks = {.renewed = on_renewed,
                                                         .begins = on_leading,
                                                         .changed = status_changed,
                                                         .released = on_released};

int main(int argc, char **argv)
{
    return worker_main(&role, argc, argv);
}

static void start(struct worker *worker)
{
    struct reconciler *reconciler = memory_new(1, sizeof(*reconciler));

    worker->state = reconciler;
    reconciler->worker = worker;
    status_init(reconciler);
    init_world(reconciler);
    if (!reconciler->world.settings->dry_run)
        reconciler->events = events_new(worker->base, worker->api, status_is_busy, reconciler);
    reconciler->leader = leader_new(worker->base, worker->api, reconciler->world.settings,
                                    &leader_callbacks, reconciler);
    init_work(reconciler);
    status_changed(reconciler);
}

/* Whatever changes in the world is worked on. */
static void init_world(struct reconciler *reconciler)
{
    struct store *store = &reconciler->world.store;

    reconciler->world.settings = &reconciler->worker->settings.settings;
    reconciler->walk = loop_timer(reconciler->worker->base, reconciler_walk, reconciler);
    store->relations.pools =
        (struct relations_listener){pools_touched, pools_recheck, &reconciler->pools};
    store->relations.certificates = (struct relations_listener){
        injections_touched, injections_recheck_one, &reconciler->injections};
    store->list_read = receive_list_read;
    store->list_context = reconciler;
    store->free_state = pools_forget;
    store->context = &reconciler->pools;
}

static void init_work(struct reconciler *reconciler)
{
    struct worker *worker = reconciler->worker;

    reconciler->pools = (struct pools){
        .world = &reconciler->world,
        .injections = &reconciler->injections.states,
        .leader = reconciler->leader,
        .api = worker->api,
        .events = reconciler->events,
        .changed = status_changed,
        .context = reconciler,
    };
    pools_init(&reconciler->pools, worker->base);
    reconciler->injections = (struct injections){
        .world = &reconciler->world,
        .leader = reconciler->leader,
        .worker = worker,
        .events = reconciler->events,
        .changed = status_changed,
        .context = reconciler,
    };
    injections_init(&reconciler->injections, worker->base);
    reconciler->gather = (struct gather){.world = &reconciler->world,
                                         .pools = reconciler->pools.queue,
                                         .certificates = reconciler->injections.queue,
                                         .over = on_gathered,
                                         .context = reconciler};
    gather_init(&reconciler->gather, worker->base);
}

static void on_gathered(void *reconciler)
{
    reconciler_recheck(reconciler);
}

static void answer_query(struct worker *worker, struct answer *answer)
{
    const struct view_sources sources = sources_of(worker);

    view_answer(answer, &sources);
}

static void measure(struct worker *worker)
{
    const struct view_sources sources = sources_of(worker);

    gauges_set(&sources);
}

static struct view_sources sources_of(const struct worker *worker)
{
    const struct reconciler *reconciler = worker->state;

    return (struct view_sources){&reconciler->world, &reconciler->pools, &reconciler->injections};
}

static bool ending(struct worker *worker)
{
    const struct reconciler *reconciler = worker->state;

    return leader_release(reconciler->leader);
}

static void on_renewed(void *context)
{
    struct reconciler *reconciler = context;

    injections_lead(&reconciler->injections);
}

static void on_leading(void *context)
{
    struct reconciler *reconciler = context;

    pools_lead(&reconciler->pools);
    reconciler_recheck(reconciler);
}

static void on_released(void *context)
{
    const struct reconciler *reconciler = context;

    worker_end(reconciler->worker);
}
