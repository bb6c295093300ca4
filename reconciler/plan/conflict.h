/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the Pools that ask for one hostname at one Gateway gets its route. Pure. */
#ifndef TLSROUTED_RECONCILER_PLAN_CONFLICT_H
#define TLSROUTED_RECONCILER_PLAN_CONFLICT_H

#include "reconciler/world/hostnames.h"

#include <stdbool.h>

/* The Pool that is in conflict with POOL, which asks for a route, over its hostname, or NULL if
 * there is none. Sets *RIVAL_WINS if that one has the right to the hostname: it is older (then:
 * first by "namespace/name"), and no other Pool wins over it. Of several rivals it is the one that
 * wins, else the oldest. */
const struct object *conflict_rival(const struct hostnames *hostnames, const struct object *pool,
                                    bool *rival_wins);

#endif
