/* SPDX-License-Identifier: Apache-2.0 */
/* libevent's loop, its events and timers. Nothing returns NULL: if memory runs out, the process
 * ends as in memory.h. */
#ifndef TLSROUTED_COMMON_BASE_LOOP_H
#define TLSROUTED_COMMON_BASE_LOOP_H

#include <event2/event.h>

/* The caller releases it with event_base_free(). */
struct event_base *loop_new(void);

/* event_new() and evtimer_new(): the result is not pending yet. The caller releases it with
 * event_free(). */
struct event *loop_event(struct event_base *base, evutil_socket_t descriptor, short events,
                         event_callback_fn callback, void *context);
struct event *loop_timer(struct event_base *base, event_callback_fn callback, void *context);

#endif
