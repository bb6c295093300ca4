/* SPDX-License-Identifier: Apache-2.0 */
#include "common/worker/helper.h"

#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/message/channel.h"
#include "common/worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

struct helper {
    struct event_base *base;
    struct channel *link;
    helper_work *work;
};

static void on_question(struct message *, void *context);
static void on_closed(bool violation, const char *reason, void *context);
static bool is_our_descriptor(void);
static bool confine(void);

int helper_main(enum role role, enum message_type question, helper_work *work, int argc)
{
    channel_handler *handlers[MESSAGE_TYPES] = {NULL};
    const struct channel_callbacks callbacks = {.handlers = handlers, .on_closed = on_closed};
    struct helper helper = {.base = loop_new(), .work = work};

    handlers[question] = on_question;
    log_open(role_name(role), LOG_INFO, LOG_LOGFMT);
    if (argc != 1 || !is_our_descriptor()) {
        log_error("this program is started by tlsrouted, not by hand");
        return EXIT_FAILURE;
    }
    signal(SIGPIPE, SIG_IGN);
    if (!confine()) {
        log_error("a helper cannot be set up", LOG_TEXT("reason", strerror(errno)));
        return EXIT_FAILURE;
    }
    helper.link = channel_new(helper.base, WORKER_LINK_DESCRIPTOR, role, ROLE_SUPERVISOR,
                              &callbacks, &helper);
    event_base_dispatch(helper.base);
    return EXIT_SUCCESS;
}

/* Then waits until the supervisor has read the answer and closes the link. */
static void on_question(struct message *message, void *context)
{
    struct helper *helper = context;
    struct message answer = message_of(MESSAGE_NONE);

    helper->work(message, &answer);
    channel_send(helper->link, &answer);
}

static void on_closed(bool violation, const char *reason, void *context)
{
    struct helper *helper = context;

    (void)violation;
    (void)reason;
    event_base_loopbreak(helper->base);
}

static bool is_our_descriptor(void)
{
    struct stat status;

    return fstat(WORKER_LINK_DESCRIPTOR, &status) == 0 && S_ISSOCK(status.st_mode) &&
           fcntl(WORKER_LINK_DESCRIPTOR, F_SETFD, FD_CLOEXEC) == 0;
}

static bool confine(void)
{
    const struct rlimit none = {0, 0};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
           setrlimit(RLIMIT_CORE, &none) == 0;
}
