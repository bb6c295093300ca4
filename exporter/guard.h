/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds the number of the clients' connections, and how long each may last. evhttp itself bounds
 * only how long a client may be silent, and one that sends a byte now and then never is. */
#ifndef TLSROUTED_EXPORTER_GUARD_H
#define TLSROUTED_EXPORTER_GUARD_H

#include "common/base/delays.h"

#include <event2/bufferevent.h>
#include <event2/listener.h>

enum guard_limit {
    GUARD_CONNECTIONS = 64, /* at a time; others wait to be accepted */
};

struct guard;

/* A guard that lets MAX connections exist at a time, for LIFETIME milliseconds each. It lasts as
 * long as the process. */
struct guard *guard_new(struct event_base *base, unsigned max, unsigned lifetime);

/* LISTENER, which is borrowed, does not accept while there are MAX connections. */
void guard_listener(struct guard *guard, struct evconnlistener *listener);

/* CONNECTION was accepted. Its owner frees it when it ends; the guard holds a reference. */
void guard_watch(struct guard *guard, struct bufferevent *connection);

#endif
