/* SPDX-License-Identifier: Apache-2.0 */
/* When a coarse timer runs. The clock of this test begins anywhere. */
#include "tests/unit/check.h"
#include "tests/unit/fake_clock.h"

#include "common/base/clock.h"
#include "common/base/coarse_timer.h"
#include "common/base/loop.h"

enum {
    PERIOD = 20000
};

static int64_t ran_at;

static void on_timer(evutil_socket_t descriptor, short events, void *context)
{
    (void)descriptor;
    (void)events;
    (void)context;
    ran_at = clock_milliseconds();
}

/* So many milliseconds after a multiple of PERIOD. */
static int64_t begin_at(int64_t milliseconds)
{
    fake_clock_jump((2 * PERIOD + milliseconds - clock_milliseconds() % PERIOD) % PERIOD);
    ran_at = 0;
    return clock_milliseconds();
}

static void test_when(void **state)
{
    static const struct {
        const char *row;
        void (*start)(struct event *, int64_t);
        int64_t offset, milliseconds, expected; /* after the start */
    } rows[] = {
        {"on a whole second", coarse_timer_start, 0, 3000, 3000},
        {"just after one", coarse_timer_start, 1, 3000, 3999},
        {"just before one", coarse_timer_start, 999, 3000, 3001},
        {"a part of a second", coarse_timer_start, 0, 1, 1000},
        {"less than a minute", coarse_timer_start, 1500, 59999, 60500},
        {"a minute", coarse_timer_start, 1500, 60000, 68500},
        {"long", coarse_timer_start, 1500, 100000, 108500},
        {"long, and on a multiple", coarse_timer_start, 0, 100000, 100000},
        {"again, on a multiple", coarse_timer_repeat, 0, 10000, 10000},
        {"again, a little late", coarse_timer_repeat, 20, 10000, 9980},
        {"again, sooner at first", coarse_timer_repeat, 19000, 10000, 1000},
        {"again, twice as long", coarse_timer_repeat, 12000, 20000, 8000},
        {"again, half of a second", coarse_timer_repeat, 4600, 500, 400},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct event_base *base = loop_new();
        struct event *timer = loop_timer(base, on_timer, NULL);
        const int64_t began = begin_at(rows[i].offset);

        rows[i].start(timer, rows[i].milliseconds);
        fake_clock_run(base, rows[i].expected - 1);
        CHECK_ROW(rows[i].row, ran_at == 0);
        fake_clock_run(base, 20);
        CHECK_ROW(rows[i].row,
                  ran_at - began >= rows[i].expected && ran_at - began <= rows[i].expected + 20);
        event_free(timer);
        event_base_free(base);
    }
}

/* Those that are due in the same second run in one turn, whenever they were started. */
static void test_together(void **state)
{
    static const struct {
        const char *row;
        void (*start)(struct event *, int64_t);
        int64_t later; /* the second one */
        int64_t first, second;
    } rows[] = {
        {"some time apart", coarse_timer_start, 400, 5000, 4100},
        {"much later", coarse_timer_start, 7200, 150000, 142500},
        {"about as long", coarse_timer_start, 1200, 150000, 145000},
        {"again", coarse_timer_repeat, 3000, 10000, 20000},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct event_base *base = loop_new();
        struct event *first = loop_timer(base, on_timer, NULL);
        struct event *second = loop_timer(base, on_timer, NULL);
        struct timeval due[2];

        begin_at(10000);
        rows[i].start(first, rows[i].first);
        fake_clock_run(base, rows[i].later); /* a multiple of the kernel's ticks */
        rows[i].start(second, rows[i].second);
        CHECK_ROW(rows[i].row, event_pending(first, EV_TIMEOUT, &due[0]) != 0);
        CHECK_ROW(rows[i].row, event_pending(second, EV_TIMEOUT, &due[1]) != 0);
        CHECK_ROW(rows[i].row, evutil_timercmp(&due[0], &due[1], ==));
        event_free(first);
        event_free(second);
        event_base_free(base);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_when),
                                       cmocka_unit_test(test_together)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
