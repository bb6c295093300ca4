/* SPDX-License-Identifier: Apache-2.0 */
/* How many of many streams begin at a time. */
#include "tests/unit/check.h"
#include "tests/unit/fake_clock.h"

#include "common/base/delays.h"
#include "watcher/starts.h"

enum {
    FIRST = 8, /* may begin at first */
    ALL = 64
};

static struct event_base *base;
static struct starts starts;
static struct start all[ALL];

static void on_begin(void *context)
{
    assert_true(starts_take(&starts, context));
}

/* How many are under way. */
static unsigned under_way(void)
{
    unsigned count = 0;

    event_base_loop(base, EVLOOP_NONBLOCK);
    for (size_t i = 0; i < ALL; i++)
        count += all[i].turn.state == TURN_TAKEN;
    return count;
}

static void test_pace(void **state)
{
    (void)state;
    for (size_t i = 0; i < ALL; i++)
        assert_int_equal(starts_take(&starts, &all[i]), i < FIRST);
    assert_int_equal(under_way(), FIRST);
    assert_true(starts_take(&starts, &all[0])); /* goes on */
    for (unsigned i = 0; i < 4; i++)
        starts_ended(&starts, &all[i], API_OK);
    assert_int_equal(under_way(), FIRST + 4);
    starts_ended(&starts, &all[4], API_FORBIDDEN); /* says nothing of how many it may be */
    assert_int_equal(under_way(), FIRST + 4);
    starts_ended(&starts, &all[5], API_TOO_MANY);
    assert_int_equal(under_way(), FIRST + 3); /* six may be, and nobody else begins until then */
    starts_ended(&starts, &all[5], API_OK);   /* not its start any more */
    assert_int_equal(under_way(), FIRST + 3);
    for (unsigned i = 6; i < 12; i++)
        starts_ended(&starts, &all[i], API_OK);
    assert_in_range(under_way(), 6, 7);
    for (unsigned i = 12; i < ALL; i++) {
        starts_ended(&starts, &all[i], API_OK);
        assert_in_range(under_way(), 0, 32);
    }
    assert_int_equal(under_way(), 0);
}

static void test_leave(void **state)
{
    (void)state;
    for (size_t i = 0; i < FIRST + 2; i++)
        starts_take(&starts, &all[i]);
    starts_leave(&starts, &all[FIRST]); /* awaited */
    starts_leave(&starts, &all[0]);
    assert_int_equal(under_way(), FIRST);
    assert_int_equal(all[FIRST].turn.state, TURN_NONE);
    assert_int_equal(all[FIRST + 1].turn.state, TURN_TAKEN);
}

/* Lists that never end do not keep others from beginning. */
static void test_late(void **state)
{
    (void)state;
    for (size_t i = 0; i < FIRST + 2; i++)
        starts_take(&starts, &all[i]);
    fake_clock_run(base, STREAM_START_SECONDS * 1000 - 1000);
    assert_int_equal(all[FIRST].turn.state, TURN_AWAITED);
    fake_clock_run(base, 3000);
    assert_int_equal(all[0].turn.state, TURN_NONE);
    assert_int_equal(all[FIRST].turn.state, TURN_TAKEN);
    assert_int_equal(under_way(), 2);
    fake_clock_run(base, STREAM_START_SECONDS * 1000 + 2000);
    assert_int_equal(under_way(), 0);
}

static int set_up(void **state)
{
    (void)state;
    base = event_base_new();
    memset(all, 0, sizeof(all));
    for (size_t i = 0; i < ALL; i++)
        all[i].turn = (struct turn){.begin = on_begin, .context = &all[i]};
    starts_init(&starts, base);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < ALL; i++)
        starts_leave(&starts, &all[i]);
    event_free(starts.late);
    event_free(starts.turns.wake);
    event_base_free(base);
    return 0;
}

#define STARTS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {STARTS(test_pace), STARTS(test_leave), STARTS(test_late)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
