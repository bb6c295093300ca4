/* SPDX-License-Identifier: Apache-2.0 */
/* What most commands are: one question to the daemon, and its answer printed. */
#ifndef TLSROUTED_CTL_COMMANDS_QUERY_H
#define TLSROUTED_CTL_COMMANDS_QUERY_H

#include "ctl/commands/options.h"
#include "ctl/daemon/session.h"

/* Asks for what is to be shown: a new reference, or NULL after printing why there is none. */
typedef struct json_object *query_fetch(struct session *session, const struct options *options);

/* Prints ANSWER, which it may change, and returns the command's exit status. */
typedef int query_show(struct json_object *answer, const struct options *options);

struct query {
    struct options_taken taken;
    query_fetch *fetch; /* NULL: the rows of VIEW that the words of the command line choose */
    enum view view;
    bool is_remembered; /* what was last known of the cluster, which may be old */
    const char *kind; /* what is named on the command line has to be there, and is a ...; or NULL */
    query_show *show; /* NULL: the rows, in the format that was asked for */
    const struct column *columns;
};

/* Runs the command ASKING, as a ctl_run does. */
int query_run(int argc, char **argv, const struct ctl_globals *globals, const struct query *asking);

#endif
