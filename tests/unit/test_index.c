/* SPDX-License-Identifier: Apache-2.0 */
/* The store's index. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "reconciler/world/index.h"
#include "reconciler/world/object.h"

static bool has(const struct index *, const char *key, const struct object *member);
static size_t count_of(const struct index *, const char *key);

static void test_add_and_remove(void **state)
{
    struct index index = {0};
    struct object a = {0}, b = {0}, c = {0};

    (void)state;
    assert_int_equal(count_of(&index, "k"), 0);
    index_remove(&index, "k", &a);
    index_add(&index, "k", &a);
    index_add(&index, "k", &a); /* once is enough */
    assert_int_equal(count_of(&index, "k"), 1);
    index_add(&index, "k", &b);
    index_add(&index, "k", &c);
    index_add(&index, "l", &a);
    index_add(&index, "", &b);
    assert_int_equal(count_of(&index, "k"), 3);
    assert_true(has(&index, "k", &a) && has(&index, "k", &b) && has(&index, "k", &c));
    assert_true(has(&index, "l", &a) && !has(&index, "l", &b) && has(&index, "", &b));
    index_remove(&index, "k", &a);
    index_remove(&index, "k", &a);
    index_remove(&index, "m", &a);
    assert_int_equal(count_of(&index, "k"), 2);
    assert_true(!has(&index, "k", &a) && has(&index, "k", &b) && has(&index, "k", &c));
    assert_true(has(&index, "l", &a));
    index_remove(&index, "k", &c);
    index_remove(&index, "k", &b);
    assert_int_equal(count_of(&index, "k"), 0);
    assert_int_equal(HASH_COUNT(index.entries), 2); /* no empty entry is left */
    index_add(&index, "k", &c);
    assert_true(has(&index, "k", &c));
    index_remove(&index, "k", &c);
    index_remove(&index, "l", &a);
    index_remove(&index, "", &b);
    assert_null(index.entries); /* empty, it holds no memory */
}

static void test_many(void **state)
{
    enum {
        KEYS = 100,
        MEMBERS = 50
    };
    static struct object members[MEMBERS];
    struct index index = {0};

    (void)state;
    for (int i = 0; i < KEYS * MEMBERS; i++) {
        char *key = memory_format("namespace/pool-%d", i % KEYS);

        index_add(&index, key, &members[i / KEYS]);
        free(key);
    }
    assert_int_equal(HASH_COUNT(index.entries), KEYS);
    for (int i = 0; i < KEYS; i++) {
        char *key = memory_format("namespace/pool-%d", i);

        assert_int_equal(count_of(&index, key), MEMBERS);
        for (int j = 0; j < MEMBERS; j += 2)
            index_remove(&index, key, &members[j]);
        assert_int_equal(count_of(&index, key), MEMBERS / 2);
        for (int j = 0; j < MEMBERS; j++)
            assert_true(has(&index, key, &members[j]) == (j % 2 == 1));
        for (int j = 1; j < MEMBERS; j += 2)
            index_remove(&index, key, &members[j]);
        free(key);
    }
    assert_null(index.entries);
}

static bool has(const struct index *index, const char *key, const struct object *member)
{
    size_t count;
    struct object *const *members = index_find(index, key, &count);

    for (size_t i = 0; i < count; i++) {
        if (members[i] == member)
            return true;
    }
    return false;
}

static size_t count_of(const struct index *index, const char *key)
{
    size_t count = 99;
    struct object *const *members = index_find(index, key, &count);

    assert_true((members == NULL) == (count == 0));
    return count;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_and_remove),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
