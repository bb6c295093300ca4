/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the parts together, in the order that the sandbox asks for: sockets first, then confinement,
 * then the workers; and says what follows from signals and from what happens to workers. */
#include "supervisor/supervisor.h"

#include "common/base/backoff.h"
#include "common/base/cause_log.h"
#include "common/base/clock.h"
#include "common/base/coarse_timer.h"
#include "common/base/delays.h"
#include "common/base/line.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/sandbox/limits.h"
#include "common/sandbox/privileges.h"
#include "supervisor/config/capacity.h"
#include "supervisor/config/read.h"
#include "supervisor/control/control.h"
#include "supervisor/control/rights.h"
#include "supervisor/credentials/credentials.h"
#include "supervisor/renewal.h"
#include "supervisor/workers/health.h"

#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    HEALTH_TEXT_SIZE = 512,
};

static char *find_group(struct supervisor *);
static void choose_identity(struct supervisor *);
static void prepare(struct supervisor *);
static void prepare_workers(struct supervisor *);
static bool check_descriptors(const struct supervisor *);
static void prepare_notify(struct supervisor *);
static bool open_sockets(struct supervisor *);
static bool enter_sandbox(struct supervisor *);
static bool confine(struct supervisor *);
static void start(struct supervisor *);
static void watch_signals(struct supervisor *);
static void start_timers(struct supervisor *);
static bool reload(char **text, void *context);
static void set_log_level(enum log_level, void *context);
static bool is_live(void *context);
static void on_greeted(struct child *, void *context);
static void on_changed(struct child *, void *context);
static void log_health(struct supervisor *, bool healthy);
static void on_unconfined(struct child *, const char *problem, void *context);
static void log_unconfined(enum role, const char *problem);
static void stop_if_converged(struct supervisor *);
static void on_stop_signal(evutil_socket_t, short events, void *context);
static void on_reload_signal(evutil_socket_t, short events, void *context);
static void on_child_signal(evutil_socket_t, short events, void *context);
static void on_reread(evutil_socket_t, short events, void *context);
static void check_expiries(struct supervisor *);
static void on_once_limit(evutil_socket_t, short events, void *context);
static void stop(struct supervisor *, const char *reason);
static void stop_if_all_ended(struct supervisor *);
static void free_event(struct event *);

/* Reading, before anything is started */

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
    return memory_format("%s: control.group: there is no group \"%s\"; create it, or correct the "
                         "name",
                         supervisor->config_path, name);
}

/* Starting */

int supervisor_run(struct supervisor *supervisor)
{
    prepare(supervisor);
    if (!check_descriptors(supervisor) || !open_sockets(supervisor))
        return EXIT_FAILURE;
    if (!enter_sandbox(supervisor))
        return SUPERVISOR_UNCONFINED;
    start(supervisor);
    event_base_dispatch(supervisor->base);
    cause_log_close();
    log_info("tlsrouted ends");
    return supervisor->status;
}

static void prepare(struct supervisor *supervisor)
{
    const struct config *config = &supervisor->config;

    log_open(role_name(ROLE_SUPERVISOR), config->log_level, config->log_format);
    supervisor->descriptors_max = limits_raise_descriptors();
    supervisor->base = loop_new();
    cause_log_open(supervisor->base);
    supervisor->helpers =
        helpers_new(supervisor->base, config->sandbox, config->sandbox_uids + ROLE_WORKERS);
    supervisor->exec_plugins = exec_plugins_new(supervisor->base, supervisor->helpers,
                                                renewal_from_plugin, &supervisor->reload);
    if (!supervisor->once && !supervisor->dry_run)
        choose_identity(supervisor);
    supervisor->empty_folder = -1;
    if (config->sandbox != SANDBOX_OFF && privileges_have(CAP_SYS_CHROOT))
        supervisor->empty_folder = privileges_empty_folder();
    prepare_workers(supervisor);
}

/* As client-go's: two processes of one host, or one after the other, are not the same. */
static void choose_identity(struct supervisor *supervisor)
{
    char host[HOST_NAME_MAX + 1] = "";
    uint64_t number = (uint64_t)backoff_random() << 32 | backoff_random();

    gethostname(host, sizeof(host) - 1);
    line_format(supervisor->identity, sizeof(supervisor->identity), "%s_%016" PRIx64, host, number);
}

