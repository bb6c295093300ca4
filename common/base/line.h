/* SPDX-License-Identifier: Apache-2.0 */
/* Lines: text from outside made fit for a place where a control character would mean something: a
 * message, a log, a terminal, the service manager. */
#ifndef TLSROUTED_COMMON_BASE_LINE_H
#define TLSROUTED_COMMON_BASE_LINE_H

#include <stddef.h>

/* A copy of TEXT, or NULL for NULL, in which each control character and each byte that is not UTF-8
 * is replaced by '?', of at most MAX bytes: what is longer is cut between two characters. The
 * caller frees it. */
char *line_of(const char *text, size_t max);

/* As snprintf(), but what TO holds afterwards is a line like that. */
void line_format(char *to, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
