/* SPDX-License-Identifier: Apache-2.0 */
/* What a process gives up that was started as root: capabilities, the user, the file system. */
#ifndef TLSROUTED_COMMON_SANDBOX_PRIVILEGES_H
#define TLSROUTED_COMMON_SANDBOX_PRIVILEGES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A folder that is empty for good, as it is deleted already: a process with it as its root folder
 * has no files. Returns its descriptor, which the caller closes, or -1 with errno set if none could
 * be made. */
int privileges_empty_folder(void);

/* Makes the folder that this process is in its root folder, if it is one of
 * privileges_empty_folder(). Returns 0; or -1 with errno set: ENOTEMPTY if it is another one, EPERM
 * without CAP_SYS_CHROOT. */
int privileges_enter_folder(void);

/* Takes UID as the only user and group of this process, of all kinds, and no supplementary groups.
 * The signal at the death of the parent, which the kernel forgets then, is set again. Returns 0, or
 * -1 with errno set: EPERM without CAP_SETUID and CAP_SETGID. */
int privileges_change_user(uid_t uid);

/* Bounds the capabilities that this process and all that it starts can ever get to KEPT (bits,
 * 1 << CAP_*). Without CAP_SETPCAP it does nothing: then no_new_privs has to do. Returns 0, or -1
 * with errno set. */
int privileges_bound(uint64_t kept);

/* Gives up all capabilities but KEPT, of all kinds but the bounds. Returns 0, or -1 with errno
 * set. */
int privileges_keep(uint64_t kept);

/* Whether this process has CAPABILITY (CAP_*) now, or any at all. */
bool privileges_have(int capability);
bool privileges_have_any(void);

#endif
