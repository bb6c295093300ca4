/* SPDX-License-Identifier: Apache-2.0 */
/* What the log says about the work on Certificates, each thing once, and the counts of it. */
#ifndef TLSROUTED_CERTPATCHER_OUTCOMES_H
#define TLSROUTED_CERTPATCHER_OUTCOMES_H

#include "certpatcher/task.h"

struct outcomes {
    struct records *records;
    bool dry_run;
    unsigned long long added, removed, right, refused,
        failed; /* names; requests for the last two */
};

/* Says how the task for ASKED ended, unless it has said so before. */
void outcomes_log(struct outcomes *outcomes, const struct inject_message *asked,
                  const struct task_result *result);

/* One line of at most SIZE bytes for the status, with AT_WORK requests not done yet. */
void outcomes_summary(const struct outcomes *outcomes, unsigned at_work, char *text, size_t size);

#endif
