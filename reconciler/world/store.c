/* SPDX-License-Identifier: Apache-2.0 */
#include "reconciler/world/store.h"

#include "common/base/memory.h"
#include "common/objects/hostname.h"
#include "common/objects/key.h"
#include "common/objects/ledger.h"

#include <stdlib.h>
#include <string.h>

/* A list of Pools under construction. */
struct rivals {
    struct object **pools;
    size_t count;
};

/* index_add() or index_remove() */
typedef void index_change(struct index *, const char *key, struct object *);

/* What an object of a kind means to the indexes, and which Pools it concerns. */
struct relations {
    void (*index)(struct store *, struct object *, index_change *);
    void (*touch)(struct store *, const struct object *);
};

static void index_pool(struct store *, struct object *, index_change *);
static void touch_pool(struct store *, const struct object *);
static const char *first_suffix(const char *name);
static const char *parent_of(const char *name);
static void add_rivals(const struct index *, const char *gateway, const char *wildcard,
                       const char *name, struct rivals *);
static int by_age(const void *a, const void *b);
static void touch_pools_of_gateway(struct store *, const struct object *);
static void index_server(struct store *, struct object *, index_change *);
static void touch_server(struct store *, const struct object *);
static void index_certificate(struct store *, struct object *, index_change *);
static void touch_certificate(struct store *, const struct object *);
static void touch_certificates_of_pool(struct store *, const struct object *);
static void tell_certificate(struct store *, const char *key);
static void tell_certificate_of(struct store *, const struct object *server);
static void touch_same_name(struct store *, const struct object *);
static void index_nothing(struct store *, struct object *, index_change *);
static struct object *find_or_add(struct store *, enum kind, const char *namespace,
                                  const char *name);
static void remove_object(struct store *, struct object *);
static void replace_message(struct store *, struct object *, struct message *);
static bool differs(const struct message *, const struct message *);
static struct store_scope *find_scope(const struct store *, enum kind, const char *namespace);

static const struct relations relations[KIND_COUNT] = {
    [KIND_POOL] = {index_pool, touch_pool},
    [KIND_SERVER] = {index_server, touch_server},
    [KIND_CERTIFICATE] = {index_certificate, touch_certificate},
    [KIND_ROUTE] = {index_nothing, touch_same_name},
    [KIND_SERVICE] = {index_nothing, touch_same_name},
    [KIND_GATEWAY] = {index_nothing, touch_pools_of_gateway},
};

void store_init(struct store *store, store_touched *touched, void *context)
{
    *store = (struct store){.touched = touched, .context = context};
}

void store_clear(struct store *store)
{
    struct object *object, *next;

    store->touched = store->touched_certificate = NULL;
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        HASH_ITER (hh, store->objects[kind], object, next)
            remove_object(store, object);
    }
    for (size_t i = 0; i < store->scope_count; i++)
        free(store->scopes[i].namespace);
    free(store->scopes);
    index_clear(&store->servers_of_pool);
    index_clear(&store->servers_of_certificate);
    index_clear(&store->certificates_of_pool);
    index_clear(&store->pools_of_hostname);
    index_clear(&store->pools_under_wildcard);
    index_clear(&store->pools_of_gateway);
    *store = (struct store){0};
}

void store_put(struct store *store, struct message *message)
{
    const struct object_head *head = message_head(message);
    struct object *object =
        find_or_add(store, message_kind(message->type), head->namespace, head->name);
    const struct object_head *known = message_head(&object->message);

    object->generation = store->generation;
    if (known != NULL && strcmp(known->uid, head->uid) == 0 &&
        known->resource_version > head->resource_version)
        return;
    if (object->problem == NULL && !differs(&object->message, message)) {
        message_set_resource_version(&object->message, head->resource_version);
        return;
    }
    memory_replace(&object->problem, NULL);
    replace_message(store, object, message);
}

bool store_unreadable(struct store *store, const struct unreadable_message *unreadable)
{
    struct object *object =
        find_or_add(store, (enum kind)unreadable->kind, unreadable->namespace, unreadable->name);

    object->generation = store->generation;
    if (object->problem != NULL && strcmp(object->problem, unreadable->problem) == 0)
        return false;
    memory_replace(&object->problem, unreadable->problem);
    if (store->touched != NULL)
        relations[object->kind].touch(store, object);
    return true;
}

