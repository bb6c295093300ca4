/* SPDX-License-Identifier: Apache-2.0 */
/* Whether to wait, to watch again or to list is decided here and nowhere else, so that no stream
 * waits for what will never come. */
#include "watcher/life.h"

#include "common/base/delays.h"

#include <stddef.h>
#include <string.h>

enum condition {
    ALWAYS,
    OPENED,
    SHORT,    /* it did not last */
    OUTDATED, /* refused, by now for so long that the position is worth nothing any more */
};

enum {
    ANY = -1
};

static const struct rule {
    int phase; /* enum stream_phase, or ANY */
    int error; /* enum api_error, or ANY */
    enum condition condition;
    enum next_step step;
    bool keeps_position;
} rules[] = {
    /* Watches end after some minutes, as requested. */
    {PHASE_WATCH, API_OK, SHORT, NEXT_RETRY, true},
    {PHASE_WATCH, API_OK, ALWAYS, NEXT_WATCH, true},
    /* Whatever happened meanwhile was not said. */
    {PHASE_WATCH, API_TIMEOUT, OPENED, NEXT_LIST, false},
    /* The server does not know the position, whatever words it has for that. */
    {PHASE_WATCH, API_EXPIRED, ALWAYS, NEXT_RETRY, false},
    {PHASE_WATCH, API_TOO_MANY, ALWAYS, NEXT_RETRY, true},
    {PHASE_WATCH, ANY, OUTDATED, NEXT_RETRY, false},
    {PHASE_WATCH, ANY, ALWAYS, NEXT_RETRY, true},
    /* A list that is not complete is worth nothing. */
    {ANY, ANY, ALWAYS, NEXT_RETRY, false},
};

static const struct rule *rule_for(const struct life *, const struct ending *, time_t now);
static bool holds(enum condition, const struct life *, const struct ending *, time_t now);
static void note_ending(struct life *, const struct ending *, const struct rule *, time_t now);
static time_t silent_from(const struct life *);
static bool is_too_old(time_t broken, time_t now);
static uint32_t delay(const struct life *, const struct ending *, uint32_t random);
static time_t earlier(time_t a, time_t b);
static bool is_number(const char *text);

void life_sent(struct life *life, enum stream_phase phase, unsigned watch_seconds, time_t now)
{
    life->phase = phase;
    life->is_opened = false;
    life->held = 0;
    life->sent = life->waits = now;
    life->lasting = earlier(watch_seconds / 3, WATCH_LASTED_SECONDS); /* short ones take turns */
    life->limit = now + (time_t)watch_seconds + WATCH_MARGIN_SECONDS;
}

void life_waits(struct life *life)
{
    if (life->error == API_OK)
        life->broken = 0;
    life->phase = PHASE_WAITING;
    life->is_opened = false;
    life->held = 0;
}

bool life_opened(struct life *life, time_t now)
{
    const bool may_go_on = !is_too_old(life->broken, now);

    life->is_opened = true;
    life->watching = life->waits = now;
    life->broken = 0;
    if (may_go_on)
        life->error = API_OK;
    return may_go_on;
}

bool life_sign(struct life *life, enum life_sign sign, time_t now)
{
    life->sign = life->waits = now;
    if (sign == SIGN_COMPLETE) {
        life->phase = PHASE_WATCH;
        life->is_listed = true;
        life->error = API_OK;
        life->broken = 0;
        life->watching = now;
    }
    if (life->phase != PHASE_WATCH)
        return false;
    life->confirmed = now;
    if (sign == SIGN_COMPLETE || now - life->watching < life->lasting)
        return false; /* the watch that follows a list may be refused again */
    life->failures = 0;
    return true;
}

/* The time of a pause does not count. */
void life_hold(struct life *life, bool is_held, time_t now)
{
    const time_t pause = life->held != 0 ? now - life->held : 0;

    life->waits += pause;
    life->limit += pause;
    life->held = is_held ? now : 0;
}

enum life_verdict life_verdict(const struct life *life, time_t now)
{
    if (!life->is_opened || life->held != 0)
        return LIFE_GOES_ON;
    if (now >= silent_from(life))
        return LIFE_SILENT;
    return now >= life->limit ? LIFE_OVERDUE : LIFE_GOES_ON;
}

