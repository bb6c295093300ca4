/* SPDX-License-Identifier: Apache-2.0 */
/* The way out: nothing else of tlsroutectl writes to a terminal, so no text of an object, of the
 * daemon or of a server can get there as it is. */
#ifndef TLSROUTED_CTL_OUTPUT_OUTPUT_H
#define TLSROUTED_CTL_OUTPUT_OUTPUT_H

#include <stdio.h>

/* Prints to STREAM as fprintf() would, but cleans each text that it is given (see text_clean()):
 * only FORMAT itself can end a line. Of the conversions it has d, u, c and s, the lengths ll and z,
 * widths and precisions. Returns the number of bytes printed. */
int output_print(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints TEXT, cleaned, with each byte that is in FROM replaced by the text at the same place in
 * TO. */
void output_escaped(FILE *stream, const char *text, const char *from, const char *const *to);

#endif
