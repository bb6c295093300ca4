/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a command and collects what it prints, within bounds. */
#ifndef TLSROUTED_PLUGIN_RUN_H
#define TLSROUTED_PLUGIN_RUN_H

#include <stddef.h>

struct run {
    char *const *arguments;   /* the command first; it is looked for in PATH without a slash */
    char *const *environment; /* "NAME=VALUE"; all that it gets */
    size_t output_max;        /* bytes */
    int seconds;              /* that it may take */
};

enum {
    RUN_COMPLAINT_MAX = 256 /* bytes of what it prints on standard error that are kept */
};

struct run_result {
    char *output; /* wiped and freed by run_clear() */
    size_t size;
    char complaint[RUN_COMPLAINT_MAX]; /* the start of its standard error, one printable line */
    char problem[128];                 /* "" if it ended with status 0, in time */
};

/* Runs RUN to its end, or to its limits, when it and all it has started are killed. */
struct run_result run_command(const struct run *run);

void run_clear(struct run_result *result);

#endif
