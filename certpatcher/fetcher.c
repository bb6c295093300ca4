/* SPDX-License-Identifier: Apache-2.0 */
#include "certpatcher/fetcher.h"

#include "certpatcher/observed.h"
#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "common/objects/key.h"

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

/* A namespace, or all of them, and how reading it goes. */
struct scope {
    struct fetcher *fetcher;
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

struct fetcher {
    struct api *api;
    bool everywhere;
    snapshot_ready *ready;
    void *context;
    struct scope *scopes;
    struct observed observed;
    struct fetch *fetches;
};

static struct scope *scope_for(struct fetcher *, const char *namespace);
static void merge_scopes(struct fetcher *);
static void begin_scope(struct scope *);
static void get(struct scope *, enum kind, const char *key);
static void list(struct scope *, enum kind, const char *next);
static void fetch_from(struct fetch *, const char *path);
static void on_fetched(const struct api_result *, void *context);
static void take_list(struct fetch *, struct json_object *body);
static void go_on(struct scope *);
static void ask_for_pools(struct scope *);
static void fail(struct scope *, const struct api_result *, enum kind);
static bool is_over(const struct fetcher *);
static const struct scope *scope_of(const struct fetcher *, const char *namespace);
static void drop_fetch(struct fetch *);

struct fetcher *fetcher_new(struct api *api, bool everywhere, snapshot_ready *ready, void *context)
{
    struct fetcher *fetcher = memory_new(1, sizeof(*fetcher));

    fetcher->api = api;
    fetcher->everywhere = everywhere;
    fetcher->ready = ready;
    fetcher->context = context;
    return fetcher;
}

bool fetcher_want(struct fetcher *fetcher, const char *namespace, const char *certificate)
{
    char *key = key_of(namespace, certificate);
    bool is_new = observed_want(&fetcher->observed, key);

    if (is_new)
        scope_for(fetcher, namespace)->wanted++;
    free(key);
    return is_new;
}

void fetcher_begin(struct fetcher *fetcher)
{
    struct scope *scope, *next;

    if (fetcher->everywhere && HASH_COUNT(fetcher->scopes) > FEW_NAMESPACES)
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

bool fetcher_take(struct fetcher *fetcher, const char *namespace, const char *certificate,
                  struct fetched *fetched)
{
    char *key = key_of(namespace, certificate);
    bool exists = observed_certificate(&fetcher->observed, key, fetched);

    free(key);
    return exists;
}

void fetcher_gather(const struct fetcher *fetcher, const struct certificate_message *certificate,
                    struct injection_demands *demands)
{
    observed_gather(&fetcher->observed, certificate,
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
    observed_clear(&fetcher->observed);
    free(fetcher);
}

/* That of NAMESPACE, made where there is none. */
static struct scope *scope_for(struct fetcher *fetcher, const char *namespace)
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

/* One scope of everything in place of many. */
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

/* Which Pools matter is known only when Certificates and Servers are, unless all are listed. */
static void begin_scope(struct scope *scope)
{
    bool few = scope->wanted <= FEW_CERTIFICATES && scope->namespace[0] != '\0';
    struct text_list keys = {0};

    list(scope, KIND_SERVER, NULL);
    if (few) {
        observed_wanted(&scope->fetcher->observed, scope->namespace, &keys);
        TEXT_LIST_FOREACH (key, &keys)
            get(scope, KIND_CERTIFICATE, key);
        text_list_clear(&keys);
    } else {
        scope->lists_pools = scope->asked_pools = true;
        list(scope, KIND_CERTIFICATE, NULL);
        list(scope, KIND_POOL, NULL);
    }
}

static void get(struct scope *scope, enum kind kind, const char *key)
{
    struct fetch *fetch = memory_new(1, sizeof(*fetch));
    char *namespace = key_namespace(key);
    char *path = kind_path(kind, NULL, namespace, key_name(key));

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
    DL_APPEND(fetch->scope->fetcher->fetches, fetch);
    fetch->call = api_send(fetch->scope->fetcher->api, &request);
}

/* Only a 404 for a single object says that it does not exist. */
static void on_fetched(const struct api_result *result, void *context)
{
    struct fetch *fetch = context;
    struct scope *scope = fetch->scope;

    if (result->error == API_OK && fetch->key != NULL)
        observed_add(&scope->fetcher->observed, fetch->kind, result->body);
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
    for (size_t i = 0; i < json_count(items); i++)
        observed_add(&fetch->scope->fetcher->observed, fetch->kind, json_item(items, i));
    if (next[0] != '\0')
        list(fetch->scope, fetch->kind, next);
}

static void go_on(struct scope *scope)
{
    struct fetcher *fetcher = scope->fetcher;

    if (scope->under_way == 0 && !scope->asked_pools && scope->failure == NULL)
        ask_for_pools(scope);
    if (is_over(fetcher))
        fetcher->ready(fetcher, fetcher->context);
}

static void ask_for_pools(struct scope *scope)
{
    struct text_list keys = {0};

    scope->asked_pools = true;
    observed_want_pools(&scope->fetcher->observed, scope->namespace, &keys);
    scope->lists_pools = keys.count > FEW_POOLS;
    if (scope->lists_pools) {
        list(scope, KIND_POOL, NULL);
    } else {
        TEXT_LIST_FOREACH (key, &keys)
            get(scope, KIND_POOL, key);
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

static const struct scope *scope_of(const struct fetcher *fetcher, const char *namespace)
{
    const struct scope *scope;

    HASH_FIND_STR(fetcher->scopes, namespace, scope);
    return scope != NULL ? scope : fetcher->scopes;
}

static void drop_fetch(struct fetch *fetch)
{
    DL_DELETE(fetch->scope->fetcher->fetches, fetch);
    free(fetch->key);
    free(fetch);
}
