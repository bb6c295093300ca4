#include "supervisor/supervisor.h"

#include "common/clock.h"
#include "common/memory.h"
#include "common/privileges.h"
#include "supervisor/control.h"
#include "supervisor/health.h"
#include "supervisor/notify.h"
#include "supervisor/plugins.h"
#include "supervisor/pulse.h"
#include "supervisor/rights.h"
#include "supervisor/scrape.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    STOP_MILLISECONDS = 3000, /* for the workers to end */
    PATIENCE_SECONDS = 300,   /* of a run that is to converge once */
    REREAD_SECONDS = 10,      /* a token file is replaced well before its token expires */
};

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
static void reread(struct supervisor *);
static char *reread_files(struct supervisor *);
static char *find_group(struct supervisor *);
static char *read_credentials(const struct supervisor *, const struct config *,
                              struct credential *credentials);
static void clear_credentials(struct credential *credentials);
static void take_credentials(struct supervisor *, struct credential *credentials);
static bool has_other_accounts(const struct config *, const struct config *);
static void on_plugin_given(enum role, const struct exec_done_message *, void *context);
static char *reload(struct supervisor *);
static bool has_plugins(const struct credential *credentials);
static bool enter_sandbox(struct supervisor *);
static void keep_listener(struct config *, const struct config *old);
static void keep_sandbox(struct config *, const struct config *old);
static void start_children(struct supervisor *);
static void watch_signals(struct supervisor *);
static bool is_live(void *context);
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
        problem = read_credentials(supervisor, &supervisor->config, supervisor->credentials);
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
    const struct timeval interval = {.tv_sec = REREAD_SECONDS};
    const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};

    log_open(role_name(ROLE_SUPERVISOR), supervisor->config.log_level,
             supervisor->config.log_format);
    supervisor->base = event_base_new();
    supervisor->helpers = helpers_new(supervisor->base, supervisor->config.sandbox,
                                      supervisor->config.sandbox_uids + ROLE_WORKERS);
    supervisor->plugins =
        plugins_new(supervisor->base, supervisor->helpers, on_plugin_given, supervisor);
    supervisor->started = clock_seconds();
    reach_manager(supervisor);
    supervisor->control =
        control_new(supervisor, supervisor->config.control_socket, supervisor->control_group);
    supervisor->scrape = scrape_new(supervisor, &supervisor->tls_files);
    if (supervisor->control == NULL || supervisor->scrape == NULL || !enter_sandbox(supervisor))
        return EXIT_FAILURE;
    log_info("tlsrouted starts", LOG_TEXT("version", PACKAGE_VERSION),
             LOG_TEXT("server", supervisor->credentials[ROLE_WATCHER].server),
             LOG_TEXT("config", supervisor->config_path), LOG_TEXT("sandbox", supervisor->sandbox));
    watch_signals(supervisor);
    supervisor->reread = event_new(supervisor->base, -1, EV_PERSIST, on_reread, supervisor);
    event_add(supervisor->reread, &interval);
    supervisor->patience = evtimer_new(supervisor->base, on_patience, supervisor);
    if (supervisor->once)
        event_add(supervisor->patience, &patience);
    start_children(supervisor);
    event_base_dispatch(supervisor->base);
    log_info("tlsrouted ends");
    return supervisor->status;
}

void supervisor_clear(struct supervisor *supervisor)
{
    control_free(supervisor->control);
    scrape_free(supervisor->scrape);
    tls_files_clear(&supervisor->tls_files);
    pulse_free(supervisor->pulse);
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
        credential_clear(&supervisor->credentials[role]);
    }
    plugins_free(supervisor->plugins);
    helpers_free(supervisor->helpers);
    if (supervisor->base != NULL)
        event_base_free(supervisor->base);
    config_clear(&supervisor->config);
    free(supervisor->complaint);
    *supervisor = (struct supervisor){0};
}

/* A filter is inherited, and no plugin could live in ours. */
static bool has_plugins(const struct credential *credentials)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (credentials[role].plugin != NULL)
            return true;
    }
    return false;
}

