/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel does the same for its own timers (round_jiffies_up). */
#include "common/base/coarse_timer.h"

#include <time.h>

enum {
    MILLION = 1000000, /* microseconds of a second */
    THOUSAND = 1000,   /* of a millisecond */
    LONG_FROM_MILLISECONDS = 60 * 1000,
    LONG_STEP = 10 * MILLION
};

static void start_at(struct event *timer, int64_t now, int64_t due);
static int64_t now_of(struct event *timer);
static int64_t microseconds_of(const struct timespec *);

void coarse_timer_start(struct event *timer, int64_t milliseconds)
{
    const int64_t now = now_of(timer), earliest = now + milliseconds * THOUSAND;
    const int64_t step = milliseconds < LONG_FROM_MILLISECONDS ? MILLION : LONG_STEP;

    start_at(timer, now, (earliest + step - 1) / step * step);
}

void coarse_timer_repeat(struct event *timer, int64_t milliseconds)
{
    const int64_t now = now_of(timer), step = milliseconds * THOUSAND;

    start_at(timer, now, (now / step + 1) * step);
}

/* libevent's clock moves by ticks of the kernel. A timer that is due between two of them would wake
 * the process once too early; at the first tick that is not before DUE it does not. */
static void start_at(struct event *timer, int64_t now, int64_t due)
{
    struct timespec resolution;
    struct timeval delay;
    int64_t tick, wait;

    clock_getres(CLOCK_MONOTONIC_COARSE, &resolution);
    tick = microseconds_of(&resolution);
    wait = (due - now + tick - 1) / tick * tick;
    delay = (struct timeval){.tv_sec = wait / MILLION, .tv_usec = wait % MILLION};
    event_add(timer, &delay);
}

/* As libevent will have it, in microseconds: it would count from when its turn began. */
static int64_t now_of(struct event *timer)
{
    struct timespec now;

    event_base_update_cache_time(event_get_base(timer));
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return microseconds_of(&now);
}

static int64_t microseconds_of(const struct timespec *time)
{
    return (int64_t)time->tv_sec * MILLION + time->tv_nsec / 1000;
}
