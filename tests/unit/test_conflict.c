/* SPDX-License-Identifier: Apache-2.0 */
/* Pools that want one hostname at one Gateway: who gets it, and whom the others name. */
#include "tests/unit/check.h"
#include "tests/unit/world_fixture.h"

#include "common/base/memory.h"
#include "reconciler/plan/conflict.h"

#include <stdio.h>

enum {
    POOLS_MAX = 6
};

/* Each Pool is "PATH CREATED HOSTNAME [GATEWAY]"; the Gateway is "gw" of the Pool's namespace, or
 * "NAMESPACE/NAME", or "off" for a Pool without a route, "going" for one that is being deleted.
 * What is expected of each: the path of its rival, with "< " before it if that one wins;
 * NULL for none. */
static const struct scenario {
    const char *row;
    struct {
        const char *pool, *rival;
    } pools[POOLS_MAX];
} scenarios[] = {
    {"alone", {{"n/a 1 a.x", NULL}}},
    {"different names", {{"n/a 1 a.x", NULL}, {"n/b 2 b.x", NULL}}},
    {"the oldest wins", {{"n/a 2 a.x", "< n/b"}, {"n/b 1 a.x", "n/a"}}},
    {"of the same second the first by name", {{"n/a 1 a.x", "n/b"}, {"n/b 1 a.x", "< n/a"}}},
    {"and by namespace before that",
     {{"m/z 1 a.x i/gw", "n/a"}, {"n/a 1 a.x i/gw", "< m/z"}, {"n/b 1 a.x i/gw", "< m/z"}}},
    {"age before the name", {{"m/a 2 a.x i/gw", "< n/z"}, {"n/z 1 a.x i/gw", "m/a"}}},
    {"three", {{"n/c 3 a.x", "< n/a"}, {"n/b 2 a.x", "< n/a"}, {"n/a 1 a.x", "n/b"}}},
    /* wildcards */
    {"an older wildcard", {{"n/w 1 *.x", "n/a"}, {"n/a 2 a.x", "< n/w"}}},
    {"a younger wildcard", {{"n/w 2 *.x", "< n/a"}, {"n/a 1 a.x", "n/w"}}},
    {"over several labels", {{"n/w 1 *.x", "n/a"}, {"n/a 2 a.b.x", "< n/w"}}},
    {"the same wildcard", {{"n/v 1 *.x", "n/w"}, {"n/w 2 *.x", "< n/v"}}},
    {"not the name itself", {{"n/w 1 *.x", NULL}, {"n/a 2 x", NULL}}},
    {"not within a label", {{"n/w 1 *.b.x", NULL}, {"n/a 2 a.bb.x", NULL}}},
    {"not above it", {{"n/w 1 *.b.x", NULL}, {"n/a 2 c.x", NULL}}},
    {"nested wildcards",
     {{"n/v 1 *.x", "n/w"}, {"n/w 2 *.b.x", "< n/v"}, {"n/a 3 a.b.x", "< n/v"}}},
    {"nested, the narrow one first",
     {{"n/v 2 *.x", "< n/w"}, {"n/w 1 *.b.x", "n/v"}, {"n/a 3 a.b.x", "< n/w"}}},
    {"nested, by the name in it",
     {{"n/a 1 a.b.x", "n/w"},
      {"n/w 2 *.b.x", "< n/a"},
      {"n/v 3 *.x", "< n/a"},
      {"n/c 4 c.x", "n/v"}}},
    /* who loses takes nothing away from others */
    {"a chain", {{"n/a 1 a.x", "n/w"}, {"n/w 2 *.x", "< n/a"}, {"n/b 3 b.x", "n/w"}}},
    {"a chain of two ages",
     {{"n/a 1 a.x", "n/w"},
      {"n/w 2 *.x", "< n/a"},
      {"n/b 3 b.x", "n/w"},
      {"n/v 4 *.x", "< n/a"},
      {"n/c 5 b.x", "< n/b"}}},
    {"a chain over nested wildcards",
     {{"n/a 1 a.b.x", "n/w"},
      {"n/w 2 *.b.x", "< n/a"},
      {"n/v 3 *.c.b.x", "n/w"},
      {"n/d 4 d.c.b.x", "< n/v"},
      {"n/e 5 e.b.x", "n/w"}}},
    {"the winner is named, not the oldest rival",
     {{"n/a 1 a.x", "n/w"}, {"n/w 2 *.x", "< n/a"}, {"n/b 3 b.x", "n/w"}, {"n/c 4 b.x", "< n/b"}}},
    /* Gateways */
    {"other Gateway", {{"n/a 1 a.x n/g", NULL}, {"n/b 2 a.x n/h", NULL}}},
    {"other Gateway, wildcard", {{"n/w 1 *.x n/g", NULL}, {"n/b 2 a.x n/h", NULL}}},
    {"each namespace its own", {{"m/a 1 a.x", NULL}, {"n/a 2 a.x", NULL}}},
    {"one for two namespaces", {{"m/a 1 a.x i/gw", "n/a"}, {"n/a 2 a.x i/gw", "< m/a"}}},
    {"its own by name", {{"n/a 1 a.x", "n/b"}, {"n/b 2 a.x n/gw", "< n/a"}}},
    {"one namespace's, from another", {{"m/a 2 a.x n/gw", "< n/b"}, {"n/b 1 a.x", "m/a"}}},
    /* what gets no route takes none away */
    {"an older one that is off", {{"n/a 1 a.x off", NULL}, {"n/b 2 a.x", NULL}}},
    {"an older one that goes", {{"n/b 2 a.x", NULL}, {"n/a 1 a.x going", "n/b"}}},
    {"a hostname that no route can have", {{"n/a 1 A.x", NULL}, {"n/b 2 A.x", NULL}}},
    {"an invalid name under a wildcard", {{"n/a 1 a_.x", "n/w"}, {"n/w 2 *.x", NULL}}},
    {"an invalid wildcard", {{"n/w 1 *.X", NULL}, {"n/a 2 a.X", NULL}}},
    {"an invalid one does not hide the next",
     {{"n/z 1 _.x", "n/w"}, {"n/a 2 a.x", "n/w"}, {"n/w 3 *.x", "< n/a"}}},
    {"an invalid one loses", {{"n/w 1 *.x", NULL}, {"n/a 2 a_.x", "< n/w"}}},
};

