/* SPDX-License-Identifier: Apache-2.0 */
/* A Pool that has not been fetched must never pass for one that does not exist, or a name that it
 * needs would be withdrawn. So a Pool is known to exist, known not to exist, or not known. */
#include "certpatcher/fetched.h"

#include "common/base/memory.h"
#include "common/objects/hostname.h"
#include "common/objects/key.h"
#include "common/objects/object.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct fetched_certificate {
    char *key; /* "namespace/name" */
    bool exists;
    struct certificate certificate;
    UT_hash_handle hh;
};

struct fetched_pool {
    char *key;
    bool exists;
    struct message message; /* of type POOL, if it can be understood */
    char *problem;          /* why it cannot, or NULL */
    UT_hash_handle hh;
};

/* The Servers that use one Certificate. */
struct fetched_servers {
    char *key; /* of the Certificate */
    struct message *list;
    size_t count;
    UT_hash_handle hh;
};

/* Where Pools go that have not been fetched. */
struct missing_pools {
    struct fetched *fetched; /* there each counts as absent from then on */
    struct text_list *keys;
};

/* What is looked up for one Certificate. */
struct lookup_context {
    const struct fetched *fetched;
    const struct fetched_servers *servers; /* that use it, or NULL */
    bool all_pools;
    const struct missing_pools *missing; /* or NULL */
};

static void add_certificate(struct fetched *, const char *key, const struct projected *object);
static void add_pool(struct fetched *, const char *key, const struct projected *object);
static void add_server(struct fetched *, const char *namespace, const struct projected *object);
static void gather(const struct fetched *, const struct certificate_message *, bool all_pools,
                   const struct missing_pools *, struct injection_demands *);
static const struct server_message *lookup_server(void *context, size_t index);
static enum pool_lookup lookup_pool(void *context, const char *namespace, const char *name,
                                    const struct pool_message **pool);
static enum pool_lookup lookup_missing_pool(const struct lookup_context *, const char *key,
                                            const char *name);
static struct fetched_certificate *find_certificate(const struct fetched *, const char *key);
static struct fetched_pool *find_pool(const struct fetched *, const char *key);
static struct fetched_pool *find_or_add_pool(struct fetched *, const char *key);
static struct fetched_servers *find_servers(const struct fetched *, const char *key);
static void clear_certificates(struct fetched *);
static void forget_certificates(struct fetched *, const char *namespace);
static void clear_pools(struct fetched *, const char *namespace);
static void clear_servers(struct fetched *, const char *namespace);

bool fetched_want(struct fetched *fetched, const char *key)
{
    struct fetched_certificate *wanted;

    if (find_certificate(fetched, key) != NULL)
        return false;
    wanted = memory_new(1, sizeof(*wanted));
    wanted->key = memory_text(key);
    wanted->certificate = certificate_none();
    HASH_ADD_KEYPTR(hh, fetched->certificates, wanted->key, strlen(wanted->key), wanted);
    return true;
}

void fetched_wanted(const struct fetched *fetched, const char *namespace, struct text_list *keys)
{
    const struct fetched_certificate *wanted;

    for (wanted = fetched->certificates; wanted != NULL; wanted = wanted->hh.next) {
        if (key_is_in(wanted->key, namespace))
            text_list_add(keys, wanted->key);
    }
}

const struct projection *fetched_projection(enum kind kind)
{
    return kind == KIND_CERTIFICATE ? certificate_projection() : object_projection(kind);
}

void fetched_add(struct fetched *fetched, enum kind kind, const struct projected *object)
{
    const char *namespace = value_text_at(object->object, "metadata.namespace");
    char *key = key_of(namespace, value_text_at(object->object, "metadata.name"));

    if (kind == KIND_POOL)
        add_pool(fetched, key, object);
    else if (kind == KIND_SERVER)
        add_server(fetched, namespace, object);
    else
        add_certificate(fetched, key, object);
    free(key);
}

