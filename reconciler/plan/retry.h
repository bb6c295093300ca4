/* SPDX-License-Identifier: Apache-2.0 */
/* When a Pool or a Certificate is worked on again. Pure. A change that concerns it brings it back
 * earlier in any case. */
#ifndef TLSROUTED_RECONCILER_PLAN_RETRY_H
#define TLSROUTED_RECONCILER_PLAN_RETRY_H

#include "common/message/message.h"

#include <stdbool.h>

enum retry_when {
    RETRY_NEVER,    /* only when something changes */
    RETRY_NOW,      /* at once */
    RETRY_LATER,    /* after so many milliseconds; the work has not failed */
    RETRY_BACK_OFF, /* the work has failed: after its back-off, which grows with each failure, but
                       not before so many milliseconds */
};

struct retry {
    enum retry_when when;
    unsigned milliseconds; /* LATER, BACK_OFF */
};

/* How the work on a Pool went. */
struct pool_outcome {
    bool failed;    /* one of its writes did, and may succeed when it is tried again */
    bool refused;   /* one of its writes was refused for what it says, and would be again */
    bool overtaken; /* an object may have gone while we wrote it */
    unsigned
        contention_seconds; /* until a contention allows a write or is over; 0: there is none */
    unsigned held_seconds;  /* until findings that are held back are due; 0: there are none */
    unsigned pause_seconds; /* for which the server wants nothing of this Pool; 0: it did not say */
};

/* The sooner of two times in seconds, of which 0 is never. */
unsigned retry_sooner(unsigned seconds, unsigned other_seconds);

struct retry retry_pool(const struct pool_outcome *outcome);

/* The same for a Certificate: the certpatcher's OUTCOME, and after how many SECONDS, at the
 * earliest, it wants to be asked again (0: it does not). */
struct retry retry_certificate(enum inject_outcome outcome, unsigned seconds);

#endif
