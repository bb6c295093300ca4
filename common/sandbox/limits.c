/* SPDX-License-Identifier: Apache-2.0 */
/* A worker that leaks or is taken over must not exhaust the machine. */
#include "common/sandbox/limits.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Programs built with the sanitizers reserve far more memory than they use. */
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_BYTES RLIM_INFINITY
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY_BYTES RLIM_INFINITY
#endif
#endif
#ifndef MEMORY_BYTES
#define MEMORY_BYTES ((rlim_t)4 << 30) /* far above what is needed */
#endif

enum {
    DESCRIPTORS_MAX = 1024 /* a connection for each 100 streams, and the links */
};

static void lower(int resource, rlim_t max, int *error);
static bool is_file(int descriptor);

static const struct {
    int resource;
    rlim_t max;
} limits[] = {
    {RLIMIT_CORE, 0},    {RLIMIT_DATA, MEMORY_BYTES}, {RLIMIT_NOFILE, DESCRIPTORS_MAX},
    {RLIMIT_MEMLOCK, 0}, {RLIMIT_MSGQUEUE, 0},
};

int limits_set(bool creates_processes, bool *limits_files)
{
    int error = 0;

    *limits_files = !is_file(STDOUT_FILENO) && !is_file(STDERR_FILENO);
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        lower(limits[i].resource, limits[i].max, &error);
    if (!creates_processes)
        lower(RLIMIT_NPROC, 0, &error);
    if (*limits_files)
        lower(RLIMIT_FSIZE, 0, &error);
    errno = error;
    return error == 0 ? 0 : -1;
}

/* Sets *ERROR, unless it is set, to the errno if this fails. */
static void lower(int resource, rlim_t max, int *error)
{
    struct rlimit limit;
    bool is_known = getrlimit((__rlimit_resource_t)resource, &limit) == 0;

    if (is_known && limit.rlim_max > max)
        limit.rlim_max = max;
    if (is_known && limit.rlim_cur > limit.rlim_max)
        limit.rlim_cur = limit.rlim_max;
    if ((!is_known || setrlimit((__rlimit_resource_t)resource, &limit) != 0) && *error == 0)
        *error = errno;
}

static bool is_file(int descriptor)
{
    struct stat status;

    return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}
