/* SPDX-License-Identifier: Apache-2.0 */
/* Which objects belong together, and whom a change of one concerns. Nothing here looks at all
 * objects on a change. */
#ifndef TLSROUTED_RECONCILER_WORLD_RELATIONS_H
#define TLSROUTED_RECONCILER_WORLD_RELATIONS_H

#include "reconciler/world/index.h"
#include "reconciler/world/object.h"

/* A change concerns the object KEY ("namespace/name"), which need not exist. */
typedef void relations_touched(const char *key, void *context);

struct relations_listener {
    relations_touched *touched;
    relations_touched *recheck; /* nothing of its own has changed, but something around it may have:
                                   a Gateway, or all lists have been read */
    void *context;
};

struct relations {
    struct index servers_of_pool;        /* by "namespace/pool" */
    struct index servers_of_certificate; /* by "namespace/certificate" */
    struct index certificates_of_pool;   /* by "namespace/pool" that their ledger names */
    struct index pools_of_gateway;       /* by "namespace/gateway", those that ask for a route */
    struct index gateways_of_class;      /* by the name of their GatewayClass */
    struct relations_listener pools, certificates; /* who is told of those concerned */
};

/* Adds OBJECT, whose message can be read, to the indexes, or removes it. Its message must not
 * change in between. */
void relations_add(struct relations *relations, struct object *object);
void relations_remove(struct relations *relations, struct object *object);

/* Tells the listeners of every Pool and Certificate that OBJECT concerns. */
void relations_touch(const struct relations *relations, const struct object *object);

/* The same when OBJECT, which could be read as it was BEFORE, has changed and can be read again. */
void relations_touch_changed(const struct relations *relations, const struct object *before,
                             const struct object *object);

/* Tells the listener of every Pool whose Servers use the Certificate KEY. */
void relations_touch_pools_of_certificate(const struct relations *relations, const char *key);

/* The Servers that use the Certificate, or that list the Pool, with that key. Sets *COUNT; valid
 * until the indexes change. */
struct object *const *relations_servers_of_certificate(const struct relations *relations,
                                                       const char *key, size_t *count);
struct object *const *relations_servers_of_pool(const struct relations *relations, const char *key,
                                                size_t *count);

#endif