void fetched_drop(struct fetched *fetched, enum kind kind, const char *namespace)
{
    if (kind == KIND_POOL)
        clear_pools(fetched, namespace);
    else if (kind == KIND_SERVER)
        clear_servers(fetched, namespace);
    else
        forget_certificates(fetched, namespace);
}

void fetched_missing_pools(struct fetched *fetched, const char *namespace, struct text_list *keys)
{
    const struct missing_pools missing = {fetched, keys};
    const struct fetched_certificate *wanted;

    for (wanted = fetched->certificates; wanted != NULL; wanted = wanted->hh.next) {
        struct injection_demands demands = {0};

        if (key_is_in(wanted->key, namespace) && wanted->exists &&
            wanted->certificate.problem == NULL)
            gather(fetched, &wanted->certificate.message.certificate, false, &missing, &demands);
        injection_demands_clear(&demands);
    }
}

bool fetched_take(struct fetched *fetched, const char *key, struct certificate *certificate)
{
    struct fetched_certificate *wanted = find_certificate(fetched, key);

    if (wanted == NULL || !wanted->exists)
        return false;
    *certificate = wanted->certificate;
    wanted->certificate = certificate_none();
    wanted->exists = false;
    return true;
}

void fetched_gather(const struct fetched *fetched, const struct certificate_message *certificate,
                    bool all_pools, struct injection_demands *demands)
{
    gather(fetched, certificate, all_pools, NULL, demands);
}

void fetched_clear(struct fetched *fetched)
{
    clear_certificates(fetched);
    clear_pools(fetched, "");
    clear_servers(fetched, "");
    text_list_clear(&fetched->unreadable_servers);
}

static void add_certificate(struct fetched *fetched, const char *key,
                            const struct projected *object)
{
    struct fetched_certificate *wanted = find_certificate(fetched, key);

    if (wanted == NULL)
        return;
    certificate_clear(&wanted->certificate);
    certificate_decode(object, &wanted->certificate);
    wanted->exists = true;
}

static void add_pool(struct fetched *fetched, const char *key, const struct projected *object)
{
    struct fetched_pool *pool = find_or_add_pool(fetched, key);

    message_clear(&pool->message);
    free(pool->problem);
    pool->exists = true;
    pool->problem = object_decode(KIND_POOL, object, &pool->message);
}

/* Which Certificate it uses is not known where it cannot be understood. */
static void add_server(struct fetched *fetched, const char *namespace,
                       const struct projected *object)
{
    struct message message;
    char *problem = object_decode(KIND_SERVER, object, &message);
    struct fetched_servers *servers;
    char *key;

    if (problem != NULL) {
        free(problem);
        message_clear(&message);
        if (!text_list_has(&fetched->unreadable_servers, namespace))
            text_list_add(&fetched->unreadable_servers, namespace);
        return;
    }
    key = key_of(namespace, message.server.certificate);
    servers = find_servers(fetched, key);
    if (servers == NULL) {
        servers = memory_new(1, sizeof(*servers));
        servers->key = memory_text(key);
        HASH_ADD_KEYPTR(hh, fetched->servers, servers->key, strlen(servers->key), servers);
    }
    servers->list = memory_resize(servers->list, servers->count + 1, sizeof(*servers->list));
    servers->list[servers->count++] = message;
    free(key);
}

static void gather(const struct fetched *fetched, const struct certificate_message *certificate,
                   bool all_pools, const struct missing_pools *missing,
                   struct injection_demands *demands)
{
    char *key = key_of(certificate->namespace, certificate->name);
    struct lookup_context context = {.fetched = fetched,
                                     .servers = find_servers(fetched, key),
                                     .all_pools = all_pools,
                                     .missing = missing};
    const struct injection_lookup lookup = {
        .server = lookup_server,
        .pool = lookup_pool,
        .context = &context,
        .unreadable_server = text_list_has(&fetched->unreadable_servers, certificate->namespace),
    };

    injection_gather(certificate, &lookup, demands);
    free(key);
}

