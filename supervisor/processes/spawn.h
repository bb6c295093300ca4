/* SPDX-License-Identifier: Apache-2.0 */
/* Starting the program of a worker or helper: fork and exec. */
#ifndef TLSROUTED_SUPERVISOR_PROCESSES_SPAWN_H
#define TLSROUTED_SUPERVISOR_PROCESSES_SPAWN_H

#include <sys/types.h>

/* Starts PROGRAM with LINK as WORKER_LINK_DESCRIPTOR, standard error as it is, nothing else open,
 * in FOLDER (a descriptor; -1: as this process), nothing in its environment but VARIABLE
 * ("NAME=VALUE") unless that is NULL, in a session of its own, and so that it dies with this
 * process. Returns its pid, or -1 with errno set. If PROGRAM cannot be executed, the child logs
 * that and exits with 127. */
pid_t spawn(const char *program, int link, int folder, const char *variable);

#endif
