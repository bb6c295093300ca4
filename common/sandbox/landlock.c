/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel may know less of Landlock than we do, or more: as much is refused as both know. No
 * library in Debian 12 does this. */
#include "common/sandbox/landlock.h"

#include "common/sandbox/landlock_abi.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The access rights that a rule for a file may have; others are for folders only. */
#define OF_FILES                                                                                   \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)

static int supported_abi(void);
static int allow(int rules, const struct landlock_path *);

/* What each ABI can refuse. The last row that the kernel has reached counts. */
static const struct {
    int abi;
    size_t size; /* of the struct that it takes */
    struct landlock_ruleset refused;
} abis[] = {
    {1, 8, {LANDLOCK_FILES_ABI_1, 0, 0}},
    {2, 8, {LANDLOCK_FILES_ABI_2, 0, 0}},
    {3, 8, {LANDLOCK_FILES_ABI_3, 0, 0}},
    {4, 16, {LANDLOCK_FILES_ABI_3, LANDLOCK_BIND_TCP | LANDLOCK_CONNECT_TCP, 0}},
    {5, 16, {LANDLOCK_FILES_ABI_5, LANDLOCK_BIND_TCP | LANDLOCK_CONNECT_TCP, 0}},
    {6,
     24,
     {LANDLOCK_FILES_ABI_5, LANDLOCK_BIND_TCP | LANDLOCK_CONNECT_TCP,
      LANDLOCK_SCOPE_ABSTRACT_SOCKETS | LANDLOCK_SCOPE_SIGNALS}},
};

int landlock_enter(const struct landlock_path *paths, size_t count, bool connects)
{
    struct landlock_ruleset refused = {0};
    int abi = supported_abi(), rules, result = 0;
    size_t size = 0;

    if (abi <= 0)
        return abi;
    for (size_t i = 0; i < sizeof(abis) / sizeof(abis[0]) && abis[i].abi <= abi; i++) {
        refused = abis[i].refused;
        size = abis[i].size;
    }
    if (connects)
        refused.network &= ~LANDLOCK_CONNECT_TCP;
    rules = (int)syscall(SYS_landlock_create_ruleset, &refused, size, 0);
    if (rules < 0)
        return -errno;
    for (size_t i = 0; i < count && result == 0; i++)
        result = allow(rules, &paths[i]);
    if (result == 0 && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        result = -errno;
    close(rules);
    return result == 0 ? abi : result;
}

static int supported_abi(void)
{
    int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (abi < 0)
        return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
    return abi;
}

static int allow(int rules, const struct landlock_path *path)
{
    struct landlock_path_beneath_attr rule = {
        .allowed_access = path->access,
        .parent_fd = path->path != NULL ? open(path->path, O_PATH | O_CLOEXEC) : -1};
    struct stat status;
    int result = 0;

    if (rule.parent_fd < 0)
        return 0;
    if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
        rule.allowed_access &= OF_FILES;
    if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        result = -errno;
    close(rule.parent_fd);
    return result;
}
