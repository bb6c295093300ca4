/* SPDX-License-Identifier: Apache-2.0 */
#include "reconciler/view/gauges.h"

#include "common/message/metric.h"
#include "reconciler/pool_state.h"

struct world {
    uint64_t routes[METRIC_ROUTE_STATE_VALUES];
    uint64_t certificates[METRIC_CERTIFICATE_STATE_VALUES];
    uint64_t findings[METRIC_REASON_VALUES];
    uint64_t conflicts;
};

static void look_at(const struct store *, const struct object *pool, struct world *);
static enum metric_route_state route_state(const struct store *, const struct object *pool);
static bool has_finding(const struct pool_state *, enum finding_reason);
static void set_all(enum metric, const uint64_t *counts, unsigned count);
static void measure_queue(const struct queue *, enum metric_queue);

void measure_world(struct reconciler *reconciler)
{
    const struct object *pool;
    struct world world = {0};

    for (pool = reconciler->store.objects[KIND_POOL]; pool != NULL; pool = pool->hh.next)
        look_at(&reconciler->store, pool, &world);
    injections_count(reconciler, world.certificates);
    set_all(METRIC_ROUTES, world.routes, METRIC_ROUTE_STATE_VALUES);
    set_all(METRIC_CERTIFICATES, world.certificates, METRIC_CERTIFICATE_STATE_VALUES);
    set_all(METRIC_FINDINGS, world.findings, METRIC_REASON_VALUES);
    metric_set(METRIC_CONFLICTS, 0, 0, world.conflicts);
    metric_set(METRIC_LEADER, 0, 0, leader_leads(reconciler->leader));
    measure_queue(reconciler->pools, METRIC_QUEUE_POOLS);
    measure_queue(reconciler->certificates, METRIC_QUEUE_CERTIFICATES);
}

/* Findings may be more than one of a reason: what is counted are Pools. */
static void look_at(const struct store *store, const struct object *pool, struct world *world)
{
    const struct pool_state *notes = pool->notes;

    world->routes[route_state(store, pool)]++;
    for (enum finding_reason reason = 0; reason < FINDING_REASONS; reason++)
        world->findings[reason] += has_finding(notes, reason);
    world->conflicts += has_finding(notes, FINDING_HOSTNAME_CONFLICT);
}

static enum metric_route_state route_state(const struct store *store, const struct object *pool)
{
    const struct pool_state *notes = pool->notes;

    if (pool->message.type == MESSAGE_POOL && !pool->message.pool.route_enabled)
        return METRIC_ROUTE_DISABLED;
    if (notes == NULL) /* not looked at yet */
        return METRIC_ROUTE_UNSATISFIED;
    if (has_finding(notes, FINDING_HOSTNAME_CONFLICT))
        return METRIC_ROUTE_CONFLICT;
    if (notes->failure[KIND_ROUTE] != NULL)
        return METRIC_ROUTE_FAILED;
    if (has_finding(notes, FINDING_ROUTE_NOT_ACCEPTED))
        return METRIC_ROUTE_NOT_ACCEPTED;
    return notes->unsatisfied || store_find(store, KIND_ROUTE, pool->key) == NULL
               ? METRIC_ROUTE_UNSATISFIED
               : METRIC_ROUTE_SATISFIED;
}

static bool has_finding(const struct pool_state *notes, enum finding_reason reason)
{
    for (size_t i = 0; notes != NULL && i < notes->told.count; i++) {
        if (notes->told.list[i].reason == reason)
            return true;
    }
    return false;
}

static void set_all(enum metric metric, const uint64_t *counts, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        metric_set(metric, i, 0, counts[i]);
}

static void measure_queue(const struct queue *queue, enum metric_queue name)
{
    struct queue_counts counts = queue_counts(queue);

    metric_set(METRIC_QUEUE_DEPTH, name, 0, counts.ready + counts.running);
    metric_set(METRIC_QUEUE_WAITING, name, 0, counts.waiting);
}
