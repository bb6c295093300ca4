/* SPDX-License-Identifier: Apache-2.0 */
/* Another tlsrouted that writes what this one writes, and shares no Lease with it: it is noticed by
 * its writes, and said once. */
#ifndef TLSROUTED_RECONCILER_WORK_DUPLICATE_H
#define TLSROUTED_RECONCILER_WORK_DUPLICATE_H

#include "common/objects/contention.h"

/* Zero-initialised: none. */
struct duplicate {
    struct contention contention;
    bool is_reported;
};

/* It has written an object of the Pool KEY. NOW is in seconds of a monotonic clock. */
void duplicate_noticed(struct duplicate *duplicate, const char *key, time_t now);

/* Says so when it has not been noticed for long. */
void duplicate_check(struct duplicate *duplicate, time_t now);

#endif
