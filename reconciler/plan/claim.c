/* SPDX-License-Identifier: Apache-2.0 */
/* A Pool must not take from others what it cannot have itself, nor what others have already. Both
 * depend on several objects; here they become a few values that are cheap to compare. */
#include "reconciler/plan/claim.h"

#include "reconciler/plan/preflight.h"
#include "reconciler/plan/route_plan.h"

#include <stdlib.h>
#include <string.h>

static bool could_have_route(const struct object *pool, const struct object *route);
static bool is_admitted(const struct store *, const struct pool_message *);

struct claim claim_of(const struct world *world, const struct object *pool)
{
    const struct message *message = object_message(pool, MESSAGE_POOL);
    const struct object *route;
    struct claim claim = {0};

    if (message == NULL || !message->pool.route_enabled || message->pool.deleting)
        return claim;
    route = store_find(&world->store, KIND_ROUTE, pool->key);
    claim.pool_created = message->pool.created;
    if (object_message(route, MESSAGE_ROUTE) != NULL) {
        claim.has_route = claim_is_held(&message->pool, &route->message.route);
        claim.route_created = route->message.route.created;
    }
    claim.competes = claim.has_route || could_have_route(pool, route);
    claim.is_admitted = claim.competes && is_admitted(&world->store, &message->pool);
    return claim;
}

bool claim_precedes(const struct claim *a, const char *key_a, const struct claim *b,
                    const char *key_b)
{
    if (a->is_admitted != b->is_admitted)
        return a->is_admitted;
    if (a->has_route != b->has_route)
        return a->has_route;
    if (a->has_route && a->route_created != b->route_created)
        return a->route_created < b->route_created;
    if (a->pool_created != b->pool_created)
        return a->pool_created < b->pool_created;
    return strcmp(key_a, key_b) < 0;
}

bool claim_is_held(const struct pool_message *pool, const struct route_message *route)
{
    char *gateway;
    bool held;

    if (!plan_route_is_own(route, pool) || !text_list_has_name(&route->hostnames, pool->hostname))
        return false;
    gateway = object_gateway_key(pool);
    held = text_list_has(&route->gateways, gateway);
    free(gateway);
    return held;
}

/* What the Pool says is valid and in force, and no TLSRoute of somebody else is in the way. */
static bool could_have_route(const struct object *pool, const struct object *route)
{
    const struct pool_message *message = &pool->message.pool;

    if (pool->problem != NULL || message->paused || !plan_route_is_possible(message))
        return false;
    if (route == NULL)
        return true;
    return object_message(route, MESSAGE_ROUTE) != NULL &&
           plan_route_is_own(&route->message.route, message);
}

/* Of a Gateway that does not exist, or cannot be read, nothing is known. */
static bool is_admitted(const struct store *store, const struct pool_message *pool)
{
    char *key = object_gateway_key(pool);
    const struct message *gateway =
        object_message(store_find(store, KIND_GATEWAY, key), MESSAGE_GATEWAY);

    free(key);
    return gateway == NULL || preflight_admits(pool, &gateway->gateway);
}
