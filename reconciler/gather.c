/* SPDX-License-Identifier: Apache-2.0 */
/* A decision depends on lists of all kinds, which come at the same time: whoever decides with each
 * of them, and with the end of each list, decides for the same Pools again and again, while the API
 * server and the watcher need the processor. A list that does not come, such as one that RBAC
 * forbids, is not waited for. */
#include "reconciler/gather.h"

#include "common/base/backoff.h"
#include "common/base/delays.h"
#include "common/base/loop.h"

static void on_timer(evutil_socket_t, short events, void *gather);
static void begin(struct gather *);
static void end(struct gather *);
static void wait(struct gather *);
static void hold(struct gather *, bool held);

void gather_init(struct gather *gather, struct event_base *base)
{
    gather->timer = loop_timer(base, on_timer, gather);
}

void gather_update(struct gather *gather)
{
    const bool is_beginning = world_is_beginning(gather->world);

    if (!is_beginning)
        gather->has_waited = false;
    if (is_beginning && !gather->has_waited && !gather_goes_on(gather))
        begin(gather);
    else if (!is_beginning && gather_goes_on(gather))
        end(gather);
}

void gather_queued(struct gather *gather)
{
    if (gather->is_held && !gather_goes_on(gather))
        hold(gather, false);
}

bool gather_goes_on(const struct gather *gather)
{
    return event_pending(gather->timer, EV_TIMEOUT, NULL);
}

static void on_timer(evutil_socket_t socket, short events, void *context)
{
    struct gather *gather = context;

    (void)socket;
    (void)events;
    if (gather->listed != gather->world->store.listed) {
        wait(gather);
    } else {
        gather->has_waited = true;
        end(gather);
    }
}

static void begin(struct gather *gather)
{
    hold(gather, true);
    wait(gather);
}

/* The queues go on when all is queued again, or some of it would be worked on twice. */
static void end(struct gather *gather)
{
    event_del(gather->timer);
    gather->over(gather->context);
}

static void wait(struct gather *gather)
{
    const struct timeval delay = backoff_timeval(GATHER_MILLISECONDS);

    gather->listed = gather->world->store.listed;
    event_add(gather->timer, &delay);
}

/* Names that go to the certpatcher one after the other make several batches, and each has lists of
 * its own. */
static void hold(struct gather *gather, bool held)
{
    gather->is_held = held;
    queue_hold(gather->pools, held);
    queue_hold(gather->certificates, held);
}
