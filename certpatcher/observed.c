/* SPDX-License-Identifier: Apache-2.0 */
#include "certpatcher/observed.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/hostname.h"
#include "common/objects/key.h"
#include "common/objects/ledger.h"
#include "common/objects/object.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* A Pool or a Certificate; one that is not there has neither message nor problem. */
struct seen {
    char *key; /* "namespace/name" */
    bool exists;
    struct message pool;    /* of type POOL, if this is one that can be understood */
    char *problem;          /* of a Pool */
    struct fetched fetched; /* of a Certificate */
    UT_hash_handle hh;
};

/* The Servers that use one Certificate. */
struct users {
    char *key; /* "namespace/certificate" */
    struct message *servers;
    size_t count;
    UT_hash_handle hh;
};

static void take_pool(struct observed *, const char *key, struct json_object *object);
static void take_server(struct observed *, const char *namespace, struct json_object *object);
static void take_certificate(struct observed *, const char *key, struct json_object *object);
static void want_pools_of(struct observed *, const struct certificate_message *,
                          struct text_list *keys);
static void want_pool(struct observed *, const char *namespace, const char *name,
                      struct text_list *keys);
static void gather_pool(const struct observed *, bool all_pools, const char *namespace,
                        const char *name, const struct server_message *,
                        struct injection_demands *);
static bool can_exist(const char *name);
static const struct users *users_of(const struct observed *, const struct certificate_message *);
static struct seen *find(struct seen *table, const char *key);
static struct seen *find_or_add(struct seen **table, const char *key);
static void drop_seen(struct seen **table);

bool observed_want(struct observed *observed, const char *key)
{
    if (find(observed->certificates, key) != NULL)
        return false;
    find_or_add(&observed->certificates, key);
    return true;
}

void observed_add(struct observed *observed, enum kind kind, struct json_object *object)
{
    const char *namespace = json_text_at(object, "metadata.namespace");
    char *key = key_of(namespace, json_text_at(object, "metadata.name"));

    if (kind == KIND_POOL)
        take_pool(observed, key, object);
    else if (kind == KIND_SERVER)
        take_server(observed, namespace, object);
    else
        take_certificate(observed, key, object);
    free(key);
}

void observed_wanted(const struct observed *observed, const char *namespace, struct text_list *keys)
{
    const struct seen *seen, *next;

    HASH_ITER (hh, observed->certificates, seen, next) {
        if (key_is_in(seen->key, namespace))
            text_list_add(keys, seen->key);
    }
}

void observed_want_pools(struct observed *observed, const char *namespace, struct text_list *keys)
{
    const struct seen *seen, *next;

    HASH_ITER (hh, observed->certificates, seen, next) {
        if (key_is_in(seen->key, namespace) && seen->exists && seen->fetched.problem == NULL)
            want_pools_of(observed, &seen->fetched.message.certificate, keys);
    }
}

bool observed_certificate(struct observed *observed, const char *key, struct fetched *fetched)
{
    struct seen *seen = find(observed->certificates, key);

    if (seen == NULL || !seen->exists)
        return false;
    *fetched = seen->fetched;
    seen->fetched = (struct fetched){.message = message_of(MESSAGE_NONE)};
    seen->exists = false;
    return true;
}

void observed_gather(const struct observed *observed, const struct certificate_message *certificate,
                     bool all_pools, struct injection_demands *demands)
{
    const struct users *users = users_of(observed, certificate);
    struct ledger ledger;

    if (text_list_has(&observed->blind, certificate->namespace))
        demands->unknown = "a Server of the namespace cannot be understood";
    for (size_t i = 0; users != NULL && i < users->count; i++) {
        const struct server_message *server = &users->servers[i].server;

        TEXT_LIST_FOREACH (pool, &server->pools)
            gather_pool(observed, all_pools, certificate->namespace, pool, server, demands);
    }
    ledger_read(certificate->ledger, &ledger);
    for (size_t i = 0; i < ledger.count; i++) {
        TEXT_LIST_FOREACH (pool, &ledger.entries[i].pools)
            gather_pool(observed, all_pools, certificate->namespace, pool, NULL, demands);
    }
    ledger_clear(&ledger);
}

void observed_clear(struct observed *observed)
{
    struct users *users, *next;

    HASH_ITER (hh, observed->users, users, next) {
        HASH_DEL(observed->users, users);
        for (size_t i = 0; i < users->count; i++)
            message_clear(&users->servers[i]);
        free(users->servers);
        free(users->key);
        free(users);
    }
    drop_seen(&observed->certificates);
    drop_seen(&observed->pools);
    text_list_clear(&observed->blind);
}

