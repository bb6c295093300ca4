/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of texts in one block. */
#include "tests/unit/check.h"

#include "common/base/text_list.h"

static struct text_list list_of(const char *const *texts);

static void test_add_and_walk(void **state)
{
    static const char *const rows[][5] = {
        {NULL}, {"a", NULL}, {"", NULL}, {"", "", NULL}, {"a", "", "bc", "a", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text_list list = list_of(rows[i]);
        size_t seen = 0, size = 0;

        TEXT_LIST_FOREACH (item, &list) {
            assert_string_equal(item, rows[i][seen]);
            size += strlen(item) + 1;
            seen++;
        }
        assert_null(rows[i][seen]);
        assert_int_equal(list.count, seen);
        assert_int_equal(list.size, size);
        assert_true((list.bytes == NULL) == (seen == 0));
        text_list_clear(&list);
        assert_null(list.bytes);
        assert_int_equal(list.count + list.size, 0);
    }
}

static void test_copy(void **state)
{
    const char *const texts[] = {"a", "", "bc", NULL};
    struct text_list list = list_of(texts), empty = {0};
    struct text_list copy = text_list_copy(&list), nothing = text_list_copy(&empty);

    (void)state;
    assert_true(copy.bytes != list.bytes);
    assert_true(text_list_equal(&copy, &list));
    text_list_clear(&list);
    assert_true(text_list_has(&copy, "bc"));
    text_list_add(&copy, "d");
    assert_int_equal(copy.count, 4);
    text_list_clear(&copy);
    assert_null(nothing.bytes);
    text_list_add(&nothing, "x");
    assert_true(text_list_has(&nothing, "x"));
    text_list_clear(&nothing);
}

static void test_has(void **state)
{
    static const struct {
        const char *text;
        bool exact, name;
    } rows[] = {
        {"puppet", true, true},     {"Puppet", false, true}, {"a.Example", true, true},
        {"A.EXAMPLE", false, true}, {"", true, true},        {"pupp", false, false},
        {"puppets", false, false},  {"uppet", false, false}, {"a", false, false},
    };
    const char *const texts[] = {"puppet", "", "a.Example", NULL};
    struct text_list list = list_of(texts), empty = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CHECK_ROW(rows[i].text, text_list_has(&list, rows[i].text) == rows[i].exact);
        CHECK_ROW(rows[i].text, text_list_has_name(&list, rows[i].text) == rows[i].name);
        CHECK_ROW(rows[i].text, !text_list_has(&empty, rows[i].text));
        CHECK_ROW(rows[i].text, !text_list_has_name(&empty, rows[i].text));
    }
    text_list_clear(&list);
}

static void test_equal(void **state)
{
    static const char *const lists[][4] = {
        {NULL},       {"", NULL},  {"a", NULL},     {"a", "b", NULL}, {"b", "a", NULL},
        {"ab", NULL}, {"A", NULL}, {"a", "", NULL}, {"", "a", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        for (size_t j = 0; j < COUNT_OF(lists); j++) {
            struct text_list a = list_of(lists[i]), b = list_of(lists[j]);

            assert_true(text_list_equal(&a, &b) == (i == j));
            text_list_clear(&a);
            text_list_clear(&b);
        }
    }
}

static void test_line(void **state)
{
    static const struct {
        const char *texts[5];
        size_t max;
        const char *line;
    } rows[] = {
        {{NULL}, 3, ""},
        {{"a", NULL}, 1, "a"},
        {{"a", "b", NULL}, 1, "a and 1 more"},
        {{"a", "b", "c", NULL}, 3, "a, b, c"},
        {{"a", "b", "c", "d", NULL}, 2, "a, b and 2 more"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text_list list = list_of(rows[i].texts);
        char *line = text_list_line(&list, rows[i].max);

        CHECK_ROW_TEXT(rows[i].line, line, rows[i].line);
        free(line);
        text_list_clear(&list);
    }
}

static struct text_list list_of(const char *const *texts)
{
    struct text_list list = {0};

    for (; *texts != NULL; texts++)
        text_list_add(&list, *texts);
    return list;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_and_walk), cmocka_unit_test(test_copy),
        cmocka_unit_test(test_has),          cmocka_unit_test(test_equal),
        cmocka_unit_test(test_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
