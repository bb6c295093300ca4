/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/connections/rate_limit.h"

static uint64_t owed(const struct rate_limit *, uint64_t now);

uint32_t rate_limit_take(struct rate_limit *bucket, uint64_t now)
{
    uint64_t room = (uint64_t)(bucket->burst - 1) * bucket->refill;
    uint64_t spent = owed(bucket, now);

    if (spent > room)
        return (uint32_t)(spent - room);
    bucket->spent = spent + bucket->refill;
    bucket->since = now;
    return 0;
}

bool rate_limit_is_full(const struct rate_limit *bucket, uint64_t now)
{
    return owed(bucket, now) == 0;
}

static uint64_t owed(const struct rate_limit *bucket, uint64_t now)
{
    uint64_t passed = now > bucket->since ? now - bucket->since : 0;

    return passed < bucket->spent ? bucket->spent - passed : 0;
}
