/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl diff: the requests that tlsrouted would send now. */
#include "common/base/json.h"
#include "ctl/commands/commands.h"
#include "ctl/commands/query.h"
#include "ctl/output/output.h"

static struct json_object *fetch(struct session *, const struct arguments *);
static int show(struct json_object *rows, const struct arguments *);
static void print_documents(FILE *, struct json_object *rows);
static void print_heading(FILE *, struct json_object *row);

int diff_run(const struct arguments *arguments)
{
    static const struct query query = {.fetch = fetch, .is_observed = true, .show = show};

    return query_run(&query, arguments);
}

/* Those for Pools, then those for Certificates; of a single Pool only the former. */
static struct json_object *fetch(struct session *session, const struct arguments *arguments)
{
    struct json_object *rows =
                           session_query(session, VIEW_DIFF, arguments->namespace, arguments->name),
                       *more;

    if (rows == NULL || arguments->name[0] != '\0')
        return rows;
    more = session_query(session, VIEW_CERTIFICATE_DIFF, arguments->namespace, "");
    for (size_t i = 0; more != NULL && i < json_count(more); i++)
        json_object_array_add(rows, json_object_get(json_item(more, i)));
    if (more == NULL) {
        json_object_put(rows);
        return NULL;
    }
    json_object_put(more);
    return rows;
}

static int show(struct json_object *rows, const struct arguments *arguments)
{
    if (arguments->format == FORMAT_TABLE)
        print_documents(stdout, rows);
    else
        format_rows(stdout, arguments->format, NULL, rows);
    return json_count(rows) > 0 ? COMMAND_NOT_OK : COMMAND_OK;
}

static void print_documents(FILE *stream, struct json_object *rows)
{
    for (size_t i = 0; i < json_count(rows); i++) {
        struct json_object *row = json_item(rows, i);

        print_heading(stream, row);
        format_json(stream, json_at(row, "body"));
    }
}

static void print_heading(FILE *stream, struct json_object *row)
{
    bool waits = json_object_get_boolean(json_at(row, "waits"));

    output_print(stream, "# %s %s %s/%s (%s)%s\n", json_text_at(row, "action"),
                 json_text_at(row, "kind"), json_text_at(row, "namespace"),
                 json_text_at(row, "name"), json_text_at(row, "contentType"),
                 waits ? ", after the grace period" : "");
}