void store_remove(struct store *store, enum kind kind, const char *key, const char *uid)
{
    struct object *object = store_find(store, kind, key);

    if (object != NULL && (object->message.type == MESSAGE_NONE ||
                           strcmp(message_head(&object->message)->uid, uid) == 0))
        remove_object(store, object);
}

void store_resync_begin(struct store *store, enum kind kind, const char *namespace)
{
    struct store_scope *scope = find_scope(store, kind, namespace);

    if (scope == NULL) {
        store->scopes =
            memory_resize(store->scopes, store->scope_count + 1, sizeof(*store->scopes));
        scope = &store->scopes[store->scope_count++];
        *scope = (struct store_scope){.kind = kind, .namespace = memory_text(namespace)};
    }
    scope->generation = ++store->generation;
    scope->complete = false;
}

void store_resync_end(struct store *store, enum kind kind, const char *namespace)
{
    struct store_scope *scope = find_scope(store, kind, namespace);
    struct object *object, *next;

    if (scope == NULL)
        return;
    HASH_ITER (hh, store->objects[kind], object, next) {
        if (key_is_in(object->key, namespace) && object->generation < scope->generation)
            remove_object(store, object);
    }
    scope->complete = scope->was_complete = true;
}

void store_reader_lost(struct store *store, enum kind kind)
{
    for (size_t i = 0; i < store->scope_count; i++)
        store->scopes[i].complete = store->scopes[i].complete && store->scopes[i].kind != kind;
}

bool store_is_relisting(const struct store *store, enum kind kind)
{
    for (size_t i = 0; i < store->scope_count; i++) {
        const struct store_scope *scope = &store->scopes[i];

        if (scope->kind == kind && scope->was_complete && !scope->complete)
            return true;
    }
    return false;
}

bool store_complete(const struct store *store, enum kind kind, size_t scopes)
{
    size_t complete = 0;

    for (size_t i = 0; i < store->scope_count; i++)
        complete += store->scopes[i].kind == kind && store->scopes[i].complete;
    return complete >= scopes;
}

struct object *store_find(const struct store *store, enum kind kind, const char *key)
{
    struct object *object;

    HASH_FIND_STR(store->objects[kind], key, object);
    return object;
}

void store_touch_all(struct store *store)
{
    struct object *object, *next;

    HASH_ITER (hh, store->objects[KIND_POOL], object, next)
        store->touched(object->key, store->context);
    HASH_ITER (hh, store->objects[KIND_CERTIFICATE], object, next)
        tell_certificate(store, object->key);
}

struct object *const *store_servers_of_certificate(const struct store *store, const char *key,
                                                   size_t *count)
{
    return index_find(&store->servers_of_certificate, key, count);
}

struct object *const *store_servers_of_pool(const struct store *store, const char *key,
                                            size_t *count)
{
    return index_find(&store->servers_of_pool, key, count);
}

char *store_gateway_key(const struct pool_message *pool)
{
    return key_of(pool->gateway_namespace[0] != '\0' ? pool->gateway_namespace : pool->namespace,
                  pool->gateway_name);
}

struct object **store_rivals(const struct store *store, const struct object *pool, size_t *count)
{
    const char *hostname = pool->message.pool.hostname;
    char *gateway = store_gateway_key(&pool->message.pool);
    struct rivals rivals = {0};
    size_t kept = 0;

    add_rivals(&store->pools_of_hostname, gateway, "", hostname, &rivals);
    for (const char *suffix = first_suffix(hostname); suffix != NULL; suffix = parent_of(suffix))
        add_rivals(&store->pools_of_hostname, gateway, "*.", suffix, &rivals);
    if (strncmp(hostname, "*.", 2) == 0)
        add_rivals(&store->pools_under_wildcard, gateway, "", hostname, &rivals);
    for (size_t i = 0; i < rivals.count; i++) {
        if (rivals.pools[i] != pool && !rivals.pools[i]->message.pool.deleting)
            rivals.pools[kept++] = rivals.pools[i];
    }
    if (kept > 0)
        qsort(rivals.pools, kept, sizeof(*rivals.pools), by_age);
    free(gateway);
    *count = kept;
    return rivals.pools;
}

