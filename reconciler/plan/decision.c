/* SPDX-License-Identifier: Apache-2.0 */
#include "reconciler/plan/decision.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/route_spec.h"
#include "reconciler/plan/conflict.h"
#include "reconciler/plan/preflight.h"

#include <stdlib.h>

static struct plan plan_pool_route(const struct reconciler *, const struct object *pool,
                                   bool *yields);
static bool take_conflict(const struct reconciler *, const struct object *pool,
                          struct route_inputs *);
static struct plan plan_pool_service(const struct reconciler *, const struct object *pool);
static void check_gateway(const struct reconciler *, const struct object *pool, struct findings *);
static void wait_in_contention(const struct contention *, const struct object *route,
                               struct decision *, time_t now);
static void move_findings(struct findings *from, struct findings *to);

struct decision decide(const struct reconciler *reconciler, const struct object *pool, time_t now)
{
    static const struct contention none = {0};
    const struct pool_state *notes = pool->notes;
    struct decision decision = {0};

    decision.route = plan_pool_route(reconciler, pool, &decision.yields);
    decision.service = plan_pool_service(reconciler, pool);
    wait_in_contention(notes != NULL ? &notes->contention : &none,
                       store_find(&reconciler->store, KIND_ROUTE, pool->key), &decision, now);
    move_findings(&decision.route.findings, &decision.findings);
    move_findings(&decision.service.findings, &decision.findings);
    check_gateway(reconciler, pool, &decision.findings);
    injections_findings(reconciler, pool, &decision.findings);
    return decision;
}

void decision_clear(struct decision *decision)
{
    plan_clear(&decision->route);
    plan_clear(&decision->service);
    findings_clear(&decision->findings);
}

struct apply_target decision_target(const struct reconciler *reconciler, const struct object *pool,
                                    enum kind kind)
{
    const struct object *existing = store_find(&reconciler->store, kind, pool->key);

    return (struct apply_target){
        .kind = kind,
        .version = kind == KIND_ROUTE ? reconciler->route_version : NULL,
        .pool = &pool->message.pool,
        .existing = existing != NULL ? message_head(&existing->message) : NULL,
        .owner = existing != NULL ? message_owner(&existing->message) : NULL,
        .dry_run = reconciler_settings(reconciler)->dry_run,
    };
}

static struct plan plan_pool_route(const struct reconciler *reconciler, const struct object *pool,
                                   bool *yields)
{
    const struct object *route = store_find(&reconciler->store, KIND_ROUTE, pool->key);
    const struct message *pool_message = known(pool, MESSAGE_POOL);
    const struct message *route_message = known(route, MESSAGE_ROUTE);
    const char *version = reconciler->route_version;
    struct route_inputs inputs = {
        .pool = pool_message != NULL ? &pool_message->pool : NULL,
        .pool_problem = pool->problem,
        .route = route_message != NULL ? &route_message->route : NULL,
        .route_problem = route != NULL ? route->problem : NULL,
        .api_known = version != NULL,
        .api_served = version != NULL && version[0] != '\0',
        .complete = reconciler_complete(reconciler, KIND_POOL) &&
                    reconciler_complete(reconciler, KIND_ROUTE),
    };

    *yields = take_conflict(reconciler, pool, &inputs);
    return plan_route(&inputs);
}

/* Returns whether the Pool yields to the rival. */
static bool take_conflict(const struct reconciler *reconciler, const struct object *pool,
                          struct route_inputs *inputs)
{
    const struct object *rival = NULL;
    bool yields = false;

    if (inputs->pool != NULL && inputs->pool->route_enabled && !inputs->pool->deleting)
        rival = conflict_rival(&reconciler->store, pool, &yields);
    if (rival != NULL) {
        inputs->rival = rival->key;
        inputs->rival_hostname = rival->message.pool.hostname;
        inputs->yields =
            yields && reconciler_settings(reconciler)->conflicts == CONFLICTS_OLDEST_WINS;
    }
    return yields;
}

static struct plan plan_pool_service(const struct reconciler *reconciler, const struct object *pool)
{
    const struct object *service = store_find(&reconciler->store, KIND_SERVICE, pool->key);
    const struct message *pool_message = known(pool, MESSAGE_POOL);
    const struct message *service_message = known(service, MESSAGE_SERVICE);
    const struct service_inputs inputs = {
        .pool = pool_message != NULL ? &pool_message->pool : NULL,
        .pool_problem = pool->problem,
        .service = service_message != NULL ? &service_message->service : NULL,
        .policy = (enum services_policy)reconciler_settings(reconciler)->services,
        .complete = reconciler_complete(reconciler, KIND_POOL) &&
                    reconciler_complete(reconciler, KIND_SERVICE) &&
                    (service == NULL || service->problem == NULL),
    };

    return plan_service(&inputs);
}

/* Not known, as where RBAC refuses to read them, is not missing. */
static void check_gateway(const struct reconciler *reconciler, const struct object *object,
                          struct findings *findings)
{
    const struct message *message = known(object, MESSAGE_POOL);
    const struct pool_message *pool = &object->message.pool;
    const struct object *gateway;
    char *key;

    if (message == NULL || pool->deleting || pool->paused || !pool->route_enabled ||
        pool->gateway_name[0] == '\0' || !store_complete(&reconciler->store, KIND_GATEWAY, 1))
        return;
    key = store_gateway_key(pool);
    gateway = store_find(&reconciler->store, KIND_GATEWAY, key);
    free(key);
    if (gateway == NULL || known(gateway, MESSAGE_GATEWAY) != NULL)
        preflight(pool, gateway != NULL ? &gateway->message.gateway : NULL, findings);
}

/* Somebody else keeps changing the route: then it is put back ever more slowly, which turns the
 * plan into waiting. */
static void wait_in_contention(const struct contention *contention, const struct object *route,
                               struct decision *decision, time_t now)
{
    struct plan *plan = &decision->route;
    bool differs = plan_is_write(plan->action);
    const char *manager;
    unsigned wait, going_on;
    char *spec;

    if (plan->object == NULL && plan->action != PLAN_WAIT)
        return;
    if (differs && known(route, MESSAGE_ROUTE) != NULL &&
        route->message.route.other_manager[0] != '\0')
        decision->contender = route->message.route.other_manager;
    manager = decision->contender != NULL ? decision->contender : contention->manager;
    spec = plan->object != NULL
               ? route_spec_normal(json_at(plan->object, "spec"))
               : memory_text(contention->written != NULL ? contention->written : "");
    wait = differs ? contention_delay(contention, spec, now) : 0;
    going_on = contention_going_on(contention, spec, differs, now);
    free(spec);
    if (wait > 0)
        plan->action = PLAN_WAIT;
    if (wait > 0 || going_on > 0)
        findings_add(&plan->findings, FINDING_ROUTE_CONTESTED,
                     memory_format("%s keeps changing or deleting the TLSRoute; it is put back "
                                   "more and more slowly; let only one of both manage it",
                                   manager != NULL ? manager : "somebody"));
    decision->look_again = wait > 0 ? wait : going_on;
}

static void move_findings(struct findings *from, struct findings *to)
{
    for (size_t i = 0; i < from->count; i++)
        findings_add(to, from->list[i].reason, from->list[i].text);
    from->count = 0;
}

const struct message *known(const struct object *object, enum message_type type)
{
    return object != NULL && object->message.type == type ? &object->message : NULL;
}
