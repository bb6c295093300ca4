/* SPDX-License-Identifier: Apache-2.0 */
/* Resource limits, and what others of the same user see of this process. */
#ifndef TLSROUTED_COMMON_SANDBOX_LIMITS_H
#define TLSROUTED_COMMON_SANDBOX_LIMITS_H

#include <stdbool.h>

/* Makes this process, which will hold secrets, unreadable to others of its user (/proc, ptrace) and
 * keeps it from leaving a core dump. Returns 0, or -1 with errno set. */
int limits_hide_process(void);

/* Bounds what this process can use up: memory, descriptors, queues, files and, unless
 * MAKES_PROCESSES, processes and threads. A limit that is lower already stays. Files cannot grow
 * any more, unless standard output or standard error is one, where the log goes; *FILES says
 * whether they were limited. Returns 0, or -1
 * with errno set. */
int limits_set(bool makes_processes, bool *files);

#endif
