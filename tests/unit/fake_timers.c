/* SPDX-License-Identifier: Apache-2.0 */
/* Time that passes in a test by itself makes it slow or flaky; here the test passes it. */
#include "tests/unit/fake_timers.h"

#include "tests/unit/check.h"

#include "common/base/clock.h"

#include <event2/event.h>

enum {
    START = 1000000, /* as on a machine that has been up for a while */
    TIMERS_MAX = 16,
};

struct timer {
    const struct event *event; /* NULL: none */
    int64_t due;
};

static struct timer timers[TIMERS_MAX];
static int64_t now = START;

static struct timer *find(const struct event *event)
{
    for (size_t i = 0; i < TIMERS_MAX; i++) {
        if (timers[i].event == event)
            return &timers[i];
    }
    return NULL;
}

/* The first timer that is due by THEN, or NULL. */
static struct timer *first_due(int64_t then)
{
    struct timer *first = NULL;

    for (size_t i = 0; i < TIMERS_MAX; i++) {
        if (timers[i].event != NULL && timers[i].due <= then &&
            (first == NULL || timers[i].due < first->due))
            first = &timers[i];
    }
    return first;
}

void fake_timers_reset(void)
{
    memset(timers, 0, sizeof(timers));
    now = START;
}

void fake_timers_advance(int64_t milliseconds)
{
    int64_t then = now + milliseconds;
    struct timer *timer;

    while ((timer = first_due(then)) != NULL) {
        const struct event *event = timer->event;

        now = timer->due > now ? timer->due : now;
        timer->event = NULL;
        event_get_callback(event)(-1, EV_TIMEOUT, event_get_callback_arg(event));
    }
    now = then;
}

int64_t clock_milliseconds(void)
{
    return now;
}

time_t clock_seconds(void)
{
    return (time_t)(now / 1000);
}

int event_add(struct event *event, const struct timeval *delay)
{
    struct timer *timer = find(event);

    if (timer == NULL)
        timer = find(NULL);
    assert_non_null(timer);
    *timer = (struct timer){event, now + delay->tv_sec * 1000 + delay->tv_usec / 1000};
    return 0;
}

int event_del(struct event *event)
{
    struct timer *timer = find(event);

    if (timer != NULL)
        timer->event = NULL;
    return 0;
}

int event_pending(const struct event *event, short events, struct timeval *due)
{
    (void)due;
    return find(event) != NULL ? events & EV_TIMEOUT : 0;
}
