#include "certpatcher/snapshot.h"

#include "common/json.h"
#include "common/kind.h"
#include "common/ledger.h"
#include "common/memory.h"
#include "common/object.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

enum {
    FEW_CERTIFICATES = 8, /* of one namespace: up to here each is read by itself */
    FEW_POOLS = 16,
    FEW_NAMESPACES = 8, /* beyond it all namespaces are listed at once, where we may */
    PAGE = 500,         /* objects */
};

/* A Pool or a Certificate that was read; a wanted Certificate that is not there has neither message
 * nor problem. */
struct seen {
    char *key; /* "namespace/name" */
    bool exists;
    struct message pool;    /* of type POOL, if this is one that can be understood */
    char *problem;          /* of a Pool */
    struct reading reading; /* of a Certificate */
    UT_hash_handle hh;
};

/* The Servers that use one Certificate. */
struct users {
    char *key; /* "namespace/certificate" */
    struct message *servers;
    size_t count;
    UT_hash_handle hh;
};

/* A namespace, or all of them, and how reading it goes. */
struct scope {
    struct snapshot *snapshot;
    char *namespace; /* "": all */
    size_t wanted;
    bool lists_pools; /* so a Pool that was not seen does not exist */
    bool asked_pools;
    unsigned under_way; /* reads */
    enum api_error error;
    char *failure; /* or NULL */
    UT_hash_handle hh;
};

/* One request under way. */
struct fetch {
    struct scope *scope;
    enum kind kind;
    char *key; /* of a single object, or NULL */
    struct api_call *call;
    struct fetch *next, *prev;
};

struct snapshot {
    struct api *api;
    bool everywhere;
    snapshot_ready *ready;
    void *context;
    struct scope *scopes;
    struct seen *certificates; /* the wanted ones */
    struct seen *pools;
    struct users *users;
    struct text_list blind; /* namespaces with a Server that cannot be understood */
    struct fetch *fetches;
};

static struct scope *scope_for(struct snapshot *, const char *namespace);
static void merge_scopes(struct snapshot *);
static void begin_scope(struct scope *);
static void get(struct scope *, enum kind, const char *key);
static void list(struct scope *, enum kind, const char *next);
static void fetch_from(struct fetch *, const char *path);
static void on_fetched(const struct api_result *, void *context);
static void take_list(struct fetch *, struct json_object *body);
static void take_object(struct snapshot *, enum kind, struct json_object *object);
static void take_pool(struct snapshot *, const char *key, struct json_object *object);
static void take_server(struct snapshot *, const char *namespace, struct json_object *object);
static void take_certificate(struct snapshot *, const char *key, struct json_object *object);
static void go_on(struct scope *);
static void ask_for_pools(struct scope *);
static void want_pool(struct snapshot *, const char *namespace, const char *name,
                      struct text_list *keys);
static void fail(struct scope *, const struct api_result *, enum kind);
static bool is_over(const struct snapshot *);
static const struct scope *scope_of(const struct snapshot *, const char *namespace);
static bool in_scope(const struct scope *, const char *key);
static struct seen *find(struct seen *table, const char *key);
static struct seen *find_or_add(struct seen **table, const char *key);
static void gather_pool(const struct snapshot *, const char *namespace, const char *name,
                        const struct server_message *, struct injection_wishes *);
static void drop_seen(struct seen **table);
static void drop_fetch(struct fetch *);
static char *key_of(const char *namespace, const char *name);

struct snapshot *snapshot_new(struct api *api, bool everywhere, snapshot_ready *ready,
                              void *context)
{
    struct snapshot *snapshot = memory_new(1, sizeof(*snapshot));

    snapshot->api = api;
    snapshot->everywhere = everywhere;
    snapshot->ready = ready;
    snapshot->context = context;
    return snapshot;
}

bool snapshot_want(struct snapshot *snapshot, const char *namespace, const char *certificate)
{
    char *key = key_of(namespace, certificate);
    bool is_new = find(snapshot->certificates, key) == NULL;

    if (is_new) {
        find_or_add(&snapshot->certificates, key);
        scope_for(snapshot, namespace)->wanted++;
    }
    free(key);
    return is_new;
}

void snapshot_begin(struct snapshot *snapshot)
{
    struct scope *scope, *next;

    if (snapshot->everywhere && HASH_COUNT(snapshot->scopes) > FEW_NAMESPACES)
        merge_scopes(snapshot);
    HASH_ITER (hh, snapshot->scopes, scope, next)
        begin_scope(scope);
}

const char *snapshot_failure(const struct snapshot *snapshot, const char *namespace,
                             enum api_error *error)
{
    const struct scope *scope = scope_of(snapshot, namespace);

