/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that decides when something is tried again. The queue carries it out, and has the
 * back-off of each key. */
#include "reconciler/plan/retry.h"

#include "common/base/delays.h"

static struct retry after_pause(unsigned seconds);
static struct retry after_failure(unsigned seconds);

struct retry retry_pool(const struct pool_outcome *outcome)
{
    unsigned seconds = retry_sooner(outcome->contention_seconds, outcome->held_seconds);

    if (outcome->failed && outcome->pause_seconds > 0)
        return after_pause(outcome->pause_seconds);
    if (outcome->failed)
        return after_failure(0);
    if (outcome->refused)
        return after_failure(retry_sooner(seconds, WRITE_REFUSED_SECONDS));
    if (outcome->overtaken)
        return (struct retry){.when = RETRY_NOW};
    if (seconds > 0)
        return (struct retry){.when = RETRY_LATER, .milliseconds = seconds * 1000};
    return (struct retry){.when = RETRY_NEVER};
}

struct retry retry_certificate(enum inject_outcome outcome, unsigned seconds)
{
    if (outcome == INJECT_FAILED && seconds > 0)
        return after_pause(seconds);
    if (outcome == INJECT_FAILED || outcome == INJECT_DENIED || outcome == INJECT_API_UNAVAILABLE ||
        outcome == INJECT_STOOD_DOWN)
        return after_failure(seconds);
    if (seconds > 0)
        return (struct retry){.when = RETRY_LATER, .milliseconds = seconds * 1000};
    return (struct retry){.when = RETRY_NEVER};
}

unsigned retry_sooner(unsigned seconds, unsigned other_seconds)
{
    return other_seconds > 0 && (seconds == 0 || other_seconds < seconds) ? other_seconds : seconds;
}

/* After those that the pause has held up with it: only when one of them was served, the next
 * refusal is known to concern this one alone. (common/api/pause.h) */
static struct retry after_pause(unsigned seconds)
{
    return (struct retry){.when = RETRY_BACK_OFF,
                          .milliseconds = seconds * 1000 + AFTER_PAUSE_MILLISECONDS};
}

static struct retry after_failure(unsigned seconds)
{
    return (struct retry){.when = RETRY_BACK_OFF, .milliseconds = seconds * 1000};
}
