/* SPDX-License-Identifier: Apache-2.0 */
/* Lists: what is gone with them, each in its scope, and when absent means absent. */
#include "tests/unit/check.h"
#include "tests/unit/world_fixture.h"

static struct store store;
static struct touched touched;

static void test_resync_drops(void **state)
{
    (void)state;
    store_resync_begin(&store, KIND_POOL, "");
    put_pool(&store, "n/a", 1, "a.b");
    put_pool(&store, "n/b", 1, "b.b");
    put_unreadable(&store, KIND_POOL, "n/c", "p");
    put_unreadable(&store, KIND_POOL, "n/d", "p");
    put_server(&store, "n/a", 1, "c", "a");
    put_route(&store, "n/a", 1, "{}");
    list_end(&store, KIND_POOL, "");
    touched_expect("first list", &touched, "n/a|n/b|n/c|n/d|");
    store_resync_begin(&store, KIND_POOL, "");
    touched_expect("nothing is dropped at its begin", &touched, "");
    put_pool(&store, "n/a", 1, "a.b"); /* as it was: seen all the same */
    put_unreadable(&store, KIND_POOL, "n/c", "p");
    touched_expect("nothing new", &touched, "");
    assert_int_equal(store_count(&store, KIND_POOL), 4);
    list_end(&store, KIND_POOL, "");
    touched_expect("what did not come is gone", &touched, "n/b|n/d|");
    assert_non_null(store_find(&store, KIND_POOL, "n/a"));
    assert_null(store_find(&store, KIND_POOL, "n/b"));
    assert_non_null(store_find(&store, KIND_POOL, "n/c"));
    assert_null(store_find(&store, KIND_POOL, "n/d"));
    assert_int_equal(store_count(&store, KIND_SERVER), 1); /* other kinds stay */
    assert_int_equal(store_count(&store, KIND_ROUTE), 1);
}

static const char *hostname_of(const char *key)
{
    return store_find(&store, KIND_POOL, key)->message.pool.hostname;
}

/* After etcd was restored from a backup: a list replaces what is known, in its scope. What came
 * since it began, such as the answer to a write, is newer than it. */
static void test_resync_with_smaller_versions(void **state)
{
    static const char *const scopes[] = {"", "n"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(scopes); i++) {
        put_pool(&store, "n/a", 1000, "a.b");
        put_pool(&store, "m/a", 1000, "a.b");
        put_pool(&store, "n/gone", 1000, "a.b");
        store_resync_begin(&store, KIND_POOL, scopes[i]);
        put_pool(&store, "n/a", 9, "old.b");
        assert_string_equal(hostname_of("n/a"), "old.b");
        put_pool(&store, "n/a", 11, "answer.b");
        put_pool(&store, "n/a", 10, "late.b");
        assert_string_equal(hostname_of("n/a"), "answer.b");
        put_pool(&store, "m/a", 9, "old.b");
        assert_string_equal(hostname_of("m/a"), scopes[i][0] == '\0' ? "old.b" : "a.b");
        list_end(&store, KIND_POOL, scopes[i]);
        assert_string_equal(hostname_of("n/a"), "answer.b");
        assert_null(store_find(&store, KIND_POOL, "n/gone"));
        put_pool(&store, "n/a", 8, "older.b"); /* on the watch that follows */
        assert_string_equal(hostname_of("n/a"), "answer.b");
        world_clear(&store);
    }
}

static void test_resync_scopes(void **state)
{
    static const char *const paths[] = {"n/a", "n2/a", "m/a", "nn/a"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        put_pool(&store, paths[i], 1, "a.b");
        put_server(&store, paths[i], 1, "c", "");
    }
    touched_expect("new", &touched, "m/a|n/a|n2/a|nn/a|");
    store_resync_begin(&store, KIND_POOL, "n");
    list_end(&store, KIND_POOL, "n");
    touched_expect("one namespace, and not those whose name begins alike", &touched, "n/a|");
    assert_int_equal(store_count(&store, KIND_POOL), 3);
    assert_int_equal(store_count(&store, KIND_SERVER), 4);
    /* two lists under way at once */
    store_resync_begin(&store, KIND_POOL, "m");
    put_pool(&store, "m/a", 1, "a.b");
    store_resync_begin(&store, KIND_POOL, "n2");
    put_pool(&store, "m/b", 1, "b.b");
    list_end(&store, KIND_POOL, "m");
    assert_non_null(store_find(&store, KIND_POOL, "m/a"));
    assert_non_null(store_find(&store, KIND_POOL, "m/b"));
    assert_non_null(store_find(&store, KIND_POOL, "n2/a"));
    list_end(&store, KIND_POOL, "n2");
    assert_null(store_find(&store, KIND_POOL, "n2/a"));
    assert_non_null(store_find(&store, KIND_POOL, "m/a"));
    touched_expect("the other list", &touched, "m/b|n2/a|");
    list_end(&store, KIND_POOL, "never-begun");
    list_end(&store, KIND_SERVER, "");
    touched_expect("an end without a begin", &touched, "");
    assert_int_equal(store_count(&store, KIND_SERVER), 4);
}

