/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up names and running exec plugins needs what the supervisor gives up in its sandbox: each
 * such task is a process of its own that lives for one message. */
#include "supervisor/processes/helpers.h"

#include "common/base/backoff.h"
#include "common/base/installation.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/channel.h"
#include "supervisor/processes/spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

struct helpers {
    struct event_base *base;
    enum sandbox_mode mode;
    uid_t uid;
    struct helper *running;
};

struct helper {
    struct helpers *helpers;
    pid_t pid;
    struct channel *link;
    struct event *deadline;
    channel_handler *handlers[MESSAGE_TYPES];
    struct channel_callbacks callbacks;
    char *problem; /* of one that could not be started */
    helpers_done *done;
    void *context;
    struct helper *next, *prev;
};

static int start(struct helper *, enum role);
static void on_result(struct message *, void *context);
static void on_closed(bool violation, const char *reason, void *context);
static void on_deadline(evutil_socket_t, short events, void *context);
static void finish(struct helper *, const struct message *result, const char *problem);

struct helpers *helpers_new(struct event_base *base, enum sandbox_mode mode, uid_t uid)
{
    struct helpers *helpers = memory_new(1, sizeof(*helpers));

    *helpers = (struct helpers){.base = base, .mode = mode, .uid = uid};
    return helpers;
}

void helpers_free(struct helpers *helpers)
{
    if (helpers == NULL)
        return;
    while (helpers->running != NULL)
        helpers_cancel(helpers->running);
    free(helpers);
}

struct helper *helpers_run(struct helpers *helpers, enum role role, const struct message *request,
                           enum message_type result, unsigned milliseconds, helpers_done *done,
                           void *context)
{
    struct helper *helper = memory_new(1, sizeof(*helper));
    struct timeval limit = backoff_timeval(milliseconds);

    helper->helpers = helpers;
    helper->handlers[result] = on_result;
    helper->callbacks =
        (struct channel_callbacks){.handlers = helper->handlers, .on_closed = on_closed};
    helper->done = done;
    helper->context = context;
    helper->deadline = loop_timer(helpers->base, on_deadline, helper);
    DL_APPEND(helpers->running, helper);
    if (start(helper, role) == 0) {
        channel_send(helper->link, request);
    } else {
        helper->problem = memory_format("cannot start %s: %s", role_name(role), strerror(errno));
        limit = backoff_timeval(0);
    }
    event_add(helper->deadline, &limit);
    return helper;
}

struct helper *helpers_look_up(struct helpers *helpers, const char *host, unsigned milliseconds,
                               helpers_done *done, void *context)
{
    struct message request = message_of(MESSAGE_RESOLVE_REQUEST);

    request.resolve_request.host = host;
    request.resolve_request.sandbox = helpers->mode;
    request.resolve_request.uid = helpers->uid;
    return helpers_run(helpers, ROLE_RESOLVER, &request, MESSAGE_RESOLVE_RESULT, milliseconds, done,
                       context);
}

void helpers_reaped(struct helpers *helpers, pid_t pid)
{
    struct helper *helper;

    DL_FOREACH (helpers->running, helper) {
        if (helper->pid == pid)
            helper->pid = 0;
    }
}

/* The process has nothing to lose, so it is killed. It is reaped like any other. */
void helpers_cancel(struct helper *helper)
{
    if (helper == NULL)
        return;
    DL_DELETE(helper->helpers->running, helper);
    channel_free(helper->link);
    event_free(helper->deadline);
    if (helper->pid > 0)
        kill(helper->pid, SIGKILL);
    free(helper->problem);
    free(helper);
}

/* Returns 0, or -1 with errno set. */
static int start(struct helper *helper, enum role role)
{
    char *program = memory_format("%s/%s", INSTALLATION_PROGRAMS, role_name(role));
    int pair[2] = {-1, -1};

    helper->pid = channel_pair(pair) == 0 ? spawn(program, pair[1], -1, NULL) : -1;
    free(program);
    if (pair[1] >= 0)
        close(pair[1]);
    if (helper->pid < 0) {
        if (pair[0] >= 0)
            close(pair[0]);
        return -1;
    }
    helper->link = channel_new(helper->helpers->base, pair[0], ROLE_SUPERVISOR, role,
                               &helper->callbacks, helper);
    return 0;
}

static void on_result(struct message *message, void *context)
{
    finish(context, message, NULL);
}

static void on_closed(bool violation, const char *reason, void *context)
{
    finish(context, NULL, violation ? reason : "the process ended without a result");
}

static void on_deadline(evutil_socket_t socket, short events, void *context)
{
    struct helper *helper = context;

    (void)socket;
    (void)events;
    finish(helper, NULL, helper->problem != NULL ? helper->problem : "there was no result in time");
}

static void finish(struct helper *helper, const struct message *result, const char *problem)
{
    helpers_done *done = helper->done;
    void *context = helper->context;
    char *copy = memory_text(problem); /* it may be the helper's own */

    helpers_cancel(helper);
    done(result, copy, context);
    free(copy);
}
