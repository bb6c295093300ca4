/* SPDX-License-Identifier: Apache-2.0 */
/* Two controllers that both insist on an object would write it as fast as the API server allows.
 * This bounds our half of it without ever giving up, and says who the other is only where that has
 * shown. */
#include "common/objects/contention.h"

#include "common/base/delays.h"
#include "common/base/memory.h"

#include <stdlib.h>

enum {
    CALM_DELAYS = 5, /* so many delays without a change end a contention */
};

static const struct {
    unsigned free;           /* corrections at once: people change their minds */
    unsigned first, max;     /* seconds from one correction to the next, which double in between */
    unsigned forget_seconds; /* without a write until all is forgotten */
} rules[CONTENTION_RULES] = {
    [CONTENTION_ROUTE] = {2, 1, CONTENTION_SECONDS_MAX, CONTENTION_FORGET_SECONDS},
    [CONTENTION_SERVICE] = {2, 1, CONTENTION_SECONDS_MAX, CONTENTION_FORGET_SECONDS},
    [CONTENTION_NAMES] = {2, NAMES_CONTENTION_SECONDS, NAMES_CONTENTION_SECONDS,
                          NAMES_CONTENTION_FORGET_SECONDS},
    [CONTENTION_LEASE] = {2, 1, LEASE_CONTENTION_SECONDS_MAX, CONTENTION_FORGET_SECONDS},
    [CONTENTION_DUPLICATE] = {2, CONTENTION_SECONDS_MAX, CONTENTION_SECONDS_MAX,
                              CONTENTION_FORGET_SECONDS},
};

static unsigned full_delay(const struct contention *);
static bool is_same(const struct contention *, uint64_t desired, time_t now);
static uint64_t digest_of_other(const struct managers *);
static uint32_t own_time_of(const struct managers *);

/* FNV-1a. Whoever makes two texts with one digest hides a write of theirs, or has to wait as if
 * they had changed nothing. */
uint64_t contention_digest(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
    return hash != 0 ? hash : 1;
}

unsigned contention_delay(const struct contention *contention, uint64_t desired, time_t now)
{
    unsigned delay = full_delay(contention);

    if (!is_same(contention, desired, now) || now - contention->last >= (time_t)delay)
        return 0;
    return delay - (unsigned)(now - contention->last);
}

unsigned contention_patience(const struct contention *contention, uint64_t desired, time_t now)
{
    const time_t watched = contention->changed != 0 ? now - contention->changed : 0;

    if (!is_same(contention, desired, now) || full_delay(contention) == 0 ||
        watched >= CONTENTION_PATIENCE_SECONDS)
        return 0;
    return CONTENTION_PATIENCE_SECONDS - (unsigned)watched;
}

void contention_differs(struct contention *contention, bool differs, time_t now)
{
    if (!differs)
        contention->changed = 0;
    else if (contention->changed == 0)
        contention->changed = (uint32_t)now;
}

unsigned contention_remaining(const struct contention *contention, uint64_t desired, bool differs,
                              time_t now)
{
    unsigned calm = CALM_DELAYS * full_delay(contention);
    unsigned disturbances = contention->corrections + (differs ? 1u : 0u);

    if (!is_same(contention, desired, now) || disturbances <= rules[contention->rule].free)
        return 0;
    if (differs)
        return calm;
    return now - contention->last < (time_t)calm ? calm - (unsigned)(now - contention->last) : 0;
}

void contention_written(struct contention *contention, uint64_t desired, time_t now)
{
    if (is_same(contention, desired, now)) {
        if (contention->corrections < UINT16_MAX)
            contention->corrections++;
    } else {
        contention->corrections = 0;
        memory_replace(&contention->manager, NULL);
    }
    contention->written = desired;
    contention->last = (uint32_t)now;
}

void contention_disturbed(struct contention *contention, uint64_t desired, time_t now)
{
    if (!is_same(contention, desired, now))
        contention_written(contention, desired, now);
    contention_written(contention, desired, now);
}

void contention_goes_on(struct contention *contention, time_t now)
{
    contention->last = (uint32_t)now;
}

bool contention_is_over(const struct contention *contention, time_t now)
{
    return contention->written == 0 ||
           now - contention->last >= (time_t)rules[contention->rule].forget_seconds;
}

const char *contention_evidence(const struct contention *contention,
                                const struct managers *managers)
{
    if (!contention->is_observed)
        return NULL;
    if (managers->other[0] != '\0' && contention->other != digest_of_other(managers))
        return managers->other;
    return own_time_of(managers) > contention->own_time ? "another tlsrouted" : NULL;
}

bool contention_shows_duplicate(const struct contention *contention,
                                const struct managers *managers, const char *content)
{
    if (!contention->is_observed || managers->own_time == 0)
        return false;
    if (own_time_of(managers) != contention->own_time)
        return own_time_of(managers) > contention->own_time;
    return content != NULL && contention->content != 0 && managers->other[0] == '\0' &&
           contention_digest(content) != contention->content;
}

void contention_observe(struct contention *contention, const struct managers *managers,
                        const char *content)
{
    const bool is_newest = managers != NULL && own_time_of(managers) >= contention->own_time;

    contention->is_observed = true;
    contention->other = managers != NULL ? digest_of_other(managers) : 0;
    if (is_newest)
        contention->own_time = own_time_of(managers);
    contention->content = is_newest && content != NULL ? contention_digest(content) : 0;
}

void contention_forget_observed(struct contention *contention)
{
    contention->is_observed = false;
}

void contention_clear(struct contention *contention)
{
    free(contention->manager);
    *contention = (struct contention){.rule = contention->rule};
}

/* Whether DESIRED is what was written last, and lately enough to be one contention. */
static bool is_same(const struct contention *contention, uint64_t desired, time_t now)
{
    return !contention_is_over(contention, now) && contention->written == desired;
}

/* From one correction to the next. */
static unsigned full_delay(const struct contention *contention)
{
    unsigned delay = rules[contention->rule].first, max = rules[contention->rule].max;

    if (contention->corrections < rules[contention->rule].free)
        return 0;
    for (unsigned i = rules[contention->rule].free; i < contention->corrections && delay < max; i++)
        delay *= 2;
    return delay < max ? delay : max;
}

static uint64_t digest_of_other(const struct managers *managers)
{
    return managers->other[0] != '\0' ? contention_digest(managers->other) ^ managers->other_time
                                      : 0;
}

/* In 32 bits: enough until 2106. */
static uint32_t own_time_of(const struct managers *managers)
{
    return managers->own_time < UINT32_MAX ? (uint32_t)managers->own_time : UINT32_MAX;
}
