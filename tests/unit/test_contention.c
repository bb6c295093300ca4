/* SPDX-License-Identifier: Apache-2.0 */
/* A contention over a TLSRoute: it is restored at once twice, then at growing intervals, and
 * forgotten in the end. */
#include "tests/unit/check.h"

#include "reconciler/plan/contention.h"

#include <limits.h>

static struct contention written(unsigned times, const char *spec, time_t now)
{
    struct contention contention = {0};

    for (unsigned i = 0; i < times; i++)
        contention_written(&contention, spec, now);
    return contention;
}

/* After so many writes of the same spec, the last one just now. */
static void test_delays(void **state)
{
    static const struct {
        unsigned writes, delay, remaining;
    } rows[] = {
        {0, 0, 0},      {1, 0, 0},       {2, 0, 0},       {3, 1, 0},       {4, 2, 10},
        {5, 4, 20},     {6, 8, 40},      {7, 16, 80},     {8, 32, 160},    {9, 64, 320},
        {10, 128, 640}, {11, 256, 1280}, {12, 300, 1500}, {13, 300, 1500}, {1000, 300, 1500},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct contention contention = written(rows[i].writes, "a", 5000);
        unsigned delay = contention_delay(&contention, "a", 5000);
        unsigned remaining = contention_remaining(&contention, "a", false, 5000);

        if (delay != rows[i].delay || remaining != rows[i].remaining)
            fail_msg("%u writes: %u and %u, has to be %u and %u", rows[i].writes, delay, remaining,
                     rows[i].delay, rows[i].remaining);
        /* another spec is another matter: the Pool was changed */
        assert_int_equal(contention_delay(&contention, "b", 5000), 0);
        assert_int_equal(contention_remaining(&contention, "b", false, 5000), 0);
        contention_clear(&contention);
        assert_null(contention.written);
        assert_int_equal(contention_delay(&contention, "a", 5000), 0);
    }
}

/* The third change of the same spec by somebody else is a contention, also while it is restored. */
static void test_changed_again(void **state)
{
    static const unsigned remaining[] = {0, 0, 0, 5, 10, 20};

    (void)state;
    for (unsigned writes = 0; writes < COUNT_OF(remaining); writes++) {
        struct contention contention = written(writes, "a", 5000);

        assert_int_equal(contention_remaining(&contention, "a", true, 5000), remaining[writes]);
        assert_int_equal(contention_remaining(&contention, "a", true, 5000 + 1799),
                         remaining[writes]);
        assert_int_equal(contention_remaining(&contention, "a", true, 5000 + 1800), 0);
        assert_int_equal(contention_remaining(&contention, "b", true, 5000), 0);
        contention_clear(&contention);
    }
}

/* What is left of it SECONDS after the last write. */
static void test_time_passes(void **state)
{
    static const struct {
        unsigned writes;
        time_t seconds;
        unsigned delay, remaining;
    } rows[] = {
        {3, 0, 1, 0},       {3, 1, 0, 0},       {6, 0, 8, 40},      {6, 7, 1, 33},
        {6, 8, 0, 32},      {6, 39, 0, 1},      {6, 40, 0, 0},      {6, 41, 0, 0},
        {12, 1, 299, 1499}, {12, 299, 1, 1201}, {12, 300, 0, 1200}, {12, 1499, 0, 1},
        {12, 1500, 0, 0},   {12, 1799, 0, 0},   {12, 1800, 0, 0},   {12, INT_MAX, 0, 0},
        {1, 1, 0, 0},       {0, 1, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct contention contention = written(rows[i].writes, "a", 100);
        time_t now = 100 + rows[i].seconds;

        if (contention_delay(&contention, "a", now) != rows[i].delay ||
            contention_remaining(&contention, "a", false, now) != rows[i].remaining)
            fail_msg("%u writes, %lld seconds later: %u and %u, has to be %u and %u",
                     rows[i].writes, (long long)rows[i].seconds,
                     contention_delay(&contention, "a", now),
                     contention_remaining(&contention, "a", false, now), rows[i].delay,
                     rows[i].remaining);
        contention_clear(&contention);
    }
}

/* A spec that changes begins anew, and so does one that was left in peace. */
static void test_new_beginnings(void **state)
{
    struct contention contention = written(6, "a", 100);

    (void)state;
    contention_written(&contention, "b", 101);
    assert_int_equal(contention_delay(&contention, "b", 101), 0);
    assert_int_equal(contention_delay(&contention, "a", 101), 0);
    contention_written(&contention, "a", 102);
    assert_int_equal(contention_delay(&contention, "a", 102), 0);
    for (int i = 0; i < 5; i++)
        contention_written(&contention, "a", 200);
    assert_int_equal(contention_delay(&contention, "a", 200), 8);
    contention_written(&contention, "a", 200 + 1799); /* not long enough */
    assert_int_equal(contention_delay(&contention, "a", 1999), 16);
    contention_written(&contention, "a", 1999 + 1800);
    assert_int_equal(contention_delay(&contention, "a", 3799), 0);
    assert_int_equal(contention.corrections, 0);
    contention_clear(&contention);
}

/* The other writer answers within a second, for a day: what we write is bounded. */
static void test_long_contention(void **state)
{
    struct contention contention = {0};
    unsigned writes = 0;

    (void)state;
    for (time_t now = 0; now < 24 * 3600; now++) {
        if (contention_delay(&contention, "a", now) == 0) {
            contention_written(&contention, "a", now);
            writes++;
        }
        if (writes > 3)
            assert_true(contention_remaining(&contention, "a", false, now) > 0);
    }
    assert_in_range(writes, 24 * 12, 24 * 12 + 12); /* every 300 seconds, and the first ones */
    contention_clear(&contention);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delays),          cmocka_unit_test(test_changed_again),
        cmocka_unit_test(test_time_passes),     cmocka_unit_test(test_new_beginnings),
        cmocka_unit_test(test_long_contention),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
