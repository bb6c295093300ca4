/* SPDX-License-Identifier: Apache-2.0 */
/* Which Pools ask for hostnames that meet at one Gateway: the same hostname, or a wildcard and a
 * name that it covers. */
#ifndef TLSROUTED_RECONCILER_WORLD_HOSTNAMES_H
#define TLSROUTED_RECONCILER_WORLD_HOSTNAMES_H

#include "reconciler/world/index.h"
#include "reconciler/world/object.h"

/* Of the Pools that ask for a route. Zero-initialised: none. */
struct hostnames {
    struct index pools_of_hostname;    /* by "gateway hostname" */
    struct index pools_under_wildcard; /* by "gateway *.suffix" that covers their hostname */
};

/* Adds POOL, which asks for a route, or removes it: CHANGE is index_add() or index_remove(). */
void hostnames_change(struct hostnames *hostnames, struct object *pool, index_change *change);

/* The rivals of POOL, which asks for a route: the other Pools at the same Gateway whose hostname is
 * the same as its own, covers it, or is covered by it, and that are not being deleted. The oldest
 * first, then by key. Sets *COUNT; the caller frees the list. */
struct object **hostnames_rivals(const struct hostnames *hostnames, const struct object *pool,
                                 size_t *count);

#endif
