/* SPDX-License-Identifier: Apache-2.0 */
/* What a shell may put in the place of a word of the command line. */
#ifndef TLSROUTED_CTL_COMPLETION_H
#define TLSROUTED_CTL_COMPLETION_H

#include <stddef.h>
#include <stdio.h>

/* The exit status of `tlsroutectl complete`; the shells' scripts depend on it. */
enum completion {
    COMPLETION_WORDS = 0, /* the words that were printed */
    COMPLETION_FILES = 1, /* names of files, which the shell knows better; nothing was printed */
};

/* Prints to STREAM, one per line, the candidates for the last of the COUNT words of WORDS, which
 * follow "tlsroutectl" on the command line. A line is "WORD" or "WORD<TAB>DESCRIPTION". Names of
 * objects come from the daemon; if it does not reply soon, there are none. COUNT is at least 1; the
 * last word may be "". Returns one of enum completion. */
int completion_print(FILE *stream, size_t count, char *const *words);

#endif
