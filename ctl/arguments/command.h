/* SPDX-License-Identifier: Apache-2.0 */
/* What a command of tlsroutectl is: what it takes, what it does, and what its exit status says. */
#ifndef TLSROUTED_CTL_ARGUMENTS_COMMAND_H
#define TLSROUTED_CTL_ARGUMENTS_COMMAND_H

#include "ctl/arguments/options.h"
#include "ctl/output/format.h"

/* The exit status of a command. Scripts depend on the numbers. */
enum command_exit {
    COMMAND_OK = 0,        /* all is well, or it has been done */
    COMMAND_NOT_OK = 1,    /* something is wrong, or it was refused */
    COMMAND_USAGE = 2,     /* the command line is wrong; nothing was done */
    COMMAND_NO_RESULT = 3, /* the result could not be obtained */
};

/* What a command is about. Help and manual are divided by it. */
enum command_group {
    GROUP_DAEMON,  /* the state of the daemon */
    GROUP_CLUSTER, /* what it does in the cluster */
    GROUP_CONTROL, /* makes it do something; needs the right to control it */
    GROUP_AGENTS,  /* what agents see; does not need the daemon */
    GROUP_SETUP,   /* what the daemon needs before it can run */
    COMMAND_GROUPS
};

/* The word that a command takes besides its options. */
enum operand {
    OPERAND_NONE,
    OPERAND_SCOPE, /* optional: a namespace, or a namespace and a name */
    OPERAND_POOL,  /* required: a namespace and a name */
    OPERAND_WORD,  /* optional; the command reads it */
};

struct arguments;

/* Runs a command and returns one of enum command_exit. Errors have been printed; with COMMAND_USAGE
 * the caller adds how the command is used. */
typedef int command_run(const struct arguments *arguments);

/* A row of the table of commands. */
struct command {
    const char *name;
    enum command_group group;
    enum operand operand;
    const char *operand_text; /* the operand in help: "[LEVEL]"; "" if there is none */
    enum values values;       /* what the operand completes to */
    unsigned options;         /* a set: OPTION_SET() */
    unsigned formats;         /* of --output, a set: FORMAT_SET() */
    const char *help;         /* one line, in the imperative */
    const char *details;      /* more about it, in full sentences; or NULL */
    command_run *run;
};

#endif
