/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl status, workers and health: three extracts of the same state. */
#include "ctl/commands/status.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "ctl/commands/columns.h"
#include "ctl/commands/commands.h"
#include "ctl/commands/query.h"
#include "ctl/daemon/status.h"
#include "ctl/output/output.h"
#include "ctl/output/text.h"

#include <stdlib.h>
#include <string.h>

enum {
    INDENT = 2,     /* of what is known of a worker */
    STATE_WIDTH = 9 /* of its state in the table */
};

static struct json_object *fetch_all(struct session *, const struct arguments *);
static struct json_object *fetch_supervisor(struct session *, const struct arguments *);
static int show_status(struct json_object *status, const struct arguments *);
static int show_workers(struct json_object *status, const struct arguments *);
static int show_health(struct json_object *status, const struct arguments *);
static void print_workers(FILE *, struct json_object *workers, const struct table_style *);
static void print_worker(FILE *, struct json_object *worker, const struct table_style *);
static void print_unready(FILE *, struct json_object *seconds);
static void print_part(FILE *, size_t indent, const char *label, const char *text);
static void print_table(FILE *, const struct column *, struct json_object *rows,
                        const struct table_style *);

int status_run(const struct arguments *arguments)
{
    static const struct query query = {.fetch = fetch_all, .show = show_status};

    return query_run(&query, arguments);
}

int workers_run(const struct arguments *arguments)
{
    static const struct query query = {.fetch = fetch_supervisor, .show = show_workers};

    return query_run(&query, arguments);
}

int health_run(const struct arguments *arguments)
{
    static const struct query query = {.fetch = fetch_supervisor, .show = show_health};

    return query_run(&query, arguments);
}

static struct json_object *fetch_all(struct session *session, const struct arguments *arguments)
{
    (void)arguments;
    return status_query(session);
}

static struct json_object *fetch_supervisor(struct session *session,
                                            const struct arguments *arguments)
{
    (void)arguments;
    return status_query_supervisor(session);
}

static int show_status(struct json_object *status, const struct arguments *arguments)
{
    const struct table_style style = table_style_for(stdout);

    if (!format_document(stdout, arguments->format, status))
        status_print(stdout, status, &style);
    return json_object_get_boolean(json_at(status, "healthy")) ? COMMAND_OK : COMMAND_NOT_OK;
}

static int show_workers(struct json_object *status, const struct arguments *arguments)
{
    const struct table_style style = table_style_for(stdout);
    struct json_object *workers = json_at(status, "workers");

    if (arguments->format == FORMAT_TABLE)
        print_workers(stdout, workers, &style);
    else
        format_rows(stdout, arguments->format, NULL, workers);
    return COMMAND_OK;
}

static int show_health(struct json_object *status, const struct arguments *arguments)
{
    bool live = arguments->options[OPTION_LIVE] != NULL;
    bool is_so = json_object_get_boolean(json_at(status, live ? "live" : "healthy"));

    output_print(stdout, "%s%s\n", is_so ? "" : "not ", live ? "live" : "ready");
    return is_so ? COMMAND_OK : COMMAND_NOT_OK;
}

void status_print(FILE *stream, struct json_object *status, const struct table_style *style)
{
    unsigned long long uptime = json_object_get_uint64(json_at(status, "uptimeSeconds"));
    bool healthy = json_object_get_boolean(json_at(status, "healthy"));
    const char *leadership = json_text_at(status, "leadership");
    bool is_alone = strcmp(leadership, STATUS_ALONE) == 0;
    struct json_object *streams;

    output_print(stream, "tlsrouted %s, pid %d, up %llud %02llu:%02llu:%02llu, ",
                 json_text_at(status, "version"), json_object_get_int(json_at(status, "pid")),
                 uptime / 86400, uptime / 3600 % 24, uptime / 60 % 60, uptime % 60);
    table_print_state(stream, healthy ? "ok" : "wrong", healthy ? "healthy" : "NOT healthy", 0,
                      style);
    output_print(stream, "%s%s\n", is_alone ? "" : ", ", is_alone ? "" : leadership);
    print_part(stream, 0, "sandbox", json_text_at(status, "sandbox"));
    print_workers(stream, json_at(status, "workers"), style);
    streams = alike_sum(json_at(status, "streams"), &alike_streams);
    print_table(stream, columns_streams, streams, style);
    json_object_put(streams);
    print_table(stream, columns_queues, json_at(status, "queues"), style);
}

/* The texts are not in columns: they may be longer than a line, and are printed in full. */
static void print_workers(FILE *stream, struct json_object *workers,
                          const struct table_style *style)
{
    output_print(stream, "%-12s %-9s %8s %8s  %s\n", "WORKER", "STATE", "PID", "RESTARTS", "SYNC");
    for (size_t i = 0; i < json_count(workers); i++)
        print_worker(stream, json_item(workers, i), style);
}

static void print_worker(FILE *stream, struct json_object *worker, const struct table_style *style)
{
    bool healthy = json_object_get_boolean(json_at(worker, "healthy"));
    const char *state = json_text_at(worker, "state");
    struct json_object *pid = json_at(worker, "pid");

    output_print(stream, "%-12s ", json_text_at(worker, "name"));
    table_print_state(stream, state, state, STATE_WIDTH, style);
    output_print(stream, " %8s %8d  %s\n", pid != NULL ? json_object_get_string(pid) : "-",
                 json_object_get_int(json_at(worker, "restarts")), healthy ? "yes" : "no");
    print_unready(stream, json_at(worker, "unreadySeconds"));
    print_part(stream, INDENT, "", json_text_at(worker, "summary"));
    print_part(stream, INDENT, "sandbox", json_text_at(worker, "sandbox"));
    print_part(stream, INDENT, "token expires", json_text_at(worker, "tokenExpires"));
    print_part(stream, INDENT, "last end", json_text_at(worker, "lastEnd"));
}

/* SECONDS is NULL of one that is ready. */
static void print_unready(FILE *stream, struct json_object *seconds)
{
    char *text = memory_format("not ready for %d s", json_object_get_int(seconds));

    if (seconds != NULL)
        print_part(stream, INDENT, "", text);
    free(text);
}

/* "LABEL: TEXT", only TEXT if LABEL is "", and nothing if TEXT is "". */
static void print_part(FILE *stream, size_t indent, const char *label, const char *text)
{
    char *line = memory_format("%s%s%s", label, label[0] != '\0' ? ": " : "", text);

    if (text[0] != '\0') {
        output_print(stream, "%*s", (int)indent, "");
        text_wrap(stream, line, indent, indent);
    }
    free(line);
}

static void print_table(FILE *stream, const struct column *columns, struct json_object *rows,
                        const struct table_style *style)
{
    output_print(stream, "\n");
    if (rows == NULL)
        output_print(stream, "%s\n(unavailable: the worker that knows does not answer)\n",
                     columns[0].header);
    else
        table_print(stream, columns, rows, style);
}
