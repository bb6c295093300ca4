/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a worker's process as a state machine: what starts it, what it has to do in time,
 * what ends it, and when it is started again. */
#include "supervisor/workers/child.h"

#include "common/base/backoff.h"
#include "common/base/cause_log.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/installation.h"
#include "common/base/line.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/sandbox/calls.h"
#include "supervisor/config/capacity.h"
#include "supervisor/processes/spawn.h"
#include "supervisor/workers/send.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void start_process(struct child *);
static int spawn_linked(struct child *);
static void give_settings(struct child *);
static unsigned connections_of(const struct child *);
static bool is_api_worker(const struct child *);
static void on_message(struct message *, void *context);
static void on_closed(bool violation, const char *reason, void *context);
static void on_timer(evutil_socket_t, short events, void *context);
static void on_connection(int descriptor, const char *reason, void *context);
static void set_state(struct child *, enum child_state);
static void wait_for(struct child *, unsigned milliseconds);
static void start_later(struct child *);
static void close_link(struct child *);
static void read_last_messages(struct child *);
static void log_end(const struct child *);
static void describe_end(struct child *, int status);

static const char closed_its_link[] = "it closed its link";

/* Some of libcurl's libraries bring GnuTLS along. No worker uses it, but unless told so it prepares
 * for its use in each. (GnuTLS manual, "Initialization") */
static const char without_gnutls[] = "GNUTLS_NO_IMPLICIT_INIT=1";

static const char *const state_names[] = {
    [CHILD_DOWN] = "down",   [CHILD_STARTING] = "starting", [CHILD_GREETED] = "starting",
    [CHILD_READY] = "ready", [CHILD_ENDING] = "ending",
};

void child_handlers_init(struct child_handlers *handlers)
{
    *handlers = (struct child_handlers){0};
    handlers->link =
        (struct channel_callbacks){.handlers = handlers->channel_handlers, .on_closed = on_closed};
}

void child_handle(struct child_handlers *handlers, enum message_type type, child_handler *function,
                  void *context)
{
    handlers->by_type[type].function = function;
    handlers->by_type[type].context = context;
    handlers->channel_handlers[type] = on_message;
}

void child_init(struct child *child)
{
    child->state = CHILD_DOWN;
    child->unready_since = clock_seconds();
    child->timer = loop_timer(child->options->base, on_timer, child);
}

void child_clear(struct child *child)
{
    close_link(child);
    if (child->timer != NULL)
        event_free(child->timer);
    child->timer = NULL;
}

/* Starting */

void child_start(struct child *child)
{
    child->waiting = is_api_worker(child) && !credential_is_complete(child->credential);
    if (child->waiting) {
        snprintf(child->summary, sizeof(child->summary), "waits for its credential");
        set_state(child, CHILD_DOWN);
    } else {
        start_process(child);
    }
}

static void start_process(struct child *child)
{
    const struct child_options *options = child->options;
    int link = spawn_linked(child);

    child->summary[0] = '\0';
    if (link < 0) {
        log_error("cannot start a worker", LOG_TEXT("worker", role_name(child->role)),
                  LOG_TEXT("reason", strerror(errno)));
        start_later(child);
        return;
    }
    child->channel = channel_new(options->base, link, ROLE_SUPERVISOR, child->role,
                                 &options->handlers->link, child);
    if (is_api_worker(child))
        child->broker = broker_new(options->base, options->helpers, child->role,
                                   credential_endpoint(child->credential), connections_of(child),
                                   on_connection, child);
    child->end_reason[0] = '\0';
    child->forbidden_call = -1;
    wait_for(child, WORKER_READY_MILLISECONDS);
    set_state(child, CHILD_STARTING);
}

/* Returns our end of the link to a new process, or -1 with errno set. */
static int spawn_linked(struct child *child)
{
    char *program;
    int pair[2], error;

    if (channel_pair(pair) != 0)
        return -1;
    program = memory_format("%s/%s", INSTALLATION_PROGRAMS, role_name(child->role));
    child->pid = spawn(program, pair[1], child->options->folder, without_gnutls);
    error = errno;
    free(program);
    close(pair[1]);
    if (child->pid > 0)
        return pair[0];
    child->pid = 0;
    close(pair[0]);
    errno = error;
    return -1;
}

void child_greet(struct child *child)
{
    give_settings(child);
    if (is_api_worker(child)) {
        send_trust(child->channel, child->credential->ca_pem);
        send_identity(child->channel, child->credential);
    }
    set_state(child, CHILD_GREETED);
    child->options->on_greeted(child, child->options->context);
    if (child->channel != NULL) /* unless it could not be linked */
        send_start(child->channel);
}

void child_set_ready(struct child *child, const char *sandbox)
{
    event_del(child->timer);
    child->ready_since = clock_seconds();
    snprintf(child->sandbox, sizeof(child->sandbox), "%s", sandbox);
    log_info("a worker is ready", LOG_TEXT("worker", role_name(child->role)),
             LOG_NUMBER("pid", child->pid), LOG_TEXT("sandbox", child->sandbox));
    set_state(child, CHILD_READY);
}

void child_set_unconfined(struct child *child, const char *problem)
{
    if (child->sandbox[0] == '\0')
        child->options->on_unconfined(child, problem, child->options->context);
    else
        child_kill(child, problem);
}

static void start_later(struct child *child)
{
    const struct timeval delay = backoff_time(&backoff_worker, ++child->failures);

    event_add(child->timer, &delay);
    set_state(child, CHILD_DOWN);
}

