/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU time and the memory that a process uses, from /proc. */
#ifndef TLSROUTED_SUPERVISOR_PROCESSES_USAGE_H
#define TLSROUTED_SUPERVISOR_PROCESSES_USAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct usage {
    uint64_t cpu;    /* microseconds, user and system */
    uint64_t memory; /* bytes that are resident */
};

/* Those of the process PID. Returns false, and zeros, if they cannot be read. */
bool usage_read(pid_t pid, struct usage *usage);

/* The same from the text of /proc/PID/stat, with TICKS of its clock in a second and pages of PAGE
 * bytes. (proc(5)) */
bool usage_parse(const char *stat, uint64_t ticks, uint64_t page, struct usage *usage);

#endif
