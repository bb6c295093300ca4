/* SPDX-License-Identifier: Apache-2.0 */
/* Blocking work, such as a name lookup or a command, has a process of its own, so that nothing else
 * waits for it, and it can be confined or killed by itself. */
#include "common/worker/helper.h"

#include "common/base/loop.h"
#include "common/message/channel.h"
#include "common/worker/startup.h"

#include <stdlib.h>

struct helper {
    struct event_base *base;
    struct channel *link;
    helper_work *work;
};

static void on_request(struct message *, void *context);
static void on_closed(bool violation, const char *reason, void *context);

int helper_main(enum role role, enum message_type request, helper_work *work, int argc)
{
    channel_handler *handlers[MESSAGE_TYPES] = {NULL};
    const struct channel_callbacks callbacks = {.handlers = handlers, .on_closed = on_closed};
    struct helper helper = {.work = work};

    handlers[request] = on_request;
    if (!startup(role, argc))
        return EXIT_FAILURE;
    helper.base = loop_new();
    helper.link = channel_new(helper.base, WORKER_LINK_DESCRIPTOR, role, ROLE_SUPERVISOR,
                              &callbacks, &helper);
    event_base_dispatch(helper.base);
    return EXIT_SUCCESS;
}

/* The process ends when the supervisor has read the result and closes the link. */
static void on_request(struct message *request, void *context)
{
    struct helper *helper = context;
    struct message result = message_of(MESSAGE_NONE);

    helper->work(request, &result);
    channel_send(helper->link, &result);
}

static void on_closed(bool violation, const char *reason, void *context)
{
    struct helper *helper = context;

    (void)violation;
    (void)reason;
    event_base_loopbreak(helper->base);
}
