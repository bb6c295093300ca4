/* SPDX-License-Identifier: Apache-2.0 */
/* The pauses that the API server asks for (429 or 503 with Retry-After), and for whom they hold.
 *
 * A server that has too much to do refuses everybody, so a pause holds for all keys of a queue. But
 * what answers may also be a webhook that refuses one object, or all of one namespace, each time.
 * What was asked for before for the same key, and others have been served since, holds for that key
 * alone; so does what was asked for before for the same namespace, and other namespaces have been
 * served since. Pure: the time is an argument, in milliseconds of a monotonic clock. */
#ifndef TLSROUTED_COMMON_API_PAUSE_H
#define TLSROUTED_COMMON_API_PAUSE_H

#include "common/api/result.h"

#include <stdint.h>

struct pause_source;

/* Zero-initialised: no pause. */
struct pause {
    int64_t until;                /* nothing begins before */
    uint64_t served;              /* keys that were served so far */
    struct pause_source *sources; /* namespaces whose keys were refused, and not served since */
};

/* The seconds for which RESULT asks that nothing more be sent, up to API_RETRY_AFTER_SECONDS_MAX; 0
 * if it does not, or only for the object that it is about. */
unsigned pause_wanted(const struct api_result *result);

/* The server asked for SECONDS of pause in answer to the work on KEY ("namespace/name"). Returns
 * whether that holds for all keys: then it is part of the pause, the longest one of those asked for
 * counts. */
bool pause_begin(struct pause *pause, const char *key, unsigned seconds, int64_t now);

/* The work on KEY succeeded. */
void pause_served(struct pause *pause, const char *key);

/* The milliseconds that are left of the pause. */
unsigned pause_left(const struct pause *pause, int64_t now);

#endif
