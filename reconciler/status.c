/* SPDX-License-Identifier: Apache-2.0 */
/* Every event changes a number that the supervisor shows. To report each of them would cost more
 * than the work, so reports are sent at intervals while there is something to do. */
#include "reconciler/status.h"

#include "common/base/backoff.h"
#include "common/base/delays.h"
#include "common/base/loop.h"

#include <stdio.h>
#include <string.h>

enum {
    BUSY_KEYS = 8
};

static void on_report(evutil_socket_t, short events, void *reconciler);
static void add_pause(struct worker_report *, unsigned milliseconds);
static size_t depth_of(const struct reconciler *);
static bool is_idle(const struct reconciler *);

void status_init(struct reconciler *reconciler)
{
    reconciler->report_timer = loop_timer(reconciler->worker->base, on_report, reconciler);
}

void status_changed(void *context)
{
    const struct reconciler *reconciler = context;
    const struct timeval delay = backoff_timeval(REPORT_MILLISECONDS);

    if (!event_pending(reconciler->report_timer, EV_TIMEOUT, NULL))
        event_add(reconciler->report_timer, &delay);
}

bool status_is_busy(const void *context)
{
    return depth_of(context) > BUSY_KEYS;
}

static void on_report(evutil_socket_t socket, short events, void *context)
{
    struct reconciler *reconciler = context;
    const struct queue_counts pools = queue_counts(reconciler->pools.queue);
    const struct queue_counts certificates = queue_counts(reconciler->injections.queue);
    const struct pool_totals *totals = &reconciler->pools.totals;
    const struct store *store = &reconciler->world.store;
    struct worker_report state = {
        .healthy = world_is_in_sync(&reconciler->world) && leader_is_informed(reconciler->leader),
        .idle = is_idle(reconciler),
        .unsatisfied = totals->unsatisfied,
        .changes = totals->reports,
        .leadership = leader_state(reconciler->leader),
    };

    (void)socket;
    (void)events;
    snprintf(
        state.summary, sizeof(state.summary),
        "%zu Pools (%zu not satisfied), %zu TLSRoutes, %zu Services, %zu Servers, "
        "%zu Certificates; Pools %zu queued, %zu waiting; injections %zu queued, %zu waiting%s%s",
        store_count(store, KIND_POOL), totals->unsatisfied, store_count(store, KIND_ROUTE),
        store_count(store, KIND_SERVICE), store_count(store, KIND_SERVER),
        store_count(store, KIND_CERTIFICATE), queue_depth(reconciler->pools.queue), pools.waiting,
        queue_depth(reconciler->injections.queue), certificates.waiting,
        leader_is_contested(reconciler->leader) ? "; Lease contested" : "",
        reconciler->pools.duplicate.is_reported ? "; another tlsrouted writes too" : "");
    add_pause(&state, pools.pause_milliseconds);
    worker_report(reconciler->worker, &state);
    if (!state.idle || pools.pause_milliseconds > 0)
        status_changed(reconciler);
}

static void add_pause(struct worker_report *state, unsigned milliseconds)
{
    size_t used = strlen(state->summary);

    if (milliseconds > 0)
        snprintf(state->summary + used, sizeof(state->summary) - used,
                 "; paused for %u s (Retry-After)", (milliseconds + 999) / 1000);
}

/* Of both queues. */
static size_t depth_of(const struct reconciler *reconciler)
{
    return queue_depth(reconciler->pools.queue) + queue_depth(reconciler->injections.queue);
}

/* Whether there is nothing left to do or to report. */
static bool is_idle(const struct reconciler *reconciler)
{
    return depth_of(reconciler) == 0 && reconciler->pools.totals.holding == 0 &&
           (reconciler->events == NULL || events_are_sent(reconciler->events));
}
