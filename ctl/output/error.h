/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of tlsroutectl on standard error. */
#ifndef TLSROUTED_CTL_OUTPUT_ERROR_H
#define TLSROUTED_CTL_OUTPUT_ERROR_H

/* Prints one line, "tlsroutectl: " and a text made as by printf, in which each control character is
 * replaced by '?'. */
void error_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
