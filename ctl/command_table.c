/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the rows is the order in help. Every row needs its paragraph in tlsroutectl(1),
 * which a test compares with it. */
#include "ctl/command_table.h"

#include "common/base/memory.h"
#include "ctl/arguments/prefix.h"
#include "ctl/commands/commands.h"

#include <stdlib.h>

#define DAEMON (OPTION_SET(SOCKET) | OPTION_SET(HELP))
#define OUTPUT (DAEMON | OPTION_SET(OUTPUT))
#define VERIFY                                                                                     \
    (OPTION_SET(CONNECT) | OPTION_SET(HOSTNAME) | OPTION_SET(KUBECONFIG) | OPTION_SET(CONTEXT) |   \
     OPTION_SET(NAMESPACE) | OPTION_SET(CA) | OPTION_SET(TIMEOUT) | OPTION_SET(OUTPUT) |           \
     OPTION_SET(HELP))

#define SETUP                                                                                      \
    (OPTION_SET(KUBECONFIG) | OPTION_SET(CONTEXT) | OPTION_SET(NAMESPACE) | OPTION_SET(FOLDER) |   \
     OPTION_SET(INSTANCE) | OPTION_SET(IN_CLUSTER) | OPTION_SET(REISSUE) | OPTION_SET(REMOVE) |    \
     OPTION_SET(DRY_RUN) | OPTION_SET(FORCE) | OPTION_SET(TIMEOUT) | OPTION_SET(OUTPUT) |          \
     OPTION_SET(HELP))

#define DOCUMENT (FORMAT_SET(TABLE) | FORMAT_SET(JSON) | FORMAT_SET(YAML))
#define ROWS     (DOCUMENT | FORMAT_SET(NAME))

