/* SPDX-License-Identifier: Apache-2.0 */
/* Hundreds of namespaces are thousands of lists. Asked for all at once, an API server refuses many
 * of them (429), and those that wait longer and longer in between come last by minutes. */
#include "watcher/starts.h"

#include "common/base/clock.h"
#include "common/base/coarse_timer.h"
#include "common/base/delays.h"
#include "common/base/loop.h"

enum {
    STARTS_MAX = 32 /* at a time; a quarter of them at first */
};

static void on_late(evutil_socket_t, short events, void *starts);
static void watch_for_late(struct starts *);

void starts_init(struct starts *starts, struct event_base *base)
{
    starts->pace = pace_new(STARTS_MAX);
    starts->late = loop_timer(base, on_late, starts);
    turns_init(&starts->turns, base, starts->pace.limit);
    TAILQ_INIT(&starts->under_way);
}

bool starts_take(struct starts *starts, struct start *start)
{
    if (start->turn.state == TURN_TAKEN)
        return true;
    if (!turns_take(&starts->turns, &start->turn))
        return false;
    start->since = clock_seconds();
    TAILQ_INSERT_TAIL(&starts->under_way, start, link);
    watch_for_late(starts);
    return true;
}

void starts_ended(struct starts *starts, struct start *start, enum api_error error)
{
    if (start->turn.state != TURN_TAKEN)
        return;
    if (error == API_OK)
        pace_ended(&starts->pace, starts->pace.limit, 0);
    else if (api_error_is_overload(error))
        pace_overloaded(&starts->pace);
    starts->turns.max = starts->pace.limit;
    starts_leave(starts, start);
}

void starts_leave(struct starts *starts, struct start *start)
{
    if (start->turn.state == TURN_TAKEN)
        TAILQ_REMOVE(&starts->under_way, start, link);
    turns_leave(&starts->turns, &start->turn);
}

/* A list that takes its time, or never ends, is not waited for by the others. */
static void on_late(evutil_socket_t socket, short events, void *context)
{
    struct starts *starts = context;
    struct start *first;

    (void)socket;
    (void)events;
    while ((first = TAILQ_FIRST(&starts->under_way)) != NULL &&
           clock_seconds() - first->since >= STREAM_START_SECONDS)
        starts_leave(starts, first);
    watch_for_late(starts);
}

static void watch_for_late(struct starts *starts)
{
    if (!TAILQ_EMPTY(&starts->under_way) && !event_pending(starts->late, EV_TIMEOUT, NULL))
        coarse_timer_start(starts->late, STREAM_START_SECONDS * 1000);
}
