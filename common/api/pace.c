/* SPDX-License-Identifier: Apache-2.0 */
#include "common/api/pace.h"
#include "common/base/delays.h"

struct pace pace_new(unsigned most)
{
    return (struct pace){.limit = most / 4 > 0 ? most / 4 : 1, .most = most};
}

void pace_ended(struct pace *pace, unsigned milliseconds)
{
    if (milliseconds > API_SLOW_MILLISECONDS) {
        pace_overloaded(pace);
        return;
    }
    if (pace->after_overload > 0)
        pace->after_overload--;
    if (++pace->ended >= pace->limit && pace->limit < pace->most) {
        pace->limit++;
        pace->ended = 0;
    }
}

void pace_overloaded(struct pace *pace)
{
    if (pace->after_overload > 0) {
        pace->after_overload--;
        return;
    }
    pace->after_overload = pace->limit - 1;
    pace->limit = pace->limit > 1 ? pace->limit / 2 : 1;
    pace->ended = 0;
}
