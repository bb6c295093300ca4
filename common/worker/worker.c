/* SPDX-License-Identifier: Apache-2.0 */
/* A role only says what it does; that every worker starts, answers, reports and ends in the same
 * way, and enters its sandbox before it reads a byte from anybody but the supervisor, is decided
 * here once. */
#include "common/worker/worker.h"

#include "common/base/cause_log.h"
#include "common/base/delays.h"
#include "common/base/line.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/sandbox/sandbox.h"
#include "common/worker/answer.h"
#include "common/worker/startup.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(SANDBOX_LEVEL_SIZE <= MESSAGE_BOUND(ready, sandbox) + 1, "READY carries the level");

/* See worker.h. */
enum stage {
    STAGE_WAITING,
    STAGE_WORKING,
    STAGE_ENDING
};

/* Everything that the skeleton itself remembers; there is one worker in a process. */
static struct skeleton {
    struct worker worker;
    enum stage stage;
    struct worker_link links[ROLE_WORKERS];
    int unread_links[ROLE_WORKERS]; /* descriptors that came while waiting, or -1 */
    struct channel_callbacks peer_callbacks, supervisor_callbacks;
    channel_handler *supervisor_handlers[MESSAGE_TYPES];
    bool has_reported;
    bool has_worked;  /* since the last heartbeat */
    bool holds_spare; /* memory: it has worked since it last gave back what it did not need */
    struct worker_report reported;
    uint64_t sent_metrics[METRIC_SERIES];
} skeleton;

static void set_up(struct worker *);
static void merge_handlers(channel_handler *const *);
static void send_hello(struct worker *);
static void on_settings(struct message *, void *context);
static void on_peer(struct message *, void *context);
static void on_start(struct message *, void *context);
static void on_query(struct message *, void *context);
static void on_resync(struct message *, void *context);
static void on_ping(struct message *, void *context);
static char *enter_sandbox(struct worker *, struct sandbox_result *);
static void give_up(struct worker *, char *problem);
static void begin(struct worker *, const struct sandbox_result *);
static void link_peer(struct worker *, enum role peer, int descriptor);
static void give_memory_back(struct worker *);
static void send_metrics(struct worker *);
static void on_supervisor_closed(bool violation, const char *reason, void *context);
static void on_peer_closed(bool violation, const char *reason, void *context);
static void on_peer_drained(void *context);
static bool is_same(const struct worker_report *, const struct worker_report *);

static channel_handler *const no_handlers[MESSAGE_TYPES];
static channel_handler *const supervisor_handlers[MESSAGE_TYPES] = {
    [MESSAGE_SETTINGS] = on_settings, [MESSAGE_PEER] = on_peer,   [MESSAGE_START] = on_start,
    [MESSAGE_PING] = on_ping,         [MESSAGE_QUERY] = on_query, [MESSAGE_RESYNC] = on_resync,
};

int worker_main(const struct worker_role *role, int argc, char **argv)
{
    struct worker *worker = &skeleton.worker;

    (void)argv;
    if (!startup(role->role, argc))
        return EXIT_FAILURE;
    umask(077);
    signal(SIGHUP, SIG_IGN);
    if (role->api != NULL && !role->api->init()) {
        log_error("cannot set up libcurl");
        return EXIT_FAILURE;
    }
    worker->role = role;
    set_up(worker);
    send_hello(worker);
    event_base_dispatch(worker->base);
    cause_log_close();
    if (role->api != NULL)
        role->api->end();
    return EXIT_SUCCESS;
}

static void set_up(struct worker *worker)
{
    const struct worker_role *role = worker->role;

    worker->settings = message_of(MESSAGE_NONE);
    worker->base = loop_new();
    cause_log_open(worker->base);
    memset(skeleton.unread_links, -1, sizeof(skeleton.unread_links));
    skeleton.peer_callbacks = (struct channel_callbacks){
        .handlers = role->handlers != NULL ? role->handlers : no_handlers,
        .on_closed = on_peer_closed,
        .on_drained = on_peer_drained};
    merge_handlers(role->supervisor_handlers);
    merge_handlers(role->api != NULL ? role->api->handlers : NULL);
    merge_handlers(supervisor_handlers);
    skeleton.supervisor_callbacks = (struct channel_callbacks){
        .handlers = skeleton.supervisor_handlers, .on_closed = on_supervisor_closed};
    worker->supervisor = channel_new(worker->base, WORKER_LINK_DESCRIPTOR, role->role,
                                     ROLE_SUPERVISOR, &skeleton.supervisor_callbacks, worker);
}

