/* SPDX-License-Identifier: Apache-2.0 */
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
struct source {
    struct exec_plugins *exec_plugins;
    enum role role;
    const struct credential *credential; /* NULL without a plugin */
    struct event *timer;                 /* for the next run */
    struct helper *running;
    unsigned failures; /* in a row */
    time_t given_at;   /* monotonic seconds, 0 for not yet */
    char *complaint;   /* what the log has been told, or NULL */
};

struct exec_plugins {
    struct event_base *base;
    struct helpers *helpers;
    exec_plugins_given *given;
    void *context;
    struct source sources[ROLE_WORKERS];
};

static void on_timer(evutil_socket_t, short events, void *context);
static void run(struct source *);
static void run_in(struct source *, uint32_t milliseconds);
static void on_done(const struct message *answer, const char *problem, void *context);
static void fail(struct source *, const char *problem);
static uint32_t renewal(uint64_t seconds);

struct exec_plugins *exec_plugins_new(struct event_base *base, struct helpers *helpers,
                                      exec_plugins_given *given, void *context)
{
    struct exec_plugins *exec_plugins = memory_new(1, sizeof(*exec_plugins));

    *exec_plugins =
        (struct exec_plugins){.base = base, .helpers = helpers, .given = given, .context = context};
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        struct source *source = &exec_plugins->sources[role];

        source->exec_plugins = exec_plugins;
        source->role = role;
        source->timer = loop_timer(base, on_timer, source);
    }
    return exec_plugins;
}

void exec_plugins_free(struct exec_plugins *exec_plugins)
{
    if (exec_plugins == NULL)
        return;
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        helpers_cancel(exec_plugins->sources[role].running);
        event_free(exec_plugins->sources[role].timer);
        free(exec_plugins->sources[role].complaint);
    }
    free(exec_plugins);
}

void exec_plugins_use(struct exec_plugins *exec_plugins, enum role role,
                      const struct credential *credential)
{
    struct source *source = &exec_plugins->sources[role];

    helpers_cancel(source->running);
    source->running = NULL;
    event_del(source->timer);
    source->failures = 0;
    source->credential = credential->plugin != NULL ? credential : NULL;
    if (source->credential != NULL)
        run(source);
}

void exec_plugins_refused(struct exec_plugins *exec_plugins, enum role role)
{
    struct source *source = &exec_plugins->sources[role];

    if (source->credential == NULL || source->running != NULL || source->failures > 0)
        return; /* it is under way */
    if (clock_seconds() - source->given_at < EXEC_PLUGIN_REFUSED_SECONDS)
        run_in(source, EXEC_PLUGIN_REFUSED_SECONDS * 1000);
    else
        run(source);
}

static void on_timer(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    run(context);
}

static void run(struct source *source)
{
    const struct credential *credential = source->credential;
    const struct exec_plugin *plugin = credential->plugin;
    struct message question = message_of(MESSAGE_EXEC_REQUEST);
    char *problem;

    event_del(source->timer);
    question.exec_request.command = plugin->command;
    question.exec_request.arguments = plugin->arguments;
    question.exec_request.variables = plugin->variables;
    question.exec_request.wants_cluster = plugin->wants_cluster;
    if (plugin->wants_cluster) {
        question.exec_request.server = credential->server;
        question.exec_request.proxy = credential->proxy;
        question.exec_request.ca_pem = credential->ca_pem;
    }
    problem = message_check(&question);
    if (problem != NULL)
        fail(source, problem);
    else
        source->running =
            helpers_ask(source->exec_plugins->helpers, ROLE_PLUGIN, &question, MESSAGE_EXEC_RESULT,
                        EXEC_PLUGIN_MILLISECONDS, on_done, source);
    free(problem);
}

static void run_in(struct source *source, uint32_t milliseconds)
{
    const struct timeval delay = backoff_timeval(milliseconds);

    event_add(source->timer, &delay);
}

static void on_done(const struct message *answer, const char *problem, void *context)
{
    struct source *source = context;

    source->running = NULL;
    if (answer != NULL && answer->exec_result.problem[0] != '\0')
        problem = answer->exec_result.problem;
    if (problem != NULL) {
        fail(source, problem);
        return;
    }
    source->failures = 0;
    source->given_at = clock_seconds();
    memory_replace(&source->complaint, NULL);
    if (answer->exec_result.seconds > 0)
        run_in(source, renewal(answer->exec_result.seconds));
    source->exec_plugins->given(source->role, &answer->exec_result, source->exec_plugins->context);
}

static void fail(struct source *source, const char *problem)
{
    if (source->complaint == NULL || strcmp(problem, source->complaint) != 0)
        log_error("the exec plugin of a worker fails; still trying",
                  LOG_TEXT("worker", role_name(source->role)),
                  LOG_TEXT("command", source->credential->plugin->command),
                  LOG_TEXT("reason", problem));
    memory_replace(&source->complaint, problem);
    run_in(source, backoff_delay(&backoff_exec_plugin, ++source->failures, backoff_random()));
}

/* Milliseconds: 80 % of the life, and not more than some weeks, which the type can hold. */
static uint32_t renewal(uint64_t seconds)
{
    uint64_t most = 30UL * 24 * 3600;

    return (uint32_t)((seconds < most ? seconds : most) * 800);
}