static void take_pool(struct observed *observed, const char *key, struct json_object *object)
{
    struct seen *seen = find_or_add(&observed->pools, key);

    message_clear(&seen->pool);
    free(seen->problem);
    seen->exists = true;
    seen->problem = object_decode(KIND_POOL, object, &seen->pool);
}

static void take_server(struct observed *observed, const char *namespace,
                        struct json_object *object)
{
    struct message message;
    char *problem = object_decode(KIND_SERVER, object, &message);
    struct users *users;
    char *key;

    if (problem != NULL) {
        free(problem);
        message_clear(&message);
        if (!text_list_has(&observed->blind, namespace))
            text_list_add(&observed->blind, namespace);
        return;
    }
    key = key_of(namespace, message.server.certificate);
    HASH_FIND_STR(observed->users, key, users);
    if (users == NULL) {
        users = memory_new(1, sizeof(*users));
        users->key = memory_text(key);
        HASH_ADD_KEYPTR(hh, observed->users, users->key, strlen(users->key), users);
    }
    users->servers = memory_resize(users->servers, users->count + 1, sizeof(*users->servers));
    users->servers[users->count++] = message;
    free(key);
}

static void take_certificate(struct observed *observed, const char *key, struct json_object *object)
{
    struct seen *seen = find(observed->certificates, key);

    if (seen == NULL)
        return;
    fetched_clear(&seen->fetched);
    fetched_of(object, &seen->fetched);
    seen->exists = true;
}

static void want_pools_of(struct observed *observed, const struct certificate_message *certificate,
                          struct text_list *keys)
{
    const struct users *users = users_of(observed, certificate);
    struct ledger ledger;

    for (size_t i = 0; users != NULL && i < users->count; i++) {
        TEXT_LIST_FOREACH (pool, &users->servers[i].server.pools)
            want_pool(observed, certificate->namespace, pool, keys);
    }
    ledger_read(certificate->ledger, &ledger);
    for (size_t i = 0; i < ledger.count; i++) {
        TEXT_LIST_FOREACH (pool, &ledger.entries[i].pools)
            want_pool(observed, certificate->namespace, pool, keys);
    }
    ledger_clear(&ledger);
}

/* Each once. */
static void want_pool(struct observed *observed, const char *namespace, const char *name,
                      struct text_list *keys)
{
    char *key = key_of(namespace, name);

    if (find(observed->pools, key) == NULL && can_exist(name)) {
        find_or_add(&observed->pools, key);
        text_list_add(keys, key);
    }
    free(key);
}

/* SERVER leads to the Pool; NULL: the ledger names it. */
static void gather_pool(const struct observed *observed, bool all_pools, const char *namespace,
                        const char *name, const struct server_message *server,
                        struct injection_demands *demands)
{
    char *key = key_of(namespace, name);
    const struct seen *seen = find(observed->pools, key);

    free(key);
    if (seen != NULL && seen->problem != NULL)
        demands->unknown = "a Pool of the Certificate cannot be understood";
    else if (seen == NULL && !all_pools && can_exist(name))
        demands->unknown = "a Pool of the Certificate has not been read yet";
    else if (seen != NULL && seen->exists && server != NULL)
        injection_demand_add(demands, server, &seen->pool.pool);
    else if (seen != NULL && seen->exists)
        injection_pool_add(demands, &seen->pool.pool);
}

static bool can_exist(const char *name)
{
    return object_name_problem(name) == NULL;
}

static const struct users *users_of(const struct observed *observed,
                                    const struct certificate_message *certificate)
{
    char *key = key_of(certificate->namespace, certificate->name);
    const struct users *users;

    HASH_FIND_STR(observed->users, key, users);
    free(key);
    return users;
}

/* NAMESPACE "": all. */
static struct seen *find(struct seen *table, const char *key)
{
    struct seen *seen;

    HASH_FIND_STR(table, key, seen);
    return seen;
}

static struct seen *find_or_add(struct seen **table, const char *key)
{
    struct seen *seen = find(*table, key);

    if (seen != NULL)
        return seen;
    seen = memory_new(1, sizeof(*seen));
    seen->key = memory_text(key);
    seen->pool = message_of(MESSAGE_NONE);
    seen->fetched.message = message_of(MESSAGE_NONE);
    HASH_ADD_KEYPTR(hh, *table, seen->key, strlen(seen->key), seen);
    return seen;
}

static void drop_seen(struct seen **table)
{
    struct seen *seen, *next;

    HASH_ITER (hh, *table, seen, next) {
        HASH_DEL(*table, seen);
        message_clear(&seen->pool);
        fetched_clear(&seen->fetched);
        free(seen->problem);
        free(seen->key);
        free(seen);
    }
}
