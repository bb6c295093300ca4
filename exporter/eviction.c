/* SPDX-License-Identifier: Apache-2.0 */
/* A client that is slow on purpose looks like one that has just arrived, but not for long. An
 * honest one has sent its request and read the response within a few round trips, so whoever has
 * stood still longest is the least likely to be honest. */
#include "exporter/eviction.h"

#include <stdbool.h>

static bool goes_before(const struct place *, const struct place *other);

size_t eviction_choose(const struct place *places, size_t count, uint64_t now, uint64_t patience)
{
    static const bool may_go[] = {[PROGRESS_NONE] = true,
                                  [PROGRESS_REQUESTED] = false,
                                  [PROGRESS_ANSWERED] = true,
                                  [PROGRESS_ENDING] = false};
    size_t chosen = count;

    for (size_t i = 0; i < count; i++) {
        if (may_go[places[i].progress] && now - places[i].since >= patience &&
            (chosen == count || goes_before(&places[i], &places[chosen])))
            chosen = i;
    }
    return chosen;
}

/* Those who have said nothing go before those who are served. */
static bool goes_before(const struct place *place, const struct place *other)
{
    if (place->progress != other->progress)
        return place->progress < other->progress;
    return place->since < other->since;
}
