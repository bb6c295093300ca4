/* SPDX-License-Identifier: Apache-2.0 */
/* A thousand requests must not cost a thousand reads, and one request must not list a whole
 * cluster: how much is wanted of a namespace decides how its objects are fetched. */
#include "certpatcher/fetcher.h"

#include "certpatcher/fetched.h"
#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "common/objects/key.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

enum {
    /* Up to so many are fetched one by one, more as lists. */
    SINGLE_CERTIFICATES_MAX = 8, /* of a namespace */
    SINGLE_POOLS_MAX = 16,       /* of a namespace */
    SINGLE_NAMESPACES_MAX = 8,
    PAGE_OBJECTS = 500,
};

/* What is wanted of one namespace, or of all. */
struct scope {
    struct fetcher *fetcher;
    char *namespace; /* "": all */
    size_t wanted;   /* Certificates */
    bool lists_pools;
    bool pools_requested;
    unsigned under_way; /* fetches */
    enum api_error error;
    char *failure; /* the first one, or NULL */
    UT_hash_handle hh;
};

/* One API request under way. */
struct fetch {
    struct scope *scope;
    enum kind kind;
    bool is_list;
    struct api_call *call;
    struct fetch *next, *prev;
};

struct fetcher {
    struct api *api;
    bool all_namespaces;
    fetcher_done *done;
    void *context;
    struct scope *scopes;
    struct fetched fetched;
    struct fetch *fetches;
};

static struct scope *find_or_add_scope(struct fetcher *, const char *namespace);
static void merge_scopes(struct fetcher *);
static void begin_scope(struct scope *);
static void fetch_one(struct scope *, enum kind, const char *key);
static void fetch_list(struct scope *, enum kind, const char *next);
static void request(struct scope *, enum kind, bool is_list, const char *path);
static void on_fetched(const struct api_result *, void *context);
static void add_list(struct scope *, enum kind, struct json_object *body);
static void continue_scope(struct scope *);
static void fetch_pools(struct scope *);
static void fail(struct scope *, const struct api_result *, enum kind);
static bool is_over(const struct fetcher *);
static const struct scope *scope_of(const struct fetcher *, const char *namespace);
static void drop_fetch(struct fetch *);

struct fetcher *fetcher_new(struct api *api, bool all_namespaces, fetcher_done *done, void *context)
{
    struct fetcher *fetcher = memory_new(1, sizeof(*fetcher));

    fetcher->api = api;
    fetcher->all_namespaces = all_namespaces;
    fetcher->done = done;
    fetcher->context = context;
    return fetcher;
}

bool fetcher_want(struct fetcher *fetcher, const char *namespace, const char *name)
{
    char *key = key_of(namespace, name);
    bool is_new = fetched_want(&fetcher->fetched, key);

    if (is_new)
        find_or_add_scope(fetcher, namespace)->wanted++;
    free(key);
    return is_new;
}

void fetcher_begin(struct fetcher *fetcher)
{
    struct scope *scope, *next;

    if (fetcher->all_namespaces && HASH_COUNT(fetcher->scopes) > SINGLE_NAMESPACES_MAX)
        merge_scopes(fetcher);
    HASH_ITER (hh, fetcher->scopes, scope, next)
        begin_scope(scope);
}

const char *fetcher_failure(const struct fetcher *fetcher, const char *namespace,
                            enum api_error *error)
{
    const struct scope *scope = scope_of(fetcher, namespace);

    *error = scope->error;
    return scope->failure;
}

bool fetcher_take(struct fetcher *fetcher, const char *namespace, const char *name,
                  struct certificate *certificate)
{
    char *key = key_of(namespace, name);
    bool exists = fetched_take(&fetcher->fetched, key, certificate);

    free(key);
    return exists;
}

void fetcher_gather(const struct fetcher *fetcher, const struct certificate_message *certificate,
                    struct injection_demands *demands)
{
    fetched_gather(&fetcher->fetched, certificate,
                   scope_of(fetcher, certificate->namespace)->lists_pools, demands);
}

void fetcher_free(struct fetcher *fetcher)
{
    struct scope *scope, *next;

    while (fetcher->fetches != NULL) {
        api_cancel(fetcher->fetches->call);
        drop_fetch(fetcher->fetches);
    }
    HASH_ITER (hh, fetcher->scopes, scope, next) {
        HASH_DEL(fetcher->scopes, scope);
        free(scope->namespace);
        free(scope->failure);
        free(scope);
    }
    fetched_clear(&fetcher->fetched);
    free(fetcher);
}

/* The scope of NAMESPACE, which is added where there is none. */
static struct scope *find_or_add_scope(struct fetcher *fetcher, const char *namespace)
{
    struct scope *scope;

    HASH_FIND_STR(fetcher->scopes, namespace, scope);
    if (scope != NULL)
        return scope;
    scope = memory_new(1, sizeof(*scope));
    scope->fetcher = fetcher;
    scope->namespace = memory_text(namespace);
    HASH_ADD_KEYPTR(hh, fetcher->scopes, scope->namespace, strlen(scope->namespace), scope);
    return scope;
}

/* Replaces all scopes by one for all namespaces. */
static void merge_scopes(struct fetcher *fetcher)
{
    struct scope *all = memory_new(1, sizeof(*all)), *scope, *next;

    all->fetcher = fetcher;
    all->namespace = memory_text("");
    HASH_ITER (hh, fetcher->scopes, scope, next) {
        HASH_DEL(fetcher->scopes, scope);
        all->wanted += scope->wanted;
        free(scope->namespace);
        free(scope);
    }
    HASH_ADD_KEYPTR(hh, fetcher->scopes, all->namespace, 0, all);
}

