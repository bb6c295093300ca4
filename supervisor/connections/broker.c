/* SPDX-License-Identifier: Apache-2.0 */
/* Workers cannot create sockets: each connection is opened here, and a worker that has been taken
 * over cannot flood the API server with them. */
#include "supervisor/connections/broker.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "supervisor/connections/rate_limit.h"

#include <stdlib.h>
#include <unistd.h>

struct broker {
    enum role role;
    struct endpoint *endpoint;
    struct rate_limit limit;
    struct event *timer; /* for a request that has to wait */
    unsigned pending;    /* requested, without a result yet */
    bool busy;           /* one of them is being opened */
    bool warned;         /* in the log */
    broker_result *result;
    void *context;
};

static void on_timer(evutil_socket_t, short events, void *context);
static void next(struct broker *);
static void on_opened(int descriptor, const char *reason, void *context);
static void warn(struct broker *, const char *what);

struct broker *broker_new(struct event_base *base, struct helpers *helpers, enum role role,
                          const char *url, unsigned connections, broker_result *result,
                          void *context)
{
    struct broker *broker = memory_new(1, sizeof(*broker));

    broker->role = role;
    broker->endpoint = endpoint_new(base, helpers, url);
    broker->limit = (struct rate_limit){.burst = connections > BROKER_BURST_MIN ? connections
                                                                                : BROKER_BURST_MIN,
                                        .refill = BROKER_REFILL_MILLISECONDS};
    broker->timer = loop_timer(base, on_timer, broker);
    broker->result = result;
    broker->context = context;
    return broker;
}

void broker_free(struct broker *broker)
{
    if (broker == NULL)
        return;
    endpoint_free(broker->endpoint);
    event_free(broker->timer);
    free(broker);
}

void broker_request(struct broker *broker)
{
    if (broker->pending >= BROKER_PENDING_MAX) {
        warn(broker, "a worker asks for too many connections at once; some are refused");
        broker->result(-1, "the supervisor refuses: too many connections at once", broker->context);
        return;
    }
    broker->pending++;
    if (!broker->busy && !evtimer_pending(broker->timer, NULL))
        next(broker);
}

static void on_timer(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    next(context);
}

static void next(struct broker *broker)
{
    uint64_t now = (uint64_t)clock_milliseconds();
    struct timeval delay;
    uint32_t wait;

    if (broker->pending == 0)
        return;
    if (rate_limit_is_full(&broker->limit, now))
        broker->warned = false;
    wait = rate_limit_take(&broker->limit, now);
    if (wait > 0) {
        warn(broker, "a worker asks for connections too often; they are opened more slowly");
        delay = backoff_timeval(wait);
        event_add(broker->timer, &delay);
        return;
    }
    broker->busy = true;
    endpoint_connect(broker->endpoint, on_opened, broker);
}

static void on_opened(int descriptor, const char *reason, void *context)
{
    struct broker *broker = context;

    broker->busy = false;
    broker->pending--;
    broker->result(descriptor, reason, broker->context);
    if (descriptor >= 0)
        close(descriptor); /* the receiver has its own */
    next(broker);
}

static void warn(struct broker *broker, const char *what)
{
    if (!broker->warned)
        log_warning(what, LOG_TEXT("worker", role_name(broker->role)),
                    LOG_NUMBER("burst", broker->limit.burst),
                    LOG_NUMBER("per_second", 1000 / BROKER_REFILL_MILLISECONDS));
    broker->warned = true;
}
