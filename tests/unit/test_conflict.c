/* SPDX-License-Identifier: Apache-2.0 */
/* Pools that want one hostname at one Gateway: who has it, whom the others name, who is told. */
#include "tests/unit/check.h"
#include "tests/unit/world_fixture.h"

#include "common/base/memory.h"
#include "common/objects/key.h"
#include "reconciler/plan/claim.h"
#include "reconciler/plan/conflict.h"

#include <stdio.h>

enum {
    POOLS_MAX = 6,
    MANY = 3000
};

#define ALL_IN                                                                                     \
    "[{\"name\":\"l\",\"protocol\":\"TLS\",\"tls\":{\"mode\":\"Passthrough\"},"                    \
    "\"allowedRoutes\":{\"namespaces\":{\"from\":\"All\"}}}]"
#define SAME_IN                                                                                    \
    "[{\"name\":\"l\",\"protocol\":\"TLS\",\"tls\":{\"mode\":\"Passthrough\"},"                    \
    "\"allowedRoutes\":{\"namespaces\":{\"from\":\"Same\"}}}]"

/* Each Pool is "PATH CREATED HOSTNAME [GATEWAY] [STATE] [ROUTE]". GATEWAY is "NAMESPACE/NAME", in
 * place of "gw" in its own namespace; "i/same" admits namespace i only. STATE is "off", "going",
 * "paused" or "broken". ROUTE is "route=CREATED" for a TLSRoute of its own with its hostname,
 * "else=CREATED" with another one, "foreign" for somebody else's.
 *
 * What each has to know: "<n/a" n/a has the hostname, ">n/a" it wants it too, "^n/w" has a wildcard
 * over it, "_n/a" has a name under it. */