/* Those that are merged later win. */
static void merge_handlers(channel_handler *const *handlers)
{
    for (size_t type = 0; handlers != NULL && type < MESSAGE_TYPES; type++) {
        if (handlers[type] != NULL)
            skeleton.supervisor_handlers[type] = handlers[type];
    }
}

static void send_hello(struct worker *worker)
{
    struct message message = message_of(MESSAGE_HELLO);

    message.hello.version = PACKAGE_VERSION;
    channel_send(worker->supervisor, &message);
}

void worker_report(struct worker *worker, const struct worker_report *report)
{
    struct message message = message_of(MESSAGE_REPORT);
    char *summary;

    if (skeleton.has_reported && is_same(&skeleton.reported, report))
        return;
    summary = line_of(report->summary, MESSAGE_BOUND(report, summary));
    skeleton.has_reported = skeleton.has_worked = true;
    skeleton.reported = *report;
    message.report.healthy = report->healthy;
    message.report.idle = report->idle;
    message.report.unsatisfied = report->unsatisfied;
    message.report.summary = summary;
    message.report.changes = report->changes;
    message.report.leadership = report->leadership;
    channel_send(worker->supervisor, &message);
    free(summary);
}

static bool is_same(const struct worker_report *a, const struct worker_report *b)
{
    return a->healthy == b->healthy && a->idle == b->idle && a->unsatisfied == b->unsatisfied &&
           a->changes == b->changes && a->leadership == b->leadership &&
           strcmp(a->summary, b->summary) == 0;
}

bool worker_send(struct worker *worker, enum role peer, const struct message *message)
{
    if (worker->peers[peer] == NULL)
        return false;
    channel_send_soon(worker->peers[peer], message);
    return true;
}

void worker_end(struct worker *worker)
{
    event_base_loopbreak(worker->base);
}

static void on_settings(struct message *message, void *context)
{
    struct worker *worker = context;
    const struct settings_message *settings = &message->settings;

    log_open(role_name(worker->role->role), (enum log_level)settings->log_level,
             (enum log_format)settings->log_format);
    if (skeleton.stage != STAGE_WAITING)
        return;
    message_clear(&worker->settings);
    worker->settings = *message;
    message->storage = NULL; /* taken over */
}

/* A neighbour that already works may have sent something; it is read when this worker works too. */
static void on_peer(struct message *message, void *context)
{
    enum role peer = (enum role)message->peer.role;

    if (skeleton.stage != STAGE_WAITING) {
        link_peer(context, peer, message->descriptor);
    } else {
        if (skeleton.unread_links[peer] >= 0)
            close(skeleton.unread_links[peer]);
        skeleton.unread_links[peer] = message->descriptor;
    }
    message->descriptor = -1; /* taken over */
}

static void on_start(struct message *message, void *context)
{
    struct worker *worker = context;
    struct sandbox_result result;
    char *problem;

    (void)message;
    if (skeleton.stage != STAGE_WAITING || worker->settings.type != MESSAGE_SETTINGS ||
        (worker->role->api != NULL && !worker->role->api->start(worker))) {
        log_error("the supervisor started this worker twice, or without all that it needs");
        exit(EXIT_FAILURE);
    }
    problem = enter_sandbox(worker, &result);
    if (problem == NULL)
        begin(worker, &result);
    else
        give_up(worker, problem);
    text_list_clear(&result.refused);
}

static char *enter_sandbox(struct worker *worker, struct sandbox_result *result)
{
    const struct sandbox_options options = {
        .mode = (enum sandbox_mode)worker->settings.settings.sandbox,
        .uid = (uid_t)worker->settings.settings.uid,
        .descriptors = worker->api != NULL
                           ? (unsigned)worker->settings.settings.connections + WORKER_DESCRIPTORS
                           : 0,
        .report = WORKER_LINK_DESCRIPTOR};

    return sandbox_enter(sandbox_role(worker->role->role), &options, result);
}

