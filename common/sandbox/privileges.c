/* SPDX-License-Identifier: Apache-2.0 */
/* Started as root, a process has more than system calls to give up. */
#include "common/sandbox/privileges.h"

#include "common/base/installation.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    CAPABILITIES_MAX = 64 /* what the kernel's interface has room for */
};

static int empty_folder_in(const char *parent);
static int get_capabilities(struct __user_cap_data_struct sets[2]);
static int set_capabilities(const struct __user_cap_data_struct sets[2]);

/* Any of these will do, as nothing stays there. */
static const char *const parents[] = {INSTALLATION_RUN, "/run", "/dev/shm", "/tmp"};

int privileges_empty_folder(void)
{
    int folder = -1;

    for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]) && folder < 0; i++)
        folder = empty_folder_in(parents[i]);
    return folder;
}

int privileges_enter_folder(void)
{
    struct stat status;

    if (stat(".", &status) != 0)
        return -1;
    if (status.st_nlink != 0 || !S_ISDIR(status.st_mode)) {
        errno = ENOTEMPTY;
        return -1;
    }
    return chroot(".") == 0 ? chdir("/") : -1;
}

int privileges_change_user(uid_t uid)
{
    int signal_of_parent = 0;

    if (prctl(PR_GET_PDEATHSIG, &signal_of_parent) != 0 || setgroups(0, NULL) != 0 ||
        setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0)
        return -1;
    return prctl(PR_SET_PDEATHSIG, signal_of_parent, 0, 0, 0);
}

int privileges_bound(uint64_t kept)
{
    if (!privileges_have(CAP_SETPCAP))
        return 0;
    for (int capability = 0; capability < CAPABILITIES_MAX; capability++) {
        if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1 &&
            (kept & (1ULL << capability)) == 0 && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
            return -1;
    }
    return 0;
}

int privileges_keep(uint64_t kept)
{
    struct __user_cap_data_struct sets[2];
    uint32_t lost = 0;

    if (get_capabilities(sets) != 0)
        return -1;
    for (unsigned i = 0; i < 2; i++) {
        lost |= (sets[i].permitted & ~(uint32_t)(kept >> (32 * i))) | sets[i].inheritable;
        sets[i].permitted &= (uint32_t)(kept >> (32 * i));
        sets[i].effective = sets[i].permitted;
        sets[i].inheritable = 0; /* and with it the ambient ones */
    }
    return lost == 0 ? 0 : set_capabilities(sets);
}

bool privileges_have(int capability)
{
    struct __user_cap_data_struct sets[2];

    return get_capabilities(sets) == 0 &&
           (sets[capability / 32].effective & (1U << capability % 32)) != 0;
}

bool privileges_have_any(void)
{
    struct __user_cap_data_struct sets[2];

    return get_capabilities(sets) != 0 || (sets[0].permitted | sets[1].permitted) != 0;
}

static int empty_folder_in(const char *parent)
{
    char path[sizeof(INSTALLATION_RUN) + 64];
    int folder;

    snprintf(path, sizeof(path), "%s/tlsrouted-empty-XXXXXX", parent);
    if (mkdtemp(path) == NULL)
        return -1;
    folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0)
        fchmod(folder, 0555);
    rmdir(path);
    return folder;
}

static int get_capabilities(struct __user_cap_data_struct sets[2])
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

    return (int)syscall(SYS_capget, &header, sets);
}

static int set_capabilities(const struct __user_cap_data_struct sets[2])
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

    return (int)syscall(SYS_capset, &header, sets);
}
