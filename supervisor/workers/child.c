/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/workers/child.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/sandbox/calls.h"
#include "supervisor/config/settings.h"
#include "supervisor/workers/liveness.h"
#include "supervisor/workers/spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TRUST_PIECE_BYTES = 65536, /* the bound of TRUST */
};

static void on_timer(evutil_socket_t, short events, void *context);
static void on_hello(struct message *, void *context);
static void on_ready(struct message *, void *context);
static void on_report(struct message *, void *context);
static void on_link_broken(struct message *, void *context);
static void on_forbidden(struct message *, void *context);
static void on_connect_ask(struct message *, void *context);
static void on_unauthorized(struct message *, void *context);
static void give_connection(int descriptor, const char *reason, void *context);
static void on_answer(struct message *, void *context);
static void on_closed(bool violation, const char *reason, void *context);
static void on_token(struct message *, void *context);
static void on_metric(struct message *, void *context);
static void on_health_ask(struct message *, void *context);
static void start_process(struct child *);
static bool is_api_worker(const struct child *);
static void send_identity(struct child *);
static void set_state(struct child *, enum child_state);
static void wait_for(struct child *, unsigned milliseconds);
static void close_link(struct child *);
static void start_later(struct child *);
static void hear_last_words(struct child *);
static void send_trust(struct child *);
static void send_peer(struct child *, enum role peer, int descriptor);
static void describe_end(struct child *, int status);

static channel_handler *const handlers[MESSAGE_TYPES] = {
    [MESSAGE_HELLO] = on_hello,
    [MESSAGE_READY] = on_ready,
    [MESSAGE_REPORT] = on_report,
    [MESSAGE_PONG] = liveness_on_pong,
    [MESSAGE_METRIC] = on_metric,
    [MESSAGE_HEALTH_QUERY] = on_health_ask,
    [MESSAGE_LINK_BROKEN] = on_link_broken,
    [MESSAGE_CONNECT_REQUEST] = on_connect_ask,
    [MESSAGE_UNAUTHORIZED] = on_unauthorized,
    [MESSAGE_TOKEN] = on_token,
    [MESSAGE_ROW] = on_answer,
    [MESSAGE_PAGE_END] = on_answer,
    [MESSAGE_FORBIDDEN] = on_forbidden,
};

static const struct channel_callbacks channel_callbacks = {
    .handlers = handlers,
    .on_closed = on_closed,
};

static const char *const state_names[] = {
    [CHILD_DOWN] = "down",   [CHILD_STARTING] = "starting", [CHILD_GREETED] = "starting",
    [CHILD_READY] = "ready", [CHILD_ENDING] = "ending",
};

void child_init(struct child *child)
{
    child->state = CHILD_DOWN;
    child->timer = loop_timer(child->base, on_timer, child);
}

void child_start(struct child *child)
{
    child->waits = is_api_worker(child) && !credential_is_complete(child->credential);
    if (child->waits) {
        snprintf(child->summary, sizeof(child->summary), "waits for its credential");
        set_state(child, CHILD_DOWN);
    } else {
        start_process(child);
    }
}

static void start_process(struct child *child)
{
    char *program = memory_format("%s/%s", LIBEXECDIR, role_name(child->role));
    int pair[2];

    child->summary[0] = '\0';
    if (channel_pair(pair) == 0) {
        child->pid = spawn(program, pair[1], child->folder);
        close(pair[1]);
        if (child->pid < 0)
            close(pair[0]);
    } else {
        child->pid = -1;
    }
    if (child->pid < 0) {
        log_error("cannot start a worker", LOG_TEXT("worker", role_name(child->role)),
                  LOG_TEXT("reason", strerror(errno)));
        child->pid = 0;
        start_later(child);
    } else {
        child->channel = channel_new(child->base, pair[0], ROLE_SUPERVISOR, child->role,
                                     &channel_callbacks, child);
        if (is_api_worker(child))
            child->broker =
                broker_new(child->base, child->helpers, child->role,
                           credential_endpoint(child->credential), give_connection, child);
        child->callbacks->started(child, child->context);
        child->end_reason[0] = '\0';
        child->forbidden_call = -1;
        wait_for(child, WORKER_READY_MILLISECONDS);
        set_state(child, CHILD_STARTING);
    }
    free(program);
}

void child_reaped(struct child *child, int status)
{
    bool long_life =
        child->ready_since != 0 && clock_seconds() - child->ready_since >= WORKER_LONG_LIFE_SECONDS;
    bool in_peace = child->state == CHILD_ENDING && child->end_reason[0] == '\0';

    child->pid = 0;
    hear_last_words(child);
    describe_end(child, status);
    close_link(child);
    child->ready_since = 0;
    child->healthy = child->idle = false;
    child->summary[0] = '\0';
    if (long_life)
        child->failures = 0;
    event_del(child->timer);
    if (child->stopping) {
        set_state(child, CHILD_DOWN);
    } else if (in_peace) {
        child_start(child);
    } else {
        log_error("a worker ended; it will be started again",
                  LOG_TEXT("worker", role_name(child->role)), LOG_TEXT("reason", child->last_end));
        start_later(child);
    }
}