/* The supervisor says what follows, and ends this process. PROBLEM is taken over. */
static void give_up(struct worker *worker, char *problem)
{
    struct message message = message_of(MESSAGE_UNCONFINED);
    char *line = line_of(problem, MESSAGE_BOUND(unconfined, problem));

    skeleton.stage = STAGE_ENDING;
    message.unconfined.problem = line;
    channel_send(worker->supervisor, &message);
    free(line);
    free(problem);
}

static void begin(struct worker *worker, const struct sandbox_result *result)
{
    struct message ready = message_of(MESSAGE_READY);

    skeleton.stage = STAGE_WORKING;
    ready.ready.sandbox = result->level;
    ready.ready.refused = result->refused;
    channel_send(worker->supervisor, &ready);
    if (worker->role->start != NULL)
        worker->role->start(worker);
    for (enum role peer = 0; peer < ROLE_WORKERS; peer++) {
        if (skeleton.unread_links[peer] >= 0)
            link_peer(worker, peer, skeleton.unread_links[peer]);
    }
}

static void link_peer(struct worker *worker, enum role peer, int descriptor)
{
    skeleton.links[peer] = (struct worker_link){worker, peer};
    channel_free(worker->peers[peer]);
    worker->peers[peer] = channel_new(worker->base, descriptor, worker->role->role, peer,
                                      &skeleton.peer_callbacks, &skeleton.links[peer]);
    if (worker->role->linked != NULL)
        worker->role->linked(worker, peer);
}

static void on_query(struct message *message, void *context)
{
    struct worker *worker = context;
    struct answer answer = {.supervisor = worker->supervisor, .query = &message->query};

    if (worker->role->query != NULL && skeleton.stage != STAGE_WAITING)
        worker->role->query(worker, &answer);
    else
        answer.problem = "this worker does not answer such a query";
    answer_end(&answer);
}

static void on_resync(struct message *message, void *context)
{
    struct worker *worker = context;

    (void)message;
    if (worker->role->resync != NULL && skeleton.stage != STAGE_WAITING)
        worker->role->resync(worker);
}

static void on_ping(struct message *message, void *context)
{
    static const struct message pong = {.type = MESSAGE_PONG, .descriptor = -1};
    struct worker *worker = context;

    give_memory_back(worker);
    if (worker->role->measure != NULL && skeleton.stage != STAGE_WAITING)
        worker->role->measure(worker);
    send_metrics(worker);
    if (message->ping.wants_answer)
        channel_send_soon(worker->supervisor, &pong);
}

/* Work takes more than rest does, and most of it comes in batches. */
static void give_memory_back(struct worker *worker)
{
    if (!skeleton.has_worked && skeleton.holds_spare) {
        if (worker->role->api != NULL)
            worker->role->api->rest(worker);
        memory_rest();
    }
    skeleton.holds_spare = skeleton.has_worked;
    skeleton.has_worked = false;
}

static void send_metrics(struct worker *worker)
{
    struct message message = message_of(MESSAGE_METRIC);

    for (size_t series = 0; metric_next_change(skeleton.sent_metrics, &series); series++) {
        message.metric.series = series;
        message.metric.value = skeleton.sent_metrics[series];
        channel_send_soon(worker->supervisor, &message);
    }
}

static void on_supervisor_closed(bool violation, const char *reason, void *context)
{
    const struct timeval limit = {.tv_sec = WORKER_FINISH_SECONDS};
    struct worker *worker = context;
    bool was_working = skeleton.stage == STAGE_WORKING;

    if (violation)
        log_error("the link to the supervisor ended", LOG_TEXT("reason", reason));
    skeleton.stage = STAGE_ENDING;
    if (was_working && worker->role->ending != NULL && worker->role->ending(worker))
        event_base_loopexit(worker->base, &limit);
    else
        worker_end(worker);
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
    if (worker->role->unlinked != NULL)
        worker->role->unlinked(worker, link->peer);
}

static void on_peer_drained(void *context)
{
    const struct worker_link *link = context;

    if (link->worker->role->drained != NULL)
        link->worker->role->drained(link->worker, link->peer);
}
