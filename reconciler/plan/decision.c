/* SPDX-License-Identifier: Apache-2.0 */
/* The planners each look at a few messages only. This gathers for them from all that is known, and
 * puts their results together: first the plans, then what delays them, then all findings. */
#include "reconciler/plan/decision.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "common/objects/route_spec.h"
#include "common/objects/service_spec.h"
#include "reconciler/plan/claim.h"
#include "reconciler/plan/preflight.h"
#include "reconciler/plan/route_plan.h"
#include "reconciler/plan/service_plan.h"

#include <stdlib.h>
#include <string.h>

/* What somebody else may keep changing. */
struct contested {
    enum kind kind;
    const struct contention *contention;
    enum finding_reason reason;
    const char *changing, *making, *advice; /* of the finding */
};

static struct plan plan_pool_route(const struct decision_inputs *);
static struct plan plan_pool_service(const struct world *, const struct object *pool);
static void check_gateway(const struct world *, const struct object *pool, struct findings *);
static struct dispute delay_in_contention(const struct contested *, const struct decision_inputs *,
                                          struct plan *);
static const char *manager_of(const struct contested *, const struct decision_inputs *);
static void add_contested(const struct contested *, const char *manager, const char *desired,
                          struct findings *);
static char *desired_content(const struct plan *, const struct contested *);

struct decision decide(const struct decision_inputs *inputs)
{
    const struct contested route = {KIND_ROUTE,
                                    inputs->route_contention,
                                    FINDING_ROUTE_CONTESTED,
                                    "changing or deleting the TLSRoute",
                                    "making the TLSRoute again",
                                    ""};
    const struct contested service = {KIND_SERVICE,
                                      inputs->service_contention,
                                      FINDING_SERVICE_CONTESTED,
                                      "changing or deleting the Service",
                                      "making the Service again",
                                      ", or set services: never"};
    struct decision decision = {0};

    decision.route = plan_pool_route(inputs);
    decision.service = plan_pool_service(inputs->world, inputs->pool);
    decision.route_dispute = delay_in_contention(&route, inputs, &decision.route);
    decision.service_dispute = delay_in_contention(&service, inputs, &decision.service);
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
static struct dispute delay_in_contention(const struct contested *contested,
                                          const struct decision_inputs *inputs, struct plan *plan)
{
    const struct contention *contention = contested->contention;
    bool differs = plan_is_write(plan->action);
    struct dispute dispute = {0};
    unsigned delay, remaining;
    char *desired;

    desired = desired_content(plan, contested);
    if (desired == NULL)
        return dispute;
    if (differs)
        dispute.manager = manager_of(contested, inputs);
    delay = differs ? contention_delay(contention, desired, inputs->now) : 0;
    remaining = contention_remaining(contention, desired, differs, inputs->now);
    if (delay > 0)
        plan->action = PLAN_WAIT;
    dispute.seconds = delay > 0 ? delay : remaining;
    if (dispute.seconds > 0)
        add_contested(contested, dispute.manager, desired, &plan->findings);
    free(desired);
    return dispute;
}

static const char *manager_of(const struct contested *contested,
                              const struct decision_inputs *inputs)
{
    const struct object *object =
        store_find(&inputs->world->store, contested->kind, inputs->pool->key);
    const struct object_owner *owner = object != NULL ? message_owner(&object->message) : NULL;
    struct managers managers;

    if (owner == NULL)
        return NULL;
    managers = decision_managers(owner);
    return contention_evidence(contested->contention, &managers);
}

struct managers decision_managers(const struct object_owner *owner)
{
    return (struct managers){owner->other_manager, owner->other_time, owner->own_time};
}

/* As long as it goes on, the name stays that was said first. */
static void add_contested(const struct contested *contested, const char *manager,
                          const char *desired, struct findings *findings)
{
    bool exists = strcmp(desired, DECISION_NOTHING) != 0;

    if (contested->contention->manager != NULL)
        manager = contested->contention->manager;
    findings_add(findings, contested->reason,
                 memory_format("%s keeps %s, which is %s at growing intervals; let only one of the "
                               "two manage it%s",
                               manager != NULL ? manager : "somebody",
                               exists ? contested->changing : contested->making,
                               exists ? "restored" : "deleted", contested->advice));
}

/* While the planner waits for something, or leaves alone what has been deleted, what was written
 * last is desired still. NULL: nothing is. */
static char *desired_content(const struct plan *plan, const struct contested *contested)
{
    const char *written = contested->contention->written;
    bool is_gone = written != NULL && strcmp(written, DECISION_NOTHING) == 0;

    if (plan->object != NULL || plan->action == PLAN_DELETE)
        return decision_content(plan, contested->kind);
    return plan->action == PLAN_WAIT || is_gone ? memory_text(written) : NULL;
}

char *decision_content(const struct plan *plan, enum kind kind)
{
    if (plan->object == NULL)
        return memory_text(DECISION_NOTHING);
    return kind == KIND_ROUTE ? route_spec_normal(json_at(plan->object, "spec"))
                              : service_spec_normal(plan->object);
}
