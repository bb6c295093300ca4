/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds the number of the clients' connections, and how long each may last. evhttp itself bounds
 * only how long a client may be silent, and one that sends a byte now and then never is. */
#ifndef TLSROUTED_EXPORTER_GUARD_H
#define TLSROUTED_EXPORTER_GUARD_H

#include "common/base/delays.h"

#include <event2/bufferevent.h>
#include <event2/listener.h>

enum guard_limit {
    GUARD_CONNECTIONS = 512, /* at a time; past that, each new one replaces another */
    GUARD_TURN = 16,         /* that are accepted in one turn of the loop, and that may be ending */
};

struct guard;

/* A guard that lets MAX connections exist at a time, for LIFETIME milliseconds each. There may be
 * GUARD_TURN more of them that are about to end. It lasts as long as the process. */
struct guard *guard_new(struct event_base *base, unsigned max, unsigned lifetime);

/* LISTENER, which is borrowed, does not accept while there is no room and nobody who may be sent
 * away for it. */
void guard_listener(struct guard *guard, struct evconnlistener *listener);

/* CONNECTION was accepted. Its owner frees it when it ends; the guard holds a reference. */
void guard_watch(struct guard *guard, struct bufferevent *connection);

/* A whole request was read from CONNECTION: it keeps its place until something is sent to it. */
void guard_requested(struct guard *guard, const struct bufferevent *connection);

#endif
