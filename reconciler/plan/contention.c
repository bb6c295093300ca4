/* SPDX-License-Identifier: Apache-2.0 */
#include "reconciler/plan/contention.h"

#include "common/base/delays.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    FREE_CORRECTIONS = 2, /* at once: people change their minds */
    CALM_DELAYS = 5,      /* so many delays without a change end it */
};

static unsigned full_delay(unsigned corrections);
static bool goes_on(const struct contention *, const char *wanted, time_t now);

unsigned contention_delay(const struct contention *contention, const char *wanted, time_t now)
{
    unsigned delay = full_delay(contention->corrections);

    if (!goes_on(contention, wanted, now) || now - contention->last >= (time_t)delay)
        return 0;
    return delay - (unsigned)(now - contention->last);
}

unsigned contention_going_on(const struct contention *contention, const char *wanted, bool differs,
                             time_t now)
{
    unsigned calm = CALM_DELAYS * full_delay(contention->corrections);
    unsigned disturbances = contention->corrections + (differs ? 1 : 0);

    if (!goes_on(contention, wanted, now) || disturbances <= FREE_CORRECTIONS)
        return 0;
    if (differs)
        return calm;
    return now - contention->last < (time_t)calm ? calm - (unsigned)(now - contention->last) : 0;
}

void contention_written(struct contention *contention, const char *wanted, time_t now)
{
    contention->corrections = goes_on(contention, wanted, now) ? contention->corrections + 1 : 0;
    memory_replace(&contention->written, wanted);
    contention->last = now;
}

void contention_clear(struct contention *contention)
{
    free(contention->written);
    free(contention->manager);
    *contention = (struct contention){0};
}

static bool goes_on(const struct contention *contention, const char *wanted, time_t now)
{
    return contention->written != NULL && strcmp(contention->written, wanted) == 0 &&
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
