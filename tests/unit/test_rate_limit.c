/* SPDX-License-Identifier: Apache-2.0 */
/* The token bucket, by a list of times. */
#include "tests/unit/check.h"

#include "supervisor/connections/rate_limit.h"

static void test_takes(void **state)
{
    /* burst 3, one more every 100 ms */
    static const struct {
        uint64_t now;
        uint32_t wait;
        bool full; /* afterwards */
    } steps[] = {
        {1000, 0, false},  {1000, 0, false}, {1000, 0, false},   {1000, 100, false},
        {1001, 99, false}, {1099, 1, false}, {1100, 0, false},   {1100, 100, false},
        {1300, 0, false},  {1300, 0, false}, {1300, 100, false}, {1250, 100, false},
        {9000, 0, false},  {9000, 0, false}, {9000, 0, false},   {9000, 100, false},
    };
    struct rate_limit bucket = {.burst = 3, .refill = 100};

    (void)state;
    assert_true(rate_limit_is_full(&bucket, 0));
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        uint32_t wait = rate_limit_take(&bucket, steps[i].now);

        if (wait != steps[i].wait)
            fail_msg("step %zu: wait %u ms, has to be %u", i, wait, steps[i].wait);
        assert_int_equal(rate_limit_is_full(&bucket, steps[i].now), steps[i].full);
    }
    assert_false(rate_limit_is_full(&bucket, 9299));
    assert_true(rate_limit_is_full(&bucket, 9300));
}

/* However it is asked, no more than the burst and what was refilled gets through. */
static void test_never_more(void **state)
{
    struct rate_limit bucket = {.burst = 64, .refill = 100};
    unsigned taken = 0;

    (void)state;
    for (uint64_t now = 5000; now < 15000; now += 7)
        taken += rate_limit_take(&bucket, now) == 0;
    assert_in_range(taken, 64 + 98, 64 + 100);
}

static void test_burst_of_one(void **state)
{
    struct rate_limit bucket = {.burst = 1, .refill = 10};

    (void)state;
    assert_int_equal(rate_limit_take(&bucket, 1), 0);
    assert_int_equal(rate_limit_take(&bucket, 1), 10);
    assert_int_equal(rate_limit_take(&bucket, 11), 0);
    assert_int_equal(rate_limit_take(&bucket, UINT64_MAX), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes),
        cmocka_unit_test(test_never_more),
        cmocka_unit_test(test_burst_of_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
