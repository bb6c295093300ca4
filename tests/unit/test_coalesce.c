/* SPDX-License-Identifier: Apache-2.0 */
/* After which reads the sockets are left alone for a moment. */
#include "tests/unit/check.h"

#include "common/api/coalesce.h"

#include <stdlib.h>

enum {
    READ_MICROSECONDS = 50,
};

static const struct coalesce_load nothing; /* but streams */

/* Silences before each read, in microseconds, and after which of the reads, which are counted from
 * 1, it rests for the first time; 0: never. */
static void test_rows(void **state)
{
    static const struct {
        const char *silences;
        unsigned rests;
    } rows[] = {
        {"", 0},
        {"200 200 200 200 200 200 200", 0},
        {"200 200 200 200 200 200 200 200", 8},
        {"10000 10000 10000 10000 10000 10000 10000 10000", 8},
        {"10001 10001 10001 10001 10001 10001 10001 10001 10001", 0}, /* too seldom */
        {"5000 25000 5000 25000 5000 25000 5000 25000 5000 25000", 0},
        {"0 0 0 0 0 0 0 0 0 0 0 0", 0},
        {"900 199 900 199 900 199 900 199 900 199 900 199 900 199 900", 15}, /* parts of answers */
        {"900 900 900 900 900 900 900 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 900", 23},
        {"900 900 900 900 900 900 900 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 900", 0}, /* a long one */
        {"900 900 900 900 900 900 900 10001 900 900 900 900", 0},               /* a silence */
        {"900 900 900 900 900 900 900 50000 900 900 900 900 900", 13},
        {"900 900 900 900 900 900 900 50001 900 900 900 900 900 900 900", 0}, /* a long one */
        {"900 900 900 900 900 900 900 50001 900 900 900 900 900 900 900 900", 16},
        {"900 900 10001 900 900 900 900 900 900 900 900", 11},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t now = 1000000;
        struct coalesce coalesce = {.last = now};
        unsigned reads = 0, rests = 0;
        char *rest;

        for (const char *at = rows[i].silences; *at != '\0'; at = rest) {
            now += strtoul(at, &rest, 10);
            reads++;
            if (coalesce_read(&coalesce, now, now + READ_MICROSECONDS, &nothing) > 0 && rests == 0)
                rests = reads;
            now += READ_MICROSECONDS;
        }
        assert_int_equal(rests, rows[i].rests);
    }
}

/* How long it rests after a read that takes no time, so many microseconds after the last one. */
static unsigned rest_after(struct coalesce *coalesce, uint64_t silence)
{
    const uint64_t now = coalesce->last + silence;

    return coalesce_read(coalesce, now, now, &nothing);
}

/* Longer when a row has become a bulk, for as long as they come. */
static void test_bulk(void **state)
{
    static const struct {
        unsigned reads; /* so many: */
        uint64_t silence;
        unsigned rest;
    } steps[] = {
        {7, 1000, 0},  {56, 4100, 4}, {1000, 8100, 8}, {1, 0, 8},       {1, 18000, 8},
        {8, 58000, 8}, {1, 58000, 4}, {3, 14000, 4},   {1, 14000, 8},   {1, 58001, 0},
        {7, 1000, 0},  {1, 1000, 4},  {1, 54000, 0},   {3, 1000, 0},    {1, 1000, 4},
        {1, 54001, 0}, {7, 1000, 0},  {56, 4100, 4},   {1000, 8100, 8}, {15, 0, 8},
        {1, 0, 0},     {7, 1000, 0},  {1, 1000, 4},
    };
    struct coalesce coalesce = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(steps); i++)
        for (unsigned read = 0; read < steps[i].reads; read++)
            assert_int_equal(rest_after(&coalesce, steps[i].silence), steps[i].rest);
}

/* An answer to one of a few requests may be waited for; streams have none. */
static void test_few_requests(void **state)
{
    static const struct {
        struct coalesce_load load;
        bool rests;
    } rows[] = {{{0, 0, 0}, true},  {{1, 0, 0}, false},  {{7, 0, 0}, false}, {{8, 0, 0}, true},
                {{32, 0, 0}, true}, {{32, 0, 1}, false}, {{32, 1, 1}, false}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct coalesce coalesce = {0};

        for (unsigned read = 0; read < 7; read++)
            assert_int_equal(rest_after(&coalesce, 1000), 0);
        assert_int_equal(
            coalesce_read(&coalesce, coalesce.last + 1000, coalesce.last + 1000, &rows[i].load),
            rows[i].rests ? 4 : 0);
        assert_int_equal(rest_after(&coalesce, 1000), 4); /* the row goes on */
    }
}

/* A list is read in groups from the fifth read on, however fast or slowly it comes, unless
 * something else is read meanwhile; the next one from its own fifth. */
static void test_lists(void **state)
{
    static const struct coalesce_load list = {1, 1, 0}, two = {2, 2, 0}, other = {2, 1, 1};
    static const struct {
        const struct coalesce_load *load;
        unsigned reads; /* so many: */
        uint64_t silence;
        unsigned rest;
    } steps[] = {
        {&list, 4, 100, 0},  {&list, 50, 100, 4},     {&two, 50, 20000, 4}, {&other, 3, 1000, 0},
        {&list, 3, 1000, 4}, {&nothing, 1, 60000, 0}, {&list, 4, 0, 0},     {&list, 1, 0, 4},
    };
    struct coalesce coalesce = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        for (unsigned read = 0; read < steps[i].reads; read++) {
            const uint64_t now = coalesce.last + steps[i].silence;

            assert_int_equal(coalesce_read(&coalesce, now, now, steps[i].load), steps[i].rest);
        }
    }
}

/* What is waited for begins a new row. */
static void test_end(void **state)
{
    struct coalesce coalesce = {0};

    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned read = 0; read < 7; read++)
            assert_int_equal(rest_after(&coalesce, 1000), 0);
        assert_int_equal(rest_after(&coalesce, 1000), 4);
        coalesce_end(&coalesce);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),         cmocka_unit_test(test_bulk),
        cmocka_unit_test(test_few_requests), cmocka_unit_test(test_lists),
        cmocka_unit_test(test_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
