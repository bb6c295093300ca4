/* SPDX-License-Identifier: Apache-2.0 */
/* How tlsroutectl is used: help, and what follows an error in a command line. */
#ifndef TLSROUTED_CTL_USAGE_H
#define TLSROUTED_CTL_USAGE_H

#include "ctl/arguments/command.h"

#include <stdio.h>

/* Prints the help of tlsroutectl: all commands. */
void usage_print(FILE *stream);

/* Prints the help of COMMAND: its options. */
void usage_print_command(FILE *stream, const struct command *command);

/* Prints how COMMAND, or NULL for tlsroutectl itself, is called, and where its help is: two lines.
 */
void usage_print_hint(FILE *stream, const struct command *command);

#endif
