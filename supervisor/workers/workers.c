/* SPDX-License-Identifier: Apache-2.0 */
/* What concerns the workers together. The links between them are a chain, and one that is broken by
 * one worker costs only that worker. */
#include "supervisor/workers/workers.h"

#include "common/base/log.h"
#include "common/base/memory.h"
#include "supervisor/workers/receive.h"

#include <stdio.h>
#include <stdlib.h>

/* Who talks to whom. */
static const struct {
    enum role a, b;
} links[] = {
    {ROLE_WATCHER, ROLE_RECONCILER},
    {ROLE_RECONCILER, ROLE_CERTPATCHER},
};

static void on_link_broken(struct child *, const struct message *, void *context);
static void on_lost(struct child *, unsigned seconds);

void workers_init(struct workers *workers, const struct child_options *options,
                  const struct credential *credentials)
{
    *workers = (struct workers){.options = *options};
    workers->options.handlers = &workers->handlers;
    child_handlers_init(&workers->handlers);
    receive_register(&workers->handlers);
    child_handle(&workers->handlers, MESSAGE_LINK_BROKEN, on_link_broken, workers);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        workers->children[role] = (struct child){
            .role = role, .options = &workers->options, .credential = &credentials[role]};
        child_init(&workers->children[role]);
    }
}

void workers_start(struct workers *workers, bool with_exporter)
{
    const struct config *config = workers->options.config;

    for (enum role role = 0; role < ROLE_WORKERS; role++)
        workers->children[role].is_used =
            config_has_role(config, role) && (role != ROLE_EXPORTER || with_exporter);
    workers->liveness = liveness_new(workers->options.base, config, workers->children, on_lost);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (workers->children[role].is_used)
            child_start(&workers->children[role]);
    }
}

void workers_stop(struct workers *workers, unsigned milliseconds)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++)
        child_stop(&workers->children[role], milliseconds);
}

bool workers_are_running(const struct workers *workers)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (workers->children[role].pid != 0)
            return true;
    }
    return false;
}

unsigned workers_unhealthy(const struct workers *workers)
{
    unsigned unhealthy = 0;

    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        const struct child *child = &workers->children[role];

        if (child->is_used && !child->healthy)
            unhealthy |= 1u << role;
    }
    return unhealthy;
}

struct child *workers_find(struct workers *workers, pid_t pid)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (workers->children[role].pid == pid)
            return &workers->children[role];
    }
    return NULL;
}

void workers_link(struct workers *workers, struct child *child)
{
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        struct child *a = &workers->children[links[i].a];
        struct child *b = &workers->children[links[i].b];

        if ((a == child || b == child) && child_is_greeted(a) && child_is_greeted(b))
            child_link(a, b);
    }
}

void workers_clear(struct workers *workers)
{
    liveness_free(workers->liveness);
    for (enum role role = 0; role < ROLE_WORKERS; role++)
        child_clear(&workers->children[role]);
    *workers = (struct workers){0};
}

/* CHILD says that a neighbour has broken the rules: the link is gone, so that one has to start
 * again. */
static void on_link_broken(struct child *child, const struct message *message, void *context)
{
    struct workers *workers = context;
    char *reason = memory_format("it sent %s what it may not send: %s", role_name(child->role),
                                 message->link_broken.reason);

    child_kill(&workers->children[message->link_broken.role], reason);
    free(reason);
}

static void on_lost(struct child *child, unsigned seconds)
{
    char reason[64];

    log_error("a worker no longer answers; killing it", LOG_TEXT("worker", role_name(child->role)),
              LOG_NUMBER("pid", child->pid), LOG_NUMBER("seconds", seconds));
    snprintf(reason, sizeof(reason), "it did not answer for %u s", seconds);
    child->heartbeats_lost++;
    child_kill(child, reason);
}
