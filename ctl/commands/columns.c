/* SPDX-License-Identifier: Apache-2.0 */
/* Several commands show the same rows; a column is added or renamed for all of them here. */
#include "ctl/commands/columns.h"

const struct column columns_pools[] = {
    {"NAMESPACE", "namespace", NULL, false},
    {"POOL", "name", NULL, false},
    {"STATE", "state", NULL, true},
    {"HOSTNAME", "hostname", NULL, false},
    {"NAMES", "namesPresent", "namesWanted", false},
    {"REASONS", "reasons", NULL, false},
    COLUMNS_END,
};
const struct column columns_routes[] = {
    {"NAMESPACE", "namespace", NULL, false},
    {"ROUTE", "name", NULL, false},
    {"STATE", "state", NULL, true},
    {"HOSTNAMES", "hostnames", NULL, false},
    {"GATEWAY", "gateway", NULL, false},
    {"OWNER", "owner", NULL, false},
    COLUMNS_END,
};
const struct column columns_certificates[] = {
    {"NAMESPACE", "namespace", NULL, false},
    {"CERTIFICATE", "name", NULL, false},
    {"STATE", "state", NULL, true},
    {"NAMES", "namesPresent", "namesWanted", false},
    {"MISSING", "missing", NULL, false},
    {"WITHDRAWING", "withdrawing", NULL, false},
    COLUMNS_END,
};
const struct column columns_streams[] = {
    {"STREAM", "kind", NULL, false},
    {"NAMESPACE", "namespace", NULL, false},
    {"STATE", "state", NULL, true},
    {"SYNC", "inSync", NULL, false},
    {"AGE", "ageSeconds", NULL, false},
    {"LISTS", "lists", NULL, false},
    {"RETRIES", "retries", NULL, false},
    {"ERROR", "error", NULL, false},
    COLUMNS_END,
};
const struct column columns_queues[] = {
    {"QUEUE", "name", NULL, false},        {"QUEUED", "queued", NULL, false},
    {"RUNNING", "running", NULL, false},   {"WAITING", "waiting", NULL, false},
    {"FAILURES", "failures", NULL, false}, COLUMNS_END,
};
const struct column columns_adoption[] = {
    {"NAMESPACE", "namespace", NULL, false},
    {"CERTIFICATE", "name", NULL, false},
    {"HOSTNAME", "hostname", NULL, false},
    {"POOLS", "pools", NULL, false},
    {"ACTION", "action", NULL, false},
    {"REASON", "reason", NULL, false},
    COLUMNS_END,
};

const struct alike alike_streams = {
    .few = 3,
    .keys = {"kind", "state", "inSync", "error"},
    .sums = {"lists", "retries"},
    .maxima = {"lastEventSeconds"},
    .counted = {{"namespace", "namespaces"}},
};
const struct alike alike_pools = {
    .few = 10,
    .keys = {"state", "reasons"},
    .counted = {{"namespace", "namespaces"}, {"name", "Pools"}},
};
