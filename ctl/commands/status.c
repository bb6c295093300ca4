/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl status, workers and health: asks a running tlsrouted how it is. */
#include "ctl/commands/status.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "ctl/commands/caveat.h"
#include "ctl/commands/listing.h"
#include "ctl/commands/query.h"
#include "ctl/output/text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    INDENT = 2 /* of what is said about a worker */
};

/* The choices of health. */
enum {
    HEALTH_LIVE,
    HEALTH_READY
};

static const char *const leaderships[] = {
    [LEADERSHIP_ALONE] = "alone", [LEADERSHIP_LEADER] = "leader", [LEADERSHIP_STANDBY] = "standby"};

static struct json_object *fetch_status(struct session *, const struct options *);
static struct json_object *fetch_supervisor(struct session *, const struct options *);
static int show_status(struct json_object *status, const struct options *);
static int show_workers(struct json_object *status, const struct options *);
static int show_health(struct json_object *status, const struct options *);
static struct json_object *daemon_object(const struct status_daemon_message *);
static struct json_object *worker_object(const struct status_worker_message *);
static void print_workers(FILE *, struct json_object *workers, const struct table_style *);
static void print_worker(FILE *, struct json_object *worker, const struct table_style *);
static void print_part(FILE *, size_t indent, const char *label, const char *text);
static void print_table(FILE *, const struct column *, struct json_object *rows,
                        const struct table_style *);
static void add_number(struct json_object *, const char *member, uint64_t number);

int status_run(int argc, char **argv, const struct ctl_globals *globals)
{
    static const struct query asking = {
        .taken = {.formats = OPTIONS_DOCUMENT}, .fetch = fetch_status, .show = show_status};

    return query_run(argc, argv, globals, &asking);
}

int workers_run(int argc, char **argv, const struct ctl_globals *globals)
{
    static const struct query asking = {
        .taken = {.formats = OPTIONS_ALL_FORMATS}, .fetch = fetch_supervisor, .show = show_workers};

    return query_run(argc, argv, globals, &asking);
}

int health_run(int argc, char **argv, const struct ctl_globals *globals)
{
    static const struct query asking = {
        .taken = {.choices = "live ready"}, .fetch = fetch_supervisor, .show = show_health};

    return query_run(argc, argv, globals, &asking);
}

static struct json_object *fetch_status(struct session *session, const struct options *options)
{
    (void)options;
    return status_fetch(session);
}

static struct json_object *fetch_supervisor(struct session *session, const struct options *options)
{
    (void)options;
    return status_fetch_supervisor(session);
}

static int show_status(struct json_object *status, const struct options *options)
{
    const struct table_style style = table_style_for(stdout);

    if (!output_document(stdout, options->format, status))
        status_print(stdout, status, &style);
    return json_object_get_boolean(json_at(status, "healthy")) ? CTL_FINE : CTL_NOT_SO;
}

static int show_workers(struct json_object *status, const struct options *options)
{
    const struct table_style style = table_style_for(stdout);
    struct json_object *workers = json_at(status, "workers");

    if (options->format == OUTPUT_TABLE)
        print_workers(stdout, workers, &style);
    else
        output_rows(stdout, options->format, NULL, workers);
    return CTL_FINE;
}

/* Live is who answers. */
static int show_health(struct json_object *status, const struct options *options)
{
    const char *word = options->choice == HEALTH_LIVE ? "live" : "ready";
    const char *member = options->choice == HEALTH_LIVE ? "live" : "healthy";
    bool is_so = json_object_get_boolean(json_at(status, member));

    printf("%s%s\n", is_so ? "" : "not ", word);
    return is_so ? CTL_FINE : CTL_NOT_SO;
}

struct json_object *status_fetch(struct session *session)
{
    struct json_object *status = status_fetch_supervisor(session);

    if (status == NULL)
        return NULL;
    session_be_quiet(session, true);
    json_object_object_add(status, "streams", session_rows(session, VIEW_STREAMS, "", ""));
    json_object_object_add(status, "queues", session_rows(session, VIEW_QUEUES, "", ""));
    session_be_quiet(session, false);
    return status;
}

struct json_object *status_fetch_supervisor(struct session *session)
{
    static const struct message ask = {.type = MESSAGE_STATUS_QUERY, .descriptor = -1};
    struct json_object *status = NULL, *workers = json_object_new_array();
    struct message message;
    bool good = session_ask(session, &ask, &message);

    while (good && message.type != MESSAGE_STATUS_END) {
        if (message.type == MESSAGE_STATUS_DAEMON && status == NULL)
            status = daemon_object(&message.status_daemon);
        else if (message.type == MESSAGE_STATUS_WORKER)
            json_object_array_add(workers, worker_object(&message.status_worker));
        message_clear(&message);
        good = session_next(session, &message, SESSION_MILLISECONDS);
    }
    if (good)
        message_clear(&message);
    if (!good || status == NULL) {
        json_object_put(workers);
        json_object_put(status);
        return NULL;
    }
    json_object_object_add(status, "workers", workers);
    return status;
}

void status_caveat(struct session *session)
{
    struct json_object *status;

    session_be_quiet(session, true);
    status = status_fetch_supervisor(session);
    session_be_quiet(session, false);
    caveat_print(stderr, json_at(status, "workers"));
    json_object_put(status);
}

