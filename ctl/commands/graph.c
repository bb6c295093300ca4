/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl graph: the Pools and the objects that they depend on, for a program that draws. */
#include "ctl/commands/commands.h"
#include "ctl/commands/query.h"
#include "ctl/graph/print.h"

static int show(struct json_object *rows, const struct arguments *);

int graph_run(const struct arguments *arguments)
{
    static const struct query query = {
        .view = VIEW_GRAPH, .is_observed = true, .kind = "Pool", .show = show};

    return query_run(&query, arguments);
}

static int show(struct json_object *rows, const struct arguments *arguments)
{
    struct graph graph = graph_of(rows);

    if (arguments->options[OPTION_SVG] != NULL)
        graph_print_svg(stdout, &graph);
    else if (arguments->options[OPTION_MERMAID] != NULL)
        graph_print_mermaid(stdout, &graph);
    else
        graph_print_dot(stdout, &graph);
    graph_clear(&graph);
    return COMMAND_OK;
}
