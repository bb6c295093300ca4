/* SPDX-License-Identifier: Apache-2.0 */
/* Pools that want one hostname at one Gateway. */
#ifndef TLSROUTED_RECONCILER_PLAN_CONFLICT_H
#define TLSROUTED_RECONCILER_PLAN_CONFLICT_H

#include "reconciler/world/store.h"

#include <stdbool.h>

/* The Pool that POOL, which wants a route, shares its hostname with (the same one, or one is a
 * wildcard that covers the other), or NULL if there is none. *YIELDS says whether that one has the
 * right to the route: it is older (then: first by "namespace/name") and does not have to yield
 * itself. Of several the one that POOL yields to is named, else the oldest. */
const struct object *conflict_rival(const struct store *store, const struct object *pool,
                                    bool *yields);

#endif
