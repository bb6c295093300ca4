/* SPDX-License-Identifier: Apache-2.0 */
/* Both programs get the same requests in the same way, so that their figures can be compared. */
#include "tests/bench/requests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static void split(struct request *, char *line);
static struct rusage used(void);

struct requests read_requests(void)
{
    struct requests requests = {0};
    char *line = NULL;
    size_t room = 0, held = 0;

    while (getline(&line, &room, stdin) > 0) {
        if (requests.count == held) {
            held = 2 * held + 1024;
            requests.all = demand(realloc(requests.all, held * sizeof(*requests.all)));
        }
        requests.all[requests.count] = (struct request){0};
        split(&requests.all[requests.count++], demand(strdup(line)));
    }
    free(line);
    return requests;
}

static void split(struct request *request, char *line)
{
    for (int i = 0; i < PARTS; i++) {
        request->parts[i] = strsep(&line, "\t\n");
        if (request->parts[i] == NULL)
            fail("a request has too few parts");
    }
}

char *read_authorization(const char *file)
{
    FILE *input = fopen(file, "r");
    char *token = NULL, *value = NULL;
    size_t room = 0;

    if (input == NULL || getline(&token, &room, input) <= 0)
        fail("the token cannot be read");
    fclose(input);
    token[strcspn(token, "\n")] = '\0';
    if (asprintf(&value, "Bearer %s", token) < 0)
        fail("out of memory");
    free(token);
    return value;
}

size_t count_succeeded(const struct requests *requests, int *failure)
{
    size_t succeeded = 0;

    *failure = 0;
    for (size_t i = 0; i < requests->count; i++) {
        int status = requests->all[i].status;

        succeeded += status / 100 == 2;
        *failure = status / 100 != 2 && *failure == 0 ? status : *failure;
    }
    return succeeded;
}

double used_seconds(void)
{
    const struct rusage usage = used();

    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

long used_switches(void)
{
    return used().ru_nvcsw + used().ru_nivcsw;
}

static struct rusage used(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage;
}

double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

void *demand(void *memory)
{
    if (memory == NULL)
        fail("out of memory");
    return memory;
}