static const struct scenario {
    const char *row;
    struct {
        const char *pool, *knows;
    } pools[POOLS_MAX];
} scenarios[] = {
    {"alone", {{"n/a 1 a.x", ""}}},
    {"different names", {{"n/a 1 a.x", ""}, {"n/b 2 b.x", ""}}},
    /* nobody has a route */
    {"the oldest Pool", {{"n/a 2 a.x", "<n/b"}, {"n/b 1 a.x", ">n/a"}}},
    {"of the same second the first by name", {{"n/a 1 a.x", ">n/b"}, {"n/b 1 a.x", "<n/a"}}},
    {"and by namespace before that",
     {{"m/z 1 a.x i/gw", ">n/a"}, {"n/a 1 a.x i/gw", "<m/z"}, {"n/b 1 a.x i/gw", "<m/z"}}},
    {"age before the name", {{"m/a 2 a.x i/gw", "<n/z"}, {"n/z 1 a.x i/gw", ">m/a"}}},
    {"three", {{"n/c 3 a.x", "<n/a"}, {"n/b 2 a.x", "<n/a"}, {"n/a 1 a.x", ">n/b"}}},
    /* who has the hostname keeps it */
    {"a route before an older Pool", {{"n/a 9 a.x route=20", ">n/b"}, {"n/b 1 a.x", "<n/a"}}},
    {"the older of two routes",
     {{"n/a 9 a.x route=20", ">n/b"}, {"n/b 1 a.x route=21", "<n/a"}, {"n/c 2 a.x", "<n/a"}}},
    {"of two routes of one second the older Pool",
     {{"n/a 9 a.x route=20", "<n/b"}, {"n/b 1 a.x route=20", ">n/a"}}},
    {"a route with another hostname counts for nothing",
     {{"n/a 9 a.x else=2", "<n/b"}, {"n/b 8 a.x", ">n/a"}}},
    {"a route of an earlier Pool is in the way", {{"n/a 1 a.x foreign", ""}, {"n/b 8 a.x", ""}}},
    /* only who could have a route competes */
    {"an older one that is off", {{"n/a 1 a.x off", ""}, {"n/b 2 a.x", ""}}},
    {"an older one that goes", {{"n/a 1 a.x going", ""}, {"n/b 2 a.x", ""}}},
    {"one that goes, with its route", {{"n/a 1 a.x going route=1", ""}, {"n/b 2 a.x", ""}}},
    {"an older one that is paused", {{"n/a 1 a.x paused", ""}, {"n/b 2 a.x", ""}}},
    {"an older one that cannot be read", {{"n/a 1 a.x broken", ""}, {"n/b 2 a.x", ""}}},
    {"one that is paused and has its route",
     {{"n/a 5 a.x paused route=9", ">n/b"}, {"n/b 2 a.x", "<n/a"}}},
    {"one that cannot be read and has its route",
     {{"n/a 5 a.x broken route=9", ">n/b"}, {"n/b 2 a.x", "<n/a"}}},
    {"a hostname that no route can have", {{"n/a 1 A.x", ""}, {"n/b 2 a.x", ""}}},
    {"one that is not admitted",
     {{"n/a 1 a.x i/same", "<i/b"}, {"i/b 2 a.x i/same", ">n/a"}, {"n/c 3 c.x i/same", ""}}},
    {"not admitted, with a route",
     {{"n/a 1 a.x i/same route=1", "<i/b"}, {"i/b 2 a.x i/same", ">n/a"}}},
    {"neither of two is admitted", {{"n/a 1 a.x i/same", ">m/b"}, {"m/b 2 a.x i/same", "<n/a"}}},
    /* a wildcard and a name do not conflict */
    {"a wildcard", {{"n/w 1 *.x", "_n/a"}, {"n/a 2 a.x", "^n/w"}}},
    {"over several labels", {{"n/w 1 *.x", "_n/a"}, {"n/a 2 a.b.x", "^n/w"}}},
    {"the same wildcard", {{"n/v 1 *.x", ">n/w"}, {"n/w 2 *.x", "<n/v"}}},
    {"not the name itself", {{"n/w 1 *.x", ""}, {"n/a 2 x", ""}}},
    {"not within a label", {{"n/w 1 *.b.x", ""}, {"n/a 2 a.bb.x", ""}}},
    {"not above it", {{"n/w 1 *.b.x", ""}, {"n/a 2 c.x", ""}}},
    {"nested wildcards: the narrowest",
     {{"n/v 1 *.x", "_n/w"}, {"n/w 2 *.b.x", "^n/v_n/a"}, {"n/a 3 a.b.x", "^n/w"}}},
    {"of those who want it only who has it",
     {{"n/v 1 *.x", ">n/w_n/a"},
      {"n/w 2 *.x", "<n/v"},
      {"n/a 3 a.x", "^n/v>n/b"},
      {"n/b 4 a.x", "<n/a"}}},
    {"of one label", {{"n/w 1 *.x", ""}, {"n/a 2 y", ""}}},
    /* Gateways */
    {"other Gateway", {{"n/a 1 a.x n/g", ""}, {"n/b 2 a.x n/h", ""}}},
    {"other Gateway, wildcard", {{"n/w 1 *.x n/g", ""}, {"n/b 2 a.x n/h", ""}}},
    {"each namespace its own", {{"m/a 1 a.x", ""}, {"n/a 2 a.x", ""}}},
    {"its own by name", {{"n/a 1 a.x", ">n/b"}, {"n/b 2 a.x n/gw", "<n/a"}}},
    {"one namespace's, from another", {{"m/a 2 a.x n/gw", "<n/b"}, {"n/b 1 a.x", ">m/a"}}},
};

static struct world world;
static struct conflicts conflicts;
static struct touched told;
static uint64_t version;

static void put_scenario(const char *text);
static void put_own_route(const char *path, const char *gateway, const char *hostname,
                          const char *created, bool foreign);
static void update(const char *key, void *context);
static void tell_all(void);
static int set_up(void **state);
static int tear_down(void **state);

