/* SPDX-License-Identifier: Apache-2.0 */
/* Gauges that were counted up and down with every change would drift apart from what there is. So
 * they are counted anew each time they are asked for. */
#include "reconciler/view/gauges.h"

#include "common/message/metric.h"

struct totals {
    uint64_t routes[METRIC_ROUTE_STATE_VALUES];
    uint64_t certificates[METRIC_CERTIFICATE_STATE_VALUES];
    uint64_t findings[METRIC_REASON_VALUES];
};

static void add_pool(const struct store *, const struct object *pool, struct totals *);
static enum metric_route_state route_state(const struct store *, const struct object *pool);
static void set_all(enum metric, const uint64_t *counts, unsigned count);
static void set_queue(const struct queue *, enum metric_queue);

void gauges_set(const struct view_sources *sources)
{
    const struct store *store = &sources->world->store;
    const struct object *pool;
    struct totals totals = {0};

    for (pool = store->objects[KIND_POOL]; pool != NULL; pool = pool->hh.next)
        add_pool(store, pool, &totals);
    injection_states_count(&sources->injections->states, store_count(store, KIND_CERTIFICATE),
                           totals.certificates);
    set_all(METRIC_ROUTES, totals.routes, METRIC_ROUTE_STATE_VALUES);
    set_all(METRIC_CERTIFICATES, totals.certificates, METRIC_CERTIFICATE_STATE_VALUES);
    set_all(METRIC_FINDINGS, totals.findings, METRIC_REASON_VALUES);
    metric_set(METRIC_CONFLICTS, 0, 0, totals.findings[FINDING_HOSTNAME_CONFLICT]);
    metric_set(METRIC_LEADER, 0, 0, leader_leads(sources->pools->leader));
    set_queue(sources->pools->queue, METRIC_QUEUE_POOLS);
    set_queue(sources->injections->queue, METRIC_QUEUE_CERTIFICATES);
}

/* A Pool counts once for a reason, however many findings have it. */
static void add_pool(const struct store *store, const struct object *pool, struct totals *totals)
{
    const struct pool_state *state = pool->state;

    totals->routes[route_state(store, pool)]++;
    for (enum finding_reason reason = 0; reason < FINDING_REASONS && state != NULL; reason++)
        totals->findings[reason] += findings_has_reason(&state->reported, reason);
}

static enum metric_route_state route_state(const struct store *store, const struct object *pool)
{
    const struct pool_state *state = pool->state;

    if (pool->message.type == MESSAGE_POOL && !pool->message.pool.route_enabled)
        return METRIC_ROUTE_DISABLED;
    if (state == NULL) /* it has not been worked on yet */
        return METRIC_ROUTE_UNSATISFIED;
    if (findings_has_reason(&state->reported, FINDING_HOSTNAME_CONFLICT))
        return METRIC_ROUTE_CONFLICT;
    if (pool_state_last_failure(state, KIND_ROUTE) != NULL)
        return METRIC_ROUTE_FAILED;
    if (findings_has_reason(&state->reported, FINDING_ROUTE_NOT_ACCEPTED))
        return METRIC_ROUTE_NOT_ACCEPTED;
    return state->counted_unsatisfied || store_find(store, KIND_ROUTE, pool->key) == NULL
               ? METRIC_ROUTE_UNSATISFIED
               : METRIC_ROUTE_SATISFIED;
}

static void set_all(enum metric metric, const uint64_t *counts, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        metric_set(metric, i, 0, counts[i]);
}

static void set_queue(const struct queue *queue, enum metric_queue name)
{
    struct queue_counts counts = queue_counts(queue);

    metric_set(METRIC_QUEUE_DEPTH, name, 0, queue_depth(queue));
    metric_set(METRIC_QUEUE_WAITING, name, 0, counts.waiting);
    metric_set(METRIC_QUEUE_PAUSE, name, 0, counts.pause_milliseconds * 1000ull);
}