    *error = scope->error;
    return scope->failure;
}

bool snapshot_take(struct snapshot *snapshot, const char *namespace, const char *certificate,
                   struct reading *reading)
{
    char *key = key_of(namespace, certificate);
    struct seen *seen = find(snapshot->certificates, key);
    bool exists = seen != NULL && seen->exists;

    if (exists) {
        *reading = seen->reading;
        seen->reading = (struct reading){.message = message_of(MESSAGE_NONE)};
        seen->exists = false;
    }
    free(key);
    return exists;
}

void snapshot_gather(const struct snapshot *snapshot, const struct certificate_message *certificate,
                     struct injection_wishes *wishes)
{
    char *key = key_of(certificate->namespace, certificate->name);
    const struct users *users;
    struct ledger ledger;

    HASH_FIND_STR(snapshot->users, key, users);
    free(key);
    if (text_list_has(&snapshot->blind, certificate->namespace))
        wishes->unknown = "a Server of the namespace cannot be understood";
    for (size_t i = 0; users != NULL && i < users->count; i++) {
        const struct server_message *server = &users->servers[i].server;

        TEXT_LIST_FOREACH (pool, &server->pools)
            gather_pool(snapshot, certificate->namespace, pool, server, wishes);
    }
    ledger_read(certificate->ledger, &ledger);
    for (size_t i = 0; i < ledger.count; i++) {
        TEXT_LIST_FOREACH (pool, &ledger.entries[i].pools)
            gather_pool(snapshot, certificate->namespace, pool, NULL, wishes);
    }
    ledger_clear(&ledger);
}

void snapshot_free(struct snapshot *snapshot)
{
    struct users *users, *next_users;
    struct scope *scope, *next_scope;

    while (snapshot->fetches != NULL) {
        api_cancel(snapshot->fetches->call);
        drop_fetch(snapshot->fetches);
    }
    HASH_ITER (hh, snapshot->scopes, scope, next_scope) {
        HASH_DEL(snapshot->scopes, scope);
        free(scope->namespace);
        free(scope->failure);
        free(scope);
    }
    HASH_ITER (hh, snapshot->users, users, next_users) {
        HASH_DEL(snapshot->users, users);
        for (size_t i = 0; i < users->count; i++)
            message_clear(&users->servers[i]);
        free(users->servers);
        free(users->key);
        free(users);
    }
    drop_seen(&snapshot->certificates);
    drop_seen(&snapshot->pools);
    text_list_clear(&snapshot->blind);
    free(snapshot);
}

/* That of NAMESPACE, made where there is none. */
static struct scope *scope_for(struct snapshot *snapshot, const char *namespace)
{
    struct scope *scope;

    HASH_FIND_STR(snapshot->scopes, namespace, scope);
    if (scope != NULL)
        return scope;
    scope = memory_new(1, sizeof(*scope));
    scope->snapshot = snapshot;
    scope->namespace = memory_text(namespace);
    HASH_ADD_KEYPTR(hh, snapshot->scopes, scope->namespace, strlen(scope->namespace), scope);
    return scope;
}

/* One scope of everything in place of many. */
static void merge_scopes(struct snapshot *snapshot)
{
    struct scope *all = memory_new(1, sizeof(*all)), *scope, *next;

    all->snapshot = snapshot;
    all->namespace = memory_text("");
    HASH_ITER (hh, snapshot->scopes, scope, next) {
        HASH_DEL(snapshot->scopes, scope);
        all->wanted += scope->wanted;
        free(scope->namespace);
        free(scope);
    }
    HASH_ADD_KEYPTR(hh, snapshot->scopes, all->namespace, 0, all);
}

/* Which Pools matter is known only when Certificates and Servers are, unless all are listed. */
static void begin_scope(struct scope *scope)
{
    struct snapshot *snapshot = scope->snapshot;
    struct seen *seen, *next;
    bool few = scope->wanted <= FEW_CERTIFICATES && scope->namespace[0] != '\0';

    list(scope, KIND_SERVER, NULL);
    if (few) {
        HASH_ITER (hh, snapshot->certificates, seen, next) {
            if (in_scope(scope, seen->key))
                get(scope, KIND_CERTIFICATE, seen->key);
        }
    } else {
        scope->lists_pools = scope->asked_pools = true;
        list(scope, KIND_CERTIFICATE, NULL);
        list(scope, KIND_POOL, NULL);
    }
}

static void get(struct scope *scope, enum kind kind, const char *key)
{
    struct fetch *fetch = memory_new(1, sizeof(*fetch));
    const char *name = strchr(key, '/') + 1;
    char *namespace = memory_bytes(key, (size_t)(name - 1 - key));
    char *path = kind_path(kind, NULL, namespace, name);

    fetch->scope = scope;
    fetch->kind = kind;
    fetch->key = memory_text(key);
    fetch_from(fetch, path);
    free(path);
    free(namespace);
}

