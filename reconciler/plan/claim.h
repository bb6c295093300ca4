/* SPDX-License-Identifier: Apache-2.0 */
/* A Pool's claim to its hostname, with all that decides whose claim comes first. Pure. */
#ifndef TLSROUTED_RECONCILER_PLAN_CLAIM_H
#define TLSROUTED_RECONCILER_PLAN_CLAIM_H

#include "reconciler/world/world.h"

#include <stdbool.h>
#include <stdint.h>

struct claim {
    bool competes;          /* the Pool has a route with the hostname, or could have one */
    bool is_admitted;       /* the Gateway would serve it, as far as that is known */
    bool has_route;         /* its own TLSRoute has the hostname at that Gateway now */
    uint64_t route_created; /* that TLSRoute, in seconds since 1970 */
    uint64_t pool_created;  /* likewise */
};

/* The claim of POOL, which may be NULL: it does not exist. */
struct claim claim_of(const struct world *world, const struct object *pool);

/* Whether claim A of the Pool KEY_A ("namespace/name") comes before claim B of KEY_B, where both
 * compete: what the Gateway admits before what it does not, the oldest TLSRoute, then the oldest
 * Pool, then the first by key. (Gateway API, conflicts between routes) */
bool claim_precedes(const struct claim *a, const char *key_a, const struct claim *b,
                    const char *key_b);

/* Whether the TLSRoute of POOL is its own and has its hostname at its Gateway. */
bool claim_is_held(const struct pool_message *pool, const struct route_message *route);

#endif
