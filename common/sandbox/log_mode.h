/* SPDX-License-Identifier: Apache-2.0 */
/* `sandbox: log`: a process logs what its sandbox would refuse, and goes on. */
#ifndef TLSROUTED_COMMON_SANDBOX_LOG_MODE_H
#define TLSROUTED_COMMON_SANDBOX_LOG_MODE_H

#include "common/sandbox/calls.h"

/* From now on a thread of its own logs each system call that ROLE does not have, once, and lets it
 * go on: calls of this thread and of those that it creates. Returns 0, or a negative errno. */
int sandbox_log_calls(const struct sandbox_role *role);

#endif
