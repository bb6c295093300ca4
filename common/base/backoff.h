/* SPDX-License-Identifier: Apache-2.0 */
/* Exponential back-off with jitter. Pure but for the random number, which is an argument. */
#ifndef TLSROUTED_COMMON_BASE_BACKOFF_H
#define TLSROUTED_COMMON_BASE_BACKOFF_H

#include <stdint.h>
#include <sys/time.h>

/* Delays in milliseconds: FIRST after one failure, twice as much after each further one, never
 * above MAX. */
struct backoff {
    uint32_t first, max;
};

/* The delay after FAILURES failures in a row (1 or more): between half of it and all of it, as
 * RANDOM (any 32 bits) has it, so that those who failed together do not come back together. */
uint32_t backoff_delay(const struct backoff *backoff, unsigned failures, uint32_t random);

/* The same with a random number of its own, as libevent wants it. */
struct timeval backoff_time(const struct backoff *backoff, unsigned failures);

/* 32 random bits. */
uint32_t backoff_random(void);

/* MILLISECONDS as libevent wants them. */
struct timeval backoff_timeval(uint32_t milliseconds);

#endif
