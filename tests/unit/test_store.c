/* SPDX-License-Identifier: Apache-2.0 */
/* The store: the newest version of each object, what is remembered of it, what cannot be read. */
#include "tests/unit/check.h"
#include "tests/unit/world_fixture.h"

#include "common/base/memory.h"
#include "common/objects/key.h"

#include <stdio.h>

static struct store store;
static struct touched touched;
static size_t states_freed;

static void free_state(void *state, void *context);

static void test_versions(void **state)
{
    struct object *object;

    (void)state;
    put_pool(&store, "n/a", 10, "x.b");
    touched_expect("new", &touched, "n/a|");
    put_pool(&store, "n/a", 9, "old.b");
    touched_expect("an older state", &touched, "");
    object = store_find(&store, KIND_POOL, "n/a");
    assert_string_equal(object->message.pool.hostname, "x.b");
    assert_int_equal(object->message.pool.resource_version, 10);
    put_pool(&store, "n/a", 12, "x.b");
    touched_expect("the same content", &touched, "");
    assert_int_equal(object->message.pool.resource_version, 12);
    put_pool(&store, "n/a", 11, "old.b");
    touched_expect("older than that", &touched, "");
    put_pool(&store, "n/a", 12, "y.b");
    touched_expect("the same version, other content", &touched, "n/a|");
    put_pool(&store, "n/a", UINT64_MAX, "z.b");
    touched_expect("the largest version", &touched, "n/a|");
    assert_string_equal(object->message.pool.hostname, "z.b");
}

/* Deleted and created again, by name the same: versions of the one say nothing of the other. */
static void test_other_uid(void **state)
{
    struct message message = message_at(MESSAGE_POOL, "n/a", 5);
    struct object *object;

    (void)state;
    put_pool(&store, "n/a", 10, "x.b");
    touched_expect("new", &touched, "n/a|");
    message.pool.uid = "another";
    put_message(&store, message);
    touched_expect("recreated", &touched, "n/a|");
    object = store_find(&store, KIND_POOL, "n/a");
    assert_string_equal(object->message.pool.uid, "another");
    assert_int_equal(object->message.pool.resource_version, 5);
    store_remove(&store, KIND_POOL, "n/a", "u-n/a");
    touched_expect("the first one is gone", &touched, "");
    assert_ptr_equal(store_find(&store, KIND_POOL, "n/a"), object);
    store_remove(&store, KIND_POOL, "n/a", "another");
    touched_expect("the second one too", &touched, "n/a|");
    assert_null(store_find(&store, KIND_POOL, "n/a"));
}

static void test_unreadable(void **state)
{
    struct object *object;

    (void)state;
    put_pool(&store, "n/a", 1, "x.b");
    put_pool(&store, "n/b", 1, "x.b");
    touched_expect("new", &touched, "n/a|n/b|");
    assert_true(put_unreadable(&store, KIND_POOL, "n/a", "p is wrong"));
    touched_expect("broken", &touched, "n/a|");
    object = store_find(&store, KIND_POOL, "n/a");
    assert_string_equal(object->problem, "p is wrong");
    assert_string_equal(object->message.pool.hostname, "x.b"); /* what was known stays */
    assert_false(put_unreadable(&store, KIND_POOL, "n/a", "p is wrong"));
    touched_expect("broken the same way", &touched, "");
    assert_true(put_unreadable(&store, KIND_POOL, "n/a", "q is wrong"));
    touched_expect("broken another way", &touched, "n/a|");
    put_pool(&store, "n/b", 2, "y.b");
    touched_expect("another one", &touched, "n/b|");
    put_pool(&store, "n/a", 1, "x.b");
    touched_expect("repaired, as it was", &touched, "n/a|");
    assert_null(object->problem);
    put_unreadable(&store, KIND_POOL, "n/new", "p");
    touched_expect("never understood", &touched, "n/new|");
    object = store_find(&store, KIND_POOL, "n/new");
    assert_int_equal(object->message.type, MESSAGE_NONE);
    put_pool(&store, "n/new", 1, "y.b");
    touched_expect("understood at last", &touched, "n/new|");
    put_unreadable(&store, KIND_POOL, "n/other", "p");
    touched_expect("never understood", &touched, "n/other|");
    store_remove(&store, KIND_POOL, "n/other", "whatever its uid was");
    touched_expect("and gone", &touched, "n/other|");
    assert_null(store_find(&store, KIND_POOL, "n/other"));
}

static void test_states(void **state)
{
    (void)state;
    put_pool(&store, "n/a", 1, "a.b");
    put_pool(&store, "n/b", 1, "b.b");
    put_pool(&store, "n/c", 1, "c.b");
    store_find(&store, KIND_POOL, "n/a")->state = memory_text("a state");
    store_find(&store, KIND_POOL, "n/b")->state = memory_text("another state");
    put_pool(&store, "n/a", 2, "x.b"); /* a change leaves them */
    assert_string_equal(store_find(&store, KIND_POOL, "n/a")->state, "a state");
    store_remove(&store, KIND_POOL, "n/a", "u-n/a");
    assert_int_equal(states_freed, 1);
    world_clear(&store);
    assert_int_equal(states_freed, 2);
}

static void test_many(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        store_resync_begin(&store, KIND_POOL, "");
        store_resync_begin(&store, KIND_SERVER, "");
        for (int i = round; i < 2000; i += round + 1) {
            char path[32], name[16];

            snprintf(path, sizeof(path), "n/p%d", i);
            snprintf(name, sizeof(name), "p%d", i);
            put_pool(&store, path, 1, "same.b"); /* each has a conflict with all others */
            put_server(&store, path, 1, "c", name);
            touched.count = 0;
        }
        list_end(&store, KIND_SERVER, "");
        list_end(&store, KIND_POOL, "");
        touched.count = 0;
    }
    assert_int_equal(store_count(&store, KIND_POOL), 666);
    assert_int_equal(store_count(&store, KIND_SERVER), 666);
}

static void test_key(void **state)
{
    char *key = key_of("n", "a.b");

    (void)state;
    assert_string_equal(key, "n/a.b");
    free(key);
}

static void free_state(void *state, void *context)
{
    size_t *count = context;

    (*count)++;
    free(state);
}

static int set_up(void **state)
{
    (void)state;
    touched.count = 0;
    store = (struct store){
        .relations.pools = {touched_add, touched_add, &touched},
        .relations.certificates = {touched_ignore, touched_ignore, &touched},
        .free_state = free_state,
        .context = &states_freed,
    };
    states_freed = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_clear(&store);
    return 0;
}

#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_versions), STORE_TEST(test_other_uid), STORE_TEST(test_unreadable),
        STORE_TEST(test_states),   STORE_TEST(test_many),      STORE_TEST(test_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
