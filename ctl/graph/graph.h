/* SPDX-License-Identifier: Apache-2.0 */
/* What hangs together: Gateway -> TLSRoute -> Pool -> Service, and Pool -> Server -> Certificate.
 * Pure, but for printing. */
#ifndef TLSROUTED_CTL_GRAPH_GRAPH_H
#define TLSROUTED_CTL_GRAPH_GRAPH_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum graph_kind {
    GRAPH_GATEWAY,
    GRAPH_ROUTE,
    GRAPH_POOL,
    GRAPH_SERVICE,
    GRAPH_SERVER,
    GRAPH_CERTIFICATE,
    GRAPH_KINDS
};

struct graph_node {
    enum graph_kind kind;
    char *name;           /* "namespace/name"; owned */
    bool broken;          /* it is not there, or something is wrong with it */
    unsigned column, row; /* its place, from graph_lay_out() */
};

struct graph_edge {
    size_t from, to; /* places in the list of nodes */
    bool broken;     /* it leads nowhere, or does not hold */
};

struct graph {
    struct graph_node *nodes;
    size_t node_count;
    struct graph_edge *edges;
    size_t edge_count;
};

/* The graph of ROWS, an array of answers about Pools (VIEW_GRAPH). */
struct graph graph_of(struct json_object *rows);
void graph_clear(struct graph *graph);

/* "Gateway". */
const char *graph_kind_name(enum graph_kind kind);

/* Gives each node its place: the column by its kind, and the row so that the nodes of a column are
 * in the order of those that lead to them. No two nodes have the same place. Returns the number of
 * rows. */
unsigned graph_lay_out(struct graph *graph);

/* Prints GRAPH for Graphviz, for Mermaid, or as a picture (which lays it out). Broken edges are
 * red. */
void graph_print_dot(FILE *stream, const struct graph *graph);
void graph_print_mermaid(FILE *stream, const struct graph *graph);
void graph_print_svg(FILE *stream, struct graph *graph);

#endif