void store_touch_rivals(struct store *store, const struct object *pool)
{
    size_t count;
    struct object **rivals = store_rivals(store, pool, &count);

    for (size_t i = 0; i < count; i++)
        store->touched(rivals[i]->key, store->context);
    free(rivals);
}

void store_forget(struct store *store, enum kind kind)
{
    struct object *object, *next;
    size_t kept = 0;

    HASH_ITER (hh, store->objects[kind], object, next)
        remove_object(store, object);
    for (size_t i = 0; i < store->scope_count; i++) {
        if (store->scopes[i].kind == kind)
            free(store->scopes[i].namespace);
        else
            store->scopes[kept++] = store->scopes[i];
    }
    store->scope_count = kept;
}

size_t store_count(const struct store *store, enum kind kind)
{
    return HASH_COUNT(store->objects[kind]);
}

static struct object *find_or_add(struct store *store, enum kind kind, const char *namespace,
                                  const char *name)
{
    char *key = key_of(namespace, name);
    struct object *object = store_find(store, kind, key);

    if (object != NULL) {
        free(key);
        return object;
    }
    object = memory_new(1, sizeof(*object));
    object->key = key;
    object->kind = kind;
    object->message = message_of(MESSAGE_NONE);
    HASH_ADD_KEYPTR(hh, store->objects[kind], object->key, strlen(object->key), object);
    return object;
}

/* Those who were concerned and those who are now learn of it, after the change. */
static void replace_message(struct store *store, struct object *object, struct message *message)
{
    const struct relations *relation = &relations[object->kind];
    struct object before = *object;
    bool had = object->message.type != MESSAGE_NONE;

    if (had)
        relation->index(store, object, index_remove);
    object->message = *message;
    message->storage = NULL;
    message->storage_size = 0;
    relation->index(store, object, index_add);
    if (had) {
        relation->touch(store, &before);
        message_clear(&before.message);
    }
    relation->touch(store, object);
}

static void remove_object(struct store *store, struct object *object)
{
    const struct relations *relation = &relations[object->kind];

    HASH_DEL(store->objects[object->kind], object);
    if (object->message.type != MESSAGE_NONE)
        relation->index(store, object, index_remove);
    if (store->touched != NULL)
        relation->touch(store, object);
    if (object->notes != NULL && store->free_state != NULL)
        store->free_state(object->notes);
    message_clear(&object->message);
    free(object->problem);
    free(object->key);
    free(object);
}

/* The resourceVersion changes with every write of the status; that alone concerns nobody. */
static bool differs(const struct message *known, const struct message *message)
{
    struct message same_version = *message;

    if (known->type != message->type)
        return true;
    message_set_resource_version(&same_version, message_head(known)->resource_version);
    return !message_equal(known, &same_version);
}

static struct store_scope *find_scope(const struct store *store, enum kind kind,
                                      const char *namespace)
{
    for (size_t i = 0; i < store->scope_count; i++) {
        if (store->scopes[i].kind == kind && strcmp(store->scopes[i].namespace, namespace) == 0)
            return &store->scopes[i];
    }
    return NULL;
}

static void index_pool(struct store *store, struct object *object, index_change *change)
{
    const struct pool_message *pool = &object->message.pool;
    char *gateway, *key;

    if (!pool->route_enabled)
        return;
    gateway = store_gateway_key(pool);
    key = memory_format("%s %s", gateway, pool->hostname);
    change(&store->pools_of_gateway, gateway, object);
    change(&store->pools_of_hostname, key, object);
    free(key);
    for (const char *suffix =
             hostname_problem(pool->hostname) == NULL ? first_suffix(pool->hostname) : NULL;
         suffix != NULL; suffix = parent_of(suffix)) {
        key = memory_format("%s *.%s", gateway, suffix);
        change(&store->pools_under_wildcard, key, object);
        free(key);
    }
    free(gateway);
}

/* The first suffix of NAME so that a wildcard before it covers NAME and is not NAME itself. */
static const char *first_suffix(const char *name)
{
    return parent_of(strncmp(name, "*.", 2) == 0 ? name + 2 : name);
}

