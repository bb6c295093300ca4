/* SPDX-License-Identifier: Apache-2.0 */
/* Exponential back-off with jitter: how long to wait before the next try. */
#ifndef TLSROUTED_COMMON_BASE_BACKOFF_H
#define TLSROUTED_COMMON_BASE_BACKOFF_H

#include <stdint.h>
#include <sys/time.h>

/* Delays in milliseconds: FIRST after the first failure, doubled by each further one up to MAX. */
struct backoff {
    uint32_t first, max;
};

/* The delay in milliseconds after FAILURES failures in a row (1 or more). RANDOM (any 32 bits)
 * picks a point between half of the delay and all of it, so that those who failed together do not
 * come back together. Pure. */
uint32_t backoff_delay(const struct backoff *backoff, unsigned failures, uint32_t random);

/* The same with a new random number, in the form that libevent takes. */
struct timeval backoff_time(const struct backoff *backoff, unsigned failures);

/* 32 random bits. */
uint32_t backoff_random(void);

/* MILLISECONDS in the form that libevent takes. */
struct timeval backoff_timeval(uint32_t milliseconds);

#endif
