/* SPDX-License-Identifier: Apache-2.0 */
/* Pools whose hostnames meet at one Gateway. */
#include "tests/unit/check.h"
#include "tests/unit/world_fixture.h"

#include "reconciler/world/hostnames.h"

static struct store store;
static struct touched touched;

static void expect_rivals(const char *path, const char *keys);

/* Each with its rivals: the oldest first, then by key; never itself, never one that goes. */
static void test_rivals(void **state)
{
    static const struct {
        const char *path;
        uint64_t created;
        const char *hostname, *rivals;
    } rows[] = {
        {"n/a", 5, "a.x", "n/w|n/a2|n/a1|n/star|"},
        {"n/a1", 9, "a.x", "n/w|n/a2|n/a|n/star|"},
        {"n/a2", 3, "a.x", "n/w|n/a|n/a1|n/star|"},
        {"n/w", 1, "*.x", "n/a2|n/v|n/a|n/deep|n/a1|n/star|"},
        {"n/v", 4, "*.b.x", "n/w|n/deep|n/star|"},
        {"n/star", 9, "*.x", "n/w|n/a2|n/v|n/a|n/deep|n/a1|"},
        {"n/deep", 8, "c.a.b.x", "n/w|n/v|n/star|"},
        {"n/other", 0, "x", ""},
        {"n/xx", 0, "xx", ""},
        {"n/empty", 0, "", ""},
        {"n/dots", 0, "..", "n/wilder|"}, /* none of these is a hostname; they do no harm */
        {"n/wild", 0, "*", ""},
        {"n/wilder", 0, "*.", ""},
        {"n/upper", 0, "A.Y", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        put_rival(&store, rows[i].path, rows[i].created, rows[i].hostname, "gw");
    put_rival(&store, "n/going", 0, "a.x", "gw");
    store_find(&store, KIND_POOL, "n/going")->message.pool.deleting = true;
    put_rival(&store, "m/far", 0, "a.x", "gw");
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect_rivals(rows[i].path, rows[i].rivals);
    expect_rivals("n/going", "n/w|n/a2|n/a|n/a1|n/star|");
    expect_rivals("m/far", "");
    touched.count = 0;
    relations_touch_rivals(&store.relations, store_find(&store, KIND_POOL, "n/v"));
    touched_expect("rivals", &touched, "n/deep|n/star|n/w|");
    relations_touch_rivals(&store.relations, store_find(&store, KIND_POOL, "n/other"));
    touched_expect("no rivals", &touched, "");
}

static void test_gateway_key(void **state)
{
    static const struct {
        const char *namespace, *key;
    } rows[] = {{"", "n/gw"}, {"i", "i/gw"}, {"n", "n/gw"}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct pool_message pool = {
            .namespace = "n", .gateway_namespace = rows[i].namespace, .gateway_name = "gw"};
        char *key = object_gateway_key(&pool);

        CHECK_ROW_TEXT(rows[i].namespace, key, rows[i].key);
        free(key);
    }
}

static void expect_rivals(const char *path, const char *keys)
{
    size_t count;
    struct object **rivals =
        hostnames_rivals(&store.relations.hostnames, store_find(&store, KIND_POOL, path), &count);
    char found[256] = "";

    for (size_t i = 0; i < count; i++) {
        strcat(found, rivals[i]->key);
        strcat(found, "|");
    }
    CHECK_ROW_TEXT(path, found, keys);
    free(rivals);
}

static int set_up(void **state)
{
    (void)state;
    touched.count = 0;
    store = (struct store){
        .relations.pools = {touched_add, &touched},
        .relations.certificates = {touched_ignore, &touched},
    };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_clear(&store);
    return 0;
}

#define HOSTNAMES_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOSTNAMES_TEST(test_rivals),
        HOSTNAMES_TEST(test_gateway_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
