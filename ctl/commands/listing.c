/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that show rows: pools, routes, certs, workers' streams and queues. */
#include "ctl/commands/listing.h"

#include "ctl/commands/query.h"

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

#define LISTING(of, rows, shown)                                                                   \
    {                                                                                              \
        .taken = {.words = WORDS_NAMESPACE, .formats = OPTIONS_ALL_FORMATS}, .view = (rows),       \
        .is_remembered = true, .kind = (of), .columns = (shown)                                    \
    }

int pools_run(int argc, char **argv, const struct ctl_globals *globals)
{
    static const struct query asking = LISTING("Pool", VIEW_POOLS, listing_pools);

    return query_run(argc, argv, globals, &asking);
}

int routes_run(int argc, char **argv, const struct ctl_globals *globals)
{
    static const struct query asking = LISTING("TLSRoute", VIEW_ROUTES, listing_routes);

    return query_run(argc, argv, globals, &asking);
}

int certs_run(int argc, char **argv, const struct ctl_globals *globals)
{
    static const struct query asking =
        LISTING("Certificate", VIEW_CERTIFICATES, listing_certificates);

    return query_run(argc, argv, globals, &asking);
}
