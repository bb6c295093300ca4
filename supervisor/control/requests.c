/* SPDX-License-Identifier: Apache-2.0 */
/* One row for each request: its message, the right that it needs, and the function that answers it,
 * from what the supervisor knows or by way of a worker. A new request is a row here. */
#include "supervisor/control/requests.h"

#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/line.h"
#include "common/base/log.h"
#include "common/base/memory.h"
#include "supervisor/workers/health.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    WATCHING_MAX = 16, /* clients */
};

static void answer_status(struct client *, const struct message *);
static void answer_query(struct client *, const struct message *);
static void adopt(struct client *, const struct message *);
static uint64_t begin_page(struct client *, const struct child *, uint64_t ticket,
                           unsigned seconds);
static void answer_watch(struct client *, const struct message *);
static void answer_level(struct client *, const struct message *);
static void set_level(struct client *, const struct message *);
static void resync(struct client *, const struct message *);
static void promise_resync(struct client *, const struct child *watcher);
static void reload(struct client *, const struct message *);
static void send_worker(struct channel *, const struct child *);
static void send_done(struct client *, bool success, const char *text);
static const char *why_unavailable(const struct child *);
static bool are_available(struct client *, const enum role *roles, size_t count);

static const struct control_request requests[MESSAGE_TYPES] = {
    [MESSAGE_STATUS_QUERY] = {RIGHT_QUERY, answer_status},
    [MESSAGE_QUERY] = {RIGHT_QUERY, answer_query},
    [MESSAGE_WATCH_QUERY] = {RIGHT_QUERY, answer_watch},
    [MESSAGE_LEVEL_QUERY] = {RIGHT_QUERY, answer_level},
    [MESSAGE_LEVEL_COMMAND] = {RIGHT_COMMAND, set_level},
    [MESSAGE_RESYNC_COMMAND] = {RIGHT_COMMAND, resync},
    [MESSAGE_RELOAD_COMMAND] = {RIGHT_COMMAND, reload},
    [MESSAGE_ADOPT] = {RIGHT_COMMAND, adopt},
};

const struct control_request *requests_find(enum message_type type)
{
    return requests[type].answer != NULL ? &requests[type] : NULL;
}

static void answer_status(struct client *client, const struct message *message)
{
    static const struct message end = {.type = MESSAGE_STATUS_END, .descriptor = -1};
    const struct control_daemon *daemon = client->daemon;
    const struct workers *workers = daemon->workers;
    struct message status = message_of(MESSAGE_STATUS_DAEMON);

    (void)message;
    status.status_daemon.version = PACKAGE_VERSION;
    status.status_daemon.pid = (uint64_t)getpid();
    status.status_daemon.uptime_seconds = (uint64_t)(clock_seconds() - daemon->started);
    status.status_daemon.healthy = health_is_good(workers);
    status.status_daemon.live = liveness_is_live(workers->liveness);
    status.status_daemon.sandbox = daemon->sandbox;
    status.status_daemon.leadership = workers->children[ROLE_RECONCILER].leadership;
    channel_send(client->channel, &status);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (workers->children[role].is_used)
            send_worker(client->channel, &workers->children[role]);
    }
    channel_send(client->channel, &end);
}

static void send_worker(struct channel *channel, const struct child *child)
{
    struct message message = message_of(MESSAGE_STATUS_WORKER);

    message.status_worker.role = child->role;
    message.status_worker.state = child_state_name(child->state);
    message.status_worker.pid = (uint64_t)child->pid;
    message.status_worker.restarts = child->restarts;
    message.status_worker.last_end = child->last_end;
    message.status_worker.healthy = child->healthy;
    message.status_worker.summary = child->summary;
    message.status_worker.sandbox = child->sandbox;
    if (child->state != CHILD_READY)
        message.status_worker.unready_seconds = (uint64_t)(clock_seconds() - child->unready_since);
    message.status_worker.token_expires =
        child->credential != NULL ? child->credential->expires : 0;
    channel_send(channel, &message);
}

static void answer_query(struct client *client, const struct message *message)
{
    const enum role role = query_role((enum view)message->query.view);
    const struct child *child = &client->daemon->workers->children[role];
    struct message query = *message;

    query.query.ticket = begin_page(client, child, message->query.ticket, CONTROL_PAGE_SECONDS);
    if (query.query.ticket != 0)
        channel_send(child->channel, &query);
}

