/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel does the same for its own timers (round_jiffies_up). */
#include "common/base/coarse_timer.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"

enum {
    SECOND = 1000, /* milliseconds */
    MARGIN = 5     /* milliseconds: libevent counts from when its turn began */
};

void coarse_timer_start(struct event *timer, int64_t milliseconds)
{
    const int64_t now = clock_milliseconds();
    const int64_t due = (now + milliseconds + SECOND - 1) / SECOND * SECOND;
    const struct timeval delay = backoff_timeval((uint32_t)(due - now + MARGIN));

    event_add(timer, &delay);
}

void coarse_timer_repeat(struct event *timer, int64_t milliseconds)
{
    coarse_timer_start(timer, milliseconds - SECOND / 2);
}
