/* SPDX-License-Identifier: Apache-2.0 */
/* Exponential back-off with jitter. */
#include "tests/unit/check.h"

#include "common/base/backoff.h"

static void test_delay(void **state)
{
    static const struct {
        struct backoff backoff;
        unsigned failures;
        uint32_t random, delay;
    } rows[] = {
        {{500, 30000}, 1, 0, 250},
        {{500, 30000}, 1, UINT32_MAX, 500},
        {{500, 30000}, 1, UINT32_MAX / 2, 374}, /* cut off, not rounded */
        {{500, 30000}, 2, 0, 500},
        {{500, 30000}, 2, UINT32_MAX, 1000},
        {{500, 30000}, 6, UINT32_MAX, 16000},
        {{500, 30000}, 7, 0, 15000},
        {{500, 30000}, 7, UINT32_MAX, 30000},
        {{500, 30000}, 8, UINT32_MAX, 30000},
        {{500, 30000}, 4000000000, UINT32_MAX, 30000},
        {{500, 30000}, 4000000000, 0, 15000},
        {{500, 30000}, 0, UINT32_MAX, 500}, /* nobody asks, and nothing bad happens */
        {{1, 3}, 1, 0, 0},
        {{1, 3}, 1, UINT32_MAX, 1},
        {{1, 3}, 2, UINT32_MAX, 2},
        {{1, 3}, 3, UINT32_MAX, 3},
        {{7, 7}, 1, 0, 3},
        {{7, 7}, 9, UINT32_MAX, 7},
        {{9, 7}, 1, UINT32_MAX, 7},
        {{UINT32_MAX, UINT32_MAX}, 1, UINT32_MAX, UINT32_MAX},
        {{UINT32_MAX, UINT32_MAX}, 99, 0, UINT32_MAX / 2},
        {{0x80000001, UINT32_MAX}, 2, UINT32_MAX, UINT32_MAX},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint32_t delay = backoff_delay(&rows[i].backoff, rows[i].failures, rows[i].random);

        if (delay != rows[i].delay)
            fail_msg("row %zu: %u ms, has to be %u", i, delay, rows[i].delay);
    }
}

static void test_bounds_for_any_random(void **state)
{
    const struct backoff backoff = {500, 30000};

    (void)state;
    for (unsigned failures = 1; failures < 20; failures++) {
        uint32_t all = failures < 7 ? 500u << (failures - 1) : 30000;

        for (int i = 0; i < 200; i++) {
            uint32_t delay = backoff_delay(&backoff, failures, backoff_random());

            assert_in_range(delay, all / 2, all);
        }
    }
}

static void test_spread(void **state)
{
    const struct backoff backoff = {10000, 10000};
    bool seen[5] = {0};

    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct timeval time = backoff_time(&backoff, 1);
        long ms = (long)time.tv_sec * 1000 + (long)time.tv_usec / 1000;

        assert_in_range(ms, 5000, 10000);
        seen[ms < 10000 ? (ms - 5000) / 1000 : 4] = true;
    }
    for (size_t i = 0; i < COUNT_OF(seen); i++)
        assert_true(seen[i]);
}

static void test_timeval(void **state)
{
    static const struct {
        uint32_t milliseconds;
        long seconds, microseconds;
    } rows[] = {
        {0, 0, 0}, {1, 0, 1000}, {999, 0, 999000}, {1000, 1, 0}, {UINT32_MAX, 4294967, 295000},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct timeval time = backoff_timeval(rows[i].milliseconds);

        assert_int_equal(time.tv_sec, rows[i].seconds);
        assert_int_equal(time.tv_usec, rows[i].microseconds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delay),
        cmocka_unit_test(test_bounds_for_any_random),
        cmocka_unit_test(test_spread),
        cmocka_unit_test(test_timeval),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
