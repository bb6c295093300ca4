/* SPDX-License-Identifier: Apache-2.0 */
/* After which reads the sockets are left alone for a moment. */
#include "tests/unit/check.h"

#include "common/api/coalesce.h"

#include <stdlib.h>

enum {
    READ_MICROSECONDS = 50,
};

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
        {"199 199 199 199 199 199 199 199 199 199", 0},               /* parts of one answer */
        {"0 0 0 0 0 0 0 0 0 0 0 0", 0},
        {"900 900 900 900 900 900 900 0 900", 0}, /* another row begins */
        {"900 900 900 900 900 900 900 30000 900", 0},
        {"0 900 900 900 900 900 900 900 900", 9},
        {"1 10 100 1000 1000 1000 1000 1000 1000 1000 1000", 11},
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
            if (coalesce_read(&coalesce, now, now + READ_MICROSECONDS) && rests == 0)
                rests = reads;
            now += READ_MICROSECONDS;
        }
        assert_int_equal(rests, rows[i].rests);
    }
}

/* A read after so many microseconds, that takes no time. */
static bool read_after(struct coalesce *coalesce, uint64_t silence)
{
    const uint64_t now = coalesce->last + silence;

    return coalesce_read(coalesce, now, now);
}

/* It goes on as long as they come, and ends with the first silence. */
static void test_end(void **state)
{
    struct coalesce coalesce = {0};

    (void)state;
    for (int i = 0; i < 7; i++)
        assert_false(read_after(&coalesce, 1000));
    for (int i = 0; i < 1000; i++)
        assert_true(read_after(&coalesce, 4000));
    assert_false(read_after(&coalesce, 20000));
    for (int i = 0; i < 7; i++)
        assert_false(read_after(&coalesce, 1000));
    assert_true(read_after(&coalesce, 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
