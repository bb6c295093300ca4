/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger: what is read, what is refused, and that its text is always the same. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/objects/ledger.h"

static void test_read(void **state)
{
    static const struct {
        const char *text;
        const char *canonical; /* NULL: it cannot be understood */
    } rows[] = {
        {"", ""},
        {"{}", ""},
        {" { } ", ""},
        {"{\"a.b\":[\"p\"]}", "{\"a.b\":[\"p\"]}"},
        {"{ \"b\" : [\"q\", \"p\", \"q\"], \"a\":[\"p\"] }", "{\"a\":[\"p\"],\"b\":[\"p\",\"q\"]}"},
        {"{\"B\":[\"p\"],\"b\":[\"p\"]}", "{\"B\":[\"p\"],\"b\":[\"p\"]}"},
        {"{\"a\\\"/b\":[\"p\"]}", "{\"a\\\"/b\":[\"p\"]}"},
        {"x", NULL},
        {"null", NULL},
        {"[]", NULL},
        {"\"a\"", NULL},
        {"{\"a\":\"p\"}", NULL},
        {"{\"a\":[]}", NULL},
        {"{\"a\":[1]}", NULL},
        {"{\"a\":[\"\"]}", NULL},
        {"{\"a\":[\"p\\u0000q\"]}", NULL},
        {"{\"\":[\"p\"]}", NULL},
        {"{\"a\":null}", NULL},
        {"{\"a\":[\"p\"],\"b\":{}}", NULL},
        {"{\"a\":[\"p\"]", NULL},
        {"{\"a\":[\"p\"]} {}", NULL},
        {"{'a':['p']}", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ledger ledger;
        bool valid = ledger_read(rows[i].text, &ledger) == NULL;
        char *text = ledger_text(&ledger);

        CHECK_ROW(rows[i].text, valid == (rows[i].canonical != NULL));
        CHECK_ROW_TEXT(rows[i].text, text, valid ? rows[i].canonical : "");
        ledger_clear(&ledger);
        free(text);
    }
}

/* In whatever order the pairs come. */
static void test_of(void **state)
{
    static const char *const orders[] = {"abc", "acb", "bac", "bca", "cab", "cba", "abcabc"};
    static const char letters[][2] = {"a", "b", "c"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        struct ledger_pair pairs[16];
        struct ledger ledger;
        struct text_set pools;
        size_t count = 0;
        char *text;

        for (const char *order = orders[i]; *order != '\0'; order++) {
            const char *letter = letters[*order - 'a'];

            pairs[count++] = (struct ledger_pair){letter, "p"};
            pairs[count++] = (struct ledger_pair){"m", letter};
        }
        ledger = ledger_of(pairs, count);
        text = ledger_text(&ledger);
        CHECK_ROW_TEXT(orders[i], text,
                       "{\"a\":[\"p\"],\"b\":[\"p\"],\"c\":[\"p\"],\"m\":[\"a\",\"b\",\"c\"]}");
        assert_non_null(ledger_find(&ledger, "b"));
        assert_null(ledger_find(&ledger, "B"));
        assert_null(ledger_find(&ledger, ""));
        assert_null(ledger_find(&ledger, "z"));
        assert_int_equal(ledger.pools, 6);
        pools = ledger_pools(&ledger);
        assert_int_equal(pools.count, 4);
        assert_non_null(text_set_find(&pools, "p"));
        text_set_clear(&pools);
        ledger_clear(&ledger);
        free(text);
    }
}

/* The text of a ledger of NAMES names with POOLS Pools each. */
static char *ledger_with(unsigned names, unsigned pools)
{
    struct text_list parts = {0};
    char *text;

    for (unsigned i = 0; i < names; i++) {
        char *head = memory_format("%s\"n%u\":[", i > 0 ? "]," : "{", i);

        text_list_add(&parts, head);
        free(head);
        for (unsigned j = 0; j < pools; j++)
            text_list_add(&parts, j > 0 ? ",\"p\"" : "\"p\"");
    }
    text_list_add(&parts, "]}");
    text = memory_new(parts.size, 1);
    TEXT_LIST_FOREACH (part, &parts)
        strcat(text, part);
    text_list_clear(&parts);
    return text;
}

/* No more than tlsrouted itself would write, or nothing of it is believed. */
static void test_bounds(void **state)
{
    static const struct {
        const char *row;
        unsigned names, pools;
        const char *problem; /* a word of it, or NULL */
    } rows[] = {{"all names", LEDGER_NAMES_MAX, 1, NULL},
                {"one more", LEDGER_NAMES_MAX + 1, 1, "more names"},
                {"all Pools", 1, LEDGER_POOLS_MAX, NULL},
                {"one more", 1, LEDGER_POOLS_MAX + 1, "more Pools"},
                {"all of both", LEDGER_NAMES_MAX, LEDGER_POOLS_MAX / LEDGER_NAMES_MAX, NULL},
                {"one more for each", LEDGER_NAMES_MAX, LEDGER_POOLS_MAX / LEDGER_NAMES_MAX + 1,
                 "more Pools"}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = ledger_with(rows[i].names, rows[i].pools);
        struct ledger ledger;
        const char *problem = ledger_read(text, &ledger);

        CHECK_ROW(rows[i].row, (problem == NULL) == (rows[i].problem == NULL));
        CHECK_ROW(rows[i].row, problem == NULL || strstr(problem, rows[i].problem) != NULL);
        CHECK_ROW(rows[i].row, ledger.count == (problem == NULL ? rows[i].names : 0));
        ledger_clear(&ledger);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_of),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
