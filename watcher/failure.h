/* SPDX-License-Identifier: Apache-2.0 */
/* What the log says of a stream that fails: one line when it begins, with a remedy, and one when it
 * works again, of all streams that fail for one reason together. Of one that fails again and again
 * there is one more line, until it has lasted. */
#ifndef TLSROUTED_WATCHER_FAILURE_H
#define TLSROUTED_WATCHER_FAILURE_H

#include "common/api/result.h"
#include "common/base/cause_log.h"
#include "watcher/collection.h"

#include <stdbool.h>
#include <stdint.h>

struct failure {
    const struct collection *collection; /* borrowed */
    uint32_t logged;            /* a bit for each error that was, since failures were last over */
    bool is_lasting;            /* the last line said that reading failed */
    bool is_again;              /* it failed again before it had lasted */
    unsigned passing;           /* failures that may pass, since failures were last over */
    struct cause_member member; /* of those that fail in the same way */
};

/* The stream failed with ERROR. WAS_OPENED: after the server had begun to answer. REASON is a line
 * with details. */
void failure_log(struct failure *failure, enum api_error error, bool was_opened,
                 const char *reason);

/* A request of the stream succeeded, or began to. */
void failure_passed(struct failure *failure);

/* The stream has lasted: whatever comes now is a new failure. */
void failure_over(struct failure *failure);

/* There is no stream any more. */
void failure_gone(struct failure *failure);

#endif
