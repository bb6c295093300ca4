/* SPDX-License-Identifier: Apache-2.0 */
/* Thousands of Pools may ask for one hostname, and one of them may change again and again. So those
 * who compete stand in a heap, where a change costs O(log n), and the others are told only when the
 * first of them is another one: bit by bit, from where the last bit ended.
 *
 * The groups are sorted by Gateway and by the labels of the hostname from the last to the first:
 * those under a wildcard stand next to each other. */
#include "reconciler/plan/conflict.h"

#include "common/base/memory.h"
#include "reconciler/plan/claim.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

/* A Pool that competes for a hostname. Most do, so it takes as little memory as it can. */
struct claimant {
    const struct object *pool;
    struct claim claim;
    struct hostname_group *group;
    uint32_t place;   /* in the heap */
    bool is_reserved; /* its TLSRoute is being written */
    struct claimant *next, *prev;
    UT_hash_handle hh;
};

/* All who compete for one hostname at one Gateway; there is at least one, and mostly no other: so
 * the top of the heap is in here. In a heap each comes before those at the places 2i+1 and 2i+2. */
struct hostname_group {
    const char *key; /* "NAMESPACE/GATEWAY com.example.a", "... com.example.*"; it lies behind */
    struct claimant *first;             /* at place 0 of the heap: it comes first */
    struct claimant **others;           /* from place 1 on */
    size_t count;                       /* of all */
    struct claimant *members;           /* the same ones, in the order in which they came */
    struct claimant *unannounced;       /* the next one to be told, and with it all that follow */
    struct hostname_group *next, *prev; /* of those whose members are to be told; NULL: it is not */
    RB_ENTRY(hostname_group) node;
};

/* Those who have the hostnames under a wildcard are to be told that it came, went, or changed
 * hands.
 */
struct hostname_range {
    char *prefix;  /* of the groups' keys */
    char *reached; /* the last group of which the Pool has been told */
    struct hostname_range *next, *prev;
};

/* Who is named in findings: a group's first and second. Compared, never looked into. */
struct leaders {
    const struct claimant *first, *second;
};

static struct claimant *find(const struct conflicts *, const char *key);
static void join(struct conflicts *, const struct object *pool, const char *group_key,
                 const struct claim *);
static void leave(struct conflicts *, struct claimant *);
static void move(struct conflicts *, struct claimant *, const struct claim *, bool reserved);
static void settle(struct claimant *);
static bool precedes(const struct claimant *, const struct claimant *than);
static struct claimant **at(struct hostname_group *, size_t place);
static void put(struct hostname_group *, size_t place, struct claimant *);
static struct leaders leaders_of(const struct hostname_group *);
static void announce_leaders(struct conflicts *, struct hostname_group *,
                             const struct leaders *before);
static void announce_to_members(struct conflicts *, struct hostname_group *);
static void announce_to_wildcards(struct conflicts *, const char *group_key);
static void announce_under(struct conflicts *, const char *group_key);
static bool announce_next_member(struct conflicts *);
static bool announce_next_under(struct conflicts *);
static char *group_key_of(const struct pool_message *);
static struct hostname_group *find_group(const struct conflicts *, const char *key);
static struct hostname_group *covering(const struct conflicts *, const char *group_key,
                                       char **next);
static struct hostname_group *covered(const struct conflicts *, const struct hostname_group *);
static bool is_wildcard(const char *group_key);
static struct hostname_group *first_from(const struct conflicts *, const char *key);
static struct hostname_group *first_under(const struct conflicts *, const char *prefix,
                                          const char *after);
static struct hostname_group *add_group(struct conflicts *, const char *key);
static void drop_group(struct conflicts *, struct hostname_group *);
static void drop_range(struct conflicts *, struct hostname_range *);
static int by_key(const struct hostname_group *, const struct hostname_group *);

/* RB_GENERATE_STATIC() needs BSD's __unused, which glibc's headers take for a name. */
RB_GENERATE_INTERNAL(hostname_groups, hostname_group, node, by_key,
                     __attribute__((__unused__)) static)

