/* SPDX-License-Identifier: Apache-2.0 */
/* Contention over names: put back at once twice, then once an hour, until something else changes.
 */
#include "tests/unit/check.h"

#include "certpatcher/name_contention.h"
#include "common/base/memory.h"

#define INPUTS "as they are"

static struct text_list list_of(const char *a, const char *b)
{
    struct text_list list = {0};

    if (a != NULL)
        text_list_add(&list, a);
    if (b != NULL)
        text_list_add(&list, b);
    return list;
}

/* Steps in a row: names to be added after so many seconds, and how long to wait with it. */
static void test_removals(void **state)
{
    static const struct {
        const char *row, *inputs, *name;
        unsigned after, delay;
    } rows[] = {
        {"the first", INPUTS, "a", 100, 0},
        {"another name was not removed", INPUTS, "b", 0, 0},
        {"first removal", INPUTS, "a", 1, 0},
        {"second removal", INPUTS, "a", 1, 0},
        {"third removal", INPUTS, "a", 1, 3599},
        {"it stays so", INPUTS, "a", 98, 3501},
        {"a name that nobody removed", INPUTS, "c", 0, 0},
        {"but not the others", INPUTS, "b", 1, 3599},
        {"after an hour", INPUTS, "a", 3700, 0},
        {"once", INPUTS, "a", 1, 3599},
        {"something changed", "other", "a", 1, 0},
        {"its first removal", "other", "a", 1, 0},
        {"its second", "other", "a", 1, 0},
        {"its third", "other", "a", 1, 3599},
        {"nothing removed for long", "other", "a", 7300, 0},
        {"first removal again", "other", "a", 1, 0},
        {"second again", "other", "a", 1, 0},
        {"third again", "other", "a", 1, 3599},
        {"withdrawn meanwhile", "off", NULL, 1, 0},
        {"and demanded again", "other", "a", 1, 0},
        {"withdrawn meanwhile", "off", NULL, 1, 0},
        {"and demanded again", "other", "a", 1, 0},
        {"withdrawn meanwhile", "off", NULL, 1, 0},
        {"and demanded again", "other", "a", 1, 0},
        {"first removal of that", "other", "a", 1, 0},
    };
    struct name_contention contention = {0};
    time_t now = 0;

    (void)state;
    assert_true(name_contention_is_over(&contention, now));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text_list adding = list_of(rows[i].name, NULL);
        unsigned delay;

        now += rows[i].after;
        name_contention_observe(&contention, rows[i].inputs);
        delay = name_contention_delay(&contention, rows[i].inputs, &adding, now);
        CHECK_ROW(rows[i].row, delay == rows[i].delay);
        if (delay == 0 && rows[i].name != NULL)
            name_contention_written(&contention, rows[i].inputs, &adding, now);
        text_list_clear(&adding);
    }
    assert_false(name_contention_is_over(&contention, now + 7000));
    assert_true(name_contention_is_over(&contention, now + 7200));
    name_contention_clear(&contention);
}

/* They do not depend on which injected names are there, and on everything else. */
static void test_inputs(void **state)
{
    struct injection_demand demands[] = {{"a", "p", false}};
    struct ledger_pair pairs[] = {{"a", "p"}};
    struct injection_demands around = {
        .list = demands, .count = 1, .ledger = ledger_of(pairs, COUNT_OF(pairs))};
    struct certificate_message certificate = {.names = list_of("x", "a")};
    struct text_list removed = list_of("x", NULL), more = list_of("x", "y"),
                     ours = certificate.names;
    char *before = name_contention_inputs(&certificate, &around), *after;

    (void)state;
    certificate.names = removed;
    after = name_contention_inputs(&certificate, &around);
    assert_string_equal(before, after);
    free(after);
    certificate.names = more;
    after = name_contention_inputs(&certificate, &around);
    assert_string_not_equal(before, after);
    free(after);
    certificate.names = ours;
    demands[0].pool = "q";
    after = name_contention_inputs(&certificate, &around);
    assert_string_not_equal(before, after);
    free(after);
    free(before);
    ledger_clear(&around.ledger);
    text_list_clear(&ours);
    text_list_clear(&removed);
    text_list_clear(&more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_removals),
        cmocka_unit_test(test_inputs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
