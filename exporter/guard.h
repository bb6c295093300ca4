/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds what clients can take: so many connections at a time, and so long each. evhttp itself
 * knows only how long a client may be silent, and one that sends a byte now and then is never that.
 */
#ifndef TLSROUTED_EXPORTER_GUARD_H
#define TLSROUTED_EXPORTER_GUARD_H

#include "common/base/delays.h"

#include <event2/bufferevent.h>
#include <event2/listener.h>

enum guard_limit {
    GUARD_CONNECTIONS = 64, /* at a time; more wait to be accepted */
};

struct guard;

/* No connections yet. LIFE is in milliseconds, GUARD_MILLISECONDS but in tests. To be released with
 * guard_free(). */
struct guard *guard_new(struct event_base *base, unsigned most, unsigned life);

/* GUARD may be NULL. */
void guard_free(struct guard *guard);

/* LISTENER, which is borrowed, does not accept while there are too many. */
void guard_listener(struct guard *guard, struct evconnlistener *listener);

/* CONNECTION was accepted. It is its owner's, who frees it when it ends; what is held here is a
 * reference. */
void guard_watch(struct guard *guard, struct bufferevent *connection);

/* How many there are. */
unsigned guard_count(const struct guard *guard);

#endif
