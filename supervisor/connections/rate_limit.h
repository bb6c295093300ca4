/* SPDX-License-Identifier: Apache-2.0 */
/* How often something may be done (a token bucket). Pure: the time is an argument. */
#ifndef TLSROUTED_SUPERVISOR_CONNECTIONS_RATE_LIMIT_H
#define TLSROUTED_SUPERVISOR_CONNECTIONS_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct rate_limit {
    uint32_t burst;  /* how often at once, at least 1 */
    uint32_t refill; /* milliseconds until one more is allowed, at least 1 */
    uint64_t spent;  /* milliseconds of refilling that are owed, as of SINCE */
    uint64_t since;  /* monotonic milliseconds */
};

/* Takes one at NOW, in monotonic milliseconds, which never goes back. Returns 0; or, taking none,
 * the milliseconds until it is possible. */
uint32_t rate_limit_take(struct rate_limit *limit, uint64_t now);

/* Whether the whole burst is possible again at NOW. */
bool rate_limit_is_full(const struct rate_limit *limit, uint64_t now);

#endif