static void test_begin_twice(void **state)
{
    (void)state;
    put_pool(&store, "n/a", 1, "a.b");
    put_pool(&store, "n/b", 1, "b.b");
    store_resync_begin(&store, KIND_POOL, "n");
    put_pool(&store, "n/a", 1, "a.b");
    store_resync_begin(&store, KIND_POOL, "n"); /* it starts over: what came before counts not */
    put_pool(&store, "n/b", 1, "b.b");
    touched_expect("no change", &touched, "n/a|n/b|");
    list_end(&store, KIND_POOL, "n");
    touched_expect("the first did not come again", &touched, "n/a|");
    assert_true(lists_complete(&store.lists, KIND_POOL, 1));
    assert_false(lists_complete(&store.lists, KIND_POOL, 2)); /* it is one list, not two */
}

static void test_complete(void **state)
{
    (void)state;
    assert_false(lists_complete(&store.lists, KIND_POOL, 1));
    store_resync_begin(&store, KIND_POOL, "n");
    assert_false(lists_complete(&store.lists, KIND_POOL, 1));
    assert_false(lists_are_relisting(&store.lists, KIND_POOL)); /* it is the first time */
    list_end(&store, KIND_POOL, "n");
    assert_true(lists_complete(&store.lists, KIND_POOL, 1));
    assert_false(lists_complete(&store.lists, KIND_POOL, 2));
    assert_false(lists_complete(&store.lists, KIND_ROUTE, 1));
    store_resync_begin(&store, KIND_POOL, "m");
    list_end(&store, KIND_POOL, "m");
    assert_true(lists_complete(&store.lists, KIND_POOL, 2));
    store_resync_begin(&store, KIND_POOL, "n");
    assert_false(lists_complete(&store.lists, KIND_POOL, 2));
    assert_true(lists_are_relisting(&store.lists, KIND_POOL));
    assert_false(lists_are_relisting(&store.lists, KIND_ROUTE));
    list_end(&store, KIND_POOL, "n");
    assert_true(lists_complete(&store.lists, KIND_POOL, 2));
    assert_false(lists_are_relisting(&store.lists, KIND_POOL));
}

/* How the watcher reads a kind may change: one list for all namespaces, or one for each. */
static void test_joined(void **state)
{
    (void)state;
    store_resync_begin(&store, KIND_POOL, "m");
    put_pool(&store, "m/a", 1, "a.b");
    put_pool(&store, "m/b", 1, "b.b");
    list_end(&store, KIND_POOL, "m");
    store_resync_begin(&store, KIND_POOL, "n"); /* never ends */
    touched_expect("new", &touched, "m/a|m/b|");
    store_resync_begin(&store, KIND_POOL, "");
    assert_false(lists_complete(&store.lists, KIND_POOL, 1));
    put_pool(&store, "m/a", 1, "a.b");
    put_pool(&store, "n/a", 1, "c.b");
    touched_expect("new", &touched, "n/a|");
    list_end(&store, KIND_POOL, "");
    touched_expect("gone", &touched, "m/b|");
    assert_true(lists_complete(&store.lists, KIND_POOL, 2)); /* it is both */
    list_end(&store, KIND_POOL, "n");                        /* of a list that is there no more */
    assert_int_equal(store_count(&store, KIND_POOL), 2);
    /* The list of all was begun, and is refused then. */
    store_resync_begin(&store, KIND_POOL, "");
    store_resync_begin(&store, KIND_POOL, "m");
    store_resync_begin(&store, KIND_POOL, "n");
    put_pool(&store, "m/a", 1, "a.b");
    list_end(&store, KIND_POOL, "m");
    assert_false(lists_complete(&store.lists, KIND_POOL, 2));
    list_end(&store, KIND_POOL, "n");
    assert_true(lists_complete(&store.lists, KIND_POOL, 2));
    assert_false(lists_complete(&store.lists, KIND_POOL, 3));
    touched_expect("gone in a namespace", &touched, "n/a|");
}

