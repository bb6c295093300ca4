/* SPDX-License-Identifier: Apache-2.0 */
/* Many requests at a time overload a small API server, few take forever: the right number shows
 * only as they end. */
#include "common/api/pace.h"

#include "common/base/delays.h"

static bool has_waited(struct pace *, unsigned under_way, uint64_t microseconds);

struct pace pace_new(unsigned max)
{
    return (struct pace){.limit = max / 4 > 0 ? max / 4 : 1, .max = max};
}

void pace_ended(struct pace *pace, unsigned under_way, uint64_t microseconds)
{
    const bool waited = has_waited(pace, under_way, microseconds);
    const unsigned max = waited ? pace->max - pace->max / 4 : pace->max;

    if (microseconds > API_SLOW_MILLISECONDS * 1000ull) {
        pace_overloaded(pace);
        return;
    }
    if (pace->stale > 0)
        pace->stale--;
    if (pace->limit > max) {
        pace->limit--;
        pace->successes = 0;
        return;
    }
    pace->successes++;
    if (2 * under_way < pace->limit || pace->limit == max)
        return;
    if (pace->successes >= pace->limit || !pace->was_overloaded) {
        pace->limit++;
        pace->successes = 0;
    }
}

/* Was the request longer in the server's queue than at work? One that is alone does not wait. */
static bool has_waited(struct pace *pace, unsigned under_way, uint64_t microseconds)
{
    if (microseconds == 0)
        return false;
    if (under_way <= 1 || pace->quickest == 0 || microseconds < pace->quickest)
        pace->quickest = microseconds;
    return microseconds > 2 * pace->quickest;
}

void pace_overloaded(struct pace *pace)
{
    pace->was_overloaded = true;
    if (pace->stale > 0) {
        pace->stale--;
        return;
    }
    pace->stale = pace->limit - 1;
    pace->limit = pace->limit > 1 ? pace->limit / 2 : 1;
    pace->successes = 0;
}
