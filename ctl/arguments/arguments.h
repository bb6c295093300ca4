/* SPDX-License-Identifier: Apache-2.0 */
/* What a command line says, read by what the command takes. */
#ifndef TLSROUTED_CTL_ARGUMENTS_ARGUMENTS_H
#define TLSROUTED_CTL_ARGUMENTS_ARGUMENTS_H

#include "ctl/arguments/command.h"

/* Texts are borrowed from the command line unless stated otherwise. */
struct arguments {
    const char *options[OPTIONS]; /* the value of each option, "" if it takes none; NULL: absent */
    const char *socket_path;      /* that of --socket, or the default */
    enum format format;           /* that of --output, or the command's default */
    const char *operand;          /* NULL: absent */
    char *namespace;              /* of OPERAND_SCOPE and OPERAND_POOL; owned. "": all */
    const char *name;             /* likewise; "": all */
};

/* Reads the options before a command. ARGV[0] is the program's name. Fills *ARGUMENTS, to be
 * released with arguments_clear(), and sets *INDEX to the place of the command in ARGV, which may
 * be its end. Returns NULL, or one line that says what is wrong (the caller frees it). */
char *arguments_begin(int argc, char **argv, struct arguments *arguments, int *index);

/* Reads the rest, for COMMAND, into the same *ARGUMENTS. ARGV[0] is the command's name. With --help
 * nothing after it is read. Returns as arguments_begin(). */
char *arguments_read(int argc, char **argv, const struct command *command,
                     struct arguments *arguments);

void arguments_clear(struct arguments *arguments);

#endif
