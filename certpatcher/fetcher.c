/* SPDX-License-Identifier: Apache-2.0 */
/* A thousand requests must not cost a thousand reads, and one request must not list a whole
 * cluster: how much is wanted of a namespace decides how its objects are fetched. */
#include "certpatcher/fetcher.h"

#include "certpatcher/fetched.h"
#include "common/api/pages.h"
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
};

/* What is wanted of one namespace, or of all. */
struct scope {
    struct fetcher *fetcher;
    char *namespace; /* "": all */
    size_t wanted;   /* Certificates */
    bool lists_pools;
    bool pools_requested;
    unsigned under_way;       /* fetches */
    struct api_result failed; /* the first one; the text is below */
    char *failure;            /* or NULL */
    UT_hash_handle hh;
};

/* A single object or a list that is being read. */
struct fetch {
    struct scope *scope;
    enum kind kind;
    char *path; /* without a query */
    bool is_list;
    struct pages pages; /* of a list */
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
static void fetch_list(struct scope *, enum kind);
static void begin_fetch(struct scope *, enum kind, bool is_list, char *path);
static void request(struct fetch *);
static void on_fetched(const struct api_result *, void *context);
static void add_object(struct fetch *, const struct api_result *);
static bool end_page(struct fetch *, const struct api_result *);
static void add_item(const struct projected *, size_t size, void *context);
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

struct api_result fetcher_failure(const struct fetcher *fetcher, const char *namespace)
{
    return scope_of(fetcher, namespace)->failed;
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

    fetch_list(scope, KIND_SERVER);
    if (singly) {
        fetched_wanted(&scope->fetcher->fetched, scope->namespace, &keys);
        TEXT_LIST_FOREACH (key, &keys)
            fetch_one(scope, KIND_CERTIFICATE, key);
        text_list_clear(&keys);
    } else {
        scope->lists_pools = scope->pools_requested = true;
        fetch_list(scope, KIND_CERTIFICATE);
        fetch_list(scope, KIND_POOL);
    }
}

static void fetch_one(struct scope *scope, enum kind kind, const char *key)
{
    char *namespace = key_namespace(key);

    begin_fetch(scope, kind, false, kind_path(kind, NULL, namespace, key_name(key)));
    free(namespace);
}

static void fetch_list(struct scope *scope, enum kind kind)
{
    begin_fetch(scope, kind, true, kind_path(kind, NULL, scope->namespace, NULL));
}

/* Takes PATH over. */
static void begin_fetch(struct scope *scope, enum kind kind, bool is_list, char *path)
{
    struct fetch *fetch = memory_new(1, sizeof(*fetch));

    fetch->scope = scope;
    fetch->kind = kind;
    fetch->is_list = is_list;
    fetch->path = path;
    fetch->pages.use = (struct list_use){fetched_projection(kind), add_item, fetch};
    scope->under_way++;
    DL_APPEND(scope->fetcher->fetches, fetch);
    request(fetch);
}

static void request(struct fetch *fetch)
{
    char *path = fetch->is_list ? pages_path(&fetch->pages, fetch->path) : memory_text(fetch->path);
    const struct api_request get = {.method = "GET",
                                    .path = path,
                                    .wants_text = !fetch->is_list,
                                    .on_part = fetch->is_list ? pages_add : NULL,
                                    .is_whole = pages_are_whole,
                                    .parts = &fetch->pages,
                                    .on_done = on_fetched,
                                    .context = fetch};

    fetch->call = api_send(fetch->scope->fetcher->api, &get);
    free(path);
}

static void on_fetched(const struct api_result *result, void *context)
{
    struct fetch *fetch = context;
    struct scope *scope = fetch->scope;

    if (fetch->is_list && end_page(fetch, result)) {
        request(fetch);
        return;
    }
    if (!fetch->is_list)
        add_object(fetch, result);
    drop_fetch(fetch);
    scope->under_way--;
    continue_scope(scope);
}

/* Only where a single object was requested, 404 says that it does not exist; and only the API
 * server can say so. */
static void add_object(struct fetch *fetch, const struct api_result *result)
{
    struct api_result invalid = {.error = API_PROTOCOL};
    struct projected object;

    if (result->error == API_OK) {
        invalid.message =
            projection_read(fetched_projection(fetch->kind), result->text, result->size, &object);
        if (invalid.message != NULL)
            fail(fetch->scope, &invalid, fetch->kind);
        else
            fetched_add(&fetch->scope->fetcher->fetched, fetch->kind, &object);
        projected_clear(&object);
    } else if (!api_is_object_absent(result)) {
        fail(fetch->scope, result, fetch->kind);
    }
}

/* Returns whether there is a page to be requested. */
static bool end_page(struct fetch *fetch, const struct api_result *result)
{
    struct api_result invalid = {.error = API_PROTOCOL};

    if (result->error == API_OK)
        invalid.message = pages_end(&fetch->pages, NULL);
    if (invalid.message != NULL) {
        fail(fetch->scope, &invalid, fetch->kind);
        return false;
    }
    switch (pages_after(&fetch->pages, result->error)) {
    case PAGES_MORE:
        return true;
    case PAGES_ANEW:
        fetched_drop(&fetch->scope->fetcher->fetched, fetch->kind, fetch->scope->namespace);
        return true;
    case PAGES_COMPLETE:
        return false;
    case PAGES_FAILED:
        fail(fetch->scope, result, fetch->kind);
        return false;
    }
    return false;
}

static void add_item(const struct projected *item, size_t size, void *context)
{
    struct fetch *fetch = context;

    (void)size;
    fetched_add(&fetch->scope->fetcher->fetched, fetch->kind, item);
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
        fetch_list(scope, KIND_POOL);
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
    scope->failure = memory_format("cannot read %s: %s", kind_names(kind)->plural, result->message);
    scope->failed = (struct api_result){.error = result->error,
                                        .status = result->status,
                                        .retry_after = result->retry_after,
                                        .message = scope->failure};
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
    pages_rewind(&fetch->pages);
    free(fetch->path);
    free(fetch);
}
