/* SPDX-License-Identifier: Apache-2.0 */
/* Trees of values: what is simple and what is left to json-c is read alike. */
#include "tests/unit/check.h"

#include "common/base/value.h"

static const char *const valid[] = {
    "{}",
    "[]",
    "\"\"",
    "0",
    "true",
    "false",
    "{\"a\":{\"b\":[1,null,true,\"x\"],\"c.d\":\"\"},\"e\":false,\"f\":null}",
    "[null,null,7,null]",
    "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
    "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
    "{\"k:{\\\"port\\\":8140,\\\"a\\\\\\\"}\":{}}",
    "\"\\\\\\\\\\\"\"",
    "\"a\\n\\u00e9\\u0000b\"",
    "\"\xc3\xa9\"",
    "{\"\xc3\xa9\":1}",
    "{\"\\u0061\":1}",
    "{\"a\":1,\"b\":2,\"a\":3}",
    "-1",
    "999999999999999999",
    "9223372036854775807",
    "18446744073709551615",
    "-9223372036854775808",
    "[-0,1.5,1e3,-2.50]",
    "1.5",
    "{ \"a\" : [ 1 , 2 ] }",
};

static void test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(valid); i++) {
        struct arena arena = {0};
        struct json_object *expected = check_json(valid[i]);
        struct value *value = value_read(&arena, valid[i], strlen(valid[i]));

        CHECK_ROW(valid[i], value != NULL);
        check_same_json(valid[i], value_to_json(value), valid[i]);
        check_same_json(valid[i], value_to_json(value_of_json(&arena, expected)), valid[i]);
        json_object_put(expected);
        arena_clear(&arena);
    }
}

static void test_not_read(void **state)
{
    static const char *const rows[] = {
        "",
        "[01]",
        "[1-]",
        "-",
        "1.2.3",
        "nul",
        "tru",
        "{",
        "[1,]",
        "{\"a\"}",
        "{\"a\":}",
        "\"a\tb\"",
        "\"\x7f\"\xff",
        "\"\xff\"",
        "[\"a]",
        "\"\\x\"",
        "{\"a\":1]",
        "[\"\n\"]",
        "12345678901234567890123456789012345",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena arena = {0};

        CHECK_ROW(rows[i], value_read(&arena, rows[i], strlen(rows[i])) == NULL);
        arena_clear(&arena);
    }
}

/* An object with so many members that they are compared by json-c. */
static void test_many_members(void **state)
{
    char text[4096] = "{", *to = text + 1;
    struct arena arena = {0};
    const struct value *value;
    size_t count = 0;

    (void)state;
    for (int i = 0; i < 100; i++)
        to += sprintf(to, "%s\"m%d\":%d", i > 0 ? "," : "", i % 50, i);
    strcpy(to, "}");
    value = value_read(&arena, text, strlen(text));
    VALUE_FOREACH (member, value)
        assert_int_equal(member->number, 50 + (int64_t)count++);
    assert_int_equal(count, 50);
    arena_clear(&arena);
}

static void test_access(void **state)
{
    static const char text[] =
        "{\"a\":{\"b\":\"x\",\"c.d\":\"y\",\"n\":null,\"i\":5,\"big\":18446744073709551615},"
        "\"l\":[null,\"p\",null,\"q\",null]}";
    struct arena arena = {0};
    const struct value *value = value_read(&arena, text, strlen(text));
    const struct value *list = value_at(value, "l");
    char found[8] = "";

    (void)state;
    assert_ptr_equal(value_at(value, ""), value);
    assert_string_equal(value_text_at(value, "a.b"), "x");
    assert_string_equal(value_text_at(value, "a.i"), "");
    assert_string_equal(value_text_at(value, "a.b.c"), "");
    assert_string_equal(value_text_member(value, "a", "c.d"), "y");
    assert_null(value_text_member(value, "a", "i"));
    assert_null(value_at(value, "a.n"));
    assert_null(value_at(value, "a.b2"));
    assert_null(value_at(NULL, "a"));
    assert_int_equal(value_at(value, "a.i")->number, 5);
    assert_int_equal(value_number_at(value, "a.i"), 5);
    assert_true(value_number_at(value, "a.big") == INT64_MAX);
    assert_int_equal(value_number_at(value, "a.b"), 0);
    assert_int_equal(value_number_at(value, "l"), 0);
    assert_true(value_at(value, "a.big")->is_large);
    assert_true((uint64_t)value_at(value, "a.big")->number == UINT64_MAX);
    assert_int_equal(value_count(list), 5);
    assert_int_equal(value_count(value), 0);
    assert_string_equal(value_item(list, 3)->text, "q");
    assert_null(value_item(list, 0));
    assert_null(value_item(list, 5));
    assert_null(value_item(value, 0));
    VALUE_FOREACH (element, list)
        strcat(found, element->text);
    assert_string_equal(found, "pq");
    VALUE_FOREACH (nothing, value_at(value, "a.b"))
        fail();
    arena_clear(&arena);
}

/* Blocks of the arena are as large as what is taken. */
static void test_arena(void **state)
{
    struct arena arena = {0};
    char *texts[2000], large[10000];

    (void)state;
    memset(large, 'x', sizeof(large));
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        texts[i] = arena_text(&arena, large, i % 7 == 0 ? sizeof(large) : i % 50);
        assert_int_equal((uintptr_t)texts[i] % 8, 0);
    }
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_int_equal(strlen(texts[i]), i % 7 == 0 ? sizeof(large) : i % 50);
    arena_clear(&arena);
    arena_clear(&arena);
    assert_null(arena.newest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),   cmocka_unit_test(test_not_read),
        cmocka_unit_test(test_access), cmocka_unit_test(test_many_members),
        cmocka_unit_test(test_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
