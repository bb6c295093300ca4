/* SPDX-License-Identifier: Apache-2.0 */
/* `sandbox: log`: a process that says what its sandbox would refuse. */
#ifndef TLSROUTED_COMMON_SANDBOX_LOG_MODE_H
#define TLSROUTED_COMMON_SANDBOX_LOG_MODE_H

#include "common/sandbox/calls.h"

/* From now on a thread of its own logs each system call that the calling thread and those that it
 * makes are not expected to make in ROLE, once, and lets it go on. Returns 0, or a negative errno.
 */
int sandbox_log_calls(const struct sandbox_role *role);

#endif
