/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a Pool's rivals without looking at all Pools: each hostname is indexed under itself and
 * under every wildcard that would cover it, so that both directions are a lookup. */
#include "reconciler/world/hostnames.h"

#include "common/base/memory.h"
#include "common/objects/hostname.h"

#include <stdlib.h>
#include <string.h>

/* A list of Pools under construction. */
struct rivals {
    struct object **pools;
    size_t count;
};

static const char *first_suffix(const char *name);
static const char *parent_of(const char *name);
static void add_rivals(const struct index *, const char *gateway, const char *wildcard,
                       const char *name, struct rivals *);
static int by_age(const void *a, const void *b);

void hostnames_change(struct hostnames *hostnames, struct object *pool, index_change *change)
{
    const char *hostname = pool->message.pool.hostname;
    char *gateway = object_gateway_key(&pool->message.pool);
    char *key = memory_format("%s %s", gateway, hostname);

    change(&hostnames->pools_of_hostname, key, pool);
    free(key);
    for (const char *suffix = hostname_problem(hostname) == NULL ? first_suffix(hostname) : NULL;
         suffix != NULL; suffix = parent_of(suffix)) {
        key = memory_format("%s *.%s", gateway, suffix);
        change(&hostnames->pools_under_wildcard, key, pool);
        free(key);
    }
    free(gateway);
}

struct object **hostnames_rivals(const struct hostnames *hostnames, const struct object *pool,
                                 size_t *count)
{
    const char *hostname = pool->message.pool.hostname;
    char *gateway = object_gateway_key(&pool->message.pool);
    struct rivals rivals = {0};
    size_t kept = 0;

    add_rivals(&hostnames->pools_of_hostname, gateway, "", hostname, &rivals);
    for (const char *suffix = first_suffix(hostname); suffix != NULL; suffix = parent_of(suffix))
        add_rivals(&hostnames->pools_of_hostname, gateway, "*.", suffix, &rivals);
    if (strncmp(hostname, "*.", 2) == 0)
        add_rivals(&hostnames->pools_under_wildcard, gateway, "", hostname, &rivals);
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

/* The longest suffix of NAME whose wildcard covers NAME and is not NAME itself. */
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
