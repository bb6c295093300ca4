/* SPDX-License-Identifier: Apache-2.0 */
/* The last words of a process that makes a forbidden system call. */
#ifndef TLSROUTED_COMMON_SANDBOX_TRAP_H
#define TLSROUTED_COMMON_SANDBOX_TRAP_H

/* Installs a handler of SIGSYS, which the seccomp filter raises instead of a forbidden call. It
 * sends FORBIDDEN with the call's number to LINK, or writes to the log if LINK is -1, and ends the
 * process with SIGSYS. Whoever has taken the process over gains nothing from it: the call is not
 * made, the filter keeps the handler from being replaced, and while SIGSYS is blocked or ignored
 * the kernel ends the process itself. Returns 0, or -1 with errno set. */
int sandbox_trap_install(int link);

#endif