/* The control socket listens already, and every worker starts inside. */
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
    if (options.mode != SANDBOX_OFF && has_plugins(supervisor->credentials)) {
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

/* There is no way out of a sandbox. */
static void keep_sandbox(struct config *config, const struct config *old)
{
    if (config->sandbox != old->sandbox || config->sandbox_uids != old->sandbox_uids)
        log_warning("sandbox and sandboxUids change only with a restart of tlsrouted");
    config->sandbox = old->sandbox;
    config->sandbox_uids = old->sandbox_uids;
}

/* Nor are there sockets to bind. */
static void keep_listener(struct config *config, const struct config *old)
{
    const char *now = config->metrics_listen != NULL ? config->metrics_listen : "";

    if (strcmp(now, old->metrics_listen != NULL ? old->metrics_listen : "") != 0)
        log_warning("metrics.listen changes only with a restart of tlsrouted");
    memory_replace(&config->metrics_listen, old->metrics_listen);
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
        supervisor->signals[i] =
            evsignal_new(supervisor->base, table[i].number, table[i].callback, supervisor);
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
                                .folder = supervisor->empty_folder,
                                .callbacks = &child_callbacks,
                                .context = supervisor};
        child_init(child);
    }
    supervisor->pulse = pulse_new(supervisor->base, &supervisor->config, supervisor->children);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (supervisor->children[role].is_used) {
            plugins_use(supervisor->plugins, role, &supervisor->credentials[role]);
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
        child_stop(&supervisor->children[role], STOP_MILLISECONDS);
    stop_if_all_ended(supervisor);
}

static void on_reload_signal(evutil_socket_t number, short events, void *context)
{
    (void)number;
    (void)events;
    free(supervisor_reload(context));
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

/* Tokens are replaced in their files by others. A file that cannot be read now changes nothing. */
static void on_reread(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    reread(context);
}

static void reread(struct supervisor *supervisor)
{
    struct credential credentials[ROLE_WORKERS];
    char *problem = read_credentials(supervisor, &supervisor->config, credentials);

    if (problem == NULL) {
        take_credentials(supervisor, credentials);
        problem = reread_files(supervisor);
    }
    if (problem == NULL) {
        memory_replace(&supervisor->complaint, NULL);
    } else if (supervisor->complaint == NULL || strcmp(problem, supervisor->complaint) != 0) {
        log_warning("cannot read the credentials again; going on with the old ones",
                    LOG_TEXT("reason", problem));
        memory_replace(&supervisor->complaint, problem);
    }
    free(problem);
}

static char *reread_files(struct supervisor *supervisor)
{
    struct tls_files files;
    char *problem = tls_files_read(&supervisor->config, &files);

    if (problem == NULL)
        scrape_take_files(supervisor->scrape, &files, &supervisor->children[ROLE_EXPORTER]);
    return problem;
}

char *supervisor_reload(struct supervisor *supervisor)
{
    char *problem;

    notify_reloading(supervisor->notify);
    problem = reload(supervisor);
    notify_reloaded(supervisor->notify);
    return problem;
}

/* Returns what is wrong, and then nothing has changed. */
static char *reload(struct supervisor *supervisor)
{
    struct config config;
    struct credential credentials[ROLE_WORKERS] = {0};
    struct tls_files files = {0};
    bool restart, restart_minter;
    char *problem = config_read(supervisor->config_path, &config);

    if (problem == NULL) {
        problem = read_credentials(supervisor, &config, credentials);
        if (problem == NULL && config_has_role(&config, ROLE_MINTER) !=
                                   config_has_role(&supervisor->config, ROLE_MINTER))
            problem = memory_text("credentials.source changes to or from token-request only with a "
                                  "restart of tlsrouted");
        if (problem == NULL) {
            keep_listener(&config, &supervisor->config);
            problem = tls_files_read(&config, &files);
        }
        if (problem != NULL) {
            clear_credentials(credentials);
            config_clear(&config);
        }
    }
    if (problem != NULL) {
        log_error("the configuration is not used; going on with the old one",
                  LOG_TEXT("reason", problem));
        return problem;
    }
    if (strcmp(config.control_socket, supervisor->config.control_socket) != 0)
        log_warning("control.socket changes only with a restart of tlsrouted");
    if (strcmp(config.control_group, supervisor->config.control_group) != 0)
        log_warning("control.group changes only with a restart of tlsrouted");
    keep_sandbox(&config, &supervisor->config);
    restart = !text_list_equal(&config.namespaces, &supervisor->config.namespaces) ||
              strcmp(config.pool_selector, supervisor->config.pool_selector) != 0 ||
              config.services != supervisor->config.services ||
              config.conflicts != supervisor->config.conflicts ||
              config.withdraw != supervisor->config.withdraw ||
              config.grace != supervisor->config.grace ||
              config.reissue != supervisor->config.reissue ||
              config.names_most != supervisor->config.names_most;
    restart_minter = has_other_accounts(&config, &supervisor->config);
    config_clear(&supervisor->config);
    supervisor->config = config;
    log_open(role_name(ROLE_SUPERVISOR), config.log_level, config.log_format);
    take_credentials(supervisor, credentials);
    scrape_take_files(supervisor->scrape, &files, &supervisor->children[ROLE_EXPORTER]);
    pulse_reconfigure(supervisor->pulse);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        child_send_settings(&supervisor->children[role]);
        if ((restart && role < ROLE_CLIENTS) || (role == ROLE_MINTER && restart_minter))
            child_restart(&supervisor->children[role]);
    }
    log_info("configuration and credentials read again");
    return NULL;
}

