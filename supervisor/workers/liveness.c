/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/workers/liveness.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"

#include <stdio.h>
#include <stdlib.h>

struct liveness {
    const struct config *config;
    struct child *children;
    struct event *timer;
    int64_t turned; /* when the last look was */
};

static void on_timer(evutil_socket_t, short events, void *context);
static void beat(struct child *, const struct heartbeat_rule *, int64_t now);
static void ask(struct child *);
static void give_up(struct child *, const struct heartbeat_rule *);
static bool can_answer(const struct child *);
static struct heartbeat_rule rule_of(const struct config *);

struct liveness *liveness_new(struct event_base *base, const struct config *config,
                              struct child *children)
{
    struct liveness *liveness = memory_new(1, sizeof(*liveness));

    liveness->config = config;
    liveness->children = children;
    liveness->turned = clock_milliseconds();
    for (enum role role = 0; role < ROLE_WORKERS; role++)
        children[role].heartbeat.answered = liveness->turned;
    liveness->timer = loop_timer(base, on_timer, liveness);
    liveness_reconfigure(liveness);
    return liveness;
}

void liveness_free(struct liveness *liveness)
{
    if (liveness == NULL)
        return;
    event_free(liveness->timer);
    free(liveness);
}

void liveness_reconfigure(struct liveness *liveness)
{
    const struct timeval interval = {.tv_sec = liveness->config->heartbeat_interval};

    event_add(liveness->timer, &interval);
}

bool liveness_is_live(const struct liveness *liveness)
{
    bool live = true;

    for (enum role role = 0; liveness != NULL && role < ROLE_WORKERS; role++)
        live = live && liveness_child_is_live(liveness, &liveness->children[role]);
    return live;
}

bool liveness_child_is_live(const struct liveness *liveness, const struct child *child)
{
    const struct heartbeat_rule rule = rule_of(liveness->config);

    return !child->is_used || child->waits ||
           heartbeat_is_live(&child->heartbeat, &rule, clock_milliseconds());
}

void liveness_begin(struct child *child)
{
    const struct heartbeat_rule rule = rule_of(child->config);

    heartbeat_begin(&child->heartbeat);
    beat(child, &rule, clock_milliseconds());
}

void liveness_on_pong(struct message *message, void *context)
{
    struct child *child = context;

    (void)message;
    if (heartbeat_answer(&child->heartbeat, clock_milliseconds()))
        log_info("a worker answers again", LOG_TEXT("worker", role_name(child->role)),
                 LOG_NUMBER("pid", child->pid));
}

/* This process may have been stopped too, and then has not read the answers. */
static void on_timer(evutil_socket_t socket, short events, void *context)
{
    struct liveness *liveness = context;
    const struct heartbeat_rule rule = rule_of(liveness->config);
    const int64_t now = clock_milliseconds();
    const bool was_suspended = heartbeat_was_suspended(&rule, liveness->turned, now);

    (void)socket;
    (void)events;
    liveness->turned = now;
    liveness_reconfigure(liveness);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        struct child *child = &liveness->children[role];

        if (was_suspended || child->waits)
            heartbeat_reset(&child->heartbeat, now);
        if (can_answer(child))
            beat(child, &rule, now);
    }
}

static void beat(struct child *child, const struct heartbeat_rule *rule, int64_t now)
{
    switch (heartbeat_turn(&child->heartbeat, rule, now)) {
    case HEARTBEAT_NONE:
        break;
    case HEARTBEAT_ASK:
        ask(child);
        break;
    case HEARTBEAT_LOST:
        give_up(child, rule);
        break;
    }
}

static void ask(struct child *child)
{
    static const struct message ping = {.type = MESSAGE_PING, .descriptor = -1};

    channel_send(child->channel, &ping);
}

static void give_up(struct child *child, const struct heartbeat_rule *rule)
{
    const unsigned long long seconds = (unsigned long long)rule->timeout / 1000;
    char reason[64];

    log_error("a worker does not answer any more; killing it",
              LOG_TEXT("worker", role_name(child->role)), LOG_NUMBER("pid", child->pid),
              LOG_NUMBER("seconds", seconds));
    snprintf(reason, sizeof(reason), "it did not answer for %llu s", seconds);
    child->lost++;
    child_kill(child, reason);
}

static bool can_answer(const struct child *child)
{
    return child->state == CHILD_READY && child->channel != NULL;
}

static struct heartbeat_rule rule_of(const struct config *config)
{
    return (struct heartbeat_rule){.interval = 1000ULL * config->heartbeat_interval,
                                   .timeout = 1000ULL * config->heartbeat_timeout};
}
