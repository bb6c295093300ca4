/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sandbox/limits.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* The sanitizers' own memory is most of what their programs have. */
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_BYTES RLIM_INFINITY
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY_BYTES RLIM_INFINITY
#endif
#endif
#ifndef MEMORY_BYTES
#define MEMORY_BYTES ((rlim_t)4 << 30) /* for what goes wrong: far above what is needed */
#endif

enum {
    DESCRIPTORS_MOST = 1024 /* a connection for each 100 streams, and the links */
};

static int lower(int resource, rlim_t most);
static bool is_file(int descriptor);

static const struct {
    int resource;
    rlim_t most;
} usual[] = {
    {RLIMIT_DATA, MEMORY_BYTES},
    {RLIMIT_NOFILE, DESCRIPTORS_MOST},
    {RLIMIT_MEMLOCK, 0},
    {RLIMIT_MSGQUEUE, 0},
};

int limits_hide_process(void)
{
    return lower(RLIMIT_CORE, 0) == 0 ? prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) : -1;
}

int limits_set(bool makes_processes, bool *files)
{
    int result = 0;

    *files = !is_file(STDOUT_FILENO) && !is_file(STDERR_FILENO);
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]) && result == 0; i++)
        result = lower(usual[i].resource, usual[i].most);
    if (result == 0 && !makes_processes)
        result = lower(RLIMIT_NPROC, 0);
    if (result == 0 && *files)
        result = lower(RLIMIT_FSIZE, 0);
    return result;
}

static int lower(int resource, rlim_t most)
{
    struct rlimit limit;

    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0)
        return -1;
    if (limit.rlim_max > most)
        limit.rlim_max = most;
    if (limit.rlim_cur > limit.rlim_max)
        limit.rlim_cur = limit.rlim_max;
    return setrlimit((__rlimit_resource_t)resource, &limit);
}

static bool is_file(int descriptor)
{
    struct stat status;

    return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}
