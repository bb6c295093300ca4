/* SPDX-License-Identifier: Apache-2.0 */
/* What most commands are: a query to the daemon, whose result is printed. */
#ifndef TLSROUTED_CTL_COMMANDS_QUERY_H
#define TLSROUTED_CTL_COMMANDS_QUERY_H

#include "ctl/arguments/arguments.h"
#include "ctl/daemon/session.h"

/* Obtains what is to be shown: a new reference, or NULL; see session_problem(). */
typedef struct json_object *query_fetch(struct session *session, const struct arguments *arguments);

/* Prints RESULT, which it may change, and returns the command's exit status. */
typedef int query_show(struct json_object *result, const struct arguments *arguments);

struct query {
    query_fetch *fetch; /* NULL: the rows of VIEW that the arguments select */
    enum view view;     /* if FETCH is NULL */
    bool is_observed;   /* the result is what was observed of the cluster, perhaps with a caveat */
    const char *kind; /* the kind of object that the arguments name, which has to exist; or NULL */
    query_show *show; /* NULL: the rows, with COLUMNS if it is a table */
    const struct column *columns;
};

/* Runs QUERY as a command. */
int query_run(const struct query *query, const struct arguments *arguments);

#endif
