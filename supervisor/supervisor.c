/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/supervisor.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/sandbox/privileges.h"
#include "supervisor/config/read.h"
#include "supervisor/control/control.h"
#include "supervisor/control/rights.h"
#include "supervisor/credentials/credentials.h"
#include "supervisor/credentials/exec_plugins.h"
#include "supervisor/metrics/exporter_feed.h"
#include "supervisor/notify.h"
#include "supervisor/reload.h"
#include "supervisor/workers/health.h"
#include "supervisor/workers/liveness.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Who talks to whom. */
static const struct {
    enum role a, b;
} links[] = {
    {ROLE_WATCHER, ROLE_RECONCILER},
    {ROLE_RECONCILER, ROLE_CERTPATCHER},
};

static void on_stop_signal(evutil_socket_t, short events, void *context);
static void on_reload_signal(evutil_socket_t, short events, void *context);
static void on_child_signal(evutil_socket_t, short events, void *context);
static void on_patience(evutil_socket_t, short events, void *context);
static void stop(struct supervisor *, const char *reason);
static void stop_if_converged(struct supervisor *);
static void on_reread(evutil_socket_t, short events, void *context);
static void on_greeted(struct child *, void *context);
static void on_changed(struct child *, void *context);
static void on_link_broken(struct child *, enum role culprit, const char *reason, void *context);
static void on_unauthorized(struct child *, void *context);
static void on_minted(struct child *, const struct token_message *, void *context);
static void on_started(struct child *, void *context);
static void on_counted(struct child *, const struct metric_message *, void *context);
static void on_asked(struct child *, void *context);
static const char *on_answered(struct child *, const struct message *, void *context);
static char *find_group(struct supervisor *);
static void on_plugin_given(enum role, const struct exec_result_message *, void *context);
static bool enter_sandbox(struct supervisor *);
static void start_children(struct supervisor *);
static void watch_signals(struct supervisor *);
static bool is_live(void *context);
static void choose_identity(struct supervisor *);
static void reach_manager(struct supervisor *);
static void stop_if_all_ended(struct supervisor *);
static struct child *child_of(struct supervisor *, pid_t pid);

static const struct child_callbacks child_callbacks = {
    .greeted = on_greeted,
    .changed = on_changed,
    .link_broken = on_link_broken,
    .unauthorized = on_unauthorized,
    .minted = on_minted,
    .answered = on_answered,
    .started = on_started,
    .counted = on_counted,
    .asked = on_asked,
};

char *supervisor_read(struct supervisor *supervisor)
{
    char *problem = config_read(supervisor->config_path, &supervisor->config);

    if (problem == NULL)
        problem = credentials_read(&supervisor->config, false, supervisor->credentials);
    if (problem == NULL)
        problem = find_group(supervisor);
    if (problem == NULL)
        problem = tls_files_read(&supervisor->config, &supervisor->tls_files);
    return problem;
}

static char *find_group(struct supervisor *supervisor)
{
    const char *name = supervisor->config.control_group;

    if (rights_find_group(name, &supervisor->control_group))
        return NULL;
    return memory_format("%s: control.group: there is no group \"%s\"", supervisor->config_path,
                         name);
}

int supervisor_run(struct supervisor *supervisor)
{
    const struct timeval interval = {.tv_sec = CREDENTIALS_REREAD_SECONDS};
    const struct timeval patience = {.tv_sec = SUPERVISOR_ONCE_SECONDS};

    log_open(role_name(ROLE_SUPERVISOR), supervisor->config.log_level,
             supervisor->config.log_format);
    supervisor->base = loop_new();
    supervisor->helpers = helpers_new(supervisor->base, supervisor->config.sandbox,
                                      supervisor->config.sandbox_uids + ROLE_WORKERS);
    supervisor->exec_plugins =
        exec_plugins_new(supervisor->base, supervisor->helpers, on_plugin_given, supervisor);
    supervisor->started = clock_seconds();
    if (!supervisor->once && !supervisor->dry_run)
        choose_identity(supervisor);
    reach_manager(supervisor);
    supervisor->control =
        control_new(supervisor, supervisor->config.control_socket, supervisor->control_group);
    supervisor->exporter_feed = exporter_feed_new(supervisor, &supervisor->tls_files);
    if (supervisor->control == NULL || supervisor->exporter_feed == NULL ||
        !enter_sandbox(supervisor))
        return EXIT_FAILURE;
    log_info("tlsrouted starts", LOG_TEXT("version", PACKAGE_VERSION),
             LOG_TEXT("server", supervisor->credentials[ROLE_WATCHER].server),
             LOG_TEXT("config", supervisor->config_path), LOG_TEXT("sandbox", supervisor->sandbox));
    watch_signals(supervisor);
    supervisor->reread = loop_event(supervisor->base, -1, EV_PERSIST, on_reread, supervisor);
    event_add(supervisor->reread, &interval);
    supervisor->patience = loop_timer(supervisor->base, on_patience, supervisor);
    if (supervisor->once)
        event_add(supervisor->patience, &patience);
    start_children(supervisor);
    event_base_dispatch(supervisor->base);
    log_info("tlsrouted ends");
    return supervisor->status;
}