static struct store store;

static void init(void);
static void put(const char *text, bool without_route);

static void expect_rival(const char *row, const char *text, const char *expected)
{
    char path[64];
    struct object *pool;
    const struct object *rival;
    bool rival_wins;

    assert_int_equal(sscanf(text, "%63s", path), 1);
    pool = store_find(&store, KIND_POOL, path);
    assert_non_null(pool);
    if (!pool->message.pool.route_enabled)
        return;
    rival = conflict_rival(&store.relations.hostnames, pool, &rival_wins);
    if (rival == NULL && expected == NULL && !rival_wins)
        return;
    snprintf(path, sizeof(path), "%s%s", rival_wins ? "< " : "", rival != NULL ? rival->key : "-");
    if (expected == NULL || strcmp(path, expected) != 0)
        fail_msg("%s: %s: rival %s, has to be %s", row, text, path,
                 expected != NULL ? expected : "(none)");
}

/* Whatever the order in which the Pools came to be known. */
static void test_scenarios(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scenarios); i++) {
        const struct scenario *scenario = &scenarios[i];

        for (int backwards = 0; backwards < 2; backwards++) {
            init();
            for (size_t j = 0; j < POOLS_MAX; j++) {
                size_t at = backwards ? POOLS_MAX - 1 - j : j;

                if (scenario->pools[at].pool != NULL)
                    put(scenario->pools[at].pool, false);
            }
            for (size_t j = 0; j < POOLS_MAX && scenario->pools[j].pool != NULL; j++)
                expect_rival(scenario->row, scenario->pools[j].pool, scenario->pools[j].rival);
            world_clear(&store);
        }
    }
}