static const struct server_message *lookup_server(void *context, size_t index)
{
    const struct fetched_servers *servers = ((const struct lookup_context *)context)->servers;

    return servers != NULL && index < servers->count ? &servers->list[index].server : NULL;
}

static enum pool_lookup lookup_pool(void *context, const char *namespace, const char *name,
                                    const struct pool_message **pool)
{
    const struct lookup_context *lookup = context;
    char *key = key_of(namespace, name);
    const struct fetched_pool *found = find_pool(lookup->fetched, key);
    enum pool_lookup result = POOL_ABSENT;

    if (found == NULL) {
        result = lookup_missing_pool(lookup, key, name);
    } else if (found->problem != NULL) {
        result = POOL_UNREADABLE;
    } else if (found->exists) {
        *pool = &found->message.pool;
        result = POOL_FOUND;
    }
    free(key);
    return result;
}

/* No Pool can exist under a name that is not one of an object. */
static enum pool_lookup lookup_missing_pool(const struct lookup_context *lookup, const char *key,
                                            const char *name)
{
    if (lookup->all_pools || object_name_problem(name) != NULL)
        return POOL_ABSENT;
    if (lookup->missing != NULL) {
        find_or_add_pool(lookup->missing->fetched, key);
        text_list_add(lookup->missing->keys, key);
    }
    return POOL_NOT_FETCHED;
}

static struct fetched_certificate *find_certificate(const struct fetched *fetched, const char *key)
{
    struct fetched_certificate *found;

    HASH_FIND_STR(fetched->certificates, key, found);
    return found;
}

static struct fetched_pool *find_pool(const struct fetched *fetched, const char *key)
{
    struct fetched_pool *found;

    HASH_FIND_STR(fetched->pools, key, found);
    return found;
}

/* One that is added does not exist so far. */
static struct fetched_pool *find_or_add_pool(struct fetched *fetched, const char *key)
{
    struct fetched_pool *pool = find_pool(fetched, key);

    if (pool != NULL)
        return pool;
    pool = memory_new(1, sizeof(*pool));
    pool->key = memory_text(key);
    pool->message = message_of(MESSAGE_NONE);
    HASH_ADD_KEYPTR(hh, fetched->pools, pool->key, strlen(pool->key), pool);
    return pool;
}

static struct fetched_servers *find_servers(const struct fetched *fetched, const char *key)
{
    struct fetched_servers *found;

    HASH_FIND_STR(fetched->servers, key, found);
    return found;
}

static void clear_certificates(struct fetched *fetched)
{
    struct fetched_certificate *wanted, *next;

    HASH_ITER (hh, fetched->certificates, wanted, next) {
        HASH_DEL(fetched->certificates, wanted);
        certificate_clear(&wanted->certificate);
        free(wanted->key);
        free(wanted);
    }
}

static void forget_certificates(struct fetched *fetched, const char *namespace)
{
    struct fetched_certificate *wanted;

    for (wanted = fetched->certificates; wanted != NULL; wanted = wanted->hh.next) {
        if (!key_is_in(wanted->key, namespace))
            continue;
        certificate_clear(&wanted->certificate);
        wanted->exists = false;
    }
}

static void clear_pools(struct fetched *fetched, const char *namespace)
{
    struct fetched_pool *pool, *next;

    HASH_ITER (hh, fetched->pools, pool, next) {
        if (!key_is_in(pool->key, namespace))
            continue;
        HASH_DEL(fetched->pools, pool);
        message_clear(&pool->message);
        free(pool->problem);
        free(pool->key);
        free(pool);
    }
}

/* A namespace in which a Server could not be understood stays marked: that takes nothing away. */
static void clear_servers(struct fetched *fetched, const char *namespace)
{
    struct fetched_servers *servers, *next;

    HASH_ITER (hh, fetched->servers, servers, next) {
        if (!key_is_in(servers->key, namespace))
            continue;
        HASH_DEL(fetched->servers, servers);
        for (size_t i = 0; i < servers->count; i++)
            message_clear(&servers->list[i]);
        free(servers->list);
        free(servers->key);
        free(servers);
    }
}
