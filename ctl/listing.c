/* The commands that show rows: pools, routes, certs, workers' streams and queues. */
#include "ctl/listing.h"
#include "common/json.h"
#include "common/memory.h"
#include "ctl/command.h"
#include "ctl/options.h"
#include "ctl/session.h"

#include <string.h>

const struct column listing_pools[] = {
    {"NAMESPACE", "namespace", NULL, false},
    {"POOL", "name", NULL, false},
    {"STATE", "state", NULL, true},
    {"HOSTNAME", "hostname", NULL, false},
    {"NAMES", "namesPresent", "namesWanted", false},
    {"REASONS", "reasons", NULL, false},
    COLUMNS_END,
};
const struct column listing_routes[] = {
    {"NAMESPACE", "namespace", NULL, false},
    {"ROUTE", "name", NULL, false},
    {"STATE", "state", NULL, true},
    {"HOSTNAMES", "hostnames", NULL, false},
    {"GATEWAY", "gateway", NULL, false},
    {"OWNER", "owner", NULL, false},
    COLUMNS_END,
};
const struct column listing_certificates[] = {
    {"NAMESPACE", "namespace", NULL, false},
    {"CERTIFICATE", "name", NULL, false},
    {"STATE", "state", NULL, true},
    {"NAMES", "namesPresent", "namesWanted", false},
    {"MISSING", "missing", NULL, false},
    {"WITHDRAWING", "withdrawing", NULL, false},
    COLUMNS_END,
};
const struct column listing_streams[] = {
    {"STREAM", "kind", NULL, false},
    {"NAMESPACE", "namespace", NULL, false},
    {"STATE", "state", NULL, true},
    {"SYNC", "inSync", NULL, false},
    {"SILENT", "lastEventSeconds", NULL, false},
    {"LISTS", "lists", NULL, false},
    {"RETRIES", "retries", NULL, false},
    {"ERROR", "error", NULL, false},
    COLUMNS_END,
};
const struct column listing_queues[] = {
    {"QUEUE", "name", NULL, false},        {"QUEUED", "queued", NULL, false},
    {"RUNNING", "running", NULL, false},   {"WAITING", "waiting", NULL, false},
    {"FAILURES", "failures", NULL, false}, COLUMNS_END,
};

static int list(int argc, char **argv, const struct ctl_globals *, enum view,
                const struct column *);

int pools_run(int argc, char **argv, const struct ctl_globals *globals)
{
    return list(argc, argv, globals, VIEW_POOLS, listing_pools);
}

int routes_run(int argc, char **argv, const struct ctl_globals *globals)
{
    return list(argc, argv, globals, VIEW_ROUTES, listing_routes);
}

int certs_run(int argc, char **argv, const struct ctl_globals *globals)
{
    return list(argc, argv, globals, VIEW_CERTIFICATES, listing_certificates);
}

static int list(int argc, char **argv, const struct ctl_globals *globals, enum view view,
                const struct column *columns)
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
        rows = session_rows(session, view, options.namespace, options.name);
    if (rows != NULL) {
        bool missing = options.name[0] != '\0' && json_count(rows) == 0;

        if (missing)
            fprintf(stderr, "tlsroutectl: there is no %s/%s\n", options.namespace, options.name);
        else
            output_rows(stdout, options.format, columns, rows);
        status = missing ? CTL_NOT_SO : CTL_FINE;
    }
    json_object_put(rows);
    session_close(session);
    options_clear(&options);
    return status;
}