time_t life_next_look(const struct life *life, time_t now)
{
    const time_t too_old = life->confirmed + WATCH_CONFIRMED_SECONDS_MAX + 1;
    time_t next = 0;

    if (life->is_opened && life->held == 0)
        next = earlier(silent_from(life), life->limit);
    if (life_in_sync(life, now))
        next = next != 0 ? earlier(next, too_old) : too_old;
    if (next == 0)
        return 0;
    return next > now ? next - now : 1;
}

/* Status 0: there was no answer. With 2xx there was one, and it broke off. */
struct ending life_ending(const struct life *life, const struct api_result *result, time_t now)
{
    const bool was_granted = life->answered != 0 && now - life->answered < API_RBAC_SECONDS;
    const bool is_starting = was_granted && api_is_rbac_refusal(result->status, result->message);

    return (struct ending){.error = is_starting ? API_STARTING : result->error,
                           .is_refusal =
                               result->status != 0 && api_error_of_status(result->status) != API_OK,
                           .retry_after = result->retry_after};
}

struct next life_ended(struct life *life, const struct ending *ending, time_t now, uint32_t random)
{
    const struct rule *rule = rule_for(life, ending, now);

    note_ending(life, ending, rule, now);
    return (struct next){
        .step = rule->step,
        .keeps_position = rule->keeps_position,
        .milliseconds = rule->step == NEXT_RETRY ? delay(life, ending, random) : 0,
    };
}

void life_stopped(struct life *life)
{
    life->phase = PHASE_STOPPED;
    life->is_opened = false;
    life->held = 0;
    life->is_listed = false;
    life->confirmed = 0;
    life->answered = life->broken = 0;
}

bool life_in_sync(const struct life *life, time_t now)
{
    return life->is_listed && life->error == API_OK &&
           now - life->confirmed <= WATCH_CONFIRMED_SECONDS_MAX;
}

bool life_goes_back(const char *position, const char *version)
{
    const size_t length = strlen(position), other = strlen(version);

    if (!is_number(position) || !is_number(version))
        return false;
    return length != other ? other < length : strcmp(version, position) < 0;
}

/* The last one always holds. */
static const struct rule *rule_for(const struct life *life, const struct ending *ending, time_t now)
{
    const struct rule *rule = rules;

    while ((rule->phase != ANY && rule->phase != (int)life->phase) ||
           (rule->error != ANY && rule->error != (int)ending->error) ||
           !holds(rule->condition, life, ending, now))
        rule++;
    return rule;
}

static bool holds(enum condition condition, const struct life *life, const struct ending *ending,
                  time_t now)
{
    switch (condition) {
    case OPENED:
        return life->is_opened;
    case SHORT:
        return now - life->sent <= WATCH_SHORT_SECONDS;
    case OUTDATED:
        return ending->is_refusal && is_too_old(life->broken, now);
    default:
        return true;
    }
}

/* A watch that had missed a bookmark when it broke may have been dead since its last sign. */
static void note_ending(struct life *life, const struct ending *ending, const struct rule *rule,
                        time_t now)
{
    if (!rule->keeps_position)
        life->broken = 0;
    else if (life->broken == 0)
        life->broken = now - life->waits > WATCH_BOOKMARK_SECONDS_MAX ? life->waits : now;
    if (rule->step == NEXT_RETRY) {
        life->phase = PHASE_WAITING;
        life->error = ending->error != API_OK ? ending->error : API_SERVER_ERROR;
        life->failures++;
    } else if (rule->step == NEXT_WATCH && now - life->watching >= life->lasting) {
        life->failures = 0;
    }
    if (life->is_opened)
        life->answered = now;
    life->is_opened = false;
    life->held = 0;
}

static time_t silent_from(const struct life *life)
{
    return life->waits + WATCH_SILENT_SECONDS;
}

static bool is_too_old(time_t broken, time_t now)
{
    return broken != 0 && now - broken > WATCH_GAP_SECONDS;
}

/* Rights that we can do without may never be granted. */
static uint32_t delay(const struct life *life, const struct ending *ending, uint32_t random)
{
    const struct backoff *backoff =
        ending->error == API_FORBIDDEN ? life->forbidden_backoff : life->backoff;

    return backoff_delay(backoff, life->failures, random) + ending->retry_after * 1000;
}

static time_t earlier(time_t a, time_t b)
{
    return a < b ? a : b;
}

static bool is_number(const char *text)
{
    return text[0] >= '1' && text[0] <= '9' && text[strspn(text, "0123456789")] == '\0';
}
