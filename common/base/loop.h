/* SPDX-License-Identifier: Apache-2.0 */
/* libevent's loop and what waits on it. As in memory.h nothing returns NULL: where memory
 * is out, the process ends with a line that says so. */
#ifndef TLSROUTED_COMMON_BASE_LOOP_H
#define TLSROUTED_COMMON_BASE_LOOP_H

#include <event2/event.h>

/* The caller releases it with event_base_free(). */
struct event_base *loop_new(void);

/* As event_new() and evtimer_new() make them: not waited for yet. The caller releases them with
 * event_free(). */
struct event *loop_event(struct event_base *base, evutil_socket_t descriptor, short events,
                         event_callback_fn callback, void *context);
struct event *loop_timer(struct event_base *base, event_callback_fn callback, void *context);

#endif
