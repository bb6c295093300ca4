/* SPDX-License-Identifier: Apache-2.0 */
/* Text for a terminal and for a shell, safe for names that others have chosen. */
#ifndef TLSROUTED_CTL_OUTPUT_TEXT_H
#define TLSROUTED_CTL_OUTPUT_TEXT_H

#include <stdbool.h>
#include <stdio.h>

enum {
    TEXT_COLUMNS = 80
};

/* Whether a terminal, or the eye, obeys the valid character of LENGTH bytes at TEXT instead of
 * showing it: a control character, a line separator, or one that turns the direction of writing. */
bool text_is_command(const char *text, size_t length);

/* A copy of the SIZE bytes at BYTES in which every such character, NUL and byte that is not UTF-8
 * is replaced by '?'. The caller frees it. */
char *text_clean(const char *bytes, size_t size);

/* TEXT, cleaned, as one word of a shell, quoted only if necessary. It may begin with a dash: let
 * "--" stand before it. The caller frees it. */
char *text_shell_word(const char *text);

/* The COUNT words of WORDS as a choice: "a, b or c". The caller frees it. */
char *text_alternatives(const char *const *words, size_t count);

/* Prints TEXT, cleaned, to STREAM in lines of at most TEXT_COLUMNS characters, broken at spaces.
 * The first line starts at COLUMN, where the cursor is already; the others are indented by INDENT.
 * Ends with a newline. */
void text_wrap(FILE *stream, const char *text, size_t column, size_t indent);

/* Prints the shell command COMMAND, cleaned, indented by INDENT. Each newline in it becomes a
 * backslash and a line break. */
void text_command(FILE *stream, const char *command, size_t indent);

/* COMMAND, with its newlines, on one line. The caller frees it. */
char *text_one_line(const char *command);

#endif