void child_kill(struct child *child, const char *reason)
{
    if (child->pid == 0)
        return;
    snprintf(child->end_reason, sizeof(child->end_reason), "%s", reason);
    close_link(child);
    kill(child->pid, SIGKILL);
    set_state(child, CHILD_ENDING);
}

void child_restart(struct child *child)
{
    if (child->pid == 0)
        return;
    close_link(child);
    wait_for(child, WORKER_END_MILLISECONDS);
    set_state(child, CHILD_ENDING);
}

void child_stop(struct child *child, unsigned milliseconds)
{
    child->stopping = true;
    event_del(child->timer);
    close_link(child);
    if (child->pid == 0)
        return;
    wait_for(child, milliseconds);
    set_state(child, CHILD_ENDING);
}

void child_send_settings(struct child *child)
{
    struct message message = message_of(MESSAGE_SETTINGS);

    if (child->channel == NULL)
        return;
    settings_fill(&message.settings, child->config);
    message.settings.server = child->credential->server;
    message.settings.proxy = child->credential->proxy;
    message.settings.dry_run = child->dry_run;
    message.settings.identity = child->identity;
    if (child->identity[0] == '\0')
        message.settings.lease_namespace = NULL;
    message.settings.uid = child->config->sandbox_uids + child->role;
    channel_send(child->channel, &message);
}

void child_take_identity(struct child *child)
{
    if (child->waits && !child->stopping)
        child_start(child);
    else
        send_identity(child);
}

void child_mint(struct child *minter, enum role role)
{
    struct message message = message_of(MESSAGE_MINT);

    if (minter->channel == NULL)
        return;
    message.mint.role = role;
    message.mint.namespace = minter->credential->namespace;
    message.mint.account = minter->config->credentials[role].account;
    message.mint.secret = minter->config->token_secret;
    channel_send(minter->channel, &message);
}

/* The others have no credential. */
static bool is_api_worker(const struct child *child)
{
    return child->role < ROLE_API_WORKERS;
}

static void send_identity(struct child *child)
{
    struct message message = message_of(MESSAGE_IDENTITY);

    if (child->channel == NULL)
        return;
    message.identity.token = child->credential->token;
    message.identity.certificate_pem = child->credential->certificate_pem;
    message.identity.key_pem = child->credential->key_pem;
    channel_send(child->channel, &message);
}

void child_link(struct child *a, struct child *b)
{
    int pair[2];

    if (channel_pair(pair) != 0) {
        char *reason = memory_format("cannot be linked: %s", strerror(errno));

        child_kill(b, reason);
        free(reason);
        return;
    }
    send_peer(a, b->role, pair[0]);
    send_peer(b, a->role, pair[1]);
    close(pair[0]);
    close(pair[1]);
}

bool child_is_greeted(const struct child *child)
{
    return child->state == CHILD_GREETED || child->state == CHILD_READY;
}

const char *child_state_name(enum child_state state)
{
    return state_names[state];
}

static void on_timer(evutil_socket_t socket, short events, void *context)
{
    struct child *child = context;

    (void)socket;
    (void)events;
    if (child->state == CHILD_DOWN) {
        child->restarts++;
        child_start(child);
    } else if (child->state == CHILD_ENDING) {
        child_kill(child, child->end_reason[0] != '\0' ? child->end_reason
                                                       : "it did not end when asked to");
    } else {
        child_kill(child, "it did not get ready in time");
    }
}

static void on_hello(struct message *message, void *context)
{
    static const struct message start = {.type = MESSAGE_START, .descriptor = -1};
    struct child *child = context;

    if (child->state != CHILD_STARTING || strcmp(message->hello.version, PACKAGE_VERSION) != 0) {
        child_kill(child, "its program is of another version than tlsrouted " PACKAGE_VERSION
                          "; install both from one package");
        return;
    }
    child_send_settings(child);
    if (is_api_worker(child)) {
        send_trust(child);
        send_identity(child);
    }
    set_state(child, CHILD_GREETED);
    child->callbacks->greeted(child, child->context);
    if (child->channel != NULL) /* unless it could not be linked */
        channel_send(child->channel, &start);
}

static void on_ready(struct message *message, void *context)
{
    struct child *child = context;

    event_del(child->timer);
    child->ready_since = clock_seconds();
    snprintf(child->sandbox, sizeof(child->sandbox), "%s", message->ready.sandbox);
    log_info("a worker is ready", LOG_TEXT("worker", role_name(child->role)),
             LOG_NUMBER("pid", child->pid), LOG_TEXT("sandbox", child->sandbox));
    set_state(child, CHILD_READY);
    if (child->channel != NULL)
        liveness_begin(child);
}

