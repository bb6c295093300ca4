/* SPDX-License-Identifier: Apache-2.0 */
/* Two controllers that both insist on a TLSRoute would write it as fast as the API server allows.
 * This bounds our half of it without ever giving up. */
#include "reconciler/plan/contention.h"

#include "common/base/delays.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    FREE_CORRECTIONS = 2, /* at once: people change their minds */
    CALM_DELAYS = 5,      /* so many delays without a change end a contention */
};

static unsigned full_delay(unsigned corrections);
static bool is_same(const struct contention *, const char *desired, time_t now);

unsigned contention_delay(const struct contention *contention, const char *desired, time_t now)
{
    unsigned delay = full_delay(contention->corrections);

    if (!is_same(contention, desired, now) || now - contention->last >= (time_t)delay)
        return 0;
    return delay - (unsigned)(now - contention->last);
}

unsigned contention_remaining(const struct contention *contention, const char *desired,
                              bool differs, time_t now)
{
    unsigned calm = CALM_DELAYS * full_delay(contention->corrections);
    unsigned disturbances = contention->corrections + (differs ? 1 : 0);

    if (!is_same(contention, desired, now) || disturbances <= FREE_CORRECTIONS)
        return 0;
    if (differs)
        return calm;
    return now - contention->last < (time_t)calm ? calm - (unsigned)(now - contention->last) : 0;
}

void contention_written(struct contention *contention, const char *desired, time_t now)
{
    contention->corrections = is_same(contention, desired, now) ? contention->corrections + 1 : 0;
    memory_replace(&contention->written, desired);
    contention->last = now;
}

void contention_clear(struct contention *contention)
{
    free(contention->written);
    free(contention->manager);
    *contention = (struct contention){0};
}

/* Whether DESIRED is what was written last, and lately enough to be one contention. */
static bool is_same(const struct contention *contention, const char *desired, time_t now)
{
    return contention->written != NULL && strcmp(contention->written, desired) == 0 &&
           now - contention->last < ROUTE_CONTENTION_FORGET_SECONDS;
}

/* From one correction to the next. */
static unsigned full_delay(unsigned corrections)
{
    unsigned delay = 1;

    if (corrections < FREE_CORRECTIONS)
        return 0;
    for (unsigned i = FREE_CORRECTIONS; i < corrections && delay < ROUTE_CONTENTION_SECONDS_MAX;
         i++)
        delay *= 2;
    return delay < ROUTE_CONTENTION_SECONDS_MAX ? delay : ROUTE_CONTENTION_SECONDS_MAX;
}
