/* SPDX-License-Identifier: Apache-2.0 */
/* Nobody checks for NULL what libevent returns: here it is done once. */
#include "common/base/loop.h"

#include "common/base/memory.h"

struct event_base *loop_new(void)
{
    struct event_base *base = event_base_new();

    if (base == NULL)
        memory_out();
    return base;
}

struct event *loop_event(struct event_base *base, evutil_socket_t descriptor, short events,
                         event_callback_fn callback, void *context)
{
    struct event *event = event_new(base, descriptor, events, callback, context);

    if (event == NULL)
        memory_out();
    return event;
}

struct event *loop_timer(struct event_base *base, event_callback_fn callback, void *context)
{
    return loop_event(base, -1, 0, callback, context);
}
