/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the commands of tlsroutectl: the one place where a command is added. Its help, how
 * it is read, its abbreviations and its completion follow from its row. */
#ifndef TLSROUTED_CTL_COMMAND_TABLE_H
#define TLSROUTED_CTL_COMMAND_TABLE_H

#include "ctl/arguments/command.h"

#include <stddef.h>

/* Sorted by group. */
extern const struct command command_table[];
extern const size_t command_table_count;

/* The command that is called WORD or, without ambiguity, begins with it. Otherwise NULL, and
 * *PROBLEM says why, in one line that the caller frees. */
const struct command *command_find(const char *word, char **problem);

#endif
