/* SPDX-License-Identifier: Apache-2.0 */
/* What the log says of a stream that fails: one line when it begins, with a remedy, and one when it
 * is over. */
#ifndef TLSROUTED_WATCHER_FAILURE_H
#define TLSROUTED_WATCHER_FAILURE_H

#include "common/api/result.h"
#include "watcher/collection.h"

struct failure {
    const struct collection *collection; /* borrowed */
    enum api_error logged;               /* the failure that lasts; API_OK: none, or not logged */
    unsigned passing;                    /* failures that may pass, since the stream last worked */
};

/* The stream failed with ERROR. REASON is a line with details. */
void failure_log(struct failure *failure, enum api_error error, const char *reason);

/* The stream works. */
void failure_over(struct failure *failure);

#endif