/* clang-format off */
const struct command command_table[] = {
    {.name = "status", .group = GROUP_DAEMON, .operand_text = "",
     .options = OUTPUT, .formats = DOCUMENT, .run = status_run,
     .help = "show processes, watches and work queues"},
    {.name = "workers", .group = GROUP_DAEMON, .operand_text = "",
     .options = OUTPUT, .formats = ROWS, .run = workers_run,
     .help = "show the processes only"},
    {.name = "health", .group = GROUP_DAEMON, .operand_text = "",
     .options = DAEMON | OPTION_SET(LIVE) | OPTION_SET(READY), .run = health_run,
     .help = "print whether tlsrouted is ready, for probes",
     .details = "The exit status is 0 if it is, and 1 if it is not."},
    {.name = "watch", .group = GROUP_DAEMON, .operand_text = "",
     .options = DAEMON, .run = watch_run,
     .help = "show status and problems again on every change"},

    {.name = "pools", .group = GROUP_CLUSTER, .operand = OPERAND_SCOPE,
     .operand_text = "[NAMESPACE[/POOL]]", .values = VALUES_POOLS,
     .options = OUTPUT, .formats = ROWS, .run = pools_run,
     .help = "list Pools with their state and problems"},
    {.name = "routes", .group = GROUP_CLUSTER, .operand = OPERAND_SCOPE,
     .operand_text = "[NAMESPACE[/NAME]]", .values = VALUES_ROUTES,
     .options = OUTPUT, .formats = ROWS, .run = routes_run,
     .help = "list TLSRoutes, including those of others"},
    {.name = "certs", .group = GROUP_CLUSTER, .operand = OPERAND_SCOPE,
     .operand_text = "[NAMESPACE[/NAME]]", .values = VALUES_CERTIFICATES,
     .options = OUTPUT, .formats = ROWS, .run = certs_run,
     .help = "list Certificates and the hostnames they need"},
    {.name = "explain", .group = GROUP_CLUSTER, .operand = OPERAND_POOL,
     .operand_text = "NAMESPACE/POOL", .values = VALUES_POOLS,
     .options = OUTPUT, .formats = DOCUMENT, .run = explain_run,
     .help = "explain what is done for a Pool, and why",
     .details = "Shows what the Pool wants, what was found, what is decided, the last errors and "
                "the next try."},
    {.name = "diff", .group = GROUP_CLUSTER, .operand = OPERAND_SCOPE,
     .operand_text = "[NAMESPACE[/POOL]]", .values = VALUES_POOLS,
     .options = OUTPUT, .formats = ROWS, .run = diff_run,
     .help = "show the requests that would be sent now"},
    {.name = "graph", .group = GROUP_CLUSTER, .operand = OPERAND_SCOPE,
     .operand_text = "[NAMESPACE[/POOL]]", .values = VALUES_POOLS,
     .options = DAEMON | OPTION_SET(DOT) | OPTION_SET(MERMAID) | OPTION_SET(SVG), .run = graph_run,
     .help = "draw Pools and what they depend on",
     .details = "Shows Gateways, TLSRoutes, Pools, Services, Servers and Certificates. What is "
                "broken is red."},
    {.name = "tree", .group = GROUP_CLUSTER, .operand = OPERAND_SCOPE,
     .operand_text = "[NAMESPACE[/POOL]]", .values = VALUES_POOLS,
     .options = OUTPUT, .formats = ROWS, .run = tree_run,
     .help = "show Pools and what they depend on as a tree"},

    {.name = "resync", .group = GROUP_CONTROL, .operand_text = "",
     .options = DAEMON, .run = resync_run,
     .help = "list and check all objects again"},
    {.name = "reload", .group = GROUP_CONTROL, .operand_text = "",
     .options = DAEMON, .run = reload_run,
     .help = "read configuration and credentials again"},
    {.name = "loglevel", .group = GROUP_CONTROL, .operand = OPERAND_WORD,
     .operand_text = "[LEVEL]", .values = VALUES_LEVELS,
     .options = DAEMON, .run = loglevel_run,
     .help = "show or set the log level",
     .details = "LEVEL is error, warning, info or debug. It holds for all processes until the next "
                "reload."},
    {.name = "adopt", .group = GROUP_CONTROL, .operand = OPERAND_SCOPE,
     .operand_text = "[NAMESPACE[/NAME]]", .values = VALUES_CERTIFICATES,
     .options = OUTPUT | OPTION_SET(YES) | OPTION_SET(DRY_RUN), .formats = DOCUMENT,
     .run = adopt_run,
     .help = "take names that others injected into the ledgers",
     .details = "Shows the names in Certificates that are in no ledger, and asks. Only names that "
                "a Pool wants are taken: tlsrouted withdraws them when no Pool needs them."},

    {.name = "verify", .group = GROUP_AGENTS, .operand = OPERAND_WORD,
     .operand_text = "[NAMESPACE/POOL]", .values = VALUES_POOLS,
     .options = VERIFY, .formats = FORMAT_SET(TEXT) | FORMAT_SET(JSON), .run = verify_run,
     .help = "verify that the served certificate has the hostname",
     .details = "Makes the TLS handshake of an agent with the Pool's hostname or, without an "
                "argument, with those of all Pools that have a route. If a certificate lacks its "
                "hostname, says what to do."},

    {.name = "setup", .group = GROUP_SETUP, .operand_text = "",
     .options = SETUP, .formats = FORMAT_SET(TEXT) | FORMAT_SET(JSON) | FORMAT_SET(YAML),
     .run = setup_run,
     .help = "create accounts, rights and a credential here",
     .details = "With the kubeconfig of an administrator, creates in the cluster what tlsrouted "
                "needs, and writes the kubeconfig with which tlsrouted requests its tokens. A "
                "second run changes what differs, and nothing else. --namespace can name several "
                "namespaces, with commas. With --output yaml or json, prints the objects of the "
                "cluster and does nothing."},
};
/* clang-format on */

const size_t command_table_count = sizeof(command_table) / sizeof(command_table[0]);

const struct command *command_find(const char *word, char **problem)
{
    const char *names[sizeof(command_table) / sizeof(command_table[0])];
    char *candidates;
    int index;

    for (size_t i = 0; i < command_table_count; i++)
        names[i] = command_table[i].name;
    index = prefix_find(names, command_table_count, word, &candidates);
    *problem = index >= 0 ? NULL
               : candidates == NULL
                   ? memory_format("unknown command: %.80s", word)
                   : memory_format("ambiguous command: %.80s (%s?)", word, candidates);
    free(candidates);
    return index >= 0 ? &command_table[index] : NULL;
}
