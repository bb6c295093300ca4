/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon describes one Pool per row. Objects that several Pools share become one node here. */
#include "ctl/graph/graph.h"

#include "common/base/json.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* Nodes by kind and name, while a graph is built. */
struct known_node {
    char *key;
    size_t node;
    UT_hash_handle hh;
};

struct builder {
    struct graph graph;
    struct known_node *known;
};

static void add_pool(struct builder *, struct json_object *row);
static void add_route(struct builder *, struct json_object *row, size_t pool);
static void add_server(struct builder *, struct json_object *row, struct json_object *server,
                       size_t pool);
static size_t node(struct builder *, enum graph_kind, const char *namespace, const char *name,
                   bool broken);
static void edge(struct builder *, size_t from, size_t to, bool broken);
static bool is_set(struct json_object *object, const char *path);

static const char *const kind_names[GRAPH_KINDS] = {
    [GRAPH_GATEWAY] = "Gateway", [GRAPH_ROUTE] = "TLSRoute", [GRAPH_POOL] = "Pool",
    [GRAPH_SERVICE] = "Service", [GRAPH_SERVER] = "Server",  [GRAPH_CERTIFICATE] = "Certificate",
};

struct graph graph_of(struct json_object *rows)
{
    struct builder builder = {0};
    struct known_node *known, *next;

    for (size_t i = 0; i < json_count(rows); i++)
        add_pool(&builder, json_item(rows, i));
    HASH_ITER (hh, builder.known, known, next) {
        HASH_DEL(builder.known, known);
        free(known->key);
        free(known);
    }
    return builder.graph;
}

void graph_clear(struct graph *graph)
{
    for (size_t i = 0; i < graph->node_count; i++)
        free(graph->nodes[i].name);
    free(graph->nodes);
    free(graph->edges);
    *graph = (struct graph){0};
}

const char *graph_kind_name(enum graph_kind kind)
{
    return kind_names[kind];
}

static void add_pool(struct builder *builder, struct json_object *row)
{
    const char *namespace = json_text_at(row, "namespace"), *name = json_text_at(row, "name");
    const char *state = json_text_at(row, "state");
    struct json_object *servers = json_at(row, "servers");
    size_t pool = node(builder, GRAPH_POOL, namespace, name,
                       strcmp(state, "wrong") == 0 || strcmp(state, "unreadable") == 0);
    bool served = json_at(row, "service") != NULL;

    if (is_set(row, "routeEnabled") || is_set(row, "route.ours"))
        add_route(builder, row, pool);
    if (is_set(row, "routeEnabled") || served)
        edge(builder, pool, node(builder, GRAPH_SERVICE, namespace, name, !served), !served);
    for (size_t i = 0; i < json_count(servers); i++)
        add_server(builder, row, json_item(servers, i), pool);
}

/* A Gateway that cannot be read is assumed to exist. */
static void add_route(struct builder *builder, struct json_object *row, size_t pool)
{
    const char *gateway = json_text_at(row, "gateway.name"), *slash = strchr(gateway, '/');
    struct json_object *exists = json_at(row, "gateway.exists");
    bool missing = exists != NULL && !json_object_get_boolean(exists);
    bool ours = is_set(row, "route.ours");
    bool refused = json_count(json_at(row, "route.refusals")) > 0;
    size_t route = node(builder, GRAPH_ROUTE, json_text_at(row, "namespace"),
                        json_text_at(row, "name"), !ours || refused);

    edge(builder, route, pool, !ours);
    if (slash != NULL) {
        char *namespace = memory_bytes(gateway, (size_t)(slash - gateway));

        edge(builder, node(builder, GRAPH_GATEWAY, namespace, slash + 1, missing), route,
             missing || !ours || refused);
        free(namespace);
    }
}

static void add_server(struct builder *builder, struct json_object *row, struct json_object *server,
                       size_t pool)
{
    const char *namespace = json_text_at(row, "namespace");
    bool exists = is_set(server, "certificateExists");
    bool needs = is_set(row, "routeEnabled") && is_set(row, "inject");
    size_t one = node(builder, GRAPH_SERVER, namespace, json_text_at(server, "name"), false);
    size_t certificate =
        node(builder, GRAPH_CERTIFICATE, namespace, json_text_at(server, "certificate"), !exists);

    edge(builder, pool, one, false);
    edge(builder, one, certificate, !exists || (needs && !is_set(server, "hasName")));
}

/* The node that exists already, or a new one. */
static size_t node(struct builder *builder, enum graph_kind kind, const char *namespace,
                   const char *name, bool broken)
{
    struct graph *graph = &builder->graph;
    char *key = memory_format("%d %s/%s", kind, namespace, name);
    struct known_node *known;

    HASH_FIND_STR(builder->known, key, known);
    if (known != NULL) {
        free(key);
        return known->node;
    }
    graph->nodes = memory_resize(graph->nodes, graph->node_count + 1, sizeof(*graph->nodes));
    graph->nodes[graph->node_count] = (struct graph_node){
        .kind = kind, .name = memory_text(strchr(key, ' ') + 1), .broken = broken};
    known = memory_new(1, sizeof(*known));
    known->key = key;
    known->node = graph->node_count++;
    HASH_ADD_KEYPTR(hh, builder->known, known->key, strlen(known->key), known);
    return known->node;
}

/* Two Pools of one Server share the edge to its Certificate, which is broken if the Certificate
 * lacks the name of either. */
static void edge(struct builder *builder, size_t from, size_t to, bool broken)
{
    struct graph *graph = &builder->graph;

    for (size_t i = graph->edge_count; i > 0; i--) {
        struct graph_edge *other = &graph->edges[i - 1];

        if (other->from == from && other->to == to) {
            other->broken = other->broken || broken;
            return;
        }
    }
    graph->edges = memory_resize(graph->edges, graph->edge_count + 1, sizeof(*graph->edges));
    graph->edges[graph->edge_count++] = (struct graph_edge){from, to, broken};
}

static bool is_set(struct json_object *object, const char *path)
{
    return json_object_get_boolean(json_at(object, path));
}
