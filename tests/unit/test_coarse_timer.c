/* SPDX-License-Identifier: Apache-2.0 */
/* When a coarse timer runs. The clock of this test begins anywhere. */
#include "tests/unit/check.h"
#include "tests/unit/fake_clock.h"

#include "common/base/clock.h"
#include "common/base/coarse_timer.h"
#include "common/base/loop.h"

static int64_t ran_at;

static void on_timer(evutil_socket_t descriptor, short events, void *context)
{
    (void)descriptor;
    (void)events;
    (void)context;
    ran_at = clock_milliseconds();
}

/* So many milliseconds after a whole second. */
static int64_t begin_at(int64_t milliseconds)
{
    fake_clock_jump((2000 + milliseconds - clock_milliseconds() % 1000) % 1000);
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
        {"again, on a whole second", coarse_timer_repeat, 0, 10000, 10000},
        {"again, a little late", coarse_timer_repeat, 20, 10000, 9980},
        {"again, early", coarse_timer_repeat, 600, 10000, 10400},
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_when)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
