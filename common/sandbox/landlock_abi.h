/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's interface to Landlock, as of Linux 6.12 (include/uapi/linux/landlock.h). The headers
 * of Debian 12 know only ABI 1. Numbers of an ABI never change. */
#ifndef TLSROUTED_COMMON_SANDBOX_LANDLOCK_ABI_H
#define TLSROUTED_COMMON_SANDBOX_LANDLOCK_ABI_H

#include <linux/landlock.h>
#include <stdint.h>

/* struct landlock_ruleset_attr as of ABI 6. Older kernels take the first part of it. */
struct landlock_ruleset {
    uint64_t files;   /* LANDLOCK_ACCESS_FS_* that are refused unless a rule allows them */
    uint64_t network; /* since ABI 4 */
    uint64_t scoped;  /* since ABI 6 */
};

#define LANDLOCK_FILES_ABI_1 ((1ULL << 13) - 1)
#define LANDLOCK_FILES_ABI_2 ((1ULL << 14) - 1) /* and to move between folders */
#define LANDLOCK_FILES_ABI_3 ((1ULL << 15) - 1) /* and to truncate */
#define LANDLOCK_FILES_ABI_5 ((1ULL << 16) - 1) /* and ioctl(2) of devices */

#define LANDLOCK_BIND_TCP    (1ULL << 0)
#define LANDLOCK_CONNECT_TCP (1ULL << 1)

#define LANDLOCK_SCOPE_ABSTRACT_SOCKETS (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNALS          (1ULL << 1)

#endif