void conflicts_update(struct conflicts *conflicts, const struct world *world, const char *key)
{
    const struct object *pool = store_find(&world->store, KIND_POOL, key);
    struct claimant *claimant = find(conflicts, key);
    const struct claim claim = claim_of(world, pool);
    char *group_key = claim.competes ? group_key_of(&pool->message.pool) : NULL;

    if (claimant != NULL && (group_key == NULL || strcmp(group_key, claimant->group->key) != 0)) {
        leave(conflicts, claimant);
        claimant = NULL;
    }
    if (claimant != NULL)
        move(conflicts, claimant, &claim, claimant->is_reserved);
    else if (group_key != NULL)
        join(conflicts, pool, group_key, &claim);
    free(group_key);
}

void conflicts_reserve(struct conflicts *conflicts, const char *key, bool reserved)
{
    struct claimant *claimant = find(conflicts, key);

    if (claimant != NULL && claimant->is_reserved != reserved) {
        const struct claim claim = claimant->claim;

        move(conflicts, claimant, &claim, reserved);
    }
}

struct conflict conflicts_find(const struct conflicts *conflicts, const char *key)
{
    const struct claimant *claimant = find(conflicts, key);
    const struct hostname_group *group;
    struct leaders leaders;
    struct conflict conflict = {0};
    char *next = NULL;

    if (claimant == NULL)
        return conflict;
    leaders = leaders_of(claimant->group);
    conflict.rival_wins = leaders.first != claimant;
    if (conflict.rival_wins) {
        conflict.rival = leaders.first->pool->key;
        return conflict;
    }
    conflict.rival = leaders.second != NULL ? leaders.second->pool->key : NULL;
    group = covering(conflicts, claimant->group->key, &next);
    free(next);
    if (group != NULL) {
        conflict.covering = group->first->pool->key;
        conflict.covering_hostname = group->first->pool->message.pool.hostname;
    }
    group = covered(conflicts, claimant->group);
    if (group != NULL) {
        conflict.covered = group->first->pool->key;
        conflict.covered_hostname = group->first->pool->message.pool.hostname;
    }
    return conflict;
}

bool conflicts_announce(struct conflicts *conflicts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!announce_next_member(conflicts) && !announce_next_under(conflicts))
            return false;
    }
    return conflicts->announcing != NULL || conflicts->ranges != NULL;
}

static struct claimant *find(const struct conflicts *conflicts, const char *key)
{
    struct claimant *claimant;

    HASH_FIND_STR(conflicts->claimants, key, claimant);
    return claimant;
}

static void join(struct conflicts *conflicts, const struct object *pool, const char *group_key,
                 const struct claim *claim)
{
    struct hostname_group *group = find_group(conflicts, group_key);
    struct claimant *claimant = memory_new(1, sizeof(*claimant));
    struct leaders before;

    if (group == NULL)
        group = add_group(conflicts, group_key);
    before = leaders_of(group);
    claimant->pool = pool;
    claimant->claim = *claim;
    claimant->group = group;
    HASH_ADD_KEYPTR(hh, conflicts->claimants, pool->key, strlen(pool->key), claimant);
    DL_APPEND(group->members, claimant);
    if (group->count > 0)
        group->others = memory_resize(group->others, group->count, sizeof(*group->others));
    put(group, group->count++, claimant);
    settle(claimant);
    announce_leaders(conflicts, group, &before);
}

static void leave(struct conflicts *conflicts, struct claimant *claimant)
{
    struct hostname_group *group = claimant->group;
    const struct leaders before = leaders_of(group);
    struct claimant *last = *at(group, --group->count);

    if (group->unannounced == claimant)
        group->unannounced = claimant->next;
    DL_DELETE(group->members, claimant);
    if (last != claimant) {
        put(group, claimant->place, last);
        settle(last);
    }
    announce_leaders(conflicts, group, &before);
    if (group->count == 0)
        drop_group(conflicts, group);
    HASH_DEL(conflicts->claimants, claimant);
    free(claimant);
}

static void move(struct conflicts *conflicts, struct claimant *claimant, const struct claim *claim,
                 bool reserved)
{
    const struct leaders before = leaders_of(claimant->group);

    claimant->claim = *claim;
    claimant->is_reserved = reserved;
    settle(claimant);
    announce_leaders(conflicts, claimant->group, &before);
}