/* As client-go's: two processes of one host, or one after the other, are not the same. */
static void choose_identity(struct supervisor *supervisor)
{
    char host[HOST_NAME_MAX + 1] = "";
    uint64_t number = (uint64_t)backoff_random() << 32 | backoff_random();

    gethostname(host, sizeof(host) - 1);
    snprintf(supervisor->identity, sizeof(supervisor->identity), "%s_%016" PRIx64, host, number);
}

void supervisor_clear(struct supervisor *supervisor)
{
    control_free(supervisor->control);
    exporter_feed_free(supervisor->exporter_feed);
    tls_files_clear(&supervisor->tls_files);
    liveness_free(supervisor->liveness);
    notify_free(supervisor->notify);
    if (supervisor->empty_folder > 0)
        close(supervisor->empty_folder);
    for (size_t i = 0; i < sizeof(supervisor->signals) / sizeof(supervisor->signals[0]); i++) {
        if (supervisor->signals[i] != NULL)
            event_free(supervisor->signals[i]);
    }
    if (supervisor->reread != NULL)
        event_free(supervisor->reread);
    if (supervisor->patience != NULL)
        event_free(supervisor->patience);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (supervisor->children[role].timer != NULL)
            event_free(supervisor->children[role].timer);
    }
    credentials_clear(supervisor->credentials);
    exec_plugins_free(supervisor->exec_plugins);
    helpers_free(supervisor->helpers);
    if (supervisor->base != NULL)
        event_base_free(supervisor->base);
    config_clear(&supervisor->config);
    free(supervisor->complaint);
    *supervisor = (struct supervisor){0};
}

/* The control socket listens already, and every worker starts inside. A filter is inherited, and no
 * exec plugin could live in ours. */
static bool enter_sandbox(struct supervisor *supervisor)
{
    char *folder = memory_text(supervisor->config.control_socket);
    const struct sandbox_options options = {
        .mode = supervisor->config.sandbox, .report = -1, .folder = folder};
    bool entered;

    strrchr(folder, '/')[1] = '\0';
    supervisor->empty_folder = -1;
    if (options.mode != SANDBOX_OFF && privileges_have(CAP_SYS_CHROOT))
        supervisor->empty_folder = privileges_empty_folder();
    if (options.mode != SANDBOX_OFF && credentials_have_plugin(supervisor->credentials)) {
        snprintf(supervisor->sandbox, sizeof(supervisor->sandbox), "none: it runs exec plugins");
        log_info("the supervisor is not confined, since a kubeconfig has an exec plugin, which may "
                 "be any program; the workers are");
        free(folder);
        return true;
    }
    entered = sandbox_enter(sandbox_role(ROLE_SUPERVISOR), &options, supervisor->sandbox) == 0;
    supervisor->is_confined = options.mode == SANDBOX_ENFORCE;
    if (supervisor->config.sandbox != SANDBOX_ENFORCE)
        log_warning(supervisor->config.sandbox == SANDBOX_OFF
                        ? "the sandbox is off: no process is confined"
                        : "the sandbox only logs: system calls and files are not refused");
    free(folder);
    return entered;
}

