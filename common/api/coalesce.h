/* SPDX-License-Identifier: Apache-2.0 */
/* When to read answers and events in groups. Where they come one by one and soon after each other,
 * each wakes this process up, takes the processor from the API server for a moment, and makes
 * libcurl look at all its transfers. Left alone for a few milliseconds, they are read together, as
 * network cards have it (interrupt coalescing, ethtool(8)). Pure. */
#ifndef TLSROUTED_COMMON_API_COALESCE_H
#define TLSROUTED_COMMON_API_COALESCE_H

#include <stdbool.h>
#include <stdint.h>

/* All zero at first. */
struct coalesce {
    uint64_t last; /* when the last read was over; microseconds */
    unsigned row;  /* reads that came soon after each other, up to where the next one waits */
};

/* A socket was read from BEGIN to END, in microseconds of metric_now(). Returns whether sockets are
 * to be left alone for API_REST_MILLISECONDS: many reads in a row came soon after each other, and
 * none at once, as the parts of a long answer do. What comes after a silence never waits. */
bool coalesce_read(struct coalesce *coalesce, uint64_t begin, uint64_t end);

#endif