static void prepare_workers(struct supervisor *supervisor)
{
    const struct child_options options = {
        .base = supervisor->base,
        .helpers = supervisor->helpers,
        .config = &supervisor->config,
        .descriptors_max = supervisor->descriptors_max,
        .dry_run = supervisor->dry_run,
        .identity = supervisor->identity,
        .folder = supervisor->empty_folder,
        .on_greeted = on_greeted,
        .on_changed = on_changed,
        .on_unconfined = on_unconfined,
        .refusals = &supervisor->refusals,
        .context = supervisor,
    };

    workers_init(&supervisor->workers, &options, supervisor->credentials);
}

/* Too few would show as workers that end again and again. */
static bool check_descriptors(const struct supervisor *supervisor)
{
    const unsigned max = supervisor->descriptors_max;
    const struct capacity capacity = capacity_of(&supervisor->config, max);

    if (max < CAPACITY_DESCRIPTORS_MIN) {
        log_error("a process may have too few open files: raise the limit (LimitNOFILE= of the "
                  "unit, ulimit -n)",
                  LOG_NUMBER("limit", max), LOG_NUMBER("needed", CAPACITY_DESCRIPTORS_MIN));
        return false;
    }
    if (capacity.is_cut)
        log_warning("the limit of open files is low for so many namespaces: where each watch needs "
                    "a connection (HTTP/1.1), they are joined early, or take turns; raise it "
                    "(LimitNOFILE= of the unit, ulimit -n)",
                    LOG_NUMBER("limit", max), LOG_NUMBER("needed", capacity.descriptors),
                    LOG_NUMBER("watches", capacity.watches));
    return true;
}

/* In the sandbox there is no way to get one. Returns false after logging why one is not possible.
 */
static bool open_sockets(struct supervisor *supervisor)
{
    const struct control_daemon daemon = {
        .base = supervisor->base,
        .workers = &supervisor->workers,
        .config = &supervisor->config,
        .sandbox = supervisor->sandbox,
        .started = clock_seconds(),
        .reload = reload,
        .set_log_level = set_log_level,
        .context = supervisor,
    };

    prepare_notify(supervisor);
    supervisor->control =
        control_new(&daemon, supervisor->config.control_socket, supervisor->control_group);
    supervisor->exporter_feed = exporter_feed_new(&supervisor->workers, supervisor->sandbox,
                                                  &supervisor->tls_files, !supervisor->once);
    return supervisor->control != NULL && supervisor->exporter_feed != NULL;
}

static void prepare_notify(struct supervisor *supervisor)
{
    struct notify_options options = {.live = is_live, .context = supervisor};

    notify_environment(&options);
    supervisor->notify = notify_new(supervisor->base, &options);
}

/* Every worker starts inside: a filter is inherited, and no exec plugin could live in this one. */
static bool enter_sandbox(struct supervisor *supervisor)
{
    const enum sandbox_mode mode = supervisor->config.sandbox;

    if (mode != SANDBOX_OFF && credentials_have_plugin(supervisor->credentials)) {
        snprintf(supervisor->sandbox, sizeof(supervisor->sandbox), "none: it runs exec plugins");
        log_info("the supervisor is not confined, since a kubeconfig has an exec plugin, which may "
                 "be any program; the workers are");
        return true;
    }
    if (mode != SANDBOX_ENFORCE)
        log_warning(mode == SANDBOX_OFF
                        ? "the sandbox is off: no process is confined"
                        : "the sandbox only logs: system calls and files are not refused");
    supervisor->confined = mode == SANDBOX_ENFORCE;
    return confine(supervisor);
}

/* Returns false after logging why it is not possible. */
static bool confine(struct supervisor *supervisor)
{
    char *folder = memory_text(supervisor->config.control_socket), *problem;
    const struct sandbox_options options = {
        .mode = supervisor->config.sandbox, .report = -1, .folder = folder};
    struct sandbox_result result;
    bool entered;

    strrchr(folder, '/')[1] = '\0';
    problem = sandbox_enter(sandbox_role(ROLE_SUPERVISOR), &options, &result);
    entered = problem == NULL;
    memcpy(supervisor->sandbox, result.level, sizeof(supervisor->sandbox));
    refusals_log(&supervisor->refusals, &result.refused);
    if (!entered)
        log_unconfined(ROLE_SUPERVISOR, problem);
    text_list_clear(&result.refused);
    free(folder);
    free(problem);
    return entered;
}