static void watch_signals(struct supervisor *supervisor)
{
    const struct {
        int number;
        event_callback_fn callback;
    } table[] = {{SIGTERM, on_stop_signal},
                 {SIGINT, on_stop_signal},
                 {SIGHUP, on_reload_signal},
                 {SIGCHLD, on_child_signal}};

    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        supervisor->signals[i] = loop_event(supervisor->base, table[i].number,
                                            EV_SIGNAL | EV_PERSIST, table[i].callback, supervisor);
        event_add(supervisor->signals[i], NULL);
    }
}

static void start_children(struct supervisor *supervisor)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        struct child *child = &supervisor->children[role];

        *child = (struct child){.role = role,
                                .is_used = config_has_role(&supervisor->config, role) &&
                                           !(role == ROLE_EXPORTER && supervisor->once),
                                .base = supervisor->base,
                                .helpers = supervisor->helpers,
                                .config = &supervisor->config,
                                .credential = &supervisor->credentials[role],
                                .dry_run = supervisor->dry_run,
                                .identity = supervisor->identity,
                                .folder = supervisor->empty_folder,
                                .callbacks = &child_callbacks,
                                .context = supervisor};
        child_init(child);
    }
    supervisor->liveness =
        liveness_new(supervisor->base, &supervisor->config, supervisor->children);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (supervisor->children[role].is_used) {
            exec_plugins_use(supervisor->exec_plugins, role, &supervisor->credentials[role]);
            child_start(&supervisor->children[role]);
        }
    }
}

static void on_stop_signal(evutil_socket_t number, short events, void *context)
{
    struct supervisor *supervisor = context;

    (void)events;
    if (supervisor->once && !supervisor->stopping)
        supervisor->status = EXIT_FAILURE;
    stop(supervisor, strsignal(number));
}

static void on_patience(evutil_socket_t socket, short events, void *context)
{
    struct supervisor *supervisor = context;

    (void)socket;
    (void)events;
    supervisor->status = EXIT_FAILURE;
    stop(supervisor, "not converged within 5 minutes");
}

static void stop(struct supervisor *supervisor, const char *reason)
{
    if (supervisor->stopping)
        return;
    supervisor->stopping = true;
    log_info("stopping", LOG_TEXT("reason", reason));
    notify_stopping(supervisor->notify, reason);
    for (enum role role = 0; role < ROLE_WORKERS; role++)
        child_stop(&supervisor->children[role], SUPERVISOR_STOP_MILLISECONDS);
    stop_if_all_ended(supervisor);
}

static void on_reload_signal(evutil_socket_t number, short events, void *context)
{
    (void)number;
    (void)events;
    free(reload_configuration(context));
}

static void on_child_signal(evutil_socket_t number, short events, void *context)
{
    struct supervisor *supervisor = context;
    int status;
    pid_t pid;

    (void)number;
    (void)events;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct child *child = child_of(supervisor, pid);

        if (child != NULL)
            child_reaped(child, status);
        else
            helpers_reaped(supervisor->helpers, pid);
    }
    stop_if_all_ended(supervisor);
}

static void on_reread(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    reload_files(context);
}

/* Links it to those of its neighbours that are there; the others are linked when they come. */
static void on_greeted(struct child *child, void *context)
{
    struct supervisor *supervisor = context;

    if (child->role == ROLE_EXPORTER)
        exporter_feed_greet(supervisor->exporter_feed, child);
    if (child->role == ROLE_MINTER) {
        for (enum role role = 0; role < ROLE_WORKERS; role++) {
            if (supervisor->config.credentials[role].account != NULL)
                child_mint(child, role);
        }
    }
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        struct child *a = &supervisor->children[links[i].a];
        struct child *b = &supervisor->children[links[i].b];

        if ((a == child || b == child) && child_is_greeted(a) && child_is_greeted(b))
            child_link(a, b);
    }
}

static void on_changed(struct child *child, void *context)
{
    struct supervisor *supervisor = context;
    char words[512];
    bool healthy = true;

    (void)child;
    for (enum role role = 0; role < ROLE_WORKERS; role++)
        healthy = healthy && health_is_well(&supervisor->children[role]);
    if (healthy != supervisor->healthy && !supervisor->stopping)
        log_info(healthy ? "healthy: all workers are ready and in sync with the API server"
                         : "not healthy: see tlsroutectl status");
    supervisor->healthy = healthy;
    control_changed(supervisor->control);
    health_words(supervisor, words, sizeof(words));
    notify_state(supervisor->notify, healthy, words);
    if (supervisor->once && healthy && !supervisor->stopping)
        stop_if_converged(supervisor);
}

