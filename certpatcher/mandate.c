/* SPDX-License-Identifier: Apache-2.0 */
/* Whether it holds goes by the clock and not by the timer, which is late in a process that was
 * stopped for a while. The clock is the machine's, the same for both processes. */
#include "certpatcher/mandate.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/loop.h"

enum {
    TIMER_MAX = 3600 * 1000 /* milliseconds; the timer is set anew after that */
};

static void on_end(evutil_socket_t, short events, void *context);
static void check(struct mandate *);

void mandate_init(struct mandate *mandate, struct event_base *base, void (*ended)(void *context),
                  void *context)
{
    *mandate = (struct mandate){.ended = ended, .context = context};
    mandate->ends = loop_timer(base, on_end, mandate);
}

void mandate_set(struct mandate *mandate, uint64_t until)
{
    mandate->until = until;
    check(mandate);
}

void mandate_forget(struct mandate *mandate)
{
    mandate->until = 0;
    mandate->has_begun = false;
    event_del(mandate->ends);
}

bool mandate_holds(const struct mandate *mandate)
{
    return (uint64_t)clock_milliseconds() < mandate->until;
}

static void on_end(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    check(context);
}

static void check(struct mandate *mandate)
{
    uint64_t left = mandate->until - (uint64_t)clock_milliseconds();
    struct timeval delay;

    event_del(mandate->ends);
    if (mandate_holds(mandate)) {
        delay = backoff_timeval(left < TIMER_MAX ? (unsigned)left : TIMER_MAX);
        mandate->has_begun = true;
        if (mandate->until != UINT64_MAX)
            event_add(mandate->ends, &delay);
    } else if (mandate->has_begun) {
        mandate->has_begun = false;
        mandate->ended(mandate->context);
    }
}
