/* SPDX-License-Identifier: Apache-2.0 */
/* Events (events.k8s.io/v1) on Pools and Certificates. What happens again becomes a series with a
 * count, and there are bounds for each object and for all, so that nothing that goes wrong becomes
 * a flood. */
#ifndef TLSROUTED_RECONCILER_WRITE_EVENTS_H
#define TLSROUTED_RECONCILER_WRITE_EVENTS_H

#include "common/api/api.h"
#include "common/message/message.h"

#include <event2/event.h>
#include <stdbool.h>

struct events;

/* A teller of Events that sends them with API on the loop BASE. Never NULL. */
struct events *events_new(struct event_base *base, struct api *api);

void events_free(struct events *events);

/* Tells of REASON ("RouteCreated") about POOL with the sentence NOTE. WARNING: something is wrong;
 * otherwise it went well. Sent soon, after what is more urgent, or dropped where the bounds are
 * reached. The same told again within an hour is counted and sent at most once in half a minute. */
void events_record(struct events *events, const struct pool_message *pool, bool warning,
                   const char *reason, const char *note);

/* The same about an object of KIND. */
void events_record_on(struct events *events, enum kind kind, const struct object_head *object,
                      bool warning, const char *reason, const char *note);

/* Whether everything has been sent, but for the counts of series. */
bool events_are_sent(const struct events *events);

/* Pure: the name of the Event for this: the same for the same. At most 253 bytes; the caller frees
 * it. */
char *events_name(const struct object_head *object, const char *reason, const char *note);

#endif