static void expect(const char *row, const char *path, const char *knows)
{
    const struct conflict conflict = conflicts_find(&conflicts, path);
    char text[256];

    snprintf(text, sizeof(text), "%s%s%s%s%s%s", conflict.covering != NULL ? "^" : "",
             conflict.covering != NULL ? conflict.covering : "",
             conflict.rival == NULL ? ""
             : conflict.rival_wins  ? "<"
                                    : ">",
             conflict.rival != NULL ? conflict.rival : "", conflict.covered != NULL ? "_" : "",
             conflict.covered != NULL ? conflict.covered : "");
    if (strcmp(text, knows) != 0)
        fail_msg("%s: %s knows \"%s\", has to know \"%s\"", row, path, text, knows);
}

static void expect_all(const struct scenario *scenario)
{
    for (size_t i = 0; i < POOLS_MAX && scenario->pools[i].pool != NULL; i++) {
        char path[64];

        assert_int_equal(sscanf(scenario->pools[i].pool, "%63s", path), 1);
        expect(scenario->row, path, scenario->pools[i].knows);
    }
}

/* Whatever the order in which the Pools came to be known. */
static void test_scenarios(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scenarios); i++) {
        const struct scenario *scenario = &scenarios[i];

        for (int backwards = 0; backwards < 2; backwards++) {
            for (size_t j = 0; j < POOLS_MAX; j++) {
                size_t at = backwards ? POOLS_MAX - 1 - j : j;

                if (scenario->pools[at].pool != NULL)
                    put_scenario(scenario->pools[at].pool);
            }
            expect_all(scenario);
            tear_down(NULL);
            set_up(NULL);
        }
    }
}

/* Who is told when something changes, and nobody else. */
static void test_who_is_told(void **state)
{
    static const struct {
        const char *row, *pool, *told;
    } steps[] = {
        {"the first", "n/a 5 a.x", "n/a|"},
        {"a younger one: the first hears of its first rival", "n/b 6 a.x", "n/a|"},
        {"one that comes last is nobody's business", "n/c 7 a.x", ""},
        {"one that comes before the second", "n/d 5 a.x", "n/a|"},
        {"elsewhere", "n/e 1 e.x", "n/e|"},
        {"the last one changes", "n/c 7 a.x paused", ""},
        {"an older one: all hear of it", "n/0 1 a.x", "n/0|n/a|n/b|n/d|"},
        {"it leaves: all again", "n/0 1 a.x off", "n/a|n/b|n/d|"},
        {"the first has a route: nothing changes", "n/a 5 a.x route=10", ""},
        {"an older one now is not the first, but the second", "n/0 1 a.x", "n/a|"},
        {"a wildcard: who has a name under it hears of it", "n/w 9 *.x", "n/a|n/e|n/w|"},
        {"another of the same that comes before it", "n/v 9 *.x", "n/a|n/e|n/v|n/w|"},
        {"the first changes hands", "n/a 5 a.x off", "n/0|n/b|n/d|n/v|"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        put_scenario(steps[i].pool);
        tell_all();
        touched_expect(steps[i].row, &told, steps[i].told);
    }
}

/* What is being written counts as if it were there. */
static void test_reserved(void **state)
{
    (void)state;
    put_scenario("n/b 5 a.x");
    conflicts_reserve(&conflicts, "n/b", true);
    put_scenario("n/a 1 a.x");
    expect("an older one that comes meanwhile", "n/a", "<n/b");
    put_scenario("n/c 9 a.x route=9");
    expect("one with a route", "n/b", "<n/c");
    put_scenario("n/c 9 a.x off");
    expect("without it", "n/b", ">n/a");
    conflicts_reserve(&conflicts, "n/b", false);
    expect("the write has failed", "n/b", "<n/a");
    conflicts_reserve(&conflicts, "n/b", true);
    put_scenario("n/b 5 b.x");
    expect("another hostname", "n/a", "");
    put_scenario("n/b 5 a.x");
    expect("and back: that is not what is being written", "n/b", "<n/a");
    conflicts_reserve(&conflicts, "n/none", true);
}

/* Two exchange their hostnames: in no order is one without its own in the end. */
static void test_swap(void **state)
{
    (void)state;
    put_scenario("n/a 1 a.x route=10");
    put_scenario("n/b 2 b.x route=11");
    put_scenario("n/a 1 b.x else=10");
    expect("the first has changed", "n/a", "<n/b");
    put_scenario("n/b 2 a.x else=11");
    expect("the second has", "n/a", "");
    expect("the second has", "n/b", "");
}

/* By brute force the same: whose claim comes before all others. */
static void test_consistent(void **state)
{
    static const char *const names[] = {"a.x", "b.x", "*.x", "*.b.x"};
    static const char *const states[] = {"", "", "", "off", "paused", "route=20", "route=21"};
    unsigned random = 1;

    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        char text[64], path[16];

        random = random * 1664525u + 1013904223u;
        snprintf(path, sizeof(path), "n/p%u", (random >> 8) % 40);
        snprintf(text, sizeof(text), "%s %u %s %s", path, (random >> 16) % 12,
                 names[(random >> 24) % COUNT_OF(names)], states[(random >> 4) % COUNT_OF(states)]);
        put_scenario(text);
        for (const struct object *pool = world.store.objects[KIND_POOL]; pool != NULL;
             pool = pool->hh.next) {
            const struct claim claim = claim_of(&world, pool);
            const struct object *other;
            bool rival_wins = false;

            for (other = world.store.objects[KIND_POOL]; other != NULL; other = other->hh.next) {
                const struct claim theirs = claim_of(&world, other);

                rival_wins = rival_wins || (claim.competes && theirs.competes && other != pool &&
                                            strcmp(other->message.pool.hostname,
                                                   pool->message.pool.hostname) == 0 &&
                                            claim_precedes(&theirs, other->key, &claim, pool->key));
            }
            assert_true(conflicts_find(&conflicts, pool->key).rival_wins == rival_wins);
        }
    }
}

