/* SPDX-License-Identifier: Apache-2.0 */
#include "reconciler/plan/contention.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    FREE_CORRECTIONS = 2, /* at once: people change their minds */
    DELAY_MOST = 300,     /* seconds */
    CALM_DELAYS = 5,      /* so many delays without a change end it */
    PEACE_SECONDS = 1800, /* after which all is forgotten */
};

static unsigned full_delay(unsigned corrections);
static bool goes_on(const struct contest *, const char *wanted, time_t now);

unsigned contest_delay(const struct contest *contest, const char *wanted, time_t now)
{
    unsigned delay = full_delay(contest->corrections);

    if (!goes_on(contest, wanted, now) || now - contest->last >= (time_t)delay)
        return 0;
    return delay - (unsigned)(now - contest->last);
}

unsigned contest_going_on(const struct contest *contest, const char *wanted, bool differs,
                          time_t now)
{
    unsigned calm = CALM_DELAYS * full_delay(contest->corrections);
    unsigned disturbances = contest->corrections + (differs ? 1 : 0);

    if (!goes_on(contest, wanted, now) || disturbances <= FREE_CORRECTIONS)
        return 0;
    if (differs)
        return calm;
    return now - contest->last < (time_t)calm ? calm - (unsigned)(now - contest->last) : 0;
}

void contest_written(struct contest *contest, const char *wanted, time_t now)
{
    contest->corrections = goes_on(contest, wanted, now) ? contest->corrections + 1 : 0;
    memory_replace(&contest->written, wanted);
    contest->last = now;
}

void contest_clear(struct contest *contest)
{
    free(contest->written);
    free(contest->manager);
    *contest = (struct contest){0};
}

static bool goes_on(const struct contest *contest, const char *wanted, time_t now)
{
    return contest->written != NULL && strcmp(contest->written, wanted) == 0 &&
           now - contest->last < PEACE_SECONDS;
}

/* From one correction to the next. */
static unsigned full_delay(unsigned corrections)
{
    unsigned delay = 1;

    if (corrections < FREE_CORRECTIONS)
        return 0;
    for (unsigned i = FREE_CORRECTIONS; i < corrections && delay < DELAY_MOST; i++)
        delay *= 2;
    return delay < DELAY_MOST ? delay : DELAY_MOST;
}
