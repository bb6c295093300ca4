/* SPDX-License-Identifier: Apache-2.0 */
#include "common/worker/worker.h"

#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/sandbox/limits.h"
#include "common/sandbox/sandbox.h"
#include "common/worker/answer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Everything that the skeleton itself remembers; there is one worker in a process. */
static struct skeleton {
    struct worker worker;
    struct worker_link links[ROLE_WORKERS];
    int waiting[ROLE_WORKERS]; /* links that came before the start, or -1 */
    struct channel_callbacks peer_callbacks, supervisor_callbacks;
    channel_handler *supervisor_handlers[MESSAGE_TYPES];
    bool started;
    bool reported;
    struct worker_state told;
    uint64_t sent_metrics[METRIC_SERIES];
} skeleton;

static void on_settings(struct message *, void *context);
static void on_peer(struct message *, void *context);
static void on_start(struct message *, void *context);
static void on_query(struct message *, void *context);
static void on_resync(struct message *, void *context);
static void on_ping(struct message *, void *context);
static void tell_metrics(struct worker *);
static void link_peer(struct worker *, enum role peer, int descriptor);
static void on_supervisor_closed(bool violation, const char *reason, void *context);
static void on_peer_closed(bool violation, const char *reason, void *context);
static void on_peer_drained(void *context);
static void merge_handlers(channel_handler *const *);
static void say_hello(struct worker *);
static void enter_sandbox(struct worker *, char *level);
static bool is_our_descriptor(void);

static channel_handler *const supervisor_handlers[MESSAGE_TYPES] = {
    [MESSAGE_SETTINGS] = on_settings, [MESSAGE_PEER] = on_peer,   [MESSAGE_START] = on_start,
    [MESSAGE_PING] = on_ping,         [MESSAGE_QUERY] = on_query, [MESSAGE_RESYNC] = on_resync,
};

int worker_main(const struct worker_role *role, int argc, char **argv)
{
    struct worker *worker = &skeleton.worker;

    (void)argv;
    log_open(role_name(role->role), LOG_INFO, LOG_LOGFMT);
    if (argc != 1 || !is_our_descriptor()) {
        log_error("this program is started by tlsrouted, not by hand");
        return EXIT_FAILURE;
    }
    if (limits_hide_process() != 0)
        log_warning("cannot hide this process's memory", LOG_TEXT("reason", strerror(errno)));
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    worker->role = role;
    worker->settings = message_of(MESSAGE_NONE);
    memset(skeleton.waiting, -1, sizeof(skeleton.waiting));
    worker->base = loop_new();
    if (role->client != NULL && !role->client->init()) {
        log_error("cannot set up libcurl");
        return EXIT_FAILURE;
    }
    skeleton.peer_callbacks = (struct channel_callbacks){
        .handlers = role->handlers, .on_closed = on_peer_closed, .on_drained = on_peer_drained};
    merge_handlers(role->supervisor_handlers);
    merge_handlers(role->client != NULL ? role->client->handlers : NULL);
    merge_handlers(supervisor_handlers);
    skeleton.supervisor_callbacks = (struct channel_callbacks){
        .handlers = skeleton.supervisor_handlers, .on_closed = on_supervisor_closed};
    worker->supervisor = channel_new(worker->base, WORKER_LINK_DESCRIPTOR, role->role,
                                     ROLE_SUPERVISOR, &skeleton.supervisor_callbacks, worker);
    say_hello(worker);
    event_base_dispatch(worker->base);
    if (role->client != NULL)
        role->client->end();
    return EXIT_SUCCESS;
}

/* Those that come later count. */
static void merge_handlers(channel_handler *const *handlers)
{
    for (size_t type = 0; handlers != NULL && type < MESSAGE_TYPES; type++) {
        if (handlers[type] != NULL)
            skeleton.supervisor_handlers[type] = handlers[type];
    }
}

void worker_report(struct worker *worker, const struct worker_state *state)
{
    struct message message = message_of(MESSAGE_REPORT);
    struct worker_state *told = &skeleton.told;

    if (skeleton.reported && told->healthy == state->healthy && told->idle == state->idle &&
        told->unsatisfied == state->unsatisfied && told->changes == state->changes &&
        told->leadership == state->leadership && strcmp(told->summary, state->summary) == 0)
        return;
    skeleton.reported = true;
    *told = *state;
    message.report.healthy = state->healthy;
    message.report.idle = state->idle;
    message.report.unsatisfied = state->unsatisfied;
    message.report.summary = state->summary;
    message.report.changes = state->changes;
    message.report.leadership = state->leadership;
    channel_send(worker->supervisor, &message);
}

bool worker_send(struct worker *worker, enum role peer, const struct message *message)
{
    if (worker->peers[peer] == NULL)
        return false;
    channel_send(worker->peers[peer], message);
    return true;
}

static void say_hello(struct worker *worker)
{
    struct message message = message_of(MESSAGE_HELLO);

    message.hello.version = PACKAGE_VERSION;
    channel_send(worker->supervisor, &message);
}