/* The cost of a change does not grow with the number of those who want the same: what is told is
 * told bit by bit. */
static void test_many(void **state)
{
    char text[64];

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(text, sizeof(text), "n/p%05u %u a.x", i, i + 5);
        put_scenario(text);
    }
    tell_all();
    told.count = 0;
    put_scenario("n/first 1 a.x");
    assert_int_equal(told.count, 0);
    assert_true(conflicts_announce(&conflicts, 10));
    assert_true(told.count <= 10);
    for (unsigned steps = 0; conflicts_announce(&conflicts, 100); steps++) {
        told.count = 0;
        assert_true(steps <= MANY / 100 + 1);
        if (steps == 3) /* who leaves meanwhile is no stumbling block */
            for (unsigned i = 350; i < 450; i++) {
                snprintf(text, sizeof(text), "n/p%05u 1 a.x off", i);
                put_scenario(text);
            }
    }
    expect("many", "n/p00000", "<n/first");
    expect("many", "n/first", ">n/p00000");
    put_scenario("n/first 1 a.x off");
    put_scenario("n/p00000 1 a.x off");
    expect("many", "n/p00002", "<n/p00001");
}

/* The longest name with wildcards over each of its labels. */
static void test_deep(void **state)
{
    char name[256] = "", text[512];

    (void)state;
    for (int i = 0; i < 126; i++)
        strcat(name, i < 125 ? "a." : "a");
    for (int i = 2; i < 252; i += 2) {
        snprintf(text, sizeof(text), "n/w%d %d *.%s", i, i, name + i);
        put_scenario(text);
    }
    snprintf(text, sizeof(text), "n/a 1 %s", name);
    put_scenario(text);
    expect("the narrowest", "n/a", "^n/w2");
    tell_all();
    told.count = 0;
    put_scenario("n/w2 2 *.y");
    expect("the next", "n/a", "^n/w4");
}

