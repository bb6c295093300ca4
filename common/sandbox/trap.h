/* SPDX-License-Identifier: Apache-2.0 */
/* How a process that makes a forbidden system call reports it and ends. */
#ifndef TLSROUTED_COMMON_SANDBOX_TRAP_H
#define TLSROUTED_COMMON_SANDBOX_TRAP_H

/* Installs a handler for SIGSYS, which the seccomp filter raises in place of a forbidden call. It
 * sends FORBIDDEN with the number of the call to LINK, or writes to the log if LINK is -1, and ends
 * the process with SIGSYS. An attacker in the process gains nothing from it: the call is not made,
 * the filter protects the handler, and while SIGSYS is blocked or ignored the kernel ends the
 * process itself. Returns 0, or -1 with errno set. */
int sandbox_trap_install(int link);

#endif
