/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of texts: what is found, with and without regard to case, and which of equal texts. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/base/text_set.h"

static void test_find(void **state)
{
    static const struct {
        const char *text;
        bool exact, name;
    } rows[] = {
        {"puppet", true, true},     {"Puppet", false, true}, {"a.Example", true, true},
        {"A.EXAMPLE", false, true}, {"", true, true},        {"pupp", false, false},
        {"puppets", false, false},  {"B", true, true},       {"b", true, true},
        {"uppet", false, false},    {"a", false, false},     {"zz", false, false},
    };
    static const char *const texts[] = {"puppet", "", "b", "a.Example", "B", "b", "z", "puppet"};
    struct text_list list = {0};
    struct text_set set, empty = text_set_of(&list);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        text_list_add(&list, texts[i]);
    set = text_set_of(&list);
    assert_int_equal(set.count, 6);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *found = text_set_find(&set, rows[i].text);

        CHECK_ROW(rows[i].text, (found != NULL) == rows[i].exact);
        CHECK_ROW(rows[i].text, found == NULL || strcmp(found, rows[i].text) == 0);
        CHECK_ROW(rows[i].text, text_set_has_name(&set, rows[i].text) == rows[i].name);
        CHECK_ROW(rows[i].text, text_set_find(&empty, rows[i].text) == NULL);
        CHECK_ROW(rows[i].text, !text_set_has_name(&empty, rows[i].text));
    }
    text_set_clear(&set);
    text_set_clear(&empty);
    text_list_clear(&list);
}

/* Of equal texts in a list, the last. */
static void test_last(void **state)
{
    struct text_list list = {0};
    const char *last = NULL;
    struct text_set set;

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        text_list_add(&list, "b");
        text_list_add(&list, "a");
        text_list_add(&list, "A");
    }
    TEXT_LIST_FOREACH (text, &list) {
        if (strcmp(text, "a") == 0)
            last = text;
    }
    set = text_set_of(&list);
    assert_int_equal(set.count, 3);
    assert_ptr_equal(text_set_find(&set, "a"), last);
    text_set_clear(&set);
    text_list_clear(&list);
}

/* What comes again and again takes no room. */
static void test_room(void **state)
{
    struct text_set set = {0};
    char *texts[100];

    (void)state;
    for (unsigned i = 0; i < COUNT_OF(texts); i++)
        texts[i] = memory_format("%u", i);
    for (unsigned i = 0; i < 100000; i++)
        text_set_add(&set, texts[i * 7 % COUNT_OF(texts)]);
    assert_true(set.room <= 4 * COUNT_OF(texts));
    text_set_sort(&set);
    assert_int_equal(set.count, COUNT_OF(texts));
    for (unsigned i = 0; i < COUNT_OF(texts); i++)
        assert_ptr_equal(text_set_find(&set, texts[i]), texts[i]);
    for (unsigned i = 0; i < COUNT_OF(texts); i++)
        free(texts[i]);
    text_set_clear(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_last),
        cmocka_unit_test(test_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
