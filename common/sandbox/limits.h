/* SPDX-License-Identifier: Apache-2.0 */
/* Resource limits, so that no process uses up what others need. */
#ifndef TLSROUTED_COMMON_SANDBOX_LIMITS_H
#define TLSROUTED_COMMON_SANDBOX_LIMITS_H

#include <stdbool.h>

/* Bounds what this process can use up: memory, descriptors, queues, files and, unless
 * CREATES_PROCESSES, processes and threads. Limits that are lower already stay. Files can no longer
 * grow, unless standard output or standard error is one, for the log: *LIMITS_FILES says whether
 * they were limited. Returns 0, or -1 with errno set for the first of those that could not be set;
 * the others have been set. */
int limits_set(bool creates_processes, bool *limits_files);

#endif
