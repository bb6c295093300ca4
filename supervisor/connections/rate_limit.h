/* SPDX-License-Identifier: Apache-2.0 */
/* A token bucket: how often something may be done. Pure: the time is an argument. */
#ifndef TLSROUTED_SUPERVISOR_CONNECTIONS_RATE_LIMIT_H
#define TLSROUTED_SUPERVISOR_CONNECTIONS_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct rate_limit {
    uint32_t burst;  /* so often at once, at least 1 */
    uint32_t refill; /* milliseconds until one more is allowed, at least 1 */
    uint64_t spent;  /* milliseconds of refilling that are owed, as of SINCE */
    uint64_t since;  /* monotonic milliseconds */
};

/* Takes one at NOW, in monotonic milliseconds, which never goes back. Returns 0, or, taking none,
 * the milliseconds until there is one. */
uint32_t rate_limit_take(struct rate_limit *bucket, uint64_t now);

/* Whether it is full again at NOW: nothing was taken for long enough. */
bool rate_limit_is_full(const struct rate_limit *bucket, uint64_t now);

#endif