/* Which Pools matter is known only when Certificates and Servers are; where many Certificates are
 * wanted, all Pools are listed at once. */
static void begin_scope(struct scope *scope)
{
    bool singly = scope->wanted <= SINGLE_CERTIFICATES_MAX && scope->namespace[0] != '\0';
    struct text_list keys = {0};

    fetch_list(scope, KIND_SERVER, NULL);
    if (singly) {
        fetched_wanted(&scope->fetcher->fetched, scope->namespace, &keys);
        TEXT_LIST_FOREACH (key, &keys)
            fetch_one(scope, KIND_CERTIFICATE, key);
        text_list_clear(&keys);
    } else {
        scope->lists_pools = scope->pools_requested = true;
        fetch_list(scope, KIND_CERTIFICATE, NULL);
        fetch_list(scope, KIND_POOL, NULL);
    }
}

static void fetch_one(struct scope *scope, enum kind kind, const char *key)
{
    char *namespace = key_namespace(key);
    char *path = kind_path(kind, NULL, namespace, key_name(key));

    request(scope, kind, false, path);
    free(path);
    free(namespace);
}

/* Fetches the page of the list that the token NEXT stands for; NULL: the first. */
static void fetch_list(struct scope *scope, enum kind kind, const char *next)
{
    char *path = kind_path(kind, NULL, scope->namespace, NULL);
    char *token = next != NULL ? kind_escape(next) : memory_text("");
    char *page = memory_format("%s?limit=%d%s%s", path, PAGE_OBJECTS,
                               next != NULL ? "&continue=" : "", token);

    request(scope, kind, true, page);
    free(page);
    free(token);
    free(path);
}

static void request(struct scope *scope, enum kind kind, bool is_list, const char *path)
{
    struct fetch *fetch = memory_new(1, sizeof(*fetch));
    const struct api_request get = {
        .method = "GET", .path = path, .on_done = on_fetched, .context = fetch};

    fetch->scope = scope;
    fetch->kind = kind;
    fetch->is_list = is_list;
    scope->under_way++;
    DL_APPEND(scope->fetcher->fetches, fetch);
    fetch->call = api_send(scope->fetcher->api, &get);
}

/* Only where a single object was requested, 404 says that it does not exist. */
static void on_fetched(const struct api_result *result, void *context)
{
    struct fetch *fetch = context;
    struct scope *scope = fetch->scope;

    if (result->error == API_OK && fetch->is_list)
        add_list(scope, fetch->kind, result->body);
    else if (result->error == API_OK)
        fetched_add(&scope->fetcher->fetched, fetch->kind, result->body);
    else if (result->error != API_NOT_FOUND || fetch->is_list)
        fail(scope, result, fetch->kind);
    drop_fetch(fetch);
    scope->under_way--;
    continue_scope(scope);
}

static void add_list(struct scope *scope, enum kind kind, struct json_object *body)
{
    struct json_object *items = json_at(body, "items");
    const char *next = json_text_at(body, "metadata.continue");
    const struct api_result invalid = {.error = API_PROTOCOL,
                                       .message = "the response is not a list"};

    if (!json_object_is_type(items, json_type_array)) {
        fail(scope, &invalid, kind);
        return;
    }
    for (size_t i = 0; i < json_count(items); i++)
        fetched_add(&scope->fetcher->fetched, kind, json_item(items, i));
    if (next[0] != '\0')
        fetch_list(scope, kind, next);
}

static void continue_scope(struct scope *scope)
{
    struct fetcher *fetcher = scope->fetcher;

    if (scope->under_way == 0 && !scope->pools_requested && scope->failure == NULL)
        fetch_pools(scope);
    if (is_over(fetcher))
        fetcher->done(fetcher->context);
}

static void fetch_pools(struct scope *scope)
{
    struct text_list keys = {0};

    scope->pools_requested = true;
    fetched_missing_pools(&scope->fetcher->fetched, scope->namespace, &keys);
    scope->lists_pools = keys.count > SINGLE_POOLS_MAX;
    if (scope->lists_pools) {
        fetch_list(scope, KIND_POOL, NULL);
    } else {
        TEXT_LIST_FOREACH (key, &keys)
            fetch_one(scope, KIND_POOL, key);
    }
    text_list_clear(&keys);
}

static void fail(struct scope *scope, const struct api_result *result, enum kind kind)
{
    if (scope->failure != NULL)
        return;
    scope->error = result->error;
    scope->failure = memory_format("cannot read %s: %s", kind_names(kind)->plural, result->message);
}

static bool is_over(const struct fetcher *fetcher)
{
    const struct scope *scope, *next;

    HASH_ITER (hh, fetcher->scopes, scope, next) {
        if (scope->under_way > 0)
            return false;
    }
    return true;
}

/* The scope that NAMESPACE is part of. */
static const struct scope *scope_of(const struct fetcher *fetcher, const char *namespace)
{
    const struct scope *scope;

    HASH_FIND_STR(fetcher->scopes, namespace, scope);
    return scope != NULL ? scope : fetcher->scopes;
}

static void drop_fetch(struct fetch *fetch)
{
    DL_DELETE(fetch->scope->fetcher->fetches, fetch);
    free(fetch);
}