static struct json_object *daemon_object(const struct status_daemon_message *daemon)
{
    struct json_object *status = json_object_new_object();

    json_put_text(status, "version", daemon->version);
    add_number(status, "pid", daemon->pid);
    add_number(status, "uptimeSeconds", daemon->uptime_seconds);
    json_object_object_add(status, "healthy", json_object_new_boolean(daemon->healthy));
    json_object_object_add(status, "live", json_object_new_boolean(daemon->live));
    json_put_text(status, "leadership", leaderships[daemon->leadership]);
    json_put_text(status, "sandbox", daemon->sandbox);
    return status;
}

static struct json_object *worker_object(const struct status_worker_message *message)
{
    struct json_object *worker = json_object_new_object();
    time_t expires = (time_t)message->token_expires;
    struct tm utc;
    char text[40];

    json_put_text(worker, "name", role_name((enum role)message->role));
    json_put_text(worker, "state", message->state);
    add_number(worker, "pid", message->pid);
    add_number(worker, "restarts", message->restarts);
    json_object_object_add(worker, "healthy", json_object_new_boolean(message->healthy));
    json_put_text(worker, "summary", message->summary);
    json_put_text(worker, "sandbox", message->sandbox);
    json_put_text(worker, "lastEnd", message->last_end);
    if (expires > 0 && gmtime_r(&expires, &utc) != NULL &&
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc) > 0)
        json_put_text(worker, "tokenExpires", text);
    else
        json_object_object_add(worker, "tokenExpires", NULL);
    return worker;
}

void status_print(FILE *stream, struct json_object *status, const struct table_style *style)
{
    unsigned long long uptime = json_object_get_uint64(json_at(status, "uptimeSeconds"));
    bool healthy = json_object_get_boolean(json_at(status, "healthy"));
    const char *leadership = json_text_at(status, "leadership");
    bool is_alone = strcmp(leadership, leaderships[LEADERSHIP_ALONE]) == 0;

    fprintf(stream, "tlsrouted %s, pid %d, up %llud %02llu:%02llu:%02llu, %s%s%s%s%s\n",
            json_text_at(status, "version"), json_object_get_int(json_at(status, "pid")),
            uptime / 86400, uptime / 3600 % 24, uptime / 60 % 60, uptime % 60,
            table_state_colour(healthy ? "ok" : "wrong", style),
            healthy ? "healthy" : "NOT healthy", table_colour_end(style), is_alone ? "" : ", ",
            is_alone ? "" : leadership);
    print_part(stream, 0, "sandbox", json_text_at(status, "sandbox"));
    print_workers(stream, json_at(status, "workers"), style);
    print_table(stream, listing_streams, json_at(status, "streams"), style);
    print_table(stream, listing_queues, json_at(status, "queues"), style);
}

/* Not in columns: why a worker ended may take more than a line, and has to be there in full. */
static void print_workers(FILE *stream, struct json_object *workers,
                          const struct table_style *style)
{
    fprintf(stream, "%-12s %-9s %8s %8s  %s\n", "WORKER", "STATE", "PID", "RESTARTS", "SYNC");
    for (size_t i = 0; i < json_count(workers); i++)
        print_worker(stream, json_item(workers, i), style);
}

static void print_worker(FILE *stream, struct json_object *worker, const struct table_style *style)
{
    bool healthy = json_object_get_boolean(json_at(worker, "healthy"));
    const char *state = json_text_at(worker, "state");

    fprintf(stream, "%-12s %s%-9s%s %8d %8d  %s\n", json_text_at(worker, "name"),
            table_state_colour(state, style), state, table_colour_end(style),
            json_object_get_int(json_at(worker, "pid")),
            json_object_get_int(json_at(worker, "restarts")), healthy ? "yes" : "no");
    print_part(stream, INDENT, "", json_text_at(worker, "summary"));
    print_part(stream, INDENT, "sandbox", json_text_at(worker, "sandbox"));
    print_part(stream, INDENT, "token expires", json_text_at(worker, "tokenExpires"));
    print_part(stream, INDENT, "last end", json_text_at(worker, "lastEnd"));
}

/* "LABEL: TEXT", or TEXT for "", or nothing where there is no text. */
static void print_part(FILE *stream, size_t indent, const char *label, const char *text)
{
    char *clean = text_clean(text, strlen(text));
    char *line = memory_format("%s%s%s", label, label[0] != '\0' ? ": " : "", clean);

    if (text[0] != '\0') {
        fprintf(stream, "%*s", (int)indent, "");
        text_wrap(stream, line, indent, indent);
    }
    free(line);
    free(clean);
}

static void print_table(FILE *stream, const struct column *columns, struct json_object *rows,
                        const struct table_style *style)
{
    fputc('\n', stream);
    if (rows == NULL)
        fprintf(stream, "%s\nno answer from the worker that knows\n", columns[0].header);
    else
        table_print(stream, columns, rows, style);
}

static void add_number(struct json_object *object, const char *member, uint64_t number)
{
    json_object_object_add(object, member, json_object_new_uint64(number));
}
