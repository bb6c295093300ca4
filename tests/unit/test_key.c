/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of objects, taken apart as they were put together. */
#include "tests/unit/check.h"

#include "common/objects/key.h"

static void test_parts(void **state)
{
    static const struct {
        const char *namespace, *name, *key;
    } rows[] = {
        {"puppet", "pool", "puppet/pool"},
        {"n", "a.b", "n/a.b"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *key = key_of(rows[i].namespace, rows[i].name), *namespace = key_namespace(key);

        CHECK_ROW_TEXT(rows[i].key, key, rows[i].key);
        CHECK_ROW_TEXT(rows[i].key, namespace, rows[i].namespace);
        CHECK_ROW_TEXT(rows[i].key, key_name(key), rows[i].name);
        free(namespace);
        free(key);
    }
}

static void test_is_in(void **state)
{
    static const struct {
        const char *key, *namespace;
        bool is_in;
    } rows[] = {
        {"puppet/pool", "puppet", true}, {"puppet/pool", "", true},
        {"puppet/pool", "pup", false},   {"puppet/pool", "puppet2", false},
        {"puppet/pool", "pool", false},  {"a/b", "longer-than-the-key", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].namespace, key_is_in(rows[i].key, rows[i].namespace) == rows[i].is_in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_is_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
