/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock: files, TCP ports, signals and abstract sockets that a process can reach. */
#ifndef TLSROUTED_COMMON_SANDBOX_LANDLOCK_H
#define TLSROUTED_COMMON_SANDBOX_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file, or a folder with all beneath it, and the LANDLOCK_ACCESS_FS_* that are left. */
struct landlock_path {
    const char *path;
    uint64_t access;
};

/* Refuses this process and all that it starts, for good, every access to files but PATHS (COUNT of
 * them; one that is NULL or does not exist is left out), to listen at TCP ports and, unless
 * CONNECTS, to connect to them, to signal processes outside and to connect to abstract sockets of
 * others: so much of it as the kernel has. It needs no_new_privs.
 *
 * Returns the kernel's ABI of Landlock, 1 or more; 0 if the kernel has none or has it switched off;
 * or a negative errno. */
int landlock_enter(const struct landlock_path *paths, size_t count, bool connects);

#endif
