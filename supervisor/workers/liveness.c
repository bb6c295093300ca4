/* SPDX-License-Identifier: Apache-2.0 */
/* A worker whose loop hangs still has its process and its link: only a question that its loop has
 * to answer shows that. When to ask and when to give up is in heartbeat.c. */
#include "supervisor/workers/liveness.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/coarse_timer.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "supervisor/workers/send.h"

#include <stdlib.h>

struct liveness {
    const struct config *config;
    struct child *children;
    liveness_lost *lost;
    struct event *timer;
    int64_t due;     /* the next turn, in monotonic milliseconds */
    bool is_stirred; /* something has happened since the last one */
    bool is_resting; /* the next turn comes later than usual */
};

static void on_timer(evutil_socket_t, short events, void *context);
static void turn_later(struct liveness *, bool rests);
static bool turn(struct liveness *, struct child *, const struct heartbeat_rule *, int64_t now);
static bool can_answer(const struct child *);
static struct heartbeat_rule rule_of(const struct config *);

struct liveness *liveness_new(struct event_base *base, const struct config *config,
                              struct child *children, liveness_lost *lost)
{
    struct liveness *liveness = memory_new(1, sizeof(*liveness));

    liveness->config = config;
    liveness->children = children;
    liveness->lost = lost;
    for (enum role role = 0; role < ROLE_WORKERS; role++)
        children[role].heartbeat.answered = clock_milliseconds();
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
    turn_later(liveness, false);
}

void liveness_stir(struct liveness *liveness)
{
    if (liveness == NULL)
        return;
    liveness->is_stirred = true;
    if (liveness->is_resting)
        turn_later(liveness, false);
}

static void turn_later(struct liveness *liveness, bool rests)
{
    const struct heartbeat_rule rule = rule_of(liveness->config);
    const int64_t milliseconds = rests ? heartbeat_rest(&rule) : rule.interval;
    const struct timeval delay = backoff_timeval((unsigned)milliseconds);

    liveness->is_resting = rests;
    liveness->due = clock_milliseconds() + milliseconds;
    if (rests)
        coarse_timer_repeat(liveness->timer, milliseconds);
    else
        event_add(liveness->timer, &delay);
}

bool liveness_is_live(const struct liveness *liveness)
{
    bool live = true;

    for (enum role role = 0; liveness != NULL && role < ROLE_WORKERS; role++)
        live = live && liveness_child_is_live(&liveness->children[role]);
    return live;
}

bool liveness_child_is_live(const struct child *child)
{
    struct heartbeat_rule rule;

    if (!child->is_used || child->waiting)
        return true;
    rule = rule_of(child->options->config);
    return heartbeat_is_live(&child->heartbeat, &rule, clock_milliseconds());
}

void liveness_begin(struct child *child)
{
    const struct heartbeat_rule rule = rule_of(child->options->config);

    heartbeat_begin(&child->heartbeat);
    if (heartbeat_turn(&child->heartbeat, &rule, false, clock_milliseconds()) == HEARTBEAT_PING)
        send_ping(child->channel, true);
}

void liveness_answered(struct child *child)
{
    if (heartbeat_answer(&child->heartbeat, clock_milliseconds()))
        log_info("a worker answers again", LOG_TEXT("worker", role_name(child->role)),
                 LOG_NUMBER("pid", child->pid));
}

/* This process may have been stopped, too, and then has not read the answers. */
static void on_timer(evutil_socket_t socket, short events, void *context)
{
    struct liveness *liveness = context;
    const struct heartbeat_rule rule = rule_of(liveness->config);
    const int64_t now = clock_milliseconds();
    const bool was_suspended = heartbeat_was_suspended(&rule, liveness->due, now);
    bool rests = !liveness->is_stirred && !was_suspended;

    (void)socket;
    (void)events;
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        struct child *child = &liveness->children[role];

        if (was_suspended || child->waiting)
            heartbeat_reset(&child->heartbeat, now);
        if (can_answer(child))
            rests = turn(liveness, child, &rule, now) && rests;
        else
            rests = rests && (!child->is_used || child->waiting);
    }
    liveness->is_stirred = false;
    if (rests && !liveness->is_resting)
        memory_rest();
    turn_later(liveness, rests);
}

/* Returns whether CHILD had answered, or read, the PING before. */
static bool turn(struct liveness *liveness, struct child *child, const struct heartbeat_rule *rule,
                 int64_t now)
{
    const bool is_resting = liveness->is_resting && !liveness->is_stirred;
    bool has_answered;

    if (child->heartbeat.is_quiet && channel_is_read(child->channel))
        liveness_answered(child);
    has_answered = child->heartbeat.pinged == 0;
    switch (heartbeat_turn(&child->heartbeat, rule, is_resting, now)) {
    case HEARTBEAT_NONE:
        break;
    case HEARTBEAT_PING:
        send_ping(child->channel, true);
        break;
    case HEARTBEAT_QUIET:
        send_ping(child->channel, false);
        break;
    case HEARTBEAT_LOST:
        liveness->lost(child, (unsigned)(rule->timeout / 1000));
        break;
    }
    return has_answered;
}

static bool can_answer(const struct child *child)
{
    return child->state == CHILD_READY && child->channel != NULL;
}

static struct heartbeat_rule rule_of(const struct config *config)
{
    return (struct heartbeat_rule){.interval = 1000LL * config->heartbeat_interval,
                                   .timeout = 1000LL * config->heartbeat_timeout};
}
