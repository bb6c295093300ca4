/* SPDX-License-Identifier: Apache-2.0 */
/* When to read answers and events in groups. Where they come one by one and soon after each other,
 * each wakes this process up, takes the processor from the API server for a moment, and makes
 * libcurl look at all its transfers. Left alone for a few milliseconds, they are read together, as
 * network cards have it (interrupt coalescing, ethtool(8)). Pure. */
#ifndef TLSROUTED_COMMON_API_COALESCE_H
#define TLSROUTED_COMMON_API_COALESCE_H

#include <stdint.h>

/* All zero at first. */
struct coalesce {
    uint64_t last;  /* when the last read was over; microseconds */
    unsigned row;   /* reads that came soon after each other, as far as that matters */
    unsigned parts; /* reads that came at once after each other, since the last of those */
    unsigned rest;  /* milliseconds that sockets may have been left alone since then */
    unsigned lists; /* reads since lists are under way, as far as that matters */
};

/* What is under way, other than streams. */
struct coalesce_load {
    unsigned requests; /* in all */
    unsigned lists;    /* of them, whose answers come in parts */
    unsigned reads;    /* of them, and that are no lists */
};

/* A socket was read from BEGIN to END, in microseconds of metric_now(), while LOAD was under way.
 * Returns for how many milliseconds sockets are to be left alone: not at all (0) unless many reads
 * in a row came soon after each other, and longer when they are the bulk of some work, no part of
 * which is waited for. Nor while only a few requests are under way: somebody may wait for each
 * answer, and certainly for what was read. A short silence, such as a garbage collection, takes
 * some reads off the row, a long one ends it; so do the many parts of a long answer, which wait to
 * be read already. But what comes of a long list while that is being written is left alone in any
 * case: whoever waits for it waits for its end. */
unsigned coalesce_read(struct coalesce *coalesce, uint64_t begin, uint64_t end,
                       const struct coalesce_load *load);

/* What was read is waited for, and so may be what comes next: the row is over. */
void coalesce_end(struct coalesce *coalesce);

#endif