static void on_report(struct message *message, void *context)
{
    struct child *child = context;

    child->healthy = message->report.healthy;
    child->idle = message->report.idle;
    child->unsatisfied = message->report.unsatisfied;
    child->leadership = (enum leadership)message->report.leadership;
    snprintf(child->summary, sizeof(child->summary), "%s", message->report.summary);
    child->callbacks->changed(child, child->context);
}

static void on_link_broken(struct message *message, void *context)
{
    struct child *child = context;

    child->callbacks->link_broken(child, (enum role)message->link_broken.role,
                                  message->link_broken.reason, child->context);
}

static void on_metric(struct message *message, void *context)
{
    struct child *child = context;

    child->callbacks->counted(child, &message->metric, child->context);
}

static void on_health_ask(struct message *message, void *context)
{
    struct child *child = context;

    (void)message;
    child->callbacks->asked(child, child->context);
}

static void on_forbidden(struct message *message, void *context)
{
    struct child *child = context;

    child->forbidden_call = (int)message->forbidden.call;
}

static void on_connect_ask(struct message *message, void *context)
{
    struct child *child = context;

    (void)message;
    if (child->broker != NULL)
        broker_ask(child->broker);
}

static void give_connection(int descriptor, const char *reason, void *context)
{
    struct child *child = context;
    struct message message =
        message_of(descriptor >= 0 ? MESSAGE_CONNECTION : MESSAGE_CONNECTION_FAILED);

    message.descriptor = descriptor;
    if (descriptor < 0)
        message.connection_failed.reason = reason;
    channel_send(child->channel, &message);
}

static void on_unauthorized(struct message *message, void *context)
{
    struct child *child = context;

    (void)message;
    if (child->refused_at == clock_seconds())
        return; /* more often nobody could do anything about it */
    child->refused_at = clock_seconds();
    child->callbacks->unauthorized(child, child->context);
}

static void on_token(struct message *message, void *context)
{
    struct child *child = context;

    child->callbacks->minted(child, &message->token, child->context);
}

static void on_answer(struct message *message, void *context)
{
    struct child *child = context;
    const char *problem = child->callbacks->answered(child, message, child->context);

    if (problem != NULL)
        on_closed(true, problem, child);
}

/* A closed link is followed by the end of the process, which says more. */
static void on_closed(bool violation, const char *reason, void *context)
{
    struct child *child = context;

    if (violation) {
        char *end_reason = memory_format("it sent the supervisor what it may not send: %s", reason);

        child_kill(child, end_reason);
        free(end_reason);
        return;
    }
    close_link(child);
    snprintf(child->end_reason, sizeof(child->end_reason), "it closed its link");
    wait_for(child, WORKER_END_MILLISECONDS);
    set_state(child, CHILD_ENDING);
}

static void set_state(struct child *child, enum child_state state)
{
    child->state = state;
    child->callbacks->changed(child, child->context);
}

static void wait_for(struct child *child, unsigned milliseconds)
{
    const struct timeval delay = backoff_timeval(milliseconds);

    event_add(child->timer, &delay);
}

static void close_link(struct child *child)
{
    broker_free(child->broker);
    child->broker = NULL;
    channel_free(child->channel);
    child->channel = NULL;
}

/* What it sent before it ended may not have been read yet. */
static void hear_last_words(struct child *child)
{
    if (child->channel != NULL)
        channel_receive(child->channel);
}

static void start_later(struct child *child)
{
    const struct timeval delay = backoff_time(&backoff_worker, ++child->failures);

    event_add(child->timer, &delay);
    set_state(child, CHILD_DOWN);
}

static void send_trust(struct child *child)
{
    const char *rest = child->credential->ca_pem;

    while (*rest != '\0') {
        struct message message = message_of(MESSAGE_TRUST);
        size_t size = strnlen(rest, TRUST_PIECE_BYTES);
        char *piece = memory_bytes(rest, size);

        message.trust.pem = piece;
        channel_send(child->channel, &message);
        free(piece);
        rest += size;
    }
}

static void send_peer(struct child *child, enum role peer, int descriptor)
{
    struct message message = message_of(MESSAGE_PEER);

    message.peer.role = peer;
    message.descriptor = descriptor;
    channel_send(child->channel, &message);
}

static void describe_end(struct child *child, int status)
{
    if (child->end_reason[0] != '\0' && child->state == CHILD_ENDING &&
        (!WIFSIGNALED(status) || WTERMSIG(status) == SIGKILL) &&
        strcmp(child->end_reason, "it closed its link") != 0)
        snprintf(child->last_end, sizeof(child->last_end), "%s", child->end_reason);
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        snprintf(child->last_end, sizeof(child->last_end),
                 "killed by its sandbox (SIGSYS): it made a forbidden system call, %s",
                 sandbox_call_name(child->forbidden_call));
    else if (WIFSIGNALED(status))
        snprintf(child->last_end, sizeof(child->last_end), "killed by signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(child->last_end, sizeof(child->last_end), "exited with status %d",
                 WEXITSTATUS(status));
}
