/* SPDX-License-Identifier: Apache-2.0 */
/* Many requests at a time overload a small API server, few take forever: the right number shows
 * only as they end. */
#include "common/api/pace.h"

#include "common/base/delays.h"

struct pace pace_new(unsigned max)
{
    return (struct pace){.limit = max / 4 > 0 ? max / 4 : 1, .max = max};
}

void pace_ended(struct pace *pace, unsigned milliseconds)
{
    if (milliseconds > API_SLOW_MILLISECONDS) {
        pace_overloaded(pace);
        return;
    }
    if (pace->stale > 0)
        pace->stale--;
    pace->successes++;
    if ((pace->successes >= pace->limit || !pace->was_overloaded) && pace->limit < pace->max) {
        pace->limit++;
        pace->successes = 0;
    }
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
