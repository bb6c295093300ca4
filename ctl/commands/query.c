/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting, missing objects, exit statuses and caveats are the same for all commands that query
 * the daemon; each of them only says what it asks for and how it prints it. */
#include "ctl/commands/query.h"

#include "common/base/json.h"
#include "ctl/commands/caveat.h"
#include "ctl/output/error.h"

static int show(const struct query *, const struct arguments *, struct json_object *result);
static void print_caveats(const struct session *);

int query_run(const struct query *query, const struct arguments *arguments)
{
    struct session *session = session_new(arguments->socket_path, 0);
    struct json_object *result =
        query->fetch != NULL
            ? query->fetch(session, arguments)
            : session_query(session, query->view, arguments->namespace, arguments->name);
    int status = COMMAND_NO_RESULT;

    if (result != NULL) {
        status = show(query, arguments, result);
        if (query->is_observed)
            print_caveats(session);
    } else {
        error_print("%s", session_problem(session));
    }
    json_object_put(result);
    session_free(session);
    return status;
}

static int show(const struct query *query, const struct arguments *arguments,
                struct json_object *result)
{
    if (query->kind != NULL && arguments->name[0] != '\0' && json_count(result) == 0) {
        error_print("%s %s/%s does not exist", query->kind, arguments->namespace, arguments->name);
        return COMMAND_NOT_OK;
    }
    if (query->show != NULL)
        return query->show(result, arguments);
    format_rows(stdout, arguments->format, query->columns, result);
    return COMMAND_OK;
}

static void print_caveats(const struct session *session)
{
    struct text_list caveats = caveats_of(session_unhealthy(session));

    TEXT_LIST_FOREACH (text, &caveats)
        error_print("%s", text);
    text_list_clear(&caveats);
}
