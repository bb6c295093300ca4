/* SPDX-License-Identifier: Apache-2.0 */
/* What takes minutes or hours is to be tested in no time, and at exact times. The C library's own
 * functions are replaced, so that our code and libevent see the same clock. */
#include "tests/unit/fake_clock.h"

#include "tests/unit/check.h"

#include <sys/time.h>
#include <time.h>

/* Somewhere, and not at 0, which stands for "never". */
static int64_t now = 1000 * 1000 * 1000;

static int find_next(const struct event_base *, const struct event *, void *next);
static struct timespec since_start(void);

void fake_clock_jump(int64_t milliseconds)
{
    now += milliseconds;
}

void fake_clock_run(struct event_base *base, int64_t milliseconds)
{
    const int64_t end = now + milliseconds;

    check_settle(base);
    while (now < end) {
        int64_t next = end;

        event_base_foreach_event(base, find_next, &next);
        now = next > now ? next : now + 1;
        check_settle(base);
    }
}

/* Lowers *NEXT to the time of EVENT. */
static int find_next(const struct event_base *base, const struct event *event, void *context)
{
    int64_t *next = context, milliseconds;
    struct timeval time;

    (void)base;
    if (!event_pending(event, EV_TIMEOUT, &time))
        return 0;
    milliseconds = (int64_t)time.tv_sec * 1000 + (time.tv_usec + 999) / 1000;
    if (milliseconds < *next)
        *next = milliseconds;
    return 0;
}

/* Of all clocks, the one of the day as well: they start together. */
int clock_gettime(clockid_t clock, struct timespec *time)
{
    (void)clock;
    *time = since_start();
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    const struct timespec precise = since_start();

    (void)zone;
    time->tv_sec = precise.tv_sec;
    time->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

static struct timespec since_start(void)
{
    return (struct timespec){.tv_sec = (time_t)(now / 1000), .tv_nsec = now % 1000 * 1000000};
}
