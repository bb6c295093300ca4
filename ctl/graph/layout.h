/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of a graph: where each node is drawn. Pure. */
#ifndef TLSROUTED_CTL_GRAPH_LAYOUT_H
#define TLSROUTED_CTL_GRAPH_LAYOUT_H

#include "ctl/graph/graph.h"

/* From the Gateways to the Certificates. */
enum {
    GRAPH_COLUMNS = 5
};

/* Gives each node its place: a column by its kind, and a row so that the nodes of a column are in
 * the order of those that lead to them. No two nodes have the same place. Returns the number of
 * rows. */
unsigned graph_lay_out(struct graph *graph);

#endif
