/* SPDX-License-Identifier: Apache-2.0 */
/* An SVG has to say where everything is. The graph is nearly a tree with its levels given, so a
 * simple layout is enough, and no other program is needed. */
#include "ctl/graph/layout.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* A node of a column, to be sorted by the rows of those that lead to it. */
struct place {
    size_t node;
    double weight;
};

static unsigned place_column(struct graph *, unsigned column, struct place *);
static double weight_of(const struct graph *, const double *sums, const unsigned *counts,
                        size_t node);
static int by_weight(const void *a, const void *b);

static const unsigned columns[GRAPH_KINDS] = {
    [GRAPH_GATEWAY] = 0, [GRAPH_ROUTE] = 1,  [GRAPH_POOL] = 2,
    [GRAPH_SERVICE] = 3, [GRAPH_SERVER] = 3, [GRAPH_CERTIFICATE] = 4,
};

unsigned graph_lay_out(struct graph *graph)
{
    struct place *places = memory_new(graph->node_count + 1, sizeof(*places));
    unsigned rows = 0;

    for (size_t i = 0; i < graph->node_count; i++)
        graph->nodes[i].column = columns[graph->nodes[i].kind];
    for (unsigned column = 0; column < GRAPH_COLUMNS; column++) {
        unsigned used = place_column(graph, column, places);

        rows = used > rows ? used : rows;
    }
    free(places);
    return rows;
}

/* One pass from left to right with the mean of the neighbours (the barycenter heuristic of
 * Sugiyama, Tagawa and Toda, 1981) is enough for graphs that are nearly trees. */
static unsigned place_column(struct graph *graph, unsigned column, struct place *places)
{
    double *sums = memory_new(graph->node_count + 1, sizeof(*sums));
    unsigned *counts = memory_new(graph->node_count + 1, sizeof(*counts)), used = 0;

    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct graph_edge *edge = &graph->edges[i];

        sums[edge->to] += graph->nodes[edge->from].row;
        counts[edge->to]++;
    }
    for (size_t i = 0; i < graph->node_count; i++) {
        if (graph->nodes[i].column == column)
            places[used++] = (struct place){i, weight_of(graph, sums, counts, i)};
    }
    if (used > 0)
        qsort(places, used, sizeof(*places), by_weight);
    for (unsigned row = 0; row < used; row++)
        graph->nodes[places[row].node].row = row;
    free(sums);
    free(counts);
    return used;
}

/* Nodes to which nothing leads stay in the order of the list. */
static double weight_of(const struct graph *graph, const double *sums, const unsigned *counts,
                        size_t node)
{
    return counts[node] > 0 ? sums[node] / counts[node] : (double)node / (double)graph->node_count;
}

static int by_weight(const void *a, const void *b)
{
    const struct place *one = a, *other = b;

    if (one->weight < other->weight || one->weight > other->weight)
        return one->weight < other->weight ? -1 : 1;
    return one->node < other->node ? -1 : one->node > other->node;
}
