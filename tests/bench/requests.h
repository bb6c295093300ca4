/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs of the benches are told to send: a line for each request, with its method,
 * path, type and body, and tabs between them. */
#ifndef TLSROUTED_TESTS_BENCH_REQUESTS_H
#define TLSROUTED_TESTS_BENCH_REQUESTS_H

#include <stddef.h>

enum part {
    METHOD,
    PATH,
    TYPE,
    BODY, /* "": none */
    PARTS
};

struct request {
    char *parts[PARTS];
    size_t sent_bytes;     /* of the body */
    double sent, answered; /* now() */
    int status;            /* of HTTP, or 0 */
};

struct requests {
    struct request *all;
    size_t count;
};

/* Reads all of standard input. */
struct requests read_requests(void);

/* "Bearer ..." with the first line of FILE, allocated. */
char *read_authorization(const char *file);

/* How many have succeeded, and the status of the first one that has not, or 0. */
size_t count_succeeded(const struct requests *, int *failure);

/* What this process has used: seconds of processors, and context switches. */
double used_seconds(void);
long used_switches(void);

/* Seconds of CLOCK_MONOTONIC. */
double now(void);

/* Ends the process and says why. */
_Noreturn void fail(const char *what);

/* MEMORY, if there was any. */
void *demand(void *memory);

#endif
