/* SPDX-License-Identifier: Apache-2.0 */
/* Text for a terminal and for a shell, from names that others have chosen. */
#ifndef TLSROUTED_CTL_OUTPUT_TEXT_H
#define TLSROUTED_CTL_OUTPUT_TEXT_H

#include <stdio.h>

enum {
    TEXT_COLUMNS = 80
};

/* A copy of the SIZE bytes at BYTES in which every control character, NUL and byte that is not
 * UTF-8 is a '?': a terminal obeys some of them. The caller frees it. */
char *text_clean(const char *bytes, size_t size);

/* TEXT as one word of a POSIX shell, in quotes only if it needs them. The caller frees it. */
char *text_shell_word(const char *text);

/* Prints TEXT to STREAM in lines of at most TEXT_COLUMNS characters, broken at spaces where it can
 * be, all but the first indented by INDENT; the first starts at COLUMN. Ends with a line end. */
void text_wrap(FILE *stream, const char *text, size_t column, size_t indent);

/* Prints a shell command, indented by INDENT; each line end in it is a place where it may be
 * continued on a new line with a backslash. */
void text_command(FILE *stream, const char *command, size_t indent);

/* COMMAND in one line. The caller frees it. */
char *text_one_line(const char *command);

#endif