/* The name becomes free, and the next one gets it. */
static void test_freed(void **state)
{
    (void)state;
    init();
    put("n/a 1 a.x", false);
    put("n/b 2 a.x", false);
    put("n/c 3 *.x", false);
    expect_rival("taken", "n/b", "< n/a");
    expect_rival("taken", "n/c", "< n/a");
    put("n/a 1 a.x", true);
    expect_rival("the first gave it up", "n/b", "n/c");
    expect_rival("the first gave it up", "n/c", "< n/b");
    store_remove(&store, KIND_POOL, "n/b", "u");
    expect_rival("the second is gone", "n/c", NULL);
    put("n/a 1 a.x", false);
    expect_rival("the first is back", "n/c", "< n/a");
    world_clear(&store);
}

/* Of all that intersect never two win, and who loses does so to one that wins. */
static void test_consistent(void **state)
{
    static const char *const names[] = {"a.x",   "b.x",     "*.x",     "a.b.x",
                                        "*.b.x", "*.a.b.x", "c.a.b.x", "x"};
    char texts[24][64], path[64];

    (void)state;
    for (unsigned seed = 1; seed <= 200; seed++) {
        unsigned random = seed * 2654435761u;

        init();
        for (size_t i = 0; i < COUNT_OF(texts); i++) {
            random = random * 1664525u + 1013904223u;
            snprintf(texts[i], sizeof(texts[i]), "n/p%zu %u %s", i, (random >> 16) % 12,
                     names[(random >> 24) % COUNT_OF(names)]);
            put(texts[i], false);
        }
        for (size_t i = 0; i < COUNT_OF(texts); i++) {
            struct object *pool, **rivals;
            const struct object *rival;
            bool rival_wins, other_wins;
            size_t count;

            assert_int_equal(sscanf(texts[i], "%63s", path), 1);
            pool = store_find(&store, KIND_POOL, path);
            rival = conflict_rival(&store.relations.hostnames, pool, &rival_wins);
            rivals = hostnames_rivals(&store.relations.hostnames, pool, &count);
            assert_true((rival != NULL) == (count > 0));
            if (rival_wins) {
                conflict_rival(&store.relations.hostnames, rival, &other_wins);
                assert_false(other_wins);
            }
            for (size_t j = 0; j < count && !rival_wins; j++) {
                conflict_rival(&store.relations.hostnames, rivals[j], &other_wins);
                assert_true(other_wins);
            }
            free(rivals);
        }
        world_clear(&store);
    }
}

static void init(void)
{
    store = (struct store){
        .relations.pools = {touched_ignore, NULL},
        .relations.certificates = {touched_ignore, NULL},
    };
}

static void put(const char *text, bool without_route)
{
    char namespace[32], name[32], hostname[64], gateway[64] = "gw";
    static uint64_t version;
    struct message message = message_of(MESSAGE_POOL), owned;
    unsigned created;
    char *slash;

    assert_true(sscanf(text, "%31[^/]/%31s %u %63s %63s", namespace, name, &created, hostname,
                       gateway) >= 4);
    message.pool.namespace = namespace;
    message.pool.name = name;
    message.pool.uid = "u";
    message.pool.resource_version = ++version;
    message.pool.created = created;
    message.pool.route_enabled = !without_route && strcmp(gateway, "off") != 0;
    message.pool.deleting = strcmp(gateway, "going") == 0;
    message.pool.hostname = hostname;
    message.pool.service_port = 8140;
    slash = strchr(gateway, '/');
    message.pool.gateway_namespace = slash != NULL ? gateway : "";
    message.pool.gateway_name = slash != NULL ? slash + 1 : "gw";
    if (slash != NULL)
        *slash = '\0';
    owned = message_copy(&message);
    store_put(&store, &owned);
    message_clear(&owned);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenarios),
        cmocka_unit_test(test_freed),
        cmocka_unit_test(test_consistent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
