/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of the processes come from /proc: no process has to report on itself. */
#include "supervisor/processes/usage.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool usage_read(pid_t pid, struct usage *usage)
{
    char path[32], text[1024];
    ssize_t size;
    int file;

    *usage = (struct usage){0};
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    size = read(file, text, sizeof(text) - 1);
    close(file);
    if (size <= 0)
        return false;
    text[size] = '\0';
    return usage_parse(text, (uint64_t)sysconf(_SC_CLK_TCK), (uint64_t)sysconf(_SC_PAGESIZE),
                       usage);
}

/* The name of the program, which is in parentheses, may have some itself. */
bool usage_parse(const char *stat, uint64_t ticks, uint64_t page, struct usage *usage)
{
    const char *rest = strrchr(stat, ')');
    unsigned long long user, system, pages;

    *usage = (struct usage){0};
    if (rest == NULL || sscanf(rest + 1,
                               " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu"
                               " %*d %*d %*d %*d %*d %*d %*u %*u %llu",
                               &user, &system, &pages) != 3)
        return false;
    usage->cpu = (user + system) * 1000000 / ticks;
    usage->memory = pages * page;
    return true;
}