/* What follows the first label of NAME; NULL at the end. */
static const char *parent_of(const char *name)
{
    const char *dot = strchr(name, '.');

    return dot != NULL ? dot + 1 : NULL;
}

static void touch_pool(struct store *store, const struct object *object)
{
    store->touched(object->key, store->context);
    touch_certificates_of_pool(store, object);
    if (object->message.type != MESSAGE_NONE && object->message.pool.route_enabled)
        store_touch_rivals(store, object);
}

static void index_server(struct store *store, struct object *object, index_change *change)
{
    const struct server_message *server = &object->message.server;
    char *key = key_of(server->namespace, server->certificate);

    change(&store->servers_of_certificate, key, object);
    free(key);
    TEXT_LIST_FOREACH (pool, &server->pools) {
        key = key_of(server->namespace, pool);
        change(&store->servers_of_pool, key, object);
        free(key);
    }
}

static void touch_server(struct store *store, const struct object *object)
{
    const struct server_message *server = &object->message.server;

    if (object->message.type == MESSAGE_NONE)
        return;
    tell_certificate_of(store, object);
    TEXT_LIST_FOREACH (pool, &server->pools) {
        char *key = key_of(server->namespace, pool);

        store->touched(key, store->context);
        free(key);
    }
}

static void index_certificate(struct store *store, struct object *object, index_change *change)
{
    const struct certificate_message *certificate = &object->message.certificate;
    struct ledger ledger;

    ledger_read(certificate->ledger, &ledger);
    for (size_t i = 0; i < ledger.count; i++) {
        TEXT_LIST_FOREACH (pool, &ledger.entries[i].pools) {
            char *key = key_of(certificate->namespace, pool);

            change(&store->certificates_of_pool, key, object);
            free(key);
        }
    }
    ledger_clear(&ledger);
}

static void touch_certificate(struct store *store, const struct object *object)
{
    size_t count;
    struct object *const *servers = index_find(&store->servers_of_certificate, object->key, &count);

    tell_certificate(store, object->key);
    for (size_t i = 0; i < count; i++)
        touch_server(store, servers[i]);
}

static void touch_certificates_of_pool(struct store *store, const struct object *pool)
{
    size_t count;
    struct object *const *servers = index_find(&store->servers_of_pool, pool->key, &count);

    struct object *const *certificates;

    for (size_t i = 0; i < count; i++)
        tell_certificate_of(store, servers[i]);
    certificates = index_find(&store->certificates_of_pool, pool->key, &count);
    for (size_t i = 0; i < count; i++)
        tell_certificate(store, certificates[i]->key);
}

static void tell_certificate_of(struct store *store, const struct object *server)
{
    char *key = key_of(server->message.server.namespace, server->message.server.certificate);

    tell_certificate(store, key);
    free(key);
}

static void tell_certificate(struct store *store, const char *key)
{
    if (store->touched_certificate != NULL)
        store->touched_certificate(key, store->context);
}

static void add_rivals(const struct index *index, const char *gateway, const char *wildcard,
                       const char *name, struct rivals *rivals)
{
    char *key = memory_format("%s %s%s", gateway, wildcard, name);
    size_t count;
    struct object *const *found = index_find(index, key, &count);

    if (count > 0) {
        rivals->pools = memory_resize(rivals->pools, rivals->count + count, sizeof(*rivals->pools));
        memcpy(rivals->pools + rivals->count, found, count * sizeof(*found));
        rivals->count += count;
    }
    free(key);
}

static int by_age(const void *a, const void *b)
{
    const struct object *one = *(struct object *const *)a;
    const struct object *other = *(struct object *const *)b;

    if (one->message.pool.created != other->message.pool.created)
        return one->message.pool.created < other->message.pool.created ? -1 : 1;
    return strcmp(one->key, other->key);
}

static void touch_pools_of_gateway(struct store *store, const struct object *object)
{
    size_t count;
    struct object *const *pools = index_find(&store->pools_of_gateway, object->key, &count);

    for (size_t i = 0; i < count; i++)
        store->touched(pools[i]->key, store->context);
}

static void touch_same_name(struct store *store, const struct object *object)
{
    store->touched(object->key, store->context);
}

static void index_nothing(struct store *store, struct object *object, index_change *change)
{
    (void)store;
    (void)object;
    (void)change;
}
