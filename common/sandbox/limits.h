/* SPDX-License-Identifier: Apache-2.0 */
/* Resource limits, so that no process uses up what others need. */
#ifndef TLSROUTED_COMMON_SANDBOX_LIMITS_H
#define TLSROUTED_COMMON_SANDBOX_LIMITS_H

#include <stdbool.h>

enum limits_limit {
    LIMITS_DESCRIPTORS_MAX = 1024, /* of any process */
};

/* Lets this process, and those that it starts, have as many open files as the system allows, but at
 * most LIMITS_DESCRIPTORS_MAX. Returns how many that are, as far as it can be known. */
unsigned limits_raise_descriptors(void);

/* Bounds what this process can use up: memory, queues, DESCRIPTORS open files (0: as many as any
 * process may have), the size of files and, unless CREATES_PROCESSES, processes and threads. Limits
 * that are lower already stay. Files can no longer
 * grow, unless standard output or standard error is one, for the log: *LIMITS_FILES says whether
 * they were limited. Returns 0, or -1 with errno set for the first of those that could not be set;
 * the others have been set. */
int limits_set(bool creates_processes, unsigned descriptors, bool *limits_files);

#endif
