/* SPDX-License-Identifier: Apache-2.0 */
/* All that is known of the cluster. Whoever decides or shows something is given it const. */
#ifndef TLSROUTED_RECONCILER_WORLD_WORLD_H
#define TLSROUTED_RECONCILER_WORLD_WORLD_H

#include "reconciler/world/store.h"

struct world {
    struct store store;
    const struct settings_message *settings; /* what is configured; borrowed */
    char *route_version;                     /* of TLSRoute; NULL: not known, "": not served */
};

/* The watcher says that TLSRoutes are served as VERSION, or for "" that they are not. */
void world_set_route_version(struct world *world, const char *version);

/* The watcher is gone: its lists are no longer complete, the objects stay. */
void world_reader_lost(struct world *world);

/* Whether all lists of KIND have been read, and none is being read again. */
bool world_is_complete(const struct world *world, enum kind kind);

/* Whether it is known which TLSRoutes exist: there are none where they are not served. */
bool world_knows_routes(const struct world *world);

/* Whether it is known which Gateways exist; not where RBAC forbids reading them. */
bool world_knows_gateways(const struct world *world);

/* Whether it is known which GatewayClasses exist, or has been until they are read again. */
bool world_knows_gateway_classes(const struct world *world);

/* The Gateway that POOL refers to, and the GatewayClass of GATEWAY; NULL if there is none that is
 * known and could ever be read. */
const struct gateway_message *world_gateway(const struct world *world,
                                            const struct pool_message *pool);
const struct gateway_class_message *world_gateway_class(const struct world *world,
                                                        const struct gateway_message *gateway);

/* The Certificate that SERVER uses, or NULL if there is none. */
const struct object *world_certificate(const struct world *world,
                                       const struct server_message *server);

/* Whether the Certificates, and all that their names depend on, are known. */
bool world_knows_certificates(const struct world *world);

/* Whether lists are being read for the first time, or are about to be. */
bool world_is_beginning(const struct world *world);

/* Whether everything is known that the reconciler cannot do without. */
bool world_is_in_sync(const struct world *world);

#endif
