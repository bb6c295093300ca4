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
        bool valid = ledger_read(rows[i].text, &ledger);
        char *text = ledger_text(&ledger);

        CHECK_ROW(rows[i].text, valid == (rows[i].canonical != NULL));
        CHECK_ROW_TEXT(rows[i].text, text, valid ? rows[i].canonical : "");
        ledger_clear(&ledger);
        free(text);
    }
}

/* In whatever order the entries come. */
static void test_add(void **state)
{
    static const char *const orders[] = {"abc", "acb", "bac", "bca", "cab", "cba", "abcabc"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        struct ledger ledger = {0};
        char *text;

        for (const char *letter = orders[i]; *letter != '\0'; letter++) {
            ledger_add(&ledger, (const char[]){*letter, '\0'}, "p");
            ledger_add(&ledger, "m", (const char[]){*letter, '\0'});
        }
        text = ledger_text(&ledger);
        CHECK_ROW_TEXT(orders[i], text,
                       "{\"a\":[\"p\"],\"b\":[\"p\"],\"c\":[\"p\"],\"m\":[\"a\",\"b\",\"c\"]}");
        assert_non_null(ledger_find(&ledger, "b"));
        assert_null(ledger_find(&ledger, "B"));
        assert_null(ledger_find(&ledger, ""));
        assert_null(ledger_find(&ledger, "z"));
        ledger_clear(&ledger);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_add),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
