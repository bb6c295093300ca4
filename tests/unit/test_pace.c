/* SPDX-License-Identifier: Apache-2.0 */
/* How many requests may be under way: up by one, first for each that succeeds and later for each
 * round, as long as they do not wait for each other, and down by half, once for all that were under
 * way. */
#include "tests/unit/check.h"

#include "common/api/pace.h"

static void test_start(void **state)
{
    static const struct {
        unsigned max, limit;
    } rows[] = {{1, 1}, {2, 1}, {3, 1}, {4, 1}, {7, 1}, {8, 2}, {32, 8}, {100, 25}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(pace_new(rows[i].max).limit, rows[i].limit);
        assert_int_equal(pace_new(rows[i].max).max, rows[i].max);
    }
}

static void step_of(struct pace *pace, char kind)
{
    static const unsigned microseconds[] = {
        ['+'] = 5000, ['s'] = 1001000, ['t'] = 1000000, ['w'] = 10001, ['h'] = 10000,
        ['u'] = 5000, ['n'] = 0,       ['a'] = 11000,   ['A'] = 20000};
    const unsigned under_way = kind == 'a' || kind == 'A' ? 1
                               : kind == 'u'              ? (pace->limit - 1) / 2
                                                          : pace->limit;

    if (kind == '!')
        pace_overloaded(pace);
    else
        pace_ended(pace, under_way, microseconds[(unsigned char)kind]);
}

/* What happens, in order: "8+" eight succeeded after 5 ms, "!" an overload, "2s" two took 1001 ms,
 * "3t" three took 1000 ms, "4w" four took a little more than 10 ms, "5h" five took 10 ms, "6u" six
 * succeeded while fewer than half of those were under way that may be, "7n" seven which say nothing
 * about the server, "8a" eight took 11 ms and were alone, "9A" nine took 20 ms and were alone. */
static void test_steps(void **state)
{
    static const struct {
        unsigned max;
        const char *steps;
        unsigned limit;
    } rows[] = {
        {32, "", 8},
        {32, "1+", 9}, /* one more for each, until the first overload */
        {32, "7+", 15},
        {32, "7t", 15}, /* slow, and not too slow */
        {32, "23+", 31},
        {32, "24+", 32},
        {32, "1000+", 32},
        {32, "24+ !", 16}, /* from then on one more for each round */
        {32, "24+ ! 15+", 16},
        {32, "24+ ! 16+", 17},
        {32, "24+ ! 32+", 17},
        {32, "24+ ! 33+", 18},
        {32, "24+ 8t", 24}, /* slower than before: they waited */
        {32, "8w", 16},     /* how would one know? */
        {32, "1+ 8h", 17},
        {32, "17+ 1w", 24},
        {32, "1+ 5w", 14}, /* of three quarters of them it does not matter */
        {32, "1+ 100w", 24},
        {32, "24+ 1w", 31},
        {32, "24+ 10w 3+", 27},
        {32, "24+ 1000w", 24},
        {32, "24+ ! 1000w", 24},
        {32, "24+ ! 16t", 17},
        {32, "24+ ! 15+ ! 1000w", 24}, /* so many are right in any case */
        {32, "1000! 1+ 1000w", 24},
        {32, "100u", 8}, /* that more would go well is not known */
        {32, "24+ 100u", 32},
        {32, "24+ u w", 31},
        {32, "9+ a 8w", 25}, /* the server is slower now */
        {32, "9+ A 8w", 25},
        {32, "17+ A + 2w", 24}, /* and quick again */
        {32, "24n", 32},
        {32, "9n 8w", 25},
        {4, "1000w", 4},
        {4, "1+ 1000w", 3},
        {32, "24+ s 16+", 17},
        {32, "24+ ! 1000+ ! 16+", 17},
        {1, "1000+", 1},
        {2, "1+", 2},
        {32, "!", 4},
        {32, "8!", 4}, /* one overload, which each of the eight reports */
        {32, "9!", 2},
        {32, "12!", 2}, /* of those four */
        {32, "13!", 1},
        {32, "14!", 1},
        {32, "1000!", 1},
        {32, "1000! 1+", 2}, /* there is a way back */
        {32, "1000! 1000+", 32},
        {32, "s", 4},
        {32, "8s", 4},
        {32, "9s", 2},
        {32, "4s 4! s", 2},
        {32, "! 7+ !", 2}, /* those of before have ended: it is another one */
        {32, "! 6+ !", 5}, /* one of before */
        {32, "! 3+", 4},
        {32, "! 4+", 5},
        {32, "! 7+ ! 1+", 2}, /* what went well before does not count after */
        {2, "1+ ! !", 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pace pace = pace_new(rows[i].max);

        for (const char *step = rows[i].steps; *step != '\0'; step++) {
            char *kind = (char *)step;
            unsigned long times = *step >= '0' && *step <= '9' ? strtoul(step, &kind, 10) : 1;

            for (; times > 0 && *kind != ' '; times--) {
                step_of(&pace, *kind);
                assert_in_range(pace.limit, 1, rows[i].max);
            }
            step = kind;
        }
        if (pace.limit != rows[i].limit)
            fail_msg("%u, %s: %u, has to be %u", rows[i].max, rows[i].steps, pace.limit,
                     rows[i].limit);
    }
}

/* There is always one. */
static void test_least(void **state)
{
    struct pace pace = pace_new(1);

    (void)state;
    pace_ended(&pace, 2, 5000);
    pace_ended(&pace, 2, 20000);
    assert_int_equal(pace.limit, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_least),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
