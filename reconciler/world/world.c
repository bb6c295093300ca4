/* SPDX-License-Identifier: Apache-2.0 */
/* Answers what is known and what is not, so that nobody takes an object that has not been read yet
 * for one that does not exist. */
#include "reconciler/world/world.h"

#include "common/base/memory.h"
#include "common/objects/key.h"

#include <stdlib.h>
#include <string.h>

/* The objects of the Gateway API go with its CRDs. */
void world_set_route_version(struct world *world, const char *version)
{
    if (world->route_version != NULL && strcmp(world->route_version, version) != 0)
        lists_reader_lost(&world->store.lists, KIND_ROUTE);
    memory_replace(&world->route_version, version);
    if (version[0] == '\0') {
        store_forget(&world->store, KIND_ROUTE);
        store_forget(&world->store, KIND_GATEWAY);
        store_forget(&world->store, KIND_GATEWAY_CLASS);
    }
}

void world_reader_lost(struct world *world)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        lists_reader_lost(&world->store.lists, kind);
    memory_replace(&world->route_version, NULL);
}

bool world_is_complete(const struct world *world, enum kind kind)
{
    size_t namespaces = world->settings->namespaces.count;

    return lists_complete(&world->store.lists, kind, namespaces > 0 ? namespaces : 1);
}

bool world_knows_routes(const struct world *world)
{
    return world->route_version != NULL &&
           (world->route_version[0] == '\0' || world_is_complete(world, KIND_ROUTE));
}

bool world_knows_gateways(const struct world *world)
{
    return lists_complete(&world->store.lists, KIND_GATEWAY, 1);
}

bool world_knows_gateway_classes(const struct world *world)
{
    return lists_complete(&world->store.lists, KIND_GATEWAY_CLASS, 1) ||
           lists_are_relisting(&world->store.lists, KIND_GATEWAY_CLASS);
}

const struct gateway_message *world_gateway(const struct world *world,
                                            const struct pool_message *pool)
{
    char *key = object_gateway_key(pool);
    const struct message *message =
        object_message(store_find(&world->store, KIND_GATEWAY, key), MESSAGE_GATEWAY);

    free(key);
    return message != NULL ? &message->gateway : NULL;
}

const struct gateway_class_message *world_gateway_class(const struct world *world,
                                                        const struct gateway_message *gateway)
{
    char *key = key_of("", gateway->class);
    const struct message *message =
        object_message(store_find(&world->store, KIND_GATEWAY_CLASS, key), MESSAGE_GATEWAY_CLASS);

    free(key);
    return message != NULL ? &message->gateway_class : NULL;
}

const struct object *world_certificate(const struct world *world,
                                       const struct server_message *server)
{
    char *key = key_of(server->namespace, server->certificate);
    const struct object *certificate = store_find(&world->store, KIND_CERTIFICATE, key);

    free(key);
    return certificate;
}

bool world_knows_certificates(const struct world *world)
{
    return world_is_complete(world, KIND_POOL) && world_is_complete(world, KIND_SERVER) &&
           world_is_complete(world, KIND_CERTIFICATE);
}

bool world_is_beginning(const struct world *world)
{
    return world->route_version == NULL || lists_are_first(&world->store.lists);
}

bool world_is_in_sync(const struct world *world)
{
    return world_knows_routes(world) && world_knows_certificates(world);
}
