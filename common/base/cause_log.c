/* SPDX-License-Identifier: Apache-2.0 */
/* The same failure shows in many modules of a process, so that there is one place for all of them,
 * as there is one log. */
#include "common/base/cause_log.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/loop.h"

static struct causes *all(void);
static void bring_up_to_date(void);
static void look_in(int64_t milliseconds, int64_t now);
static void on_due(evutil_socket_t, short events, void *context);

static struct {
    struct causes *causes;
    struct event *timer; /* NULL: lines are written at once */
    int64_t look;        /* when it fires, if it is pending */
} cause_log;

void cause_log_open(struct event_base *base)
{
    cause_log.timer = loop_timer(base, on_due, NULL);
}

void cause_log_close(void)
{
    causes_flush(all(), clock_milliseconds());
    causes_free(cause_log.causes);
    cause_log.causes = NULL;
    if (cause_log.timer != NULL)
        event_free(cause_log.timer);
    cause_log.timer = NULL;
}

void cause_log_join(struct cause_member *member, const struct cause_details *details)
{
    causes_join(all(), member, details, clock_milliseconds());
    bring_up_to_date();
}

void cause_log_leave(struct cause_member *member, enum cause_end end)
{
    if (member->cause == NULL)
        return;
    causes_leave(all(), member, end, clock_milliseconds());
    bring_up_to_date();
}

void cause_log_happened(const struct cause_details *details)
{
    causes_happened(all(), details, clock_milliseconds());
    bring_up_to_date();
}

static struct causes *all(void)
{
    if (cause_log.causes == NULL)
        cause_log.causes = causes_new(log_write);
    return cause_log.causes;
}

/* What is due is looked for after a while, for all that has come until then: there may be
 * thousands. */
static void bring_up_to_date(void)
{
    int64_t now = clock_milliseconds();

    if (cause_log.timer == NULL)
        causes_flush(all(), now);
    else if (!event_pending(cause_log.timer, EV_TIMEOUT, NULL) ||
             cause_log.look > now + CAUSE_TICK_MILLISECONDS)
        look_in(CAUSE_TICK_MILLISECONDS, now);
}

static void look_in(int64_t milliseconds, int64_t now)
{
    const struct timeval delay = backoff_timeval((uint32_t)milliseconds);

    cause_log.look = now + milliseconds;
    event_add(cause_log.timer, &delay);
}

static void on_due(evutil_socket_t socket, short events, void *context)
{
    int64_t now = clock_milliseconds(), due;

    (void)socket;
    (void)events;
    (void)context;
    causes_step(cause_log.causes, now);
    due = causes_due(cause_log.causes);
    if (due != CAUSES_NEVER)
        look_in(due - now > CAUSE_TICK_MILLISECONDS ? due - now : CAUSE_TICK_MILLISECONDS, now);
}
