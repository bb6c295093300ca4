/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/commands/query.h"

#include "common/base/json.h"
#include "ctl/commands/status.h"

static int ask(const struct query *, const struct options *, struct session *);
static int show(const struct query *, const struct options *, struct json_object *answer);

int query_run(int argc, char **argv, const struct ctl_globals *globals, const struct query *asking)
{
    struct options options;
    struct session *session;
    int status;

    if (!options_take(argc, argv, globals, &asking->taken, &options, &status))
        return status;
    session = session_open(options.socket_path);
    status = session != NULL ? ask(asking, &options, session) : CTL_NO_ANSWER;
    session_close(session);
    options_clear(&options);
    return status;
}

static int ask(const struct query *asking, const struct options *options, struct session *session)
{
    struct json_object *answer =
        asking->fetch != NULL
            ? asking->fetch(session, options)
            : session_rows(session, asking->view, options->namespace, options->name);
    int status;

    if (answer == NULL)
        return CTL_NO_ANSWER;
    status = show(asking, options, answer);
    if (asking->is_remembered)
        status_caveat(session);
    json_object_put(answer);
    return status;
}

static int show(const struct query *asking, const struct options *options,
                struct json_object *answer)
{
    if (asking->kind != NULL && options->name[0] != '\0' && json_count(answer) == 0) {
        fprintf(stderr, "tlsroutectl: there is no %s %s/%s\n", asking->kind, options->namespace,
                options->name);
        return CTL_NOT_SO;
    }
    if (asking->show != NULL)
        return asking->show(answer, options);
    output_rows(stdout, options->format, asking->columns, answer);
    return CTL_FINE;
}