static void start(struct supervisor *supervisor)
{
    log_info("tlsrouted starts", LOG_TEXT("version", PACKAGE_VERSION),
             LOG_TEXT("server", supervisor->credentials[ROLE_WATCHER].server),
             LOG_TEXT("config", supervisor->config_path), LOG_TEXT("sandbox", supervisor->sandbox));
    supervisor->reload = (struct reload){
        .path = supervisor->config_path,
        .config = &supervisor->config,
        .credentials = supervisor->credentials,
        .workers = &supervisor->workers,
        .exec_plugins = supervisor->exec_plugins,
        .exporter_feed = supervisor->exporter_feed,
        .notify = supervisor->notify,
        .confined = supervisor->confined,
    };
    renewal_register(&supervisor->reload);
    watch_signals(supervisor);
    start_timers(supervisor);
    for (enum role role = 0; role < ROLE_API_WORKERS; role++)
        exec_plugins_use(supervisor->exec_plugins, role, &supervisor->credentials[role]);
    workers_start(&supervisor->workers, !supervisor->once);
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

static void start_timers(struct supervisor *supervisor)
{
    const struct timeval limit = {.tv_sec = SUPERVISOR_ONCE_SECONDS};

    supervisor->reread = loop_timer(supervisor->base, on_reread, supervisor);
    coarse_timer_repeat(supervisor->reread, CREDENTIALS_REREAD_SECONDS * 1000);
    supervisor->once_limit = loop_timer(supervisor->base, on_once_limit, supervisor);
    if (supervisor->once)
        event_add(supervisor->once_limit, &limit);
}

void supervisor_clear(struct supervisor *supervisor)
{
    control_free(supervisor->control);
    exporter_feed_free(supervisor->exporter_feed);
    tls_files_clear(&supervisor->tls_files);
    notify_free(supervisor->notify);
    reload_clear(&supervisor->reload);
    workers_clear(&supervisor->workers);
    refusals_clear(&supervisor->refusals);
    exec_plugins_free(supervisor->exec_plugins);
    helpers_free(supervisor->helpers);
    for (size_t i = 0; i < sizeof(supervisor->signals) / sizeof(supervisor->signals[0]); i++)
        free_event(supervisor->signals[i]);
    free_event(supervisor->reread);
    free_event(supervisor->once_limit);
    if (supervisor->empty_folder > 0)
        close(supervisor->empty_folder);
    if (supervisor->base != NULL)
        event_base_free(supervisor->base);
    credentials_clear(supervisor->credentials);
    config_clear(&supervisor->config);
    *supervisor = (struct supervisor){0};
}

static void free_event(struct event *event)
{
    if (event != NULL)
        event_free(event);
}

/* What control clients and the service manager want */

static bool reload(char **text, void *context)
{
    struct supervisor *supervisor = context;
    const bool is_in_force = reload_configuration(&supervisor->reload, text);

    check_expiries(supervisor);
    return is_in_force;
}

static void set_log_level(enum log_level level, void *context)
{
    struct supervisor *supervisor = context;
    struct config *config = &supervisor->config;

    config->log_level = level;
    log_open(role_name(ROLE_SUPERVISOR), config->log_level, config->log_format);
    for (enum role role = 0; role < ROLE_WORKERS; role++)
        child_send_settings(&supervisor->workers.children[role]);
}

static bool is_live(void *context)
{
    const struct supervisor *supervisor = context;

    return liveness_is_live(supervisor->workers.liveness);
}

/* What happens to workers */

static void on_greeted(struct child *child, void *context)
{
    struct supervisor *supervisor = context;

    if (child->role == ROLE_EXPORTER)
        exporter_feed_greet(supervisor->exporter_feed, child);
    if (child->role == ROLE_MINTER)
        renewal_mint(&supervisor->reload, child);
    workers_link(&supervisor->workers, child);
}

static void on_changed(struct child *child, void *context)
{
    struct supervisor *supervisor = context;
    const bool healthy = health_is_good(&supervisor->workers);
    char text[HEALTH_TEXT_SIZE];

    if (child->state == CHILD_STARTING)
        exporter_feed_reset(supervisor->exporter_feed, child->role);
    if (healthy != supervisor->healthy && !supervisor->stopping)
        log_health(supervisor, healthy);
    supervisor->healthy = healthy;
    liveness_stir(supervisor->workers.liveness);
    control_changed(supervisor->control);
    health_describe(&supervisor->workers, text, sizeof(text));
    notify_state(supervisor->notify, healthy, text);
    if (supervisor->once && healthy && !supervisor->stopping)
        stop_if_converged(supervisor);
}

/* Where it comes and goes, not each time. */
static void log_health(struct supervisor *supervisor, bool healthy)
{
    static const char well[] = "healthy: all workers are ready and in sync with the API server";
    const struct cause_details details = {
        .level = LOG_INFO, .text = "not healthy: see tlsroutectl status", .over = well};

    if (!healthy)
        cause_log_join(&supervisor->unhealthy, &details);
    else if (supervisor->unhealthy.cause != NULL)
        cause_log_leave(&supervisor->unhealthy, CAUSE_OVER);
    else
        log_info(well);
}

static void on_unconfined(struct child *child, const char *problem, void *context)
{
    struct supervisor *supervisor = context;

    if (supervisor->stopping)
        return;
    log_unconfined(child->role, problem);
    supervisor->status = SUPERVISOR_UNCONFINED;
    stop(supervisor, "a process cannot enter its sandbox");
}

static void log_unconfined(enum role role, const char *problem)
{
    log_error("a process cannot enter its sandbox; tlsrouted does not run without",
              LOG_TEXT("process", role_name(role)), LOG_TEXT("reason", problem));
}

/* All have read everything and have nothing left to do. */
static void stop_if_converged(struct supervisor *supervisor)
{
    uint64_t unsatisfied = 0;

    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        const struct child *child = &supervisor->workers.children[role];

        if (child->is_used && !child->idle)
            return;
        unsatisfied += child->unsatisfied;
    }
    printf("%s\n", supervisor->workers.children[ROLE_RECONCILER].summary);
    fflush(stdout);
    if (unsatisfied > 0)
        supervisor->status = EXIT_FAILURE;
    stop(supervisor,
         unsatisfied > 0 ? "converged, but not every Pool has what it asks for" : "converged");
}

