/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a command and collects what it prints, within bounds. */
#ifndef TLSROUTED_PLUGIN_RUN_H
#define TLSROUTED_PLUGIN_RUN_H

#include <stddef.h>

struct run {
    char *const *arguments;   /* the command first; without a slash it is looked up in PATH */
    char *const *environment; /* "NAME=VALUE"; nothing else is passed on */
    size_t output_max;        /* bytes */
    int seconds;              /* that it may take */
};

enum {
    RUN_ERROR_MAX = 256 /* bytes of standard error that are kept */
};

struct run_result {
    char *output; /* wiped and freed by run_clear() */
    size_t size;
    char error_text[RUN_ERROR_MAX]; /* the start of its standard error, as one printable line */
    char problem[128];              /* "" if it ended in time, with status 0 */
};

/* Runs RUN until it ends. At its limits, it and all that it has started are killed. */
struct run_result run_command(const struct run *run);

/* Wipes and releases the output. */
void run_clear(struct run_result *result);

#endif
