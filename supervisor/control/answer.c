/* SPDX-License-Identifier: Apache-2.0 */
/* What the control socket answers: from what the supervisor knows, or by asking a worker. */
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/memory.h"
#include "supervisor/control/client.h"
#include "supervisor/reload.h"
#include "supervisor/workers/liveness.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Answers one kind of request. */
typedef void answer(struct client *, const struct message *);

static void answer_status(struct client *, const struct message *);
static void answer_query(struct client *, const struct message *);
static bool is_too_much(struct question *, const struct row_message *);
static void answer_watch(struct client *, const struct message *);
static void answer_resync(struct client *, const struct message *);
static void answer_reload(struct client *, const struct message *);
static void answer_level(struct client *, const struct message *);
static void set_level(struct client *, const struct message *);
static void send_worker(struct channel *, const struct child *);
static void send_done(struct client *, bool good, const char *text);
static const char *why_not(const struct child *);

static answer *const answers[MESSAGE_TYPES] = {
    [MESSAGE_STATUS_QUERY] = answer_status,   [MESSAGE_QUERY] = answer_query,
    [MESSAGE_WATCH_QUERY] = answer_watch,     [MESSAGE_RESYNC_COMMAND] = answer_resync,
    [MESSAGE_RELOAD_COMMAND] = answer_reload, [MESSAGE_LEVEL_QUERY] = answer_level,
    [MESSAGE_LEVEL_COMMAND] = set_level,
};

void control_answer(struct client *client, const struct message *message)
{
    answers[message->type](client, message);
}

static void answer_status(struct client *client, const struct message *message)
{
    static const struct message end = {.type = MESSAGE_STATUS_END, .descriptor = -1};
    const struct supervisor *supervisor = client->control->supervisor;
    struct message daemon = message_of(MESSAGE_STATUS_DAEMON);

    (void)message;
    daemon.status_daemon.version = PACKAGE_VERSION;
    daemon.status_daemon.pid = (uint64_t)getpid();
    daemon.status_daemon.uptime_seconds = (uint64_t)(clock_seconds() - supervisor->started);
    daemon.status_daemon.healthy = supervisor->healthy;
    daemon.status_daemon.live = liveness_is_live(supervisor->liveness);
    daemon.status_daemon.sandbox = supervisor->sandbox;
    daemon.status_daemon.leadership = supervisor->children[ROLE_RECONCILER].leadership;
    channel_send(client->channel, &daemon);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (supervisor->children[role].is_used)
            send_worker(client->channel, &supervisor->children[role]);
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
    message.status_worker.token_expires =
        child->credential != NULL ? child->credential->expires : 0;
    channel_send(channel, &message);
}

/* One question at a time: who asks again before the page has ended does not want to know. */
static void answer_query(struct client *client, const struct message *message)
{
    const struct timeval patience = {.tv_sec = CONTROL_PAGE_SECONDS};
    struct control *control = client->control;
    struct question *question = &client->question;
    struct child *child =
        &control->supervisor->children[query_role((enum view)message->query.view)];
    struct message asked = *message;
    const char *problem = why_not(child);

    if (question->open) {
        control_drop(client, "it asks before it was answered");
        return;
    }
    *question = (struct question){.open = true,
                                  .role = child->role,
                                  .ticket = ++control->tickets,
                                  .theirs = message->query.ticket};
    if (problem != NULL) {
        control_give_up(client, problem);
        return;
    }
    asked.query.ticket = question->ticket;
    event_add(client->deadline, &patience);
    channel_send(child->channel, &asked);
}

/* A worker that does not read would have our memory filled with questions. */
static const char *why_not(const struct child *child)
{
    if (child->state != CHILD_READY || child->channel == NULL)
        return "is not running";
    return channel_queued(child->channel) > 0 ? "does not answer" : NULL;
}

void control_give_up(struct client *client, const char *problem)
{
    struct message end = message_of(MESSAGE_PAGE_END);
    char *text = memory_format("the %s %s", role_name(client->question.role), problem);

    control_close_question(client);
    end.page_end.ticket = client->question.theirs;
    end.page_end.problem = text;
    channel_send(client->channel, &end);
    free(text);
}

