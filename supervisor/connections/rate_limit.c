/* SPDX-License-Identifier: Apache-2.0 */
/* A token bucket as an amount of time that is owed: one number instead of a count and a remainder.
 */
#include "supervisor/connections/rate_limit.h"

static uint64_t owed(const struct rate_limit *, uint64_t now);

uint32_t rate_limit_take(struct rate_limit *limit, uint64_t now)
{
    uint64_t room = (uint64_t)(limit->burst - 1) * limit->refill;
    uint64_t spent = owed(limit, now);

    if (spent > room)
        return (uint32_t)(spent - room);
    limit->spent = spent + limit->refill;
    limit->since = now;
    return 0;
}

bool rate_limit_is_full(const struct rate_limit *limit, uint64_t now)
{
    return owed(limit, now) == 0;
}

static uint64_t owed(const struct rate_limit *limit, uint64_t now)
{
    uint64_t passed = now > limit->since ? now - limit->since : 0;

    return passed < limit->spent ? limit->spent - passed : 0;
}
