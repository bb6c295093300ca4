/* tlsroutectl diff: the requests that tlsrouted would send now. */
#include "common/json.h"
#include "ctl/command.h"
#include "ctl/options.h"
#include "ctl/session.h"

static struct json_object *fetch(struct session *, const struct options *);
static void print_documents(FILE *, struct json_object *rows);

int diff_run(int argc, char **argv, const struct ctl_globals *globals)
{
    static const struct options_taken taken = {.words = WORDS_NAMESPACE,
                                               .formats = OPTIONS_ALL_FORMATS};
    struct options options;
    struct session *session;
    struct json_object *rows = NULL;
    int status = CTL_NO_ANSWER;

    if (!options_take(argc, argv, globals, &taken, &options, &status))
        return status;
    session = session_open(options.socket_path);
    if (session != NULL)
        rows = fetch(session, &options);
    if (rows != NULL) {
        if (options.format == OUTPUT_TABLE)
            print_documents(stdout, rows);
        else
            output_rows(stdout, options.format, NULL, rows);
        status = json_count(rows) > 0 ? CTL_NOT_SO : CTL_FINE;
    }
    json_object_put(rows);
    session_close(session);
    options_clear(&options);
    return status;
}

/* Those about Pools, then those about Certificates; of one Pool only the former. */
static struct json_object *fetch(struct session *session, const struct options *options)
{
    struct json_object *rows = session_rows(session, VIEW_DIFF, options->namespace, options->name),
                       *more;

    if (rows == NULL || options->name[0] != '\0')
        return rows;
    more = session_rows(session, VIEW_CERTIFICATE_DIFF, options->namespace, "");
    for (size_t i = 0; more != NULL && i < json_count(more); i++)
        json_object_array_add(rows, json_object_get(json_item(more, i)));
    if (more == NULL) {
        json_object_put(rows);
        return NULL;
    }
    json_object_put(more);
    return rows;
}

static void print_documents(FILE *stream, struct json_object *rows)
{
    for (size_t i = 0; i < json_count(rows); i++) {
        struct json_object *row = json_item(rows, i);

        fprintf(stream, "# %s %s %s/%s (%s)%s\n", json_text_at(row, "action"),
                json_text_at(row, "kind"), json_text_at(row, "namespace"),
                json_text_at(row, "name"), json_text_at(row, "contentType"),
                json_object_get_boolean(json_at(row, "waits")) ? ", when its grace is over" : "");
        output_json(stream, json_at(row, "body"));
    }
}
