/* SPDX-License-Identifier: Apache-2.0 */
/* What a process that was started as root gives up: the file system, the user, capabilities. */
#ifndef TLSROUTED_COMMON_SANDBOX_PRIVILEGES_H
#define TLSROUTED_COMMON_SANDBOX_PRIVILEGES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A folder that stays empty, as it has been deleted: a process whose root folder it is has no
 * files. Returns its descriptor, which the caller closes, or -1 with errno set. */
int privileges_empty_folder(void);

/* Makes the current folder the root folder, if it comes from privileges_empty_folder(). Returns 0;
 * or -1 with errno set: ENOTEMPTY if it is another folder, EPERM without CAP_SYS_CHROOT. */
int privileges_enter_folder(void);

/* Makes UID the only user and group of this process (real, effective and saved), without
 * supplementary groups. Keeps the signal for the parent's death, which the kernel would clear.
 * Returns 0, or -1 with errno set: EPERM without CAP_SETUID and CAP_SETGID. */
int privileges_change_user(uid_t uid);

/* Bounds the capabilities that this process, and all that it starts, can ever gain to KEPT (bits,
 * 1 << CAP_*). Does nothing without CAP_SETPCAP: no_new_privs has to do then. Returns 0, or -1 with
 * errno set. */
int privileges_bound(uint64_t kept);

/* Gives up all capabilities but KEPT in all sets but the bounding set. Returns 0, or -1 with errno
 * set. */
int privileges_keep(uint64_t kept);

/* Whether this process has CAPABILITY (CAP_*) in effect, or any capability at all. */
bool privileges_have(int capability);
bool privileges_have_any(void);

#endif
