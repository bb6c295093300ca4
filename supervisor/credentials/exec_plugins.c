/* SPDX-License-Identifier: Apache-2.0 */
/* Nobody is there to log in again when a credential expires: plugins are run by a clock, and when
 * the API server refuses what they gave. */
#include "supervisor/credentials/exec_plugins.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* The plugin of one role. */
struct role_plugin {
    struct exec_plugins *exec_plugins;
    enum role role;
    const struct credential *credential; /* NULL without a plugin */
    struct event *timer;                 /* for the next run */
    struct helper *running;
    unsigned failures; /* in a row */
    time_t given_at;   /* monotonic seconds, 0 for not yet */
    char *logged;      /* the last problem; NULL: there is none */
};

struct exec_plugins {
    struct event_base *base;
    struct helpers *helpers;
    exec_plugins_result *on_result;
    void *context;
    struct role_plugin plugins[ROLE_WORKERS];
};

static void on_timer(evutil_socket_t, short events, void *context);
static void run_now(struct role_plugin *);
static void run_later(struct role_plugin *, uint32_t milliseconds);
static void on_done(const struct message *result, const char *problem, void *context);
static void fail(struct role_plugin *, const char *problem);
static uint32_t renewal(uint64_t seconds);

struct exec_plugins *exec_plugins_new(struct event_base *base, struct helpers *helpers,
                                      exec_plugins_result *on_result, void *context)
{
    struct exec_plugins *exec_plugins = memory_new(1, sizeof(*exec_plugins));

    *exec_plugins = (struct exec_plugins){
        .base = base, .helpers = helpers, .on_result = on_result, .context = context};
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        struct role_plugin *plugin = &exec_plugins->plugins[role];

        plugin->exec_plugins = exec_plugins;
        plugin->role = role;
        plugin->timer = loop_timer(base, on_timer, plugin);
    }
    return exec_plugins;
}

void exec_plugins_free(struct exec_plugins *exec_plugins)
{
    if (exec_plugins == NULL)
        return;
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        helpers_cancel(exec_plugins->plugins[role].running);
        event_free(exec_plugins->plugins[role].timer);
        free(exec_plugins->plugins[role].logged);
    }
    free(exec_plugins);
}

void exec_plugins_use(struct exec_plugins *exec_plugins, enum role role,
                      const struct credential *credential)
{
    struct role_plugin *plugin = &exec_plugins->plugins[role];

    helpers_cancel(plugin->running);
    plugin->running = NULL;
    event_del(plugin->timer);
    plugin->failures = 0;
    plugin->credential = credential->plugin != NULL ? credential : NULL;
    if (plugin->credential != NULL)
        run_now(plugin);
}

void exec_plugins_refused(struct exec_plugins *exec_plugins, enum role role)
{
    struct role_plugin *plugin = &exec_plugins->plugins[role];

    if (plugin->credential == NULL || plugin->running != NULL || plugin->failures > 0)
        return; /* it is under way */
    if (clock_seconds() - plugin->given_at < EXEC_PLUGIN_REFUSED_SECONDS)
        run_later(plugin, EXEC_PLUGIN_REFUSED_SECONDS * 1000);
    else
        run_now(plugin);
}

static void on_timer(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    run_now(context);
}

static void run_now(struct role_plugin *plugin)
{
    const struct credential *credential = plugin->credential;
    const struct exec_plugin *command = credential->plugin;
    struct message request = message_of(MESSAGE_EXEC_REQUEST);
    char *problem;

    event_del(plugin->timer);
    request.exec_request.command = command->command;
    request.exec_request.arguments = command->arguments;
    request.exec_request.variables = command->variables;
    request.exec_request.wants_cluster = command->wants_cluster;
    if (command->wants_cluster) {
        request.exec_request.server = credential->server;
        request.exec_request.proxy = credential->proxy;
        request.exec_request.ca_pem = credential->ca_pem;
    }
    problem = message_check(&request);
    if (problem != NULL)
        fail(plugin, problem);
    else
        plugin->running =
            helpers_run(plugin->exec_plugins->helpers, ROLE_PLUGIN, &request, MESSAGE_EXEC_RESULT,
                        EXEC_PLUGIN_MILLISECONDS, on_done, plugin);
    free(problem);
}

static void run_later(struct role_plugin *plugin, uint32_t milliseconds)
{
    const struct timeval delay = backoff_timeval(milliseconds);

    event_add(plugin->timer, &delay);
}

static void on_done(const struct message *result, const char *problem, void *context)
{
    struct role_plugin *plugin = context;

    plugin->running = NULL;
    if (result != NULL && result->exec_result.problem[0] != '\0')
        problem = result->exec_result.problem;
    if (problem != NULL) {
        fail(plugin, problem);
        return;
    }
    plugin->failures = 0;
    plugin->given_at = clock_seconds();
    memory_replace(&plugin->logged, NULL);
    if (result->exec_result.seconds > 0)
        run_later(plugin, renewal(result->exec_result.seconds));
    plugin->exec_plugins->on_result(plugin->role, &result->exec_result,
                                    plugin->exec_plugins->context);
}

static void fail(struct role_plugin *plugin, const char *problem)
{
    if (plugin->logged == NULL || strcmp(problem, plugin->logged) != 0)
        log_error("an exec plugin fails; still trying", LOG_TEXT("worker", role_name(plugin->role)),
                  LOG_TEXT("command", plugin->credential->plugin->command),
                  LOG_TEXT("reason", problem));
    memory_replace(&plugin->logged, problem);
    run_later(plugin, backoff_delay(&backoff_exec_plugin, ++plugin->failures, backoff_random()));
}

/* Milliseconds: 80 % of the life, which is cut to some weeks so that they fit. */
static uint32_t renewal(uint64_t seconds)
{
    const uint64_t max = 30UL * 24 * 3600;

    return (uint32_t)((seconds < max ? seconds : max) * 800);
}
