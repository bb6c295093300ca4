/* SPDX-License-Identifier: Apache-2.0 */
/* Reports how requests ended: in the log, each thing once, in the metrics and in the status. */
#ifndef TLSROUTED_CERTPATCHER_RESULTS_H
#define TLSROUTED_CERTPATCHER_RESULTS_H

#include "certpatcher/task.h"

struct results {
    struct certificate_states *states;
    bool dry_run;
    unsigned long long added, withdrawn;           /* names */
    unsigned long long satisfied, refused, failed; /* requests */
};

/* Counts RESULT of REQUEST, and logs it unless that has been logged already. */
void results_add(struct results *results, const struct inject_message *request,
                 const struct task_result *result);

/* Writes one line for the status to TEXT, which has room for SIZE bytes. PENDING requests have no
 * result yet; PAUSE milliseconds are left of a pause. */
void results_summary(const struct results *results, unsigned pending, unsigned pause, char *text,
                     size_t size);

#endif
