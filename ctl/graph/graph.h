/* SPDX-License-Identifier: Apache-2.0 */
/* The graph of Pools and the objects that they depend on: Gateway -> TLSRoute -> Pool -> Service,
 * and Pool -> Server -> Certificate. Pure. */
#ifndef TLSROUTED_CTL_GRAPH_GRAPH_H
#define TLSROUTED_CTL_GRAPH_GRAPH_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

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
    bool broken;          /* it does not exist, or something is wrong with it */
    unsigned column, row; /* its place; see layout.h */
};

struct graph_edge {
    size_t from, to; /* indexes of nodes */
    bool broken;     /* the connection does not work */
};

struct graph {
    struct graph_node *nodes;
    size_t node_count;
    struct graph_edge *edges;
    size_t edge_count;
};

/* The graph of ROWS, an array of rows of VIEW_GRAPH. The caller releases it with graph_clear(). */
struct graph graph_of(struct json_object *rows);
void graph_clear(struct graph *graph);

/* "Gateway", ...: a constant. */
const char *graph_kind_name(enum graph_kind kind);

#endif