/* Ending */

void child_reaped(struct child *child, int status)
{
    bool long_life =
        child->ready_since != 0 && clock_seconds() - child->ready_since >= WORKER_LONG_LIFE_SECONDS;
    bool is_restart = child->state == CHILD_ENDING && child->end_reason[0] == '\0';

    child->pid = 0;
    read_last_messages(child);
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
    } else if (is_restart) {
        child_start(child);
    } else {
        log_end(child);
        start_later(child);
    }
}

void child_kill(struct child *child, const char *reason)
{
    if (child->pid == 0)
        return;
    if (reason != child->end_reason)
        line_format(child->end_reason, sizeof(child->end_reason), "%s", reason);
    close_link(child);
    kill(child->pid, SIGKILL);
    set_state(child, CHILD_ENDING);
}

void child_kill_violator(struct child *child, const char *problem)
{
    char *reason = memory_format("it sent the supervisor what it may not send: %s", problem);

    child_kill(child, reason);
    free(reason);
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

/* One that ends again and again for one reason is not logged each time. */
static void log_end(const struct child *child)
{
    cause_log_happened(&(struct cause_details){
        .level = LOG_ERROR,
        .text = "a worker ended; it will be started again",
        .why = {LOG_TEXT("worker", role_name(child->role)), LOG_TEXT("reason", child->last_end)},
    });
}

static void describe_end(struct child *child, int status)
{
    bool is_by_us = child->end_reason[0] != '\0' && child->state == CHILD_ENDING &&
                    strcmp(child->end_reason, closed_its_link) != 0;

    if (is_by_us && (!WIFSIGNALED(status) || WTERMSIG(status) == SIGKILL))
        line_format(child->last_end, sizeof(child->last_end), "%s", child->end_reason);
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        line_format(child->last_end, sizeof(child->last_end),
                    "killed by its sandbox (SIGSYS): it made a forbidden system call, %s",
                    sandbox_call_name(child->forbidden_call));
    else if (WIFSIGNALED(status))
        line_format(child->last_end, sizeof(child->last_end), "killed by signal %d (%s)",
                    WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        line_format(child->last_end, sizeof(child->last_end), "exited with status %d",
                    WEXITSTATUS(status));
}

/* What it sent before it ended may not have been read yet. */
static void read_last_messages(struct child *child)
{
    if (child->channel != NULL)
        channel_receive(child->channel);
}

static void close_link(struct child *child)
{
    broker_free(child->broker);
    child->broker = NULL;
    channel_free(child->channel);
    child->channel = NULL;
    child->linked = 0;
}

/* Its link */

static void on_message(struct message *message, void *context)
{
    struct child *child = context;
    const struct child_handlers *handlers = child->options->handlers;

    handlers->by_type[message->type].function(child, message,
                                              handlers->by_type[message->type].context);
}

/* A closed link is followed by the end of the process, which says more. */
static void on_closed(bool violation, const char *reason, void *context)
{
    struct child *child = context;

    if (violation) {
        child_kill_violator(child, reason);
        return;
    }
    close_link(child);
    snprintf(child->end_reason, sizeof(child->end_reason), "%s", closed_its_link);
    wait_for(child, WORKER_END_MILLISECONDS);
    set_state(child, CHILD_ENDING);
}

static void on_connection(int descriptor, const char *reason, void *context)
{
    const struct child *child = context;

    send_connection(child->channel, descriptor, reason);
}

void child_send_settings(struct child *child)
{
    if (child_is_greeted(child))
        give_settings(child);
}

static void give_settings(struct child *child)
{
    const struct child_options *options = child->options;

    send_settings(child->channel, child->role, options->config, child->credential,
                  connections_of(child), options->dry_run, options->identity);
}

/* Only the watcher has streams, which may need one each. */
static unsigned connections_of(const struct child *child)
{
    const struct child_options *options = child->options;

    return child->role == ROLE_WATCHER
               ? capacity_of(options->config, options->descriptors_max).connections
               : WORKER_REQUESTS;
}

void child_renew_identity(struct child *child)
{
    if (child->waiting && !child->stopping)
        child_start(child);
    else if (child_is_greeted(child))
        send_identity(child->channel, child->credential);
}

void child_mint(struct child *minter, enum role role)
{
    if (child_is_greeted(minter))
        send_mint(minter->channel, role, minter->options->config, minter->credential->namespace);
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
    send_peer(a->channel, b->role, pair[0]);
    send_peer(b->channel, a->role, pair[1]);
    a->linked |= 1u << b->role;
    b->linked |= 1u << a->role;
    close(pair[0]);
    close(pair[1]);
}

/* Its state */

bool child_is_greeted(const struct child *child)
{
    return child->state == CHILD_GREETED || child->state == CHILD_READY;
}

const char *child_state_name(enum child_state state)
{
    return state_names[state];
}

/* The others have no credential. */
static bool is_api_worker(const struct child *child)
{
    return child->role < ROLE_API_WORKERS;
}

static void set_state(struct child *child, enum child_state state)
{
    if (child->state == CHILD_READY && state != CHILD_READY)
        child->unready_since = clock_seconds();
    child->state = state;
    child->options->on_changed(child, child->options->context);
}

static void wait_for(struct child *child, unsigned milliseconds)
{
    const struct timeval delay = backoff_timeval(milliseconds);

    event_add(child->timer, &delay);
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
