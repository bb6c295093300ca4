/* SPDX-License-Identifier: Apache-2.0 */
/* A text that is shown again whenever it changes. */
#ifndef TLSROUTED_CTL_OUTPUT_SCREEN_H
#define TLSROUTED_CTL_OUTPUT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

/* What is on the screen. All zero but is_terminal: nothing yet. */
struct screen {
    char **lines;
    size_t count;
    bool is_terminal; /* else only lines that were not there before are printed */
};

/* Shows TEXT, which the functions of this folder have printed, on standard output. TEXT is cut into
 * its lines. */
void screen_show(struct screen *, char *text);

/* Frees what SCREEN remembers. */
void screen_clear(struct screen *);

#endif