/* The page NEXT of the list, NULL for the first. */
static void list(struct scope *scope, enum kind kind, const char *next)
{
    struct fetch *fetch = memory_new(1, sizeof(*fetch));
    char *path = kind_path(kind, NULL, scope->namespace, NULL);
    char *token = next != NULL ? kind_escape(next) : memory_text("");
    char *paged =
        memory_format("%s?limit=%d%s%s", path, PAGE, next != NULL ? "&continue=" : "", token);

    fetch->scope = scope;
    fetch->kind = kind;
    fetch_from(fetch, paged);
    free(paged);
    free(token);
    free(path);
}

static void fetch_from(struct fetch *fetch, const char *path)
{
    const struct api_request request = {
        .method = "GET", .path = path, .on_done = on_fetched, .context = fetch};

    fetch->scope->under_way++;
    DL_APPEND(fetch->scope->snapshot->fetches, fetch);
    fetch->call = api_send(fetch->scope->snapshot->api, &request);
}

/* Only a 404 for a single object says that it does not exist. */
static void on_fetched(const struct api_result *result, void *context)
{
    struct fetch *fetch = context;
    struct scope *scope = fetch->scope;

    if (result->error == API_OK && fetch->key != NULL)
        take_object(scope->snapshot, fetch->kind, result->body);
    else if (result->error == API_OK)
        take_list(fetch, result->body);
    else if (result->error != API_NOT_FOUND || fetch->key == NULL)
        fail(scope, result, fetch->kind);
    drop_fetch(fetch);
    scope->under_way--;
    go_on(scope);
}

static void take_list(struct fetch *fetch, struct json_object *body)
{
    struct json_object *items = json_at(body, "items");
    const char *next = json_text_at(body, "metadata.continue");
    const struct api_result odd = {.error = API_PROTOCOL, .message = "the answer is not a list"};

    if (!json_object_is_type(items, json_type_array)) {
        fail(fetch->scope, &odd, fetch->kind);
        return;
    }
    for (size_t i = 0; i < json_object_array_length(items); i++)
        take_object(fetch->scope->snapshot, fetch->kind, json_object_array_get_idx(items, i));
    if (next[0] != '\0')
        list(fetch->scope, fetch->kind, next);
}

static void take_object(struct snapshot *snapshot, enum kind kind, struct json_object *object)
{
    const char *namespace = json_text_at(object, "metadata.namespace");
    char *key = key_of(namespace, json_text_at(object, "metadata.name"));

    if (kind == KIND_POOL)
        take_pool(snapshot, key, object);
    else if (kind == KIND_SERVER)
        take_server(snapshot, namespace, object);
    else
        take_certificate(snapshot, key, object);
    free(key);
}

static void take_pool(struct snapshot *snapshot, const char *key, struct json_object *object)
{
    struct seen *seen = find_or_add(&snapshot->pools, key);

    message_clear(&seen->pool);
    free(seen->problem);
    seen->exists = true;
    seen->problem = object_decode(KIND_POOL, object, &seen->pool);
}

static void take_server(struct snapshot *snapshot, const char *namespace,
                        struct json_object *object)
{
    struct message message;
    char *problem = object_decode(KIND_SERVER, object, &message);
    struct users *users;
    char *key;

    if (problem != NULL) {
        free(problem);
        message_clear(&message);
        if (!text_list_has(&snapshot->blind, namespace))
            text_list_add(&snapshot->blind, namespace);
        return;
    }
    key = key_of(namespace, message.server.certificate);
    HASH_FIND_STR(snapshot->users, key, users);
    if (users == NULL) {
        users = memory_new(1, sizeof(*users));
        users->key = memory_text(key);
        HASH_ADD_KEYPTR(hh, snapshot->users, users->key, strlen(users->key), users);
    }
    users->servers = memory_resize(users->servers, users->count + 1, sizeof(*users->servers));
    users->servers[users->count++] = message;
    free(key);
}

static void take_certificate(struct snapshot *snapshot, const char *key, struct json_object *object)
{
    struct seen *seen = find(snapshot->certificates, key);

    if (seen == NULL)
        return;
    reading_clear(&seen->reading);
    reading_of(object, &seen->reading);
    seen->exists = true;
}

static void go_on(struct scope *scope)
{
    struct snapshot *snapshot = scope->snapshot;

    if (scope->under_way == 0 && !scope->asked_pools && scope->failure == NULL)
        ask_for_pools(scope);
    if (is_over(snapshot))
        snapshot->ready(snapshot, snapshot->context);
}