static void adopt(struct client *client, const struct message *message)
{
    const struct child *child = &client->daemon->workers->children[ROLE_CERTPATCHER];
    struct message request = *message;

    request.adopt.ticket = begin_page(client, child, message->adopt.ticket, CONTROL_ADOPT_SECONDS);
    if (request.adopt.ticket == 0)
        return;
    log_info("a control client requested that names are taken into the ledger",
             LOG_TEXT("namespace", message->adopt.namespace),
             LOG_TEXT("name", message->adopt.certificate));
    channel_send(child->channel, &request);
}

/* Returns our ticket for it; 0 if CHILD cannot be asked, which CLIENT has been told, or has to
 * learn: one page at a time, for a client that asks again before it has ended does not want it. */
static uint64_t begin_page(struct client *client, const struct child *child, uint64_t ticket,
                           unsigned seconds)
{
    const char *problem = why_unavailable(child);
    uint64_t ours;

    if (client->page.pending) {
        client_drop(client, "it did not wait for the result of its query");
        return 0;
    }
    ours = client_begin_page(client, child, ticket, seconds);
    if (problem == NULL)
        return ours;
    client_fail_page(client, problem);
    return 0;
}

/* A worker that does not read would have our memory filled with what is sent to it. */
static const char *why_unavailable(const struct child *child)
{
    if (child->state != CHILD_READY || child->channel == NULL)
        return "is not running";
    return channel_queued(child->channel) > 0 ? "does not answer" : NULL;
}

static void answer_watch(struct client *client, const struct message *message)
{
    static const struct message changed = {.type = MESSAGE_CHANGED, .descriptor = -1};
    struct message refused = message_of(MESSAGE_REFUSED);

    (void)message;
    if (!client->watches && client->clients->watching >= WATCHING_MAX) {
        refused.refused.busy = true;
        refused.refused.reason = "too many others watch";
        channel_send(client->channel, &refused);
        client_drop(client, NULL);
        return;
    }
    client->clients->watching += client->watches ? 0 : 1;
    client->watches = true;
    channel_send(client->channel, &changed);
}

static void answer_level(struct client *client, const struct message *message)
{
    (void)message;
    send_done(client, true, log_level_name(client->daemon->config->log_level));
}

static void set_level(struct client *client, const struct message *message)
{
    const enum log_level level = (enum log_level)message->level_command.level;

    client->daemon->set_log_level(level, client->daemon->context);
    log_info("a control client changed the log level", LOG_TEXT("to", log_level_name(level)));
    send_done(client, true, log_level_name(level));
}

static void resync(struct client *client, const struct message *message)
{
    static const struct message resync = {.type = MESSAGE_RESYNC, .descriptor = -1};
    static const enum role concerned[] = {ROLE_WATCHER, ROLE_RECONCILER};
    const size_t count = sizeof(concerned) / sizeof(concerned[0]);

    (void)message;
    if (!are_available(client, concerned, count))
        return;
    log_info("a control client requested that everything is listed and checked again");
    for (size_t i = 0; i < count; i++)
        channel_send(client->daemon->workers->children[concerned[i]].channel, &resync);
    promise_resync(client, &client->daemon->workers->children[ROLE_WATCHER]);
}

/* What cannot be listed now is tried again as it is anyway: the command succeeds, and says so. */
static void promise_resync(struct client *client, const struct child *watcher)
{
    char *later;

    if (watcher->healthy) {
        send_done(client, true, "everything is being listed and checked again");
        return;
    }
    later = memory_format("everything is listed and checked again as soon as the API server lets "
                          "it: the watcher is not in sync now (%s)",
                          watcher->summary);
    send_done(client, true, later);
    free(later);
}

/* If not, it has sent CLIENT the reason. */
static bool are_available(struct client *client, const enum role *roles, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *problem = why_unavailable(&client->daemon->workers->children[roles[i]]);
        char *text;

        if (problem == NULL)
            continue;
        text = memory_format("the %s %s", role_name(roles[i]), problem);
        send_done(client, false, text);
        free(text);
        return false;
    }
    return true;
}

static void reload(struct client *client, const struct message *message)
{
    char *text;
    bool success = client->daemon->reload(&text, client->daemon->context);

    (void)message;
    send_done(client, success, text);
    free(text);
}

static void send_done(struct client *client, bool success, const char *text)
{
    struct message done = message_of(MESSAGE_DONE);
    char *line = line_of(text, MESSAGE_BOUND(done, text));

    done.done.succeeded = success;
    done.done.text = line;
    channel_send(client->channel, &done);
    free(line);
}
