/* SPDX-License-Identifier: Apache-2.0 */
/* So that all retries of the daemon grow and spread in the same way. */
#include "common/base/backoff.h"

#include <event2/util.h>

uint32_t backoff_delay(const struct backoff *backoff, unsigned failures, uint32_t random)
{
    uint64_t delay = backoff->first;

    for (unsigned i = 1; i < failures && delay < backoff->max; i++)
        delay *= 2;
    if (delay > backoff->max)
        delay = backoff->max;
    return (uint32_t)(delay / 2 + (delay - delay / 2) * random / UINT32_MAX);
}

struct timeval backoff_time(const struct backoff *backoff, unsigned failures)
{
    return backoff_timeval(backoff_delay(backoff, failures, backoff_random()));
}

uint32_t backoff_random(void)
{
    uint32_t random;

    evutil_secure_rng_get_bytes(&random, sizeof(random));
    return random;
}

struct timeval backoff_timeval(uint32_t milliseconds)
{
    return (struct timeval){.tv_sec = milliseconds / 1000,
                            .tv_usec = (suseconds_t)(milliseconds % 1000) * 1000};
}
