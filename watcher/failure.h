/* SPDX-License-Identifier: Apache-2.0 */
/* What the log says of a stream that fails: one line when it begins, with a remedy, and one when it
 * is over; of all streams that fail for one reason together. */
#ifndef TLSROUTED_WATCHER_FAILURE_H
#define TLSROUTED_WATCHER_FAILURE_H

#include "common/api/result.h"
#include "common/base/cause_log.h"
#include "watcher/collection.h"

struct failure {
    const struct collection *collection; /* borrowed */
    enum api_error logged;               /* the failure that lasts; API_OK: none, or not logged */
    unsigned passing;                    /* failures that may pass, since the stream last worked */
    struct cause_member member;          /* of those that fail in the same way */
};

/* The stream failed with ERROR. REASON is a line with details. */
void failure_log(struct failure *failure, enum api_error error, const char *reason);

/* The stream works. */
void failure_over(struct failure *failure);

/* There is no stream any more. */
void failure_gone(struct failure *failure);

#endif
