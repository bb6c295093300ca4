/* SPDX-License-Identifier: Apache-2.0 */
/* What other processes of the same user, and whoever finds a core dump, can see of this process. */
#ifndef TLSROUTED_COMMON_BASE_PRIVACY_H
#define TLSROUTED_COMMON_BASE_PRIVACY_H

/* Keeps others from reading this process, which will hold secrets (/proc, ptrace), and keeps it
 * from dumping core. It does not outlive an execve(2), but for the latter, where this machine lets
 * a process lower its limits. Returns 0, or -1 with errno set. */
int privacy_begin(void);

#endif
