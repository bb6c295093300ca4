/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the sandbox that this machine refuses, in the log: every process meets the same, and
 * meets it again whenever it is started again. */
#ifndef TLSROUTED_SUPERVISOR_WORKERS_REFUSALS_H
#define TLSROUTED_SUPERVISOR_WORKERS_REFUSALS_H

#include "common/base/text_list.h"

/* Zeros: nothing has been logged. */
struct refusals {
    struct text_list logged; /* owned */
};

/* Logs a warning for each line of REFUSED, as in struct sandbox_result, that has not been logged.
 */
void refusals_log(struct refusals *refusals, const struct text_list *refused);

void refusals_clear(struct refusals *refusals);

#endif