/* Signals and timers */

static void on_stop_signal(evutil_socket_t number, short events, void *context)
{
    struct supervisor *supervisor = context;

    (void)events;
    if (supervisor->once && !supervisor->stopping)
        supervisor->status = EXIT_FAILURE;
    stop(supervisor, strsignal(number));
}

static void on_reload_signal(evutil_socket_t number, short events, void *context)
{
    char *text;

    (void)number;
    (void)events;
    reload(&text, context);
    free(text);
}

static void on_child_signal(evutil_socket_t number, short events, void *context)
{
    struct supervisor *supervisor = context;
    int status;
    pid_t pid;

    (void)number;
    (void)events;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct child *child = workers_find(&supervisor->workers, pid);

        if (child != NULL)
            child_reaped(child, status);
        else
            helpers_reaped(supervisor->helpers, pid);
    }
    stop_if_all_ended(supervisor);
}

static void on_reread(evutil_socket_t socket, short events, void *context)
{
    struct supervisor *supervisor = context;

    (void)socket;
    (void)events;
    coarse_timer_repeat(supervisor->reread, CREDENTIALS_REREAD_SECONDS * 1000);
    reload_files(&supervisor->reload);
    check_expiries(supervisor);
}

/* Also after each reload: what has been replaced is over at once. */
static void check_expiries(struct supervisor *supervisor)
{
    for (enum role role = 0; role < ROLE_API_WORKERS; role++) {
        if (supervisor->workers.children[role].is_used)
            expiry_check(&supervisor->expiries[role], role, &supervisor->credentials[role],
                         (uint64_t)time(NULL));
    }
}

static void on_once_limit(evutil_socket_t socket, short events, void *context)
{
    struct supervisor *supervisor = context;

    (void)socket;
    (void)events;
    supervisor->status = EXIT_FAILURE;
    stop(supervisor, "not converged within 5 minutes");
}

/* Stopping */

static void stop(struct supervisor *supervisor, const char *reason)
{
    if (supervisor->stopping)
        return;
    supervisor->stopping = true;
    log_info("stopping", LOG_TEXT("reason", reason));
    notify_stopping(supervisor->notify, reason);
    workers_stop(&supervisor->workers, SUPERVISOR_STOP_MILLISECONDS);
    stop_if_all_ended(supervisor);
}

static void stop_if_all_ended(struct supervisor *supervisor)
{
    if (supervisor->stopping && !workers_are_running(&supervisor->workers))
        event_base_loopbreak(supervisor->base);
}
