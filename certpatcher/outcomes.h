/* SPDX-License-Identifier: Apache-2.0 */
/* What the log says about the work on Certificates, each thing once, and the counts of it. */
#ifndef TLSROUTED_CERTPATCHER_OUTCOMES_H
#define TLSROUTED_CERTPATCHER_OUTCOMES_H

#include "certpatcher/task.h"

struct telling {
    struct records *records;
    bool dry_run;
    unsigned long long added, removed, right, refused,
        failed; /* names; requests for the last two */
};

/* Says how the task for ASKED ended, unless it has said so before. */
void telling_tell(struct telling *telling, const struct certify_message *asked,
                  const struct task_result *result);

/* One line of at most SIZE bytes for the status, with AT_WORK requests not done yet. */
void telling_summary(const struct telling *telling, unsigned at_work, char *text, size_t size);

#endif
