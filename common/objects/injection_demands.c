/* SPDX-License-Identifier: Apache-2.0 */
/* Many Servers may lead to the same Pools, and a Server may list a Pool many times. All of that is
 * for others to choose, so nothing here is searched item by item: lists are sorted, now and again
 * while they grow, and what comes twice goes then. */
#include "common/objects/injection_demands.h"

#include "common/base/memory.h"
#include "common/objects/hostname.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    ROOM_MIN = 16
};

static void gather_pool(const struct injection_lookup *, const char *namespace, const char *name,
                        const struct server_message *, struct injection_demands *);
static void add_pool(struct injection_demands *, const struct server_message *,
                     const struct pool_message *);
static bool demands_name(const struct pool_message *);
static void add_demand(struct injection_demands *, const struct pool_message *);
static int by_hostname(const void *a, const void *b);

void injection_gather(const struct certificate_message *certificate,
                      const struct injection_lookup *lookup, struct injection_demands *demands)
{
    const struct server_message *server;
    struct text_set pools;

    if (lookup->unreadable_server)
        demands->unknown = "a Server that may use the Certificate cannot be understood";
    for (size_t i = 0; (server = lookup->server(lookup->context, i)) != NULL; i++) {
        TEXT_LIST_FOREACH (pool, &server->pools)
            gather_pool(lookup, certificate->namespace, pool, server, demands);
    }
    demands->ledger_problem = ledger_read(certificate->ledger, &demands->ledger);
    pools = ledger_pools(&demands->ledger);
    for (size_t i = 0; i < pools.count; i++)
        gather_pool(lookup, certificate->namespace, pools.texts[i], NULL, demands);
    text_set_clear(&pools);
    injection_demands_sort(demands);
    text_set_sort(&demands->paused_pools);
}

void injection_demands_sort(struct injection_demands *demands)
{
    size_t count = 0;

    if (demands->count > 1)
        qsort(demands->list, demands->count, sizeof(*demands->list), by_hostname);
    for (size_t i = 0; i < demands->count; i++) {
        if (i + 1 == demands->count || by_hostname(&demands->list[i], &demands->list[i + 1]) != 0)
            demands->list[count++] = demands->list[i];
    }
    demands->count = count;
}

const struct injection_demand *injection_demands_find(const struct injection_demands *demands,
                                                      const char *name)
{
    size_t low = 0, high = demands->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcasecmp(demands->list[middle].hostname, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == demands->count || strcasecmp(demands->list[low].hostname, name) != 0)
        return NULL;
    return &demands->list[low];
}

size_t injection_demands_same(const struct injection_demands *demands,
                              const struct injection_demand *first)
{
    const struct injection_demand *end = demands->list + demands->count, *next = first;

    while (next != end && strcasecmp(next->hostname, first->hostname) == 0)
        next++;
    return (size_t)(next - first);
}

void injection_demands_clear(struct injection_demands *demands)
{
    free(demands->list);
    text_set_clear(&demands->paused_pools);
    ledger_clear(&demands->ledger);
    *demands = (struct injection_demands){0};
}

/* SERVER leads to the Pool NAME; NULL: the ledger names it. */
static void gather_pool(const struct injection_lookup *lookup, const char *namespace,
                        const char *name, const struct server_message *server,
                        struct injection_demands *demands)
{
    const struct pool_message *pool;

    switch (lookup->pool(lookup->context, namespace, name, &pool)) {
    case POOL_FOUND:
        add_pool(demands, server, pool);
        break;
    case POOL_UNREADABLE:
        demands->unknown = "a Pool of the Certificate cannot be understood";
        break;
    case POOL_NOT_FETCHED:
        demands->unknown = "a Pool of the Certificate has not been fetched yet";
        break;
    case POOL_ABSENT:
        break;
    }
}

/* A paused Pool keeps its names, even where no Server leads to it any more. */
static void add_pool(struct injection_demands *demands, const struct server_message *server,
                     const struct pool_message *pool)
{
    if (server != NULL && !server->deleting && demands_name(pool))
        add_demand(demands, pool);
    if (pool->paused && !pool->deleting)
        text_set_add(&demands->paused_pools, pool->name);
}

static bool demands_name(const struct pool_message *pool)
{
    return !pool->deleting && pool->route_enabled && pool->inject &&
           hostname_problem(pool->hostname) == NULL;
}

static void add_demand(struct injection_demands *demands, const struct pool_message *pool)
{
    if (demands->count == demands->room) {
        injection_demands_sort(demands);
        if (demands->count >= demands->room / 2) {
            demands->room = demands->room > 0 ? demands->room * 2 : ROOM_MIN;
            demands->list = memory_resize(demands->list, demands->room, sizeof(*demands->list));
        }
    }
    demands->list[demands->count++] =
        (struct injection_demand){pool->hostname, pool->name, pool->paused};
}

/* Demands that are not paused come first: one of them is enough for the name to be added. */
static int by_hostname(const void *a, const void *b)
{
    const struct injection_demand *one = a, *other = b;
    int order = strcasecmp(one->hostname, other->hostname);

    if (order == 0)
        order = (int)one->paused - (int)other->paused;
    return order != 0 ? order : strcmp(one->pool, other->pool);
}
