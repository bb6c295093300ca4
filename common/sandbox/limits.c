/* SPDX-License-Identifier: Apache-2.0 */
/* A worker that leaks or is taken over must not exhaust the machine. */
#include "common/sandbox/limits.h"

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

static int lower(int resource, rlim_t max);
static int limit_descriptors(rlim_t max, struct rlimit *limit);
static bool is_file(int descriptor);

static const struct {
    int resource;
    rlim_t max;
} limits[] = {
    {RLIMIT_DATA, MEMORY_BYTES},
    {RLIMIT_MEMLOCK, 0},
    {RLIMIT_MSGQUEUE, 0},
};

unsigned limits_raise_descriptors(void)
{
    struct rlimit limit;

    return limit_descriptors(LIMITS_DESCRIPTORS_MAX, &limit) == 0 ? (unsigned)limit.rlim_cur : 0;
}

int limits_set(bool creates_processes, unsigned descriptors, bool *limits_files)
{
    struct rlimit limit;
    int result = limit_descriptors(descriptors > 0 ? descriptors : LIMITS_DESCRIPTORS_MAX, &limit);

    *limits_files = !is_file(STDOUT_FILENO) && !is_file(STDERR_FILENO);
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]) && result == 0; i++)
        result = lower(limits[i].resource, limits[i].max);
    if (result == 0 && !creates_processes)
        result = lower(RLIMIT_NPROC, 0);
    if (result == 0 && *limits_files)
        result = lower(RLIMIT_FSIZE, 0);
    return result;
}

static int lower(int resource, rlim_t max)
{
    struct rlimit limit;

    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0)
        return -1;
    if (limit.rlim_max > max)
        limit.rlim_max = max;
    if (limit.rlim_cur > limit.rlim_max)
        limit.rlim_cur = limit.rlim_max;
    return setrlimit((__rlimit_resource_t)resource, &limit);
}

/* What a service manager or a shell sets for all that it starts may be less than what is needed,
 * and less than what is allowed. */
static int limit_descriptors(rlim_t max, struct rlimit *limit)
{
    if (getrlimit(RLIMIT_NOFILE, limit) != 0)
        return -1;
    if (limit->rlim_max > max)
        limit->rlim_max = max;
    limit->rlim_cur = limit->rlim_max;
    return setrlimit(RLIMIT_NOFILE, limit);
}

static bool is_file(int descriptor)
{
    struct stat status;

    return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}