/* TEXT is that of a scenario. */
static void put_scenario(const char *text)
{
    char path[64], hostname[256], word[64], gateway[64] = "gw", *end;
    char namespace[32], name[32], gateway_namespace[32] = "", route[16] = "";
    struct message message;
    unsigned created;
    int at = 0, size;
    bool broken = false;

    assert_true(sscanf(text, "%63s %u %255s%n", path, &created, hostname, &at) == 3);
    message = message_at(MESSAGE_POOL, path, ++version);
    message.pool.created = created;
    message.pool.route_enabled = true;
    message.pool.hostname = hostname;
    message.pool.service_port = 8140;
    for (; sscanf(text + at, "%63s%n", word, &size) == 1; at += size) {
        message.pool.route_enabled &= strcmp(word, "off") != 0;
        message.pool.deleting |= strcmp(word, "going") == 0;
        message.pool.paused |= strcmp(word, "paused") == 0;
        broken |= strcmp(word, "broken") == 0;
        if (strchr(word, '/') != NULL)
            snprintf(gateway, sizeof(gateway), "%s", word);
        if (strchr(word, '=') != NULL || strcmp(word, "foreign") == 0)
            snprintf(route, sizeof(route), "%.15s", word);
    }
    end = strchr(gateway, '/');
    if (end != NULL)
        snprintf(gateway_namespace, sizeof(gateway_namespace), "%.*s", (int)(end - gateway),
                 gateway);
    message.pool.gateway_namespace = gateway_namespace;
    message.pool.gateway_name = end != NULL ? end + 1 : gateway;
    put_message(&world.store, message);
    if (broken)
        put_unreadable(&world.store, KIND_POOL, path, "p");
    assert_int_equal(sscanf(path, "%31[^/]/%31s", namespace, name), 2);
    store_remove(&world.store, KIND_ROUTE, path, "r");
    if (route[0] == '\0')
        return;
    end = gateway_namespace[0] != '\0' ? memory_text(gateway) : key_of(namespace, gateway);
    put_own_route(path, end, strncmp(route, "else", 4) == 0 ? "else.y" : hostname,
                  strchr(route, '=') != NULL ? strchr(route, '=') + 1 : "1",
                  strcmp(route, "foreign") == 0);
    free(end);
}

static void put_own_route(const char *path, const char *gateway, const char *hostname,
                          const char *created, bool foreign)
{
    struct message message = message_at(MESSAGE_ROUTE, path, ++version);
    char *pool_uid = memory_text(message.route.uid);

    message.route.uid = "r";
    message.route.controller_uid = foreign ? "u-earlier" : pool_uid;
    message.route.created = strtoull(created, NULL, 10);
    text_list_add(&message.route.hostnames, "first.y");
    text_list_add(&message.route.hostnames, hostname);
    text_list_add(&message.route.gateways, gateway);
    put_message(&world.store, message);
    text_list_clear(&message.route.hostnames);
    text_list_clear(&message.route.gateways);
    free(pool_uid);
}

static void update(const char *key, void *context)
{
    (void)context;
    conflicts_update(&conflicts, &world, key);
}

static void tell_all(void)
{
    while (conflicts_announce(&conflicts, 2))
        continue;
}

static int set_up(void **state)
{
    (void)state;
    world = (struct world){
        .store.relations.pools = {update, update, NULL},
        .store.relations.certificates = {touched_ignore, touched_ignore, NULL},
    };
    conflicts = (struct conflicts){.changed = touched_add, .context = &told};
    told.count = 0;
    put_gateway(&world.store, "i/same", ++version, SAME_IN);
    put_gateway(&world.store, "i/gw", ++version, ALL_IN);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_forget(&world.store, KIND_POOL);
    tell_all();
    assert_true(RB_EMPTY(&conflicts.groups));
    assert_null(conflicts.claimants);
    assert_null(conflicts.announcing);
    assert_null(conflicts.ranges);
    world_clear(&world.store);
    return 0;
}

#define CONFLICT_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFLICT_TEST(test_scenarios),  CONFLICT_TEST(test_who_is_told),
        CONFLICT_TEST(test_reserved),   CONFLICT_TEST(test_swap),
        CONFLICT_TEST(test_consistent), CONFLICT_TEST(test_many),
        CONFLICT_TEST(test_deep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