static void ask_for_pools(struct scope *scope)
{
    struct snapshot *snapshot = scope->snapshot;
    struct seen *seen, *next;
    struct text_list keys = {0};

    scope->asked_pools = true;
    HASH_ITER (hh, snapshot->certificates, seen, next) {
        const struct certificate_message *certificate = &seen->reading.message.certificate;
        const struct users *users;
        struct ledger ledger;

        if (!in_scope(scope, seen->key) || !seen->exists || seen->reading.problem != NULL)
            continue;
        HASH_FIND_STR(snapshot->users, seen->key, users);
        for (size_t i = 0; users != NULL && i < users->count; i++) {
            TEXT_LIST_FOREACH (pool, &users->servers[i].server.pools)
                want_pool(snapshot, certificate->namespace, pool, &keys);
        }
        ledger_read(certificate->ledger, &ledger);
        for (size_t i = 0; i < ledger.count; i++) {
            TEXT_LIST_FOREACH (pool, &ledger.entries[i].pools)
                want_pool(snapshot, certificate->namespace, pool, &keys);
        }
        ledger_clear(&ledger);
    }
    scope->lists_pools = keys.count > FEW_POOLS;
    if (scope->lists_pools) {
        list(scope, KIND_POOL, NULL);
    } else {
        TEXT_LIST_FOREACH (key, &keys)
            get(scope, KIND_POOL, key);
    }
    text_list_clear(&keys);
}

/* Each once; a Pool that was asked for and has not come does not exist. */
static void want_pool(struct snapshot *snapshot, const char *namespace, const char *name,
                      struct text_list *keys)
{
    char *key = key_of(namespace, name);

    if (find(snapshot->pools, key) == NULL && name[0] != '\0' && strchr(name, '/') == NULL) {
        find_or_add(&snapshot->pools, key);
        text_list_add(keys, key);
    }
    free(key);
}

static void fail(struct scope *scope, const struct api_result *result, enum kind kind)
{
    if (scope->failure != NULL)
        return;
    scope->error = result->error;
    scope->failure = memory_format("cannot read %s: %s", kind_names(kind)->plural, result->message);
}

static bool is_over(const struct snapshot *snapshot)
{
    const struct scope *scope, *next;

    HASH_ITER (hh, snapshot->scopes, scope, next) {
        if (scope->under_way > 0)
            return false;
    }
    return true;
}

static const struct scope *scope_of(const struct snapshot *snapshot, const char *namespace)
{
    const struct scope *scope;

    HASH_FIND_STR(snapshot->scopes, namespace, scope);
    return scope != NULL ? scope : snapshot->scopes;
}

static bool in_scope(const struct scope *scope, const char *key)
{
    size_t length = strlen(scope->namespace);

    return length == 0 || (strncmp(key, scope->namespace, length) == 0 && key[length] == '/');
}

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
    seen->reading.message = message_of(MESSAGE_NONE);
    HASH_ADD_KEYPTR(hh, *table, seen->key, strlen(seen->key), seen);
    return seen;
}

/* SERVER leads to the Pool; NULL: the ledger names it. */
static void gather_pool(const struct snapshot *snapshot, const char *namespace, const char *name,
                        const struct server_message *server, struct injection_wishes *wishes)
{
    char *key = key_of(namespace, name);
    const struct seen *seen = find(snapshot->pools, key);
    bool lists_pools = scope_of(snapshot, namespace)->lists_pools;

    free(key);
    if (seen != NULL && seen->problem != NULL)
        wishes->unknown = "a Pool of the Certificate cannot be understood";
    else if (seen == NULL && !lists_pools && name[0] != '\0' && strchr(name, '/') == NULL)
        wishes->unknown = "a Pool of the Certificate has not been read yet";
    else if (seen != NULL && seen->exists && server != NULL)
        injection_wish_add(wishes, server, &seen->pool.pool);
    else if (seen != NULL && seen->exists)
        injection_pool_add(wishes, &seen->pool.pool);
}

static void drop_seen(struct seen **table)
{
    struct seen *seen, *next;

    HASH_ITER (hh, *table, seen, next) {
        HASH_DEL(*table, seen);
        message_clear(&seen->pool);
        reading_clear(&seen->reading);
        free(seen->problem);
        free(seen->key);
        free(seen);
    }
}

static void drop_fetch(struct fetch *fetch)
{
    DL_DELETE(fetch->scope->snapshot->fetches, fetch);
    free(fetch->key);
    free(fetch);
}

static char *key_of(const char *namespace, const char *name)
{
    return memory_format("%s/%s", namespace, name);
}