static bool is_live(void *context)
{
    const struct supervisor *supervisor = context;

    return liveness_is_live(supervisor->liveness);
}

/* Before the sandbox, where there are no such sockets any more. */
static void reach_manager(struct supervisor *supervisor)
{
    struct notify_options options = {.live = is_live, .context = supervisor};

    notify_environment(&options);
    supervisor->notify = notify_new(supervisor->base, &options);
}

/* All have read everything and have nothing left to do. */
static void stop_if_converged(struct supervisor *supervisor)
{
    uint64_t unsatisfied = 0;

    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        const struct child *child = &supervisor->children[role];

        if (child->is_used && !child->idle)
            return;
        unsatisfied += child->unsatisfied;
    }
    printf("%s\n", supervisor->children[ROLE_RECONCILER].summary);
    fflush(stdout);
    if (unsatisfied > 0)
        supervisor->status = EXIT_FAILURE;
    stop(supervisor,
         unsatisfied > 0 ? "converged, but not every Pool has what it asks for" : "converged");
}

static void on_link_broken(struct child *child, enum role culprit, const char *reason,
                           void *context)
{
    struct supervisor *supervisor = context;
    char *end_reason =
        memory_format("it sent %s what it may not send: %s", role_name(child->role), reason);

    child_kill(&supervisor->children[culprit], end_reason);
    free(end_reason);
}

/* What is in the files may be newer than what was refused; a minted token can be replaced. */
static void on_unauthorized(struct child *child, void *context)
{
    struct supervisor *supervisor = context;

    if (supervisor->config.credentials[child->role].account != NULL) {
        child_mint(&supervisor->children[ROLE_MINTER], child->role);
        return;
    }
    exec_plugins_refused(supervisor->exec_plugins, child->role);
    reload_files(supervisor);
}

static void on_minted(struct child *child, const struct token_message *token, void *context)
{
    struct supervisor *supervisor = context;
    enum role role = (enum role)token->role;

    if (supervisor->config.credentials[role].account == NULL ||
        !credential_set_identity(&supervisor->credentials[role], token->token, NULL, NULL,
                                 token->seconds)) {
        child_kill(child, "it gave a token that cannot be used, or to whom it may not");
        return;
    }
    log_info("a worker gets a new token", LOG_TEXT("worker", role_name(role)),
             LOG_NUMBER("seconds", token->seconds));
    child_take_identity(&supervisor->children[role]);
}

static void on_started(struct child *child, void *context)
{
    const struct supervisor *supervisor = context;

    exporter_feed_begin(supervisor->exporter_feed, child);
}

static void on_counted(struct child *child, const struct metric_message *metric, void *context)
{
    const struct supervisor *supervisor = context;

    exporter_feed_count(supervisor->exporter_feed, child, metric);
}

static void on_asked(struct child *child, void *context)
{
    const struct supervisor *supervisor = context;

    exporter_feed_answer(supervisor->exporter_feed, child);
}

static void on_plugin_given(enum role role, const struct exec_result_message *done, void *context)
{
    struct supervisor *supervisor = context;

    if (!credential_set_identity(&supervisor->credentials[role], done->token, done->certificate_pem,
                                 done->key_pem, done->seconds)) {
        log_error("an exec plugin gave something that is no credential",
                  LOG_TEXT("worker", role_name(role)));
        return;
    }
    log_info("an exec plugin gave a worker a new credential", LOG_TEXT("worker", role_name(role)),
             LOG_NUMBER("seconds", done->seconds));
    child_take_identity(&supervisor->children[role]);
}

static const char *on_answered(struct child *child, const struct message *message, void *context)
{
    const struct supervisor *supervisor = context;

    return control_pass_on(supervisor->control, child->role, message);
}

static void stop_if_all_ended(struct supervisor *supervisor)
{
    bool alive = false;

    for (enum role role = 0; role < ROLE_WORKERS; role++)
        alive = alive || supervisor->children[role].pid != 0;
    if (supervisor->stopping && !alive)
        event_base_loopbreak(supervisor->base);
}

static struct child *child_of(struct supervisor *supervisor, pid_t pid)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (supervisor->children[role].pid == pid)
            return &supervisor->children[role];
    }
    return NULL;
}
