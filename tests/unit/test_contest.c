/* SPDX-License-Identifier: Apache-2.0 */
/* A contest over a route: put back at once twice, then ever more slowly, and forgotten in the end.
 */
#include "tests/unit/check.h"

#include "reconciler/plan/contention.h"

#include <limits.h>

static struct contest written(unsigned times, const char *spec, time_t now)
{
    struct contest contest = {0};

    for (unsigned i = 0; i < times; i++)
        contest_written(&contest, spec, now);
    return contest;
}

/* After so many writes of the same spec, the last one just now. */
static void test_delays(void **state)
{
    static const struct {
        unsigned writes, delay, going_on;
    } rows[] = {
        {0, 0, 0},      {1, 0, 0},       {2, 0, 0},       {3, 1, 0},       {4, 2, 10},
        {5, 4, 20},     {6, 8, 40},      {7, 16, 80},     {8, 32, 160},    {9, 64, 320},
        {10, 128, 640}, {11, 256, 1280}, {12, 300, 1500}, {13, 300, 1500}, {1000, 300, 1500},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct contest contest = written(rows[i].writes, "a", 5000);
        unsigned delay = contest_delay(&contest, "a", 5000);
        unsigned going_on = contest_going_on(&contest, "a", false, 5000);

        if (delay != rows[i].delay || going_on != rows[i].going_on)
            fail_msg("%u writes: %u and %u, has to be %u and %u", rows[i].writes, delay, going_on,
                     rows[i].delay, rows[i].going_on);
        /* another spec is another matter: the Pool was changed */
        assert_int_equal(contest_delay(&contest, "b", 5000), 0);
        assert_int_equal(contest_going_on(&contest, "b", false, 5000), 0);
        contest_clear(&contest);
        assert_null(contest.written);
        assert_int_equal(contest_delay(&contest, "a", 5000), 0);
    }
}

/* The third change of the same spec by somebody else is a contest, also while it is put back. */
static void test_changed_again(void **state)
{
    static const unsigned going_on[] = {0, 0, 0, 5, 10, 20};

    (void)state;
    for (unsigned writes = 0; writes < COUNT_OF(going_on); writes++) {
        struct contest contest = written(writes, "a", 5000);

        assert_int_equal(contest_going_on(&contest, "a", true, 5000), going_on[writes]);
        assert_int_equal(contest_going_on(&contest, "a", true, 5000 + 1799), going_on[writes]);
        assert_int_equal(contest_going_on(&contest, "a", true, 5000 + 1800), 0);
        assert_int_equal(contest_going_on(&contest, "b", true, 5000), 0);
        contest_clear(&contest);
    }
}

/* What is left of it SECONDS after the last write. */
static void test_time_passes(void **state)
{
    static const struct {
        unsigned writes;
        time_t seconds;
        unsigned delay, going_on;
    } rows[] = {
        {3, 0, 1, 0},       {3, 1, 0, 0},       {6, 0, 8, 40},      {6, 7, 1, 33},
        {6, 8, 0, 32},      {6, 39, 0, 1},      {6, 40, 0, 0},      {6, 41, 0, 0},
        {12, 1, 299, 1499}, {12, 299, 1, 1201}, {12, 300, 0, 1200}, {12, 1499, 0, 1},
        {12, 1500, 0, 0},   {12, 1799, 0, 0},   {12, 1800, 0, 0},   {12, INT_MAX, 0, 0},
        {1, 1, 0, 0},       {0, 1, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct contest contest = written(rows[i].writes, "a", 100);
        time_t now = 100 + rows[i].seconds;

        if (contest_delay(&contest, "a", now) != rows[i].delay ||
            contest_going_on(&contest, "a", false, now) != rows[i].going_on)
            fail_msg("%u writes, %lld seconds later: %u and %u, has to be %u and %u",
                     rows[i].writes, (long long)rows[i].seconds, contest_delay(&contest, "a", now),
                     contest_going_on(&contest, "a", false, now), rows[i].delay, rows[i].going_on);
        contest_clear(&contest);
    }
}

/* A spec that changes begins anew, and so does one that was left in peace. */
static void test_new_beginnings(void **state)
{
    struct contest contest = written(6, "a", 100);

    (void)state;
    contest_written(&contest, "b", 101);
    assert_int_equal(contest_delay(&contest, "b", 101), 0);
    assert_int_equal(contest_delay(&contest, "a", 101), 0);
    contest_written(&contest, "a", 102);
    assert_int_equal(contest_delay(&contest, "a", 102), 0);
    for (int i = 0; i < 5; i++)
        contest_written(&contest, "a", 200);
    assert_int_equal(contest_delay(&contest, "a", 200), 8);
    contest_written(&contest, "a", 200 + 1799); /* not long enough */
    assert_int_equal(contest_delay(&contest, "a", 1999), 16);
    contest_written(&contest, "a", 1999 + 1800);
    assert_int_equal(contest_delay(&contest, "a", 3799), 0);
    assert_int_equal(contest.corrections, 0);
    contest_clear(&contest);
}

/* The other writer answers within a second, for a day: what we write is bounded. */
static void test_fight(void **state)
{
    struct contest contest = {0};
    unsigned writes = 0;

    (void)state;
    for (time_t now = 0; now < 24 * 3600; now++) {
        if (contest_delay(&contest, "a", now) == 0) {
            contest_written(&contest, "a", now);
            writes++;
        }
        if (writes > 3)
            assert_true(contest_going_on(&contest, "a", false, now) > 0);
    }
    assert_in_range(writes, 24 * 12, 24 * 12 + 12); /* every 300 seconds, and the first ones */
    contest_clear(&contest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delays),      cmocka_unit_test(test_changed_again),
        cmocka_unit_test(test_time_passes), cmocka_unit_test(test_new_beginnings),
        cmocka_unit_test(test_fight),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
