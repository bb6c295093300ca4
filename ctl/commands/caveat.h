/* SPDX-License-Identifier: Apache-2.0 */
/* What makes doubtful what tlsroutectl shows of the cluster. */
#ifndef TLSROUTED_CTL_COMMANDS_CAVEAT_H
#define TLSROUTED_CTL_COMMANDS_CAVEAT_H

#include <json-c/json.h>
#include <stdio.h>

/* Prints to STREAM a line for each reason that WORKERS, the rows of `workers`, give to think that
 * what is shown of the cluster is old or will not come about: none where all is well. */
void caveat_print(FILE *stream, struct json_object *workers);

#endif
