/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the commands, for their table. Each is in the file that is named here. */
#ifndef TLSROUTED_CTL_COMMANDS_COMMANDS_H
#define TLSROUTED_CTL_COMMANDS_COMMANDS_H

#include "ctl/arguments/command.h"

command_run status_run, workers_run, health_run;  /* status.c */
command_run watch_run;                            /* watch.c */
command_run pools_run, routes_run, certs_run;     /* list.c */
command_run explain_run;                          /* explain.c */
command_run diff_run;                             /* diff.c */
command_run graph_run;                            /* graph.c */
command_run tree_run;                             /* tree.c */
command_run resync_run, reload_run, loglevel_run; /* control.c */
command_run adopt_run;                            /* adopt.c */
command_run verify_run;                           /* verify.c */
command_run setup_run;                            /* setup.c */

#endif
