/* SPDX-License-Identifier: Apache-2.0 */
/* The planners each look at a few messages only. This gathers for them from all that is known, and
 * puts their results together: first the plans, then what delays them, then all findings. */
#include "reconciler/plan/decision.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/route_spec.h"
#include "reconciler/plan/claim.h"
#include "reconciler/plan/preflight.h"
#include "reconciler/plan/route_plan.h"
#include "reconciler/plan/service_plan.h"

#include <stdlib.h>

static struct plan plan_pool_route(const struct decision_inputs *);
static struct plan plan_pool_service(const struct world *, const struct object *pool);
static void check_gateway(const struct world *, const struct object *pool, struct findings *);
static void delay_in_contention(const struct decision_inputs *, struct decision *);
static char *desired_spec(const struct plan *, const struct contention *);

struct decision decide(const struct decision_inputs *inputs)
{
    struct decision decision = {0};

    decision.route = plan_pool_route(inputs);
    decision.service = plan_pool_service(inputs->world, inputs->pool);
    delay_in_contention(inputs, &decision);
    findings_move(&decision.findings, &decision.route.findings);
    findings_move(&decision.findings, &decision.service.findings);
    check_gateway(inputs->world, inputs->pool, &decision.findings);
    findings_move(&decision.findings, inputs->certificates);
    return decision;
}

void decision_clear(struct decision *decision)
{
    plan_clear(&decision->route);
    plan_clear(&decision->service);
    findings_clear(&decision->findings);
}

static struct plan plan_pool_route(const struct decision_inputs *all)
{
    const struct world *world = all->world;
    const struct object *pool = all->pool;
    const struct object *route = store_find(&world->store, KIND_ROUTE, pool->key);
    const struct message *pool_message = object_message(pool, MESSAGE_POOL);
    const struct message *route_message = object_message(route, MESSAGE_ROUTE);
    const char *version = world->route_version;
    struct route_inputs inputs = {
        .pool = pool_message != NULL ? &pool_message->pool : NULL,
        .pool_problem = pool->problem,
        .route = route_message != NULL ? &route_message->route : NULL,
        .route_problem = route != NULL ? route->problem : NULL,
        .conflict = conflicts_find(all->conflicts, pool->key),
        .api_known = version != NULL,
        .api_served = version != NULL && version[0] != '\0',
        .complete = world_is_complete(world, KIND_POOL) && world_is_complete(world, KIND_ROUTE),
    };

    inputs.holds =
        pool_message != NULL && route_message != NULL && claim_is_held(inputs.pool, inputs.route);
    if (world->settings->conflicts != CONFLICTS_OLDEST_WINS)
        inputs.conflict.rival_wins = false;
    return plan_route(&inputs);
}

static struct plan plan_pool_service(const struct world *world, const struct object *pool)
{
    const struct object *service = store_find(&world->store, KIND_SERVICE, pool->key);
    const struct message *pool_message = object_message(pool, MESSAGE_POOL);
    const struct message *service_message = object_message(service, MESSAGE_SERVICE);
    const struct service_inputs inputs = {
        .pool = pool_message != NULL ? &pool_message->pool : NULL,
        .pool_problem = pool->problem,
        .service = service_message != NULL ? &service_message->service : NULL,
        .policy = (enum services_policy)world->settings->services,
        .fields = service_fields_of(world->settings),
        .complete = world_is_complete(world, KIND_POOL) && world_is_complete(world, KIND_SERVICE) &&
                    (service == NULL || service->problem == NULL),
    };

    return plan_service(&inputs);
}

static void check_gateway(const struct world *world, const struct object *object,
                          struct findings *findings)
{
    const struct message *message = object_message(object, MESSAGE_POOL);
    const struct pool_message *pool = &object->message.pool;
    const struct object *gateway;
    char *key;

    if (message == NULL || pool->deleting || pool->paused || !pool->route_enabled ||
        pool->gateway_name[0] == '\0' || !world_knows_gateways(world))
        return;
    key = object_gateway_key(pool);
    gateway = store_find(&world->store, KIND_GATEWAY, key);
    free(key);
    if (gateway == NULL || object_message(gateway, MESSAGE_GATEWAY) != NULL)
        preflight(pool, gateway != NULL ? &gateway->message.gateway : NULL, findings);
}

/* Turns a write that somebody else keeps undoing into waiting. */
static void delay_in_contention(const struct decision_inputs *inputs, struct decision *decision)
{
    const struct object *route = store_find(&inputs->world->store, KIND_ROUTE, inputs->pool->key);
    const struct contention *contention = inputs->contention;
    struct plan *plan = &decision->route;
    bool differs = plan_is_write(plan->action);
    unsigned delay, remaining;
    const char *manager;
    char *spec;

    if (plan->object == NULL && plan->action != PLAN_WAIT)
        return;
    if (differs && object_message(route, MESSAGE_ROUTE) != NULL &&
        route->message.route.other_manager[0] != '\0')
        decision->contending_manager = route->message.route.other_manager;
    manager =
        decision->contending_manager != NULL ? decision->contending_manager : contention->manager;
    spec = desired_spec(plan, contention);
    delay = differs ? contention_delay(contention, spec, inputs->now) : 0;
    remaining = contention_remaining(contention, spec, differs, inputs->now);
    free(spec);
    if (delay > 0)
        plan->action = PLAN_WAIT;
    if (delay > 0 || remaining > 0)
        findings_add(&plan->findings, FINDING_ROUTE_CONTESTED,
                     memory_format("%s keeps changing or deleting the TLSRoute, which is restored "
                                   "at growing intervals; let only one of the two manage it",
                                   manager != NULL ? manager : "somebody"));
    decision->contention_seconds = delay > 0 ? delay : remaining;
}

/* In normal form. While the planner waits for something, what was written last is desired still. */
static char *desired_spec(const struct plan *plan, const struct contention *contention)
{
    if (plan->object != NULL)
        return route_spec_normal(json_at(plan->object, "spec"));
    return memory_text(contention->written != NULL ? contention->written : "");
}
