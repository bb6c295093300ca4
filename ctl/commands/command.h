/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of tlsroutectl: what each takes and what its end says. */
#ifndef TLSROUTED_CTL_COMMANDS_COMMAND_H
#define TLSROUTED_CTL_COMMANDS_COMMAND_H

#include <stdio.h>

/* Exit status of every command; scripts depend on the numbers. */
enum ctl_exit {
    CTL_FINE = 0,      /* what was asked about is well */
    CTL_NOT_SO = 1,    /* it is not */
    CTL_USAGE = 2,     /* the command line is wrong; nothing was done */
    CTL_NO_ANSWER = 3, /* it could not be found out */
};

/* What stands before the command's name. */
struct ctl_globals {
    const char *socket_path; /* the control socket; borrowed */
};

/* Runs a command. ARGV begins with the command's name and ends after its ARGC words with NULL;
 * getopt is ready to read it. Returns one of enum ctl_exit; errors have been printed. */
typedef int ctl_run(int argc, char **argv, const struct ctl_globals *globals);

ctl_run status_run, workers_run, health_run, watch_run;
ctl_run pools_run, routes_run, certs_run, explain_run, diff_run;
ctl_run graph_run, tree_run;
ctl_run resync_run, reload_run, loglevel_run;
ctl_run verify_run;

/* Prints how tlsroutectl is used to STREAM; returns STATUS. */
int ctl_usage(FILE *stream, int status);

#endif
