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

static void lower(int resource, rlim_t max, int *error);
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

/* Where raising is refused, what there is has to do. */
unsigned limits_raise_descriptors(void)
{
    struct rlimit limit;

    limit_descriptors(LIMITS_DESCRIPTORS_MAX, &limit);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return LIMITS_DESCRIPTORS_MAX; /* not known: what is opened will show it */
    return limit.rlim_cur < LIMITS_DESCRIPTORS_MAX ? (unsigned)limit.rlim_cur
                                                   : LIMITS_DESCRIPTORS_MAX;
}

int limits_set(bool creates_processes, unsigned descriptors, bool *limits_files)
{
    struct rlimit limit;
    int error = 0;

    if (limit_descriptors(descriptors > 0 ? descriptors : LIMITS_DESCRIPTORS_MAX, &limit) != 0)
        error = errno;
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
