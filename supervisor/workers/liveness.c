/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/workers/liveness.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"

#include <stdio.h>
#include <stdlib.h>

struct pulse {
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

struct pulse *pulse_new(struct event_base *base, const struct config *config,
                        struct child *children)
{
    struct pulse *pulse = memory_new(1, sizeof(*pulse));

    pulse->config = config;
    pulse->children = children;
    pulse->turned = clock_milliseconds();
    for (enum role role = 0; role < ROLE_WORKERS; role++)
        children[role].heart.answered = pulse->turned;
    pulse->timer = loop_timer(base, on_timer, pulse);
    pulse_reconfigure(pulse);
    return pulse;
}

void pulse_free(struct pulse *pulse)
{
    if (pulse == NULL)
        return;
    event_free(pulse->timer);
    free(pulse);
}

void pulse_reconfigure(struct pulse *pulse)
{
    const struct timeval interval = {.tv_sec = pulse->config->heartbeat_interval};

    event_add(pulse->timer, &interval);
}

bool pulse_is_live(const struct pulse *pulse)
{
    bool live = true;

    for (enum role role = 0; pulse != NULL && role < ROLE_WORKERS; role++)
        live = live && pulse_child_is_live(pulse, &pulse->children[role]);
    return live;
}

bool pulse_child_is_live(const struct pulse *pulse, const struct child *child)
{
    const struct heartbeat_rule rule = rule_of(pulse->config);

    return !child->is_used || child->waits ||
           heartbeat_is_live(&child->heart, &rule, clock_milliseconds());
}

void pulse_begin(struct child *child)
{
    const struct heartbeat_rule rule = rule_of(child->config);

    heartbeat_begin(&child->heart);
    beat(child, &rule, clock_milliseconds());
}

void pulse_on_pong(struct message *message, void *context)
{
    struct child *child = context;

    (void)message;
    if (heartbeat_answer(&child->heart, clock_milliseconds()))
        log_info("a worker answers again", LOG_TEXT("worker", role_name(child->role)),
                 LOG_NUMBER("pid", child->pid));
}

/* This process may have been stopped too, and then has not read the answers. */
static void on_timer(evutil_socket_t socket, short events, void *context)
{
    struct pulse *pulse = context;
    const struct heartbeat_rule rule = rule_of(pulse->config);
    const int64_t now = clock_milliseconds();
    const bool overslept = heartbeat_overslept(&rule, pulse->turned, now);

    (void)socket;
    (void)events;
    pulse->turned = now;
    pulse_reconfigure(pulse);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        struct child *child = &pulse->children[role];

        if (overslept || child->waits)
            heartbeat_forgive(&child->heart, now);
        if (can_answer(child))
            beat(child, &rule, now);
    }
}

static void beat(struct child *child, const struct heartbeat_rule *rule, int64_t now)
{
    switch (heartbeat_turn(&child->heart, rule, now)) {
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
