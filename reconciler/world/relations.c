/* SPDX-License-Identifier: Apache-2.0 */
/* A Pool's route and a Certificate's names depend on objects of several kinds. This is where it is
 * said, kind by kind, which ones. */
#include "reconciler/world/relations.h"

#include "common/objects/key.h"
#include "common/objects/ledger.h"

#include <stdlib.h>

/* What an object of a kind means to the indexes, and whom it concerns. */
struct relation {
    void (*index)(struct relations *, struct object *, index_change *);
    void (*touch)(const struct relations *, const struct object *);
};

static void index_pool(struct relations *, struct object *, index_change *);
static void index_server(struct relations *, struct object *, index_change *);
static void index_certificate(struct relations *, struct object *, index_change *);
static void index_gateway(struct relations *, struct object *, index_change *);
static void index_nothing(struct relations *, struct object *, index_change *);
static void touch_pool(const struct relations *, const struct object *);
static void touch_certificates_of_pool(const struct relations *, const struct object *);
static void touch_server(const struct relations *, const struct object *);
static void touch_pools_of_server(const struct relations *, const struct server_message *);
static void touch_certificate(const struct relations *, const struct object *);
static void touch_pools_of_gateway(const struct relations *, const struct object *);
static void touch_pools_of_class(const struct relations *, const struct object *);
static void touch_same_name(const struct relations *, const struct object *);
static void touch(const struct relations_listener *, const char *key);
static void touch_by_name(const struct relations_listener *, const char *namespace,
                          const char *name);

static const struct relation kinds[KIND_COUNT] = {
    [KIND_POOL] = {index_pool, touch_pool},
    [KIND_SERVER] = {index_server, touch_server},
    [KIND_CERTIFICATE] = {index_certificate, touch_certificate},
    [KIND_ROUTE] = {index_nothing, touch_same_name},
    [KIND_SERVICE] = {index_nothing, touch_same_name},
    [KIND_GATEWAY] = {index_gateway, touch_pools_of_gateway},
    [KIND_GATEWAY_CLASS] = {index_nothing, touch_pools_of_class},
};

void relations_add(struct relations *relations, struct object *object)
{
    kinds[object->kind].index(relations, object, index_add);
}

void relations_remove(struct relations *relations, struct object *object)
{
    kinds[object->kind].index(relations, object, index_remove);
}

void relations_touch(const struct relations *relations, const struct object *object)
{
    kinds[object->kind].touch(relations, object);
}

/* Of a Certificate, Pools only need to know whether it is there and can be read: it changes with
 * every name that is injected. */
void relations_touch_changed(const struct relations *relations, const struct object *before,
                             const struct object *object)
{
    if (object->kind == KIND_CERTIFICATE) {
        touch(&relations->certificates, object->key);
        return;
    }
    relations_touch(relations, before);
    relations_touch(relations, object);
}

void relations_touch_pools_of_certificate(const struct relations *relations, const char *key)
{
    size_t count;
    struct object *const *servers = relations_servers_of_certificate(relations, key, &count);

    for (size_t i = 0; i < count; i++)
        touch_pools_of_server(relations, &servers[i]->message.server);
}

struct object *const *relations_servers_of_certificate(const struct relations *relations,
                                                       const char *key, size_t *count)
{
    return index_find(&relations->servers_of_certificate, key, count);
}

struct object *const *relations_servers_of_pool(const struct relations *relations, const char *key,
                                                size_t *count)
{
    return index_find(&relations->servers_of_pool, key, count);
}

static void index_pool(struct relations *relations, struct object *object, index_change *change)
{
    char *gateway;

    if (!object->message.pool.route_enabled)
        return;
    gateway = object_gateway_key(&object->message.pool);
    change(&relations->pools_of_gateway, gateway, object);
    free(gateway);
}

static void index_server(struct relations *relations, struct object *object, index_change *change)
{
    const struct server_message *server = &object->message.server;
    struct text_set pools = text_set_of(&server->pools);
    char *key = key_of(server->namespace, server->certificate);

    change(&relations->servers_of_certificate, key, object);
    free(key);
    for (size_t i = 0; i < pools.count; i++) {
        key = key_of(server->namespace, pools.texts[i]);
        change(&relations->servers_of_pool, key, object);
        free(key);
    }
    text_set_clear(&pools);
}

static void index_certificate(struct relations *relations, struct object *object,
                              index_change *change)
{
    const struct certificate_message *certificate = &object->message.certificate;
    struct ledger ledger;
    struct text_set pools;

    ledger_read(certificate->ledger, &ledger);
    pools = ledger_pools(&ledger);
    for (size_t i = 0; i < pools.count; i++) {
        char *key = key_of(certificate->namespace, pools.texts[i]);

        change(&relations->certificates_of_pool, key, object);
        free(key);
    }
    text_set_clear(&pools);
    ledger_clear(&ledger);
}

static void index_gateway(struct relations *relations, struct object *object, index_change *change)
{
    change(&relations->gateways_of_class, object->message.gateway.class, object);
}

static void index_nothing(struct relations *relations, struct object *object, index_change *change)
{
    (void)relations;
    (void)object;
    (void)change;
}

static void touch_pool(const struct relations *relations, const struct object *object)
{
    touch(&relations->pools, object->key);
    touch_certificates_of_pool(relations, object);
}

static void touch_certificates_of_pool(const struct relations *relations, const struct object *pool)
{
    size_t count;
    struct object *const *servers = relations_servers_of_pool(relations, pool->key, &count);
    struct object *const *certificates;

    for (size_t i = 0; i < count; i++)
        touch_by_name(&relations->certificates, servers[i]->message.server.namespace,
                      servers[i]->message.server.certificate);
    certificates = index_find(&relations->certificates_of_pool, pool->key, &count);
    for (size_t i = 0; i < count; i++)
        touch(&relations->certificates, certificates[i]->key);
}

static void touch_server(const struct relations *relations, const struct object *object)
{
    const struct server_message *server = &object->message.server;

    if (object->message.type == MESSAGE_NONE)
        return;
    touch_by_name(&relations->certificates, server->namespace, server->certificate);
    touch_pools_of_server(relations, server);
}

static void touch_pools_of_server(const struct relations *relations,
                                  const struct server_message *server)
{
    TEXT_LIST_FOREACH (pool, &server->pools)
        touch_by_name(&relations->pools, server->namespace, pool);
}

static void touch_certificate(const struct relations *relations, const struct object *object)
{
    touch(&relations->certificates, object->key);
    relations_touch_pools_of_certificate(relations, object->key);
}

static void touch_pools_of_gateway(const struct relations *relations, const struct object *object)
{
    size_t count;
    struct object *const *pools = index_find(&relations->pools_of_gateway, object->key, &count);

    for (size_t i = 0; i < count; i++)
        relations->pools.recheck(pools[i]->key, relations->pools.context);
}

static void touch_pools_of_class(const struct relations *relations, const struct object *object)
{
    size_t count;
    struct object *const *gateways =
        index_find(&relations->gateways_of_class, key_name(object->key), &count);

    for (size_t i = 0; i < count; i++)
        touch_pools_of_gateway(relations, gateways[i]);
}

/* A Pool's TLSRoute and Service have its name. */
static void touch_same_name(const struct relations *relations, const struct object *object)
{
    touch(&relations->pools, object->key);
}

static void touch(const struct relations_listener *listener, const char *key)
{
    listener->touched(key, listener->context);
}

static void touch_by_name(const struct relations_listener *listener, const char *namespace,
                          const char *name)
{
    char *key = key_of(namespace, name);

    touch(listener, key);
    free(key);
}