static void test_reader_lost(void **state)
{
    (void)state;
    store_resync_begin(&store, KIND_POOL, "");
    put_pool(&store, "n/a", 5, "a.b");
    put_pool(&store, "n/b", 5, "b.b");
    list_end(&store, KIND_POOL, "");
    store_resync_begin(&store, KIND_SERVICE, "");
    list_end(&store, KIND_SERVICE, "");
    store_resync_begin(&store, KIND_ROUTE, "");
    touched_expect("new", &touched, "n/a|n/b|");
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        if (kind != KIND_SERVICE)
            lists_reader_lost(&store.lists, kind);
    }
    touched_expect("the objects stay", &touched, "");
    assert_true(lists_complete(&store.lists, KIND_SERVICE, 1)); /* its reader goes on */
    assert_int_equal(store_count(&store, KIND_POOL), 2);
    assert_false(lists_complete(&store.lists, KIND_POOL, 1));
    assert_false(lists_complete(&store.lists, KIND_ROUTE, 1));
    store_resync_begin(&store, KIND_POOL, "");
    put_pool(&store, "n/b", 5, "b.b");
    list_end(&store, KIND_POOL, "");
    touched_expect("what went in the meantime", &touched, "n/a|");
    assert_true(lists_complete(&store.lists, KIND_POOL, 1));
}

/* The kind is no longer served: its objects are gone, and its lists were never read. */
static void test_forget(void **state)
{
    (void)state;
    store_forget(&store, KIND_ROUTE);
    touched_expect("nothing to forget", &touched, "");
    for (enum kind kind = KIND_POOL; kind <= KIND_ROUTE; kind++) {
        store_resync_begin(&store, kind, "m");
        store_resync_begin(&store, kind, "n");
    }
    put_pool(&store, "n/a", 1, "a.x");
    put_route(&store, "n/a", 1, "{}");
    put_route(&store, "m/b", 1, "{}");
    put_unreadable(&store, KIND_ROUTE, "n/c", "p");
    for (enum kind kind = KIND_POOL; kind <= KIND_ROUTE; kind++) {
        list_end(&store, kind, "m");
        list_end(&store, kind, "n");
    }
    touched_expect("new", &touched, "m/b|n/a|n/c|");
    store_forget(&store, KIND_ROUTE);
    touched_expect("forgotten", &touched, "m/b|n/a|n/c|");
    assert_int_equal(store_count(&store, KIND_ROUTE), 0);
    assert_int_equal(store_count(&store, KIND_POOL), 1);
    assert_false(lists_complete(&store.lists, KIND_ROUTE, 1));
    assert_true(lists_complete(&store.lists, KIND_POOL, 2)); /* the others stay */
    assert_true(lists_complete(&store.lists, KIND_SERVER, 2));
    list_end(&store, KIND_ROUTE, "n"); /* of a list that is forgotten */
    assert_false(lists_complete(&store.lists, KIND_ROUTE, 1));
    store_resync_begin(&store, KIND_ROUTE, "n");
    put_route(&store, "n/a", 1, "{}"); /* an older version than before is news */
    list_end(&store, KIND_ROUTE, "n");
    touched_expect("served again", &touched, "n/a|");
    assert_true(lists_complete(&store.lists, KIND_ROUTE, 1));
    assert_false(lists_complete(&store.lists, KIND_ROUTE, 2));
}

static int set_up(void **state)
{
    (void)state;
    touched.count = 0;
    store = (struct store){
        .relations.pools = {touched_add, touched_add, &touched},
        .relations.certificates = {touched_ignore, touched_ignore, &touched},
    };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_clear(&store);
    return 0;
}

#define LISTS_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LISTS_TEST(test_resync_drops),  LISTS_TEST(test_resync_with_smaller_versions),
        LISTS_TEST(test_resync_scopes), LISTS_TEST(test_begin_twice),
        LISTS_TEST(test_complete),      LISTS_TEST(test_joined),
        LISTS_TEST(test_reader_lost),   LISTS_TEST(test_forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