const char *control_pass_on(struct control *control, enum role role, const struct message *message)
{
    struct message passed = *message;
    struct client *client = control != NULL ? control->clients : NULL;

    while (client != NULL &&
           (!client->question.open || client->question.ticket != message->row.ticket))
        client = client->next;
    if (client == NULL) /* who asked has gone */
        return NULL;
    if (client->question.role != role)
        return "an answer to what another worker was asked";
    if (message->type == MESSAGE_ROW && is_too_much(&client->question, &message->row))
        return "a page that is too long";
    passed.row.ticket = client->question.theirs;
    if (message->type == MESSAGE_PAGE_END)
        control_close_question(client);
    channel_send(client->channel, &passed);
    return NULL;
}

static bool is_too_much(struct question *question, const struct row_message *row)
{
    question->rows++;
    question->bytes += strlen(row->json);
    return question->rows > CONTROL_ROWS_MAX || question->bytes > CONTROL_BYTES_MAX;
}

static void answer_watch(struct client *client, const struct message *message)
{
    static const struct message changed = {.type = MESSAGE_CHANGED, .descriptor = -1};
    struct message refused = message_of(MESSAGE_REFUSED);

    (void)message;
    if (!client->watches && client->control->watching >= CONTROL_WATCHING_MAX) {
        refused.refused.busy = true;
        refused.refused.reason = "too many others watch";
        channel_send(client->channel, &refused);
        control_drop(client, NULL);
        return;
    }
    client->control->watching += client->watches ? 0 : 1;
    client->watches = true;
    channel_send(client->channel, &changed);
}

static void answer_resync(struct client *client, const struct message *message)
{
    static const struct message resync = {.type = MESSAGE_RESYNC, .descriptor = -1};
    static const enum role concerned[] = {ROLE_WATCHER, ROLE_RECONCILER};
    struct child *children = client->control->supervisor->children;

    (void)message;
    for (size_t i = 0; i < sizeof(concerned) / sizeof(concerned[0]); i++) {
        const char *problem = why_not(&children[concerned[i]]);

        if (problem != NULL) {
            char *text = memory_format("the %s %s", role_name(concerned[i]), problem);

            send_done(client, false, text);
            free(text);
            return;
        }
    }
    log_info("everything is listed and looked at again, as somebody asked");
    for (size_t i = 0; i < sizeof(concerned) / sizeof(concerned[0]); i++)
        channel_send(children[concerned[i]].channel, &resync);
    send_done(client, true, "everything is being listed and looked at again");
}

static void answer_reload(struct client *client, const struct message *message)
{
    char *problem = reload_configuration(client->control->supervisor);

    (void)message;
    if (problem != NULL && strlen(problem) > MESSAGE_BOUND(done, text))
        problem[MESSAGE_BOUND(done, text)] = '\0';
    send_done(client, problem == NULL,
              problem != NULL ? problem : "configuration and credentials read again");
    free(problem);
}

static void answer_level(struct client *client, const struct message *message)
{
    (void)message;
    send_done(client, true, log_level_name(client->control->supervisor->config.log_level));
}

/* Until the configuration is read again. */
static void set_level(struct client *client, const struct message *message)
{
    struct supervisor *supervisor = client->control->supervisor;
    struct config *config = &supervisor->config;

    config->log_level = (enum log_level)message->level_command.level;
    log_open(role_name(ROLE_SUPERVISOR), config->log_level, config->log_format);
    for (enum role role = 0; role < ROLE_WORKERS; role++)
        child_send_settings(&supervisor->children[role]);
    log_info("the log's level changes, as somebody asked",
             LOG_TEXT("to", log_level_name(config->log_level)));
    send_done(client, true, log_level_name(config->log_level));
}

static void send_done(struct client *client, bool good, const char *text)
{
    struct message done = message_of(MESSAGE_DONE);

    done.done.succeeded = good;
    done.done.text = text;
    channel_send(client->channel, &done);
}
