/* SPDX-License-Identifier: Apache-2.0 */
/* The planners each look at a few messages only. This gathers for them from all that is known, and
 * puts their results together: first the plans, then what delays them, then all findings. */
#include "reconciler/plan/decision.h"

#include "common/base/delays.h"
#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "reconciler/plan/certificate_plan.h"
#include "reconciler/plan/claim.h"
#include "reconciler/plan/gateway_report.h"
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

static struct plan plan_pool_route(const struct decision_inputs *, const struct route_answer *);
static struct plan plan_pool_service(const struct world *, const struct object *pool);
static void check_gateway(const struct decision_inputs *, const struct route_answer *,
                          struct decision *);
static void check_known(const struct world *, const struct pool_message *,
                        const struct known_gateway *, struct findings *);
static struct known_gateway gateway_of(const struct world *, const struct pool_message *);
static bool is_to_be_answered(const struct decision_inputs *, const struct decision *);
static void await_answer(const struct decision_inputs *, const struct known_gateway *,
                         const struct route_answer *, struct decision *);
static struct dispute delay_in_contention(const struct contested *, const struct decision_inputs *,
                                          struct plan *);
static unsigned delay_of(const struct contention *, uint64_t desired, time_t now);
static const char *manager_of(const struct contested *, const struct decision_inputs *);
static void add_contested(const struct contested *, const char *manager, uint64_t desired,
                          struct findings *);
static uint64_t desired_content(const struct plan *, const struct contested *);

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
    struct route_answer answer = decision_route_answer(
        inputs->world, store_find(&inputs->world->store, KIND_ROUTE, inputs->pool->key));

    decision.route = plan_pool_route(inputs, &answer);
    decision.service = plan_pool_service(inputs->world, inputs->pool);
    decision.route_dispute = delay_in_contention(&route, inputs, &decision.route);
    decision.service_dispute = delay_in_contention(&service, inputs, &decision.service);
    findings_move(&decision.findings, &decision.route.findings);
    findings_move(&decision.findings, &decision.service.findings);
    check_gateway(inputs, &answer, &decision);
    plan_missing_certificates(inputs->world, inputs->pool, &decision.findings);
    findings_move(&decision.findings, inputs->certificates);
    route_answer_clear(&answer);
    return decision;
}

struct route_answer decision_route_answer(const struct world *world, const struct object *route)
{
    const struct message *message = object_message(route, MESSAGE_ROUTE), *pool;
    struct known_gateway known = {0};

    if (message == NULL)
        return route_answer_of("", NULL);
    pool = object_message(store_find(&world->store, KIND_POOL, route->key), MESSAGE_POOL);
    if (pool != NULL)
        known = gateway_of(world, &pool->pool);
    return route_answer_of(message->route.answers,
                           known.class != NULL ? known.class->controller : NULL);
}

void decision_clear(struct decision *decision)
{
    plan_clear(&decision->route);
    plan_clear(&decision->service);
    findings_clear(&decision->findings);
}

static struct plan plan_pool_route(const struct decision_inputs *all,
                                   const struct route_answer *answer)
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
        .refusals = &answer->refusals,
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

static void check_gateway(const struct decision_inputs *inputs, const struct route_answer *answer,
                          struct decision *decision)
{
    const struct message *message = object_message(inputs->pool, MESSAGE_POOL);
    const struct pool_message *pool = &inputs->pool->message.pool;
    struct known_gateway known;

    if (message == NULL || pool->deleting || pool->paused || !pool->route_enabled ||
        pool->gateway_name[0] == '\0')
        return;
    known = gateway_of(inputs->world, pool);
    if (world_knows_gateways(inputs->world))
        check_known(inputs->world, pool, &known, &decision->findings);
    if (is_to_be_answered(inputs, decision))
        await_answer(inputs, &known, answer, decision);
}

/* Of a Gateway that exists and cannot be read nothing is said. */
static void check_known(const struct world *world, const struct pool_message *pool,
                        const struct known_gateway *known, struct findings *findings)
{
    char *key = object_gateway_key(pool);
    size_t before = findings->count;

    if (known->gateway != NULL || store_find(&world->store, KIND_GATEWAY, key) == NULL)
        preflight(pool, known->gateway, findings);
    if (findings->count == before)
        gateway_report_problems(pool, known, findings);
    free(key);
}

static struct known_gateway gateway_of(const struct world *world, const struct pool_message *pool)
{
    const struct gateway_message *gateway = world_gateway(world, pool);

    return (struct known_gateway){
        .gateway = gateway,
        .class = gateway != NULL ? world_gateway_class(world, gateway) : NULL,
        .knows_classes = world_knows_gateway_classes(world),
    };
}

/* Nobody answers for a route at a Gateway that is not as it should be, and a refusal is an answer.
 */
static bool is_to_be_answered(const struct decision_inputs *inputs, const struct decision *decision)
{
    const struct message *route = object_message(
        store_find(&inputs->world->store, KIND_ROUTE, inputs->pool->key), MESSAGE_ROUTE);

    return route != NULL && !route->route.deleting && !plan_is_write(decision->route.action) &&
           plan_route_is_own(&route->route, &inputs->pool->message.pool) &&
           !findings_has_reason(&decision->findings, FINDING_GATEWAY_NOT_READY) &&
           !findings_has_reason(&decision->findings, FINDING_ROUTE_NOT_ACCEPTED);
}

static void await_answer(const struct decision_inputs *inputs, const struct known_gateway *known,
                         const struct route_answer *answer, struct decision *decision)
{
    time_t waited = inputs->awaited_since != 0 ? inputs->now - inputs->awaited_since : 0;
    bool is_due = waited >= GATEWAY_ANSWER_SECONDS;

    decision->is_awaited = gateway_report_awaited(
        &inputs->pool->message.pool, known, answer->waiting, is_due ? &decision->findings : NULL);
}

/* Turns a write that somebody else keeps undoing into waiting. */
static struct dispute delay_in_contention(const struct contested *contested,
                                          const struct decision_inputs *inputs, struct plan *plan)
{
    const struct contention *contention = contested->contention;
    bool differs = plan_is_write(plan->action);
    struct dispute dispute = {0};
    uint64_t desired = desired_content(plan, contested);
    unsigned delay, remaining;

    if (desired == 0)
        return dispute;
    dispute.differs = differs;
    if (differs)
        dispute.manager = manager_of(contested, inputs);
    delay = differs ? delay_of(contention, desired, inputs->now) : 0;
    remaining = contention_remaining(contention, desired, differs, inputs->now);
    if (delay > 0)
        plan->action = PLAN_WAIT;
    dispute.seconds = delay > 0 ? delay : remaining;
    if (dispute.seconds > 0)
        add_contested(contested, dispute.manager, desired, &plan->findings);
    return dispute;
}

static unsigned delay_of(const struct contention *contention, uint64_t desired, time_t now)
{
    unsigned delay = contention_delay(contention, desired, now);
    unsigned patience = contention_patience(contention, desired, now);

    return delay > patience ? delay : patience;
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
static void add_contested(const struct contested *contested, const char *manager, uint64_t desired,
                          struct findings *findings)
{
    bool exists = desired != PLAN_NOTHING;

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
 * last is desired still. 0: nothing is. */
static uint64_t desired_content(const struct plan *plan, const struct contested *contested)
{
    const uint64_t written = contested->contention->written;
    bool is_gone = written == PLAN_NOTHING;

    if (plan->object != NULL || plan->action == PLAN_DELETE)
        return plan_content(plan);
    return plan->action == PLAN_WAIT || is_gone ? written : 0;
}