/* Reads those of all roles into CREDENTIALS. On an error all of them are left empty. */
static char *read_credentials(const struct supervisor *supervisor, const struct config *config,
                              struct credential *credentials)
{
    char *problem = NULL;

    memset(credentials, 0, ROLE_WORKERS * sizeof(*credentials));
    for (enum role role = 0; role < ROLE_CLIENTS && problem == NULL; role++) {
        if (config_has_role(config, role))
            problem = credential_read(config, role, &credentials[role]);
    }
    if (problem == NULL && supervisor->is_confined && has_plugins(credentials))
        problem =
            memory_text("a kubeconfig has an exec plugin now; the supervisor is confined, and "
                        "can run plugins only after a restart of tlsrouted");
    if (problem != NULL)
        clear_credentials(credentials);
    return problem;
}

static void clear_credentials(struct credential *credentials)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++)
        credential_clear(&credentials[role]);
}

/* Takes CREDENTIALS over. Another server needs a new process, another token does not. */
static void take_credentials(struct supervisor *supervisor, struct credential *credentials)
{
    for (enum role role = 0; role < ROLE_CLIENTS; role++) {
        struct credential old = supervisor->credentials[role];
        struct child *child = &supervisor->children[role];

        if (!child->is_used)
            continue;
        credential_keep(&credentials[role], &old);
        supervisor->credentials[role] = credentials[role];
        if (!exec_plugin_same(old.plugin, credentials[role].plugin))
            plugins_use(supervisor->plugins, role, &supervisor->credentials[role]);
        if (!credential_same_server(&old, &credentials[role])) {
            log_info("the API server, its CA or its proxy changed; restarting a worker",
                     LOG_TEXT("worker", role_name(role)));
            child_restart(child);
        } else if (!credentials[role].comes_later &&
                   !credential_same_identity(&old, &credentials[role])) {
            log_info("a credential changed", LOG_TEXT("worker", role_name(role)));
            child_take_identity(child);
        }
        credential_clear(&old);
    }
}

/* Links it to those of its neighbours that are there; the others are linked when they come. */
static void on_greeted(struct child *child, void *context)
{
    struct supervisor *supervisor = context;

    if (child->role == ROLE_EXPORTER)
        scrape_greet(supervisor->scrape, child);
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

    return supervisor->pulse != NULL && pulse_is_live(supervisor->pulse);
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
    char *blame =
        memory_format("it sent %s what it may not send: %s", role_name(child->role), reason);

    child_kill(&supervisor->children[culprit], blame);
    free(blame);
}

/* What is in the files may be newer than what was refused; a minted token can be replaced. */
static void on_unauthorized(struct child *child, void *context)
{
    struct supervisor *supervisor = context;

    if (supervisor->config.credentials[child->role].account != NULL) {
        child_mint(&supervisor->children[ROLE_MINTER], child->role);
        return;
    }
    plugins_refused(supervisor->plugins, child->role);
    reread(supervisor);
}

static void on_minted(struct child *child, const struct token_message *token, void *context)
{
    struct supervisor *supervisor = context;
    enum role role = (enum role)token->role;

    if (supervisor->config.credentials[role].account == NULL ||
        !credential_give(&supervisor->credentials[role], token->token, NULL, NULL,
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

    scrape_begin(supervisor->scrape, child);
}

static void on_counted(struct child *child, const struct metric_message *metric, void *context)
{
    const struct supervisor *supervisor = context;

    scrape_count(supervisor->scrape, child, metric);
}

static void on_asked(struct child *child, void *context)
{
    const struct supervisor *supervisor = context;

    scrape_answer(supervisor->scrape, child);
}

static void on_plugin_given(enum role role, const struct exec_done_message *done, void *context)
{
    struct supervisor *supervisor = context;

    if (!credential_give(&supervisor->credentials[role], done->token, done->certificate_pem,
                         done->key_pem, done->seconds)) {
        log_error("an exec plugin gave something that is no credential",
                  LOG_TEXT("worker", role_name(role)));
        return;
    }
    log_info("an exec plugin gave a worker a new credential", LOG_TEXT("worker", role_name(role)),
             LOG_NUMBER("seconds", done->seconds));
    child_take_identity(&supervisor->children[role]);
}

static bool has_other_accounts(const struct config *a, const struct config *b)
{
    bool differs =
        a->source == CONFIG_SOURCE_TOKEN_REQUEST && strcmp(a->token_secret, b->token_secret) != 0;

    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        const char *one = a->credentials[role].account, *other = b->credentials[role].account;

        differs = differs || (one != NULL && (other == NULL || strcmp(one, other) != 0));
    }
    return differs;
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
