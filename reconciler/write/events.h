/* SPDX-License-Identifier: Apache-2.0 */
/* Records Events (events.k8s.io/v1) on Pools and Certificates. What happens again becomes a series
 * with a count, and there are bounds for each object and for all, so that nothing that goes wrong
 * becomes a flood. */
#ifndef TLSROUTED_RECONCILER_WRITE_EVENTS_H
#define TLSROUTED_RECONCILER_WRITE_EVENTS_H

#include "common/api/api.h"
#include "common/message/message.h"

#include <event2/event.h>
#include <stdbool.h>

struct events;

/* Whether there is so much else to do that Events would keep it waiting. */
typedef bool events_is_busy(const void *context);

/* A recorder that sends Events with API on the loop BASE, when IS_BUSY of CONTEXT says no. Never
 * NULL; it lasts as long as the process. */
struct events *events_new(struct event_base *base, struct api *api, events_is_busy *is_busy,
                          const void *context);

/* What has happened. */
struct event_details {
    enum kind kind; /* of the object that it is about */
    const struct object_head *object;
    bool warning;       /* something is wrong; otherwise it went well */
    const char *reason; /* "RouteCreated"; constant */
    const char *note;   /* one sentence */
};

/* Records it. It is sent soon, or dropped where the bounds are reached; for what is more urgent it
 * waits 10 seconds at most, so that nobody who keeps this process busy delays it for long. The same
 * again within an hour is counted, and the count is sent at most every half minute. */
void events_record(struct events *events, const struct event_details *details);

/* Whether everything has been sent apart from the counts of series. */
bool events_are_sent(const struct events *events);

/* Pure: the name of the Event, which is the same for the same details and at most 253 bytes long.
 * The caller frees it. */
char *events_name(const struct event_details *details);

#endif
