/* SPDX-License-Identifier: Apache-2.0 */
/* When a stream is tried again is decided here and nowhere else: by the first rule that applies. */
#include "watcher/next.h"

#include "common/base/delays.h"

#include <stddef.h>

enum condition {
    ALWAYS,
    REFUSED, /* the watch was never opened */
    LONG,    /* the watch lasted */
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
    /* The server does not know the parameters of such a watch. */
    {PHASE_WATCH_LIST, API_INVALID, REFUSED, NEXT_PAGES, false},
    {PHASE_WATCH_LIST, API_BAD_REQUEST, REFUSED, NEXT_PAGES, false},
    /* Watches end after some minutes, as requested. */
    {PHASE_WATCH, API_OK, LONG, NEXT_WATCH, true},
    /* The server no longer knows the position. */
    {PHASE_WATCH, API_EXPIRED, ALWAYS, NEXT_RETRY, false},
    {PHASE_WATCH, ANY, ALWAYS, NEXT_RETRY, true},
    /* A list that is not complete is worth nothing. */
    {ANY, ANY, ALWAYS, NEXT_RETRY, false},
};

static bool applies(const struct rule *, const struct ending *);
static uint32_t delay(const struct ending *, uint32_t random);

struct next next_after(const struct ending *ending, uint32_t random)
{
    const struct rule *rule = rules;

    while (!applies(rule, ending)) /* the last one always does */
        rule++;
    return (struct next){.step = rule->step,
                         .keeps_position = rule->keeps_position,
                         .milliseconds = rule->step == NEXT_RETRY ? delay(ending, random) : 0};
}

static bool applies(const struct rule *rule, const struct ending *ending)
{
    if ((rule->phase != ANY && rule->phase != (int)ending->phase) ||
        (rule->error != ANY && rule->error != (int)ending->error))
        return false;
    switch (rule->condition) {
    case REFUSED:
        return !ending->was_opened;
    case LONG:
        return ending->seconds > WATCH_SHORT_SECONDS;
    default:
        return true;
    }
}

/* Rights that we can do without may never be granted. */
static uint32_t delay(const struct ending *ending, uint32_t random)
{
    const bool may_last = ending->is_optional && ending->error == API_FORBIDDEN;
    const struct backoff *backoff = may_last ? &backoff_optional_stream : &backoff_stream;

    return backoff_delay(backoff, ending->failures, random) + ending->retry_after * 1000;
}
