/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of relations, lists, decisions and of the work all start from the same few objects. */
#include "tests/unit/world_fixture.h"

#include "tests/unit/check.h"

#include "common/base/memory.h"

#include <stdio.h>

static void take_all_steps(struct store *);
static void list_ignore(enum kind, void *context);
static void split(const char *path, char *namespace, char *name);

void touched_add(const char *key, void *context)
{
    struct touched *all = context;
    size_t at = 0;

    while (at < all->count && strcmp(all->keys[at], key) < 0)
        at++;
    if (all->count == COUNT_OF(all->keys) || (at < all->count && strcmp(all->keys[at], key) == 0))
        return;
    memmove(all->keys[at + 1], all->keys[at], (all->count - at) * sizeof(all->keys[0]));
    snprintf(all->keys[at], sizeof(all->keys[at]), "%s", key);
    all->count++;
}

void touched_ignore(const char *key, void *context)
{
    (void)key;
    (void)context;
}

void touched_expect(const char *row, struct touched *touched, const char *keys)
{
    char found[2112] = "";

    for (size_t i = 0; i < touched->count; i++) {
        strcat(found, touched->keys[i]);
        strcat(found, "|");
    }
    touched->count = 0;
    CHECK_ROW_TEXT(row, found, keys);
}

void world_clear(struct store *store)
{
    store->relations.pools.touched = store->relations.certificates.touched = touched_ignore;
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        store_forget(store, kind);
}

void put_message(struct store *store, struct message borrowed)
{
    struct message message = message_copy(&borrowed);

    store_put(store, &message);
    message_clear(&message);
}

/* The texts are in static memory until the next call. */
struct message message_at(enum message_type type, const char *path, uint64_t version)
{
    static char namespace[32], name[32], uid[64];
    struct message message = message_of(type);

    split(path, namespace, name);
    snprintf(uid, sizeof(uid), "u-%s", path);
    message.pool.namespace = namespace;
    message.pool.name = name;
    message.pool.uid = uid;
    message.pool.resource_version = version;
    return message;
}

void put_pool(struct store *store, const char *path, uint64_t version, const char *hostname)
{
    struct message message = message_at(MESSAGE_POOL, path, version);

    message.pool.route_enabled = hostname != NULL;
    message.pool.hostname = hostname;
    put_message(store, message);
}

void put_server(struct store *store, const char *path, uint64_t version, const char *certificate,
                const char *pools)
{
    struct message message = message_at(MESSAGE_SERVER, path, version);
    char *copy = memory_text(pools), *rest = NULL;

    message.server.certificate = certificate;
    for (char *pool = strtok_r(copy, ",", &rest); pool != NULL; pool = strtok_r(NULL, ",", &rest))
        text_list_add(&message.server.pools, pool);
    put_message(store, message);
    text_list_clear(&message.server.pools);
    free(copy);
}

void put_certificate(struct store *store, const char *path, uint64_t version, const char *name)
{
    struct message message = message_at(MESSAGE_CERTIFICATE, path, version);

    text_list_add(&message.certificate.names, name);
    put_message(store, message);
    text_list_clear(&message.certificate.names);
}

void put_ledger(struct store *store, const char *path, uint64_t version, const char *ledger)
{
    struct message message = message_at(MESSAGE_CERTIFICATE, path, version);

    message.certificate.ledger = ledger;
    put_message(store, message);
}

void put_route(struct store *store, const char *path, uint64_t version, const char *spec)
{
    struct message message = message_at(MESSAGE_ROUTE, path, version);

    message.route.spec = spec;
    put_message(store, message);
}

void put_service(struct store *store, const char *path, uint64_t version, const char *spec)
{
    struct message message = message_at(MESSAGE_SERVICE, path, version);

    message.service.spec = spec;
    put_message(store, message);
}

void put_gateway(struct store *store, const char *path, uint64_t version, const char *listeners)
{
    struct message message = message_at(MESSAGE_GATEWAY, path, version);

    message.gateway.listeners = listeners;
    put_message(store, message);
}

void put_gateway_of(struct store *store, const char *path, uint64_t version, const char *class_name,
                    const char *status)
{
    struct message message = message_at(MESSAGE_GATEWAY, path, version);

    message.gateway.class = class_name;
    message.gateway.status = status;
    put_message(store, message);
}

void put_gateway_class(struct store *store, const char *name, uint64_t version,
                       const char *controller)
{
    struct message message = message_of(MESSAGE_GATEWAY_CLASS);

    message.gateway_class.name = name;
    message.gateway_class.uid = name;
    message.gateway_class.resource_version = version;
    message.gateway_class.controller = controller;
    put_message(store, message);
}

bool put_unreadable(struct store *store, enum kind kind, const char *path, const char *problem)
{
    char namespace[32], name[32];
    const struct unreadable_message unreadable = {
        .kind = kind, .namespace = namespace, .name = name, .problem = problem};

    split(path, namespace, name);
    return store_unreadable(store, &unreadable);
}

void put_rival(struct store *store, const char *path, uint64_t created, const char *hostname,
               const char *gateway)
{
    static uint64_t version;
    struct message message = message_at(MESSAGE_POOL, path, ++version);
    char namespace[32] = "", name[32];

    if (strchr(gateway, '/') != NULL)
        split(gateway, namespace, name);
    else
        snprintf(name, sizeof(name), "%s", gateway);
    message.pool.created = created;
    message.pool.route_enabled = hostname != NULL;
    message.pool.hostname = hostname;
    message.pool.service_port = 8140;
    message.pool.gateway_namespace = namespace;
    message.pool.gateway_name = name;
    put_message(store, message);
}

void list_read(struct store *store, enum kind kind)
{
    struct object *object;

    store_resync_begin(store, kind, "");
    for (object = store->objects[kind]; object != NULL; object = object->hh.next)
        object->generation = store->lists.generation;
    list_end(store, kind, "");
}

void list_end(struct store *store, enum kind kind, const char *namespace)
{
    if (store->list_read == NULL)
        store->list_read = list_ignore;
    store_resync_end(store, kind, namespace);
    take_all_steps(store);
}

void recheck_all(struct store *store)
{
    store_recheck_all(store);
    take_all_steps(store);
}

static void take_all_steps(struct store *store)
{
    while (store_step(store, 3))
        continue;
}

static void list_ignore(enum kind kind, void *context)
{
    (void)kind;
    (void)context;
}

static void split(const char *path, char *namespace, char *name)
{
    assert_int_equal(sscanf(path, "%31[^/]/%31s", namespace, name), 2);
}
