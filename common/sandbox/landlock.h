/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock: which files, TCP ports, processes and abstract sockets a process can reach. */
#ifndef TLSROUTED_COMMON_SANDBOX_LANDLOCK_H
#define TLSROUTED_COMMON_SANDBOX_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file, or a folder with everything in it, and the LANDLOCK_ACCESS_FS_* that remain allowed. */
struct landlock_path {
    const char *path;
    uint64_t access;
};

/* Confines this process, and all that it starts, for the rest of their lives: no access to files
 * but PATHS (COUNT of them; a path that is NULL or does not exist is left out), no listening on TCP
 * ports, no connecting to them unless CONNECTS, no signals to processes outside, no connecting to
 * abstract sockets of others. Does as much of this as the kernel supports. Needs no_new_privs.
 *
 * Returns the kernel's Landlock ABI, 1 or more; 0 if the kernel has none or it is switched off; or
 * a negative errno. */
int landlock_enter(const struct landlock_path *paths, size_t count, bool connects);

#endif
