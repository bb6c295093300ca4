/* SPDX-License-Identifier: Apache-2.0 */
/* What a process uses, as /proc has it. */
#ifndef TLSROUTED_SUPERVISOR_WORKERS_PROCESS_H
#define TLSROUTED_SUPERVISOR_WORKERS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process_usage {
    uint64_t cpu;    /* microseconds, user and system */
    uint64_t memory; /* bytes that are resident */
};

/* Of the process PID. Returns false, and zeros, if that cannot be known. */
bool process_read(pid_t pid, struct process_usage *usage);

/* The same from the text of /proc/PID/stat, with TICKS of its clock in a second and pages of PAGE
 * bytes. (proc(5)) */
bool process_parse(const char *stat, uint64_t ticks, uint64_t page, struct process_usage *usage);

#endif