/* Brings CLAIMANT, the only one that may be in a wrong place, to its own. */
static void settle(struct claimant *claimant)
{
    struct hostname_group *group = claimant->group;
    size_t place = claimant->place;

    while (place > 0 && precedes(claimant, *at(group, (place - 1) / 2))) {
        put(group, place, *at(group, (place - 1) / 2));
        place = (place - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * place + 1;

        if (child + 1 < group->count && precedes(*at(group, child + 1), *at(group, child)))
            child++;
        if (child >= group->count || !precedes(*at(group, child), claimant))
            break;
        put(group, place, *at(group, child));
        place = child;
    }
    put(group, place, claimant);
}

/* What is being written is younger than all that exist. */
static bool precedes(const struct claimant *claimant, const struct claimant *than)
{
    struct claim a = claimant->claim, b = than->claim;

    if (claimant->is_reserved && !a.has_route) {
        a.has_route = true;
        a.route_created = UINT64_MAX;
    }
    if (than->is_reserved && !b.has_route) {
        b.has_route = true;
        b.route_created = UINT64_MAX;
    }
    return claim_precedes(&a, claimant->pool->key, &b, than->pool->key);
}

static struct claimant **at(struct hostname_group *group, size_t place)
{
    return place == 0 ? &group->first : &group->others[place - 1];
}

static void put(struct hostname_group *group, size_t place, struct claimant *claimant)
{
    *at(group, place) = claimant;
    claimant->place = (uint32_t)place;
}

static struct leaders leaders_of(const struct hostname_group *group)
{
    struct leaders leaders = {NULL, NULL};

    if (group->count > 0)
        leaders.first = group->first;
    if (group->count > 1)
        leaders.second = group->others[0];
    if (group->count > 2 && precedes(group->others[1], group->others[0]))
        leaders.second = group->others[1];
    return leaders;
}

static void announce_leaders(struct conflicts *conflicts, struct hostname_group *group,
                             const struct leaders *before)
{
    const struct leaders now = leaders_of(group);

    if (now.first != before->first) {
        if (group->count > 0)
            announce_to_members(conflicts, group);
        announce_to_wildcards(conflicts, group->key);
        announce_under(conflicts, group->key);
    } else if (now.second != before->second) {
        conflicts->changed(now.first->pool->key, conflicts->context);
    }
}

static void announce_to_members(struct conflicts *conflicts, struct hostname_group *group)
{
    if (group->prev == NULL)
        DL_APPEND(conflicts->announcing, group);
    group->unannounced = group->members;
}

/* Those who have a wildcard over the hostname. There are at most as many as it has labels. */
static void announce_to_wildcards(struct conflicts *conflicts, const char *group_key)
{
    char *rest = NULL;
    struct hostname_group *group = covering(conflicts, group_key, &rest);

    while (group != NULL) {
        conflicts->changed(group->first->pool->key, conflicts->context);
        group = covering(conflicts, NULL, &rest);
    }
    free(rest);
}

static void announce_under(struct conflicts *conflicts, const char *group_key)
{
    size_t length = strlen(group_key);
    struct hostname_range *range;

    if (!is_wildcard(group_key))
        return;
    DL_FOREACH (conflicts->ranges, range) {
        if (strlen(range->prefix) == length - 1 &&
            strncmp(range->prefix, group_key, length - 1) == 0)
            break;
    }
    if (range == NULL) {
        range = memory_new(1, sizeof(*range));
        range->prefix = memory_bytes(group_key, length - 1);
        DL_APPEND(conflicts->ranges, range);
    }
    memory_replace(&range->reached, range->prefix);
}

/* Returns whether there was one. */
static bool announce_next_member(struct conflicts *conflicts)
{
    struct hostname_group *group = conflicts->announcing;

    if (group == NULL)
        return false;
    if (group->unannounced != NULL) {
        conflicts->changed(group->unannounced->pool->key, conflicts->context);
        group->unannounced = group->unannounced->next;
    }
    if (group->unannounced == NULL) {
        DL_DELETE(conflicts->announcing, group);
        group->next = group->prev = NULL;
    }
    return true;
}

static bool announce_next_under(struct conflicts *conflicts)
{
    struct hostname_range *range = conflicts->ranges;
    struct hostname_group *group;

    if (range == NULL)
        return false;
    group = first_under(conflicts, range->prefix, range->reached);
    if (group == NULL) {
        drop_range(conflicts, range);
        return true;
    }
    memory_replace(&range->reached, group->key);
    conflicts->changed(group->first->pool->key, conflicts->context);
    return true;
}

/* In lower case, for hostnames are compared without it. */
static char *group_key_of(const struct pool_message *pool)
{
    char *gateway = object_gateway_key(pool);
    size_t gateway_length = strlen(gateway), length = strlen(pool->hostname), end = length;
    char *key = memory_new(gateway_length + length + 2, 1), *to = key + gateway_length;

    memcpy(key, gateway, gateway_length);
    *to++ = ' ';
    for (size_t i = length; i-- > 0;) {
        if (pool->hostname[i] != '.' && i > 0)
            continue;
        for (size_t from = i + (pool->hostname[i] == '.'); from < end; from++)
            *to++ = (char)tolower((unsigned char)pool->hostname[from]);
        if (i > 0)
            *to++ = '.';
        end = i;
    }
    free(gateway);
    return key;
}

static struct hostname_group *find_group(const struct conflicts *conflicts, const char *key)
{
    struct hostname_group *group = first_from(conflicts, key);

    return group != NULL && strcmp(group->key, key) == 0 ? group : NULL;
}

/* The group of the narrowest wildcard that covers the hostname of GROUP_KEY, or NULL. *REST, NULL
 * at first, is where the search goes on when GROUP_KEY is NULL; the caller frees it in the end. */
static struct hostname_group *covering(const struct conflicts *conflicts, const char *group_key,
                                       char **rest)
{
    char *hostname, *dot;

    if (group_key != NULL) {
        free(*rest);
        *rest = memory_text(group_key);
    }
    hostname = strchr(*rest, ' ') + 1;
    if (is_wildcard(*rest)) /* it does not cover itself */
        *strrchr(hostname, '.') = '\0';
    while ((dot = strrchr(hostname, '.')) != NULL) {
        struct hostname_group *group;

        strcpy(dot + 1, "*");
        group = find_group(conflicts, *rest);
        if (group != NULL)
            return group;
        *dot = '\0';
    }
    return NULL;
}

/* The first group under the wildcard of GROUP, or NULL, also if it is none. */
static struct hostname_group *covered(const struct conflicts *conflicts,
                                      const struct hostname_group *group)
{
    struct hostname_group *first;
    char *prefix;

    if (!is_wildcard(group->key))
        return NULL;
    prefix = memory_bytes(group->key, strlen(group->key) - 1);
    first = first_under(conflicts, prefix, group->key);
    free(prefix);
    return first;
}

static bool is_wildcard(const char *group_key)
{
    return strcmp(group_key + strlen(group_key) - 2, ".*") == 0;
}

/* The group KEY, or else the next one, or NULL. */
static struct hostname_group *first_from(const struct conflicts *conflicts, const char *key)
{
    const struct hostname_group sought = {.key = key};

    return RB_NFIND(hostname_groups, (struct hostname_groups *)&conflicts->groups,
                    (struct hostname_group *)&sought);
}

/* The first group after the key AFTER whose key begins with PREFIX, or NULL. */
static struct hostname_group *first_under(const struct conflicts *conflicts, const char *prefix,
                                          const char *after)
{
    struct hostname_group *group = first_from(conflicts, after);

    if (group != NULL && strcmp(group->key, after) == 0)
        group = RB_NEXT(hostname_groups, &conflicts->groups, group);
    return group != NULL && strncmp(group->key, prefix, strlen(prefix)) == 0 ? group : NULL;
}

static struct hostname_group *add_group(struct conflicts *conflicts, const char *key)
{
    struct hostname_group *group = memory_new(1, sizeof(*group) + strlen(key) + 1);

    group->key = strcpy((char *)(group + 1), key);
    RB_INSERT(hostname_groups, &conflicts->groups, group);
    return group;
}

static void drop_group(struct conflicts *conflicts, struct hostname_group *group)
{
    RB_REMOVE(hostname_groups, &conflicts->groups, group);
    if (group->prev != NULL)
        DL_DELETE(conflicts->announcing, group);
    free(group->others);
    free(group);
}

static void drop_range(struct conflicts *conflicts, struct hostname_range *range)
{
    DL_DELETE(conflicts->ranges, range);
    free(range->prefix);
    free(range->reached);
    free(range);
}

static int by_key(const struct hostname_group *a, const struct hostname_group *b)
{
    return strcmp(a->key, b->key);
}
