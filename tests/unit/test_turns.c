/* SPDX-License-Identifier: Apache-2.0 */
/* How kinds are read where connections are few, and how streams take turns then. */
#include "tests/unit/check.h"

#include "common/base/loop.h"
#include "watcher/reading.h"
#include "watcher/turns.h"

enum {
    TURNS = 5,
};

static struct event_base *base;
static struct turns turns;
static struct turn all[TURNS];
static char begun[16]; /* the numbers of those that have begun, in order */

static void test_readings(void **state)
{
    static const struct {
        const char *row;
        enum reading now;
        enum reading_cause cause;
        enum reading after;
    } rows[] = {
        {"too many", READING_APART, READING_CROWDED, READING_JOINED},
        {"no right to one of them", READING_APART, READING_FORBIDDEN, READING_APART},
        {"it is not waited for", READING_APART, READING_ALLOWED, READING_APART},
        {"nor here", READING_JOINED, READING_ALLOWED, READING_JOINED},
        {"a right to the cluster", READING_IN_TURN, READING_ALLOWED, READING_JOINED},
        {"there were never too many", READING_APART, READING_SHARED, READING_APART},
        {"those that end still have connections", READING_JOINED, READING_CROWDED, READING_JOINED},
        {"no right to the cluster", READING_JOINED, READING_FORBIDDEN, READING_IN_TURN},
        {"HTTP/2 again", READING_JOINED, READING_SHARED, READING_APART},
        {"nothing is left to be done", READING_IN_TURN, READING_CROWDED, READING_IN_TURN},
        {"no right to a namespace", READING_IN_TURN, READING_FORBIDDEN, READING_IN_TURN},
        {"HTTP/2 again, in turn", READING_IN_TURN, READING_SHARED, READING_APART},
    };

    (void)state;
    assert_int_equal(COUNT_OF(rows), READINGS * READING_CAUSES);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].row, reading_after(rows[i].now, rows[i].cause) == rows[i].after);
}

static void on_begin(void *context)
{
    const struct turn *turn = context;
    const size_t length = strlen(begun);

    begun[length] = (char)('0' + (turn - all));
    begun[length + 1] = '\0';
    assert_true(turns_take(&turns, context));
}

/* Those that have begun since the last call, when the loop has had its turn. */
static const char *begin(void)
{
    static char last[sizeof(begun)];

    event_base_loop(base, EVLOOP_NONBLOCK);
    memcpy(last, begun, sizeof(last));
    begun[0] = '\0';
    return last;
}

static void test_in_order(void **state)
{
    (void)state;
    assert_true(turns_take(&turns, &all[0]));
    assert_true(turns_take(&turns, &all[1]));
    for (size_t i = 2; i < TURNS; i++)
        assert_false(turns_take(&turns, &all[i]));
    assert_false(turns_take(&turns, &all[2])); /* it waits already */
    assert_string_equal(begin(), "");
    assert_false(turns_take(&turns, &all[1])); /* its turn is over: others wait */
    assert_string_equal(begin(), "2");
    assert_false(turns_take(&turns, &all[0]));
    assert_false(turns_take(&turns, &all[2]));
    assert_string_equal(begin(), "34");
    turns_leave(&turns, &all[3]);
    turns_leave(&turns, &all[3]); /* it has none any more */
    assert_string_equal(begin(), "1");
    assert_false(turns_take(&turns, &all[3]));
    turns_leave(&turns, &all[0]); /* while it waits */
    turns_leave(&turns, &all[1]);
    turns_leave(&turns, &all[4]);
    assert_string_equal(begin(), "23");
    assert_int_equal(turns.count, 2);
}

/* Nobody else waits: it goes on at once. */
static void test_alone(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(turns_take(&turns, &all[0]));
        assert_true(turns_take(&turns, &all[1]));
    }
    turns_leave(&turns, &all[0]);
    assert_string_equal(begin(), "");
    assert_true(turns_take(&turns, &all[2]));
}

static int set_up(void **state)
{
    (void)state;
    base = loop_new();
    turns_init(&turns, base, 2);
    for (size_t i = 0; i < TURNS; i++)
        all[i] = (struct turn){.begin = on_begin, .context = &all[i]};
    begun[0] = '\0';
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    event_free(turns.wake);
    event_base_free(base);
    return 0;
}

#define WITH_TURNS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readings),
        WITH_TURNS(test_in_order),
        WITH_TURNS(test_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
