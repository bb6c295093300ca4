/* SPDX-License-Identifier: Apache-2.0 */
/* What the certpatcher remembers: reverts, ages, complaints. */
#include "tests/unit/check.h"

#include "certpatcher/record.h"
#include "common/base/memory.h"

#define SITUATION "as it is"

static struct text_list list_of(const char *a, const char *b)
{
    struct text_list list = {0};

    if (a != NULL)
        text_list_add(&list, a);
    if (b != NULL)
        text_list_add(&list, b);
    return list;
}

/* Steps in a row: a write that is wanted, after so many seconds, and whether it may be done. */
static void test_reverts(void **state)
{
    static const struct {
        const char *row, *inputs, *name;
        unsigned after, delay;
    } rows[] = {
        {"the first", SITUATION, "a", 100, 0},
        {"another name is no revert", SITUATION, "b", 0, 0},
        {"first revert", SITUATION, "a", 1, 0},
        {"second revert", SITUATION, "a", 1, 0},
        {"third revert", SITUATION, "a", 1, 3599},
        {"it stays so", SITUATION, "a", 98, 3501},
        {"a name that nobody removed", SITUATION, "c", 0, 0},
        {"but not the others", SITUATION, "b", 1, 3599},
        {"after an hour", SITUATION, "a", 3700, 0},
        {"once", SITUATION, "a", 1, 3599},
        {"something changed", "other", "a", 1, 0},
        {"its first revert", "other", "a", 1, 0},
        {"its second", "other", "a", 1, 0},
        {"its third", "other", "a", 1, 3599},
        {"long peace", "other", "a", 7300, 0},
        {"first revert again", "other", "a", 1, 0},
        {"second again", "other", "a", 1, 0},
        {"third again", "other", "a", 1, 3599},
        {"withdrawn meanwhile", "off", NULL, 1, 0},
        {"and wanted again", "other", "a", 1, 0},
        {"withdrawn meanwhile", "off", NULL, 1, 0},
        {"and wanted again", "other", "a", 1, 0},
        {"withdrawn meanwhile", "off", NULL, 1, 0},
        {"and wanted again", "other", "a", 1, 0},
        {"first revert of that", "other", "a", 1, 0},
    };
    struct contention contention = {0};
    time_t now = 0;

    (void)state;
    assert_true(contention_is_over(&contention, now));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text_list adding = list_of(rows[i].name, NULL);
        unsigned delay;

        now += rows[i].after;
        contention_observe(&contention, rows[i].inputs);
        delay = contention_delay(&contention, rows[i].inputs, &adding, now);
        CHECK_ROW(rows[i].row, delay == rows[i].delay);
        if (delay == 0 && rows[i].name != NULL)
            contention_written(&contention, rows[i].inputs, &adding, now);
        text_list_clear(&adding);
    }
    assert_false(contention_is_over(&contention, now + 7000));
    assert_true(contention_is_over(&contention, now + 7200));
    contention_clear(&contention);
}

/* It does not depend on what is there of ours, and on everything else. */
static void test_situation(void **state)
{
    struct injection_demand demands[] = {{"a", "p", false}};
    struct injection_demands around = {.list = demands, .count = 1};
    struct certificate_message certificate = {.names = list_of("x", "a"),
                                              .ledger = "{\"a\":[\"p\"]}"};
    struct text_list reverted = list_of("x", NULL), more = list_of("x", "y"),
                     ours = certificate.names;
    char *before = contention_inputs(&certificate, &around), *after;

    (void)state;
    certificate.names = reverted;
    after = contention_inputs(&certificate, &around);
    assert_string_equal(before, after);
    free(after);
    certificate.names = more;
    after = contention_inputs(&certificate, &around);
    assert_string_not_equal(before, after);
    free(after);
    certificate.names = ours;
    demands[0].pool = "q";
    after = contention_inputs(&certificate, &around);
    assert_string_not_equal(before, after);
    free(after);
    free(before);
    text_list_clear(&ours);
    text_list_clear(&reverted);
    text_list_clear(&more);
}

/* The seconds of a name in RECORD at NOW; -1 if there is none. */
static int age_of(const struct record *record, const char *name, int64_t now)
{
    size_t count;
    struct injection_age *ages = record_ages(record, now, &count);
    int found = -1;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(ages[i].name, name) == 0)
            found = (int)ages[i].seconds;
    }
    free(ages);
    return found;
}

static void test_ages(void **state)
{
    struct records records = {0};
    struct record *record = record_of(&records, "n/c", "u1");
    struct text_list a = list_of("a", NULL), b = list_of("b", NULL), both = list_of("a", "b");

    (void)state;
    record_set_ages(&records, record, &a, 1000);
    assert_int_equal(age_of(record, "a", 1000), 0);
    assert_int_equal(age_of(record, "a", 1999), 0);
    assert_int_equal(age_of(record, "a", 2000), 1);
    record_set_ages(&records, record, &both, 5000);
    assert_int_equal(records.ages, 2);
    assert_int_equal(age_of(record, "a", 11000), 10);
    assert_int_equal(age_of(record, "b", 11000), 6);
    record_set_ages(&records, record, &b, 12000); /* a is needed again */
    record_set_ages(&records, record, &both, 13000);
    assert_int_equal(age_of(record, "a", 14000), 1);
    assert_int_equal(age_of(record, "b", 14000), 9);
    assert_ptr_equal(record_of(&records, "n/c", ""), record);
    assert_int_equal(age_of(record, "b", 14000), 9);
    record = record_of(&records, "n/c", "u2"); /* another Certificate of that name */
    assert_int_equal(age_of(record, "b", 14000), -1);
    record_set_ages(&records, record, &a, 20000);
    records_forget_ages(&records);
    assert_int_equal(age_of(record, "a", 30000), -1);
    assert_int_equal(records.ages, 0);
    records_clear(&records);
    text_list_clear(&a);
    text_list_clear(&b);
    text_list_clear(&both);
}

static void test_complaints(void **state)
{
    struct records records = {0};
    struct record *record = record_of(&records, "n/c", "");

    (void)state;
    assert_false(record_complain(record, NULL));
    assert_true(record_complain(record, "one"));
    assert_false(record_complain(record, "one"));
    assert_true(record_complain(record, "two"));
    record_tidy(&records, record, 0);
    assert_int_equal(HASH_COUNT(records.all), 1);
    assert_false(record_complain(record, NULL));
    assert_true(record_complain(record, "two"));
    record_complain(record, NULL);
    record_tidy(&records, record, 0);
    assert_int_equal(HASH_COUNT(records.all), 0);
}

/* Whoever invents Certificates does not fill the memory with them. */
static void test_bound(void **state)
{
    struct records records = {0};

    (void)state;
    for (int i = 0; i < 10000; i++) {
        char *key = memory_format("n/c%d", i);

        record_complain(record_of(&records, key, ""), "false");
        free(key);
    }
    assert_int_equal(HASH_COUNT(records.all), 8192);
    assert_false(record_complain(record_of(&records, "n/c9999", ""), "false"));
    assert_true(record_complain(record_of(&records, "n/c0", ""), "false"));
    records_clear(&records);
    assert_null(records.all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reverts), cmocka_unit_test(test_situation),
        cmocka_unit_test(test_ages),    cmocka_unit_test(test_complaints),
        cmocka_unit_test(test_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