static void on_settings(struct message *message, void *context)
{
    struct worker *worker = context;
    const struct settings_message *settings = &message->settings;

    log_open(role_name(worker->role->role), (enum log_level)settings->log_level,
             (enum log_format)settings->log_format);
    if (skeleton.started)
        return;
    message_clear(&worker->settings);
    worker->settings = *message;
    message->storage = NULL; /* taken over */
}

/* A neighbour that works already may have sent something: it is read when this worker works too. */
static void on_peer(struct message *message, void *context)
{
    enum role peer = (enum role)message->peer.role;

    if (skeleton.started) {
        link_peer(context, peer, message->descriptor);
    } else {
        if (skeleton.waiting[peer] >= 0)
            close(skeleton.waiting[peer]);
        skeleton.waiting[peer] = message->descriptor;
    }
    message->descriptor = -1; /* taken over */
}

static void on_query(struct message *message, void *context)
{
    struct worker *worker = context;
    struct answer answer = {.worker = worker, .query = &message->query};

    if (worker->role->asked != NULL && skeleton.started)
        worker->role->asked(&answer);
    else
        answer.problem = "cannot be asked that";
    answer_end(&answer);
}

static void on_resync(struct message *message, void *context)
{
    struct worker *worker = context;

    (void)message;
    if (worker->role->resync != NULL && skeleton.started)
        worker->role->resync(worker);
}

static void link_peer(struct worker *worker, enum role peer, int descriptor)
{
    skeleton.links[peer] = (struct worker_link){worker, peer};
    channel_free(worker->peers[peer]);
    worker->peers[peer] = channel_new(worker->base, descriptor, worker->role->role, peer,
                                      &skeleton.peer_callbacks, &skeleton.links[peer]);
    worker->role->linked(worker, peer);
}

static void on_start(struct message *message, void *context)
{
    struct worker *worker = context;
    struct message ready = message_of(MESSAGE_READY);
    char level[SANDBOX_LEVEL_SIZE];

    (void)message;
    if (skeleton.started || worker->settings.type != MESSAGE_SETTINGS ||
        (worker->role->client != NULL && !worker->role->client->start(worker))) {
        log_error("the supervisor started this worker twice or without all that it needs");
        exit(EXIT_FAILURE);
    }
    skeleton.started = true;
    enter_sandbox(worker, level);
    ready.ready.sandbox = level;
    channel_send(worker->supervisor, &ready);
    worker->role->start(worker);
    for (enum role peer = 0; peer < ROLE_WORKERS; peer++) {
        if (skeleton.waiting[peer] >= 0)
            link_peer(worker, peer, skeleton.waiting[peer]);
    }
}

static void tell_metrics(struct worker *worker)
{
    struct message message = message_of(MESSAGE_METRIC);

    for (size_t series = 0; metric_next_change(skeleton.sent_metrics, &series); series++) {
        message.metric.series = series;
        message.metric.value = skeleton.sent_metrics[series];
        channel_send(worker->supervisor, &message);
    }
}

static void on_ping(struct message *message, void *context)
{
    static const struct message pong = {.type = MESSAGE_PONG, .descriptor = -1};
    struct worker *worker = context;

    (void)message;
    if (worker->role->measure != NULL && skeleton.started)
        worker->role->measure(worker);
    tell_metrics(worker);
    channel_send(worker->supervisor, &pong);
}

static void enter_sandbox(struct worker *worker, char *level)
{
    const struct sandbox_options options = {
        .mode = (enum sandbox_mode)worker->settings.settings.sandbox,
        .uid = (uid_t)worker->settings.settings.uid,
        .report = WORKER_LINK_DESCRIPTOR};

    if (sandbox_enter(sandbox_role(worker->role->role), &options, level) != 0)
        exit(EXIT_FAILURE);
}

static void on_supervisor_closed(bool violation, const char *reason, void *context)
{
    const struct timeval limit = {.tv_sec = WORKER_FINISH_SECONDS};
    struct worker *worker = context;

    if (violation)
        log_error("the link to the supervisor ended", LOG_TEXT("reason", reason));
    if (skeleton.started && worker->role->ending != NULL && worker->role->ending(worker))
        event_base_loopexit(worker->base, &limit);
    else
        worker_end(worker);
}

void worker_end(struct worker *worker)
{
    event_base_loopbreak(worker->base);
}

static void on_peer_closed(bool violation, const char *reason, void *context)
{
    const struct worker_link *link = context;
    struct worker *worker = link->worker;
    struct message message = message_of(MESSAGE_LINK_BROKEN);

    channel_free(worker->peers[link->peer]);
    worker->peers[link->peer] = NULL;
    if (violation) {
        message.link_broken.role = link->peer;
        message.link_broken.reason = reason;
        channel_send(worker->supervisor, &message);
    }
    worker->role->unlinked(worker, link->peer);
}

static void on_peer_drained(void *context)
{
    const struct worker_link *link = context;

    if (link->worker->role->drained != NULL)
        link->worker->role->drained(link->worker, link->peer);
}

static bool is_our_descriptor(void)
{
    struct stat status;

    return fstat(WORKER_LINK_DESCRIPTOR, &status) == 0 && S_ISSOCK(status.st_mode) &&
           fcntl(WORKER_LINK_DESCRIPTOR, F_SETFD, FD_CLOEXEC) == 0;
}
