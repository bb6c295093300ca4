/* SPDX-License-Identifier: Apache-2.0 */
/* The graph of Pools and what they depend on, its layout and its languages. */
#include "tests/unit/check.h"

#include "ctl/graph/layout.h"
#include "ctl/graph/print.h"

#include <stdio.h>

#define POOL(name, more)                                                                           \
    "{\"namespace\":\"n\",\"name\":\"" name "\",\"state\":\"ok\",\"routeEnabled\":true,"           \
    "\"inject\":true" more "}"
#define GATEWAY(exists) ",\"gateway\":{\"name\":\"n/g\",\"exists\":" exists "}"
#define OURS            ",\"route\":{\"ours\":true,\"refusals\":[]}"
#define REFUSED         ",\"route\":{\"ours\":true,\"refusals\":[\"no\"]}"
#define THEIRS          ",\"route\":{\"ours\":false,\"refusals\":[]}"
#define SERVICE         ",\"service\":{\"ours\":true}"
#define SERVER(server, certificate, exists, has)                                                   \
    "{\"name\":\"" server "\",\"certificate\":\"" certificate "\",\"certificateExists\":" exists   \
    ",\"hasName\":" has "}"

/* Nodes and edges as "Kind name" and "Kind name>Kind name", "!" for broken, a space between. */
static char *described(const struct graph *graph)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    for (size_t i = 0; i < graph->node_count; i++)
        fprintf(stream, "%s=%s%s ", graph_kind_name(graph->nodes[i].kind), graph->nodes[i].name,
                graph->nodes[i].broken ? "!" : "");
    for (size_t i = 0; i < graph->edge_count; i++)
        fprintf(stream, "%s>%s%s ", graph_kind_name(graph->nodes[graph->edges[i].from].kind),
                graph_kind_name(graph->nodes[graph->edges[i].to].kind),
                graph->edges[i].broken ? "!" : "");
    fclose(stream);
    return text;
}

static struct graph graph_from(const char *rows)
{
    struct json_object *array = check_json(rows);
    struct graph graph = graph_of(array);

    json_object_put(array);
    return graph;
}

static void test_graphs(void **state)
{
    static const char *const rows[][2] = {
        {"[]", ""},
        {"[" POOL("p", GATEWAY("true") OURS SERVICE) "]",
         "Pool=n/p TLSRoute=n/p Gateway=n/g Service=n/p "
         "TLSRoute>Pool Gateway>TLSRoute Pool>Service "},
        {"[" POOL("p", GATEWAY("false") OURS) "]",
         "Pool=n/p TLSRoute=n/p Gateway=n/g! Service=n/p! "
         "TLSRoute>Pool Gateway>TLSRoute! Pool>Service! "},
        {"[" POOL("p", GATEWAY("null") THEIRS SERVICE) "]",
         "Pool=n/p TLSRoute=n/p! Gateway=n/g Service=n/p "
         "TLSRoute>Pool! Gateway>TLSRoute! Pool>Service "},
        {"[" POOL("p", GATEWAY("true") REFUSED SERVICE) "]",
         "Pool=n/p TLSRoute=n/p! Gateway=n/g Service=n/p "
         "TLSRoute>Pool Gateway>TLSRoute! Pool>Service "},
        {"[{\"namespace\":\"n\",\"name\":\"p\",\"state\":\"off\"}]", "Pool=n/p "},
        {"[{\"namespace\":\"n\",\"name\":\"p\",\"state\":\"unreadable\"}]", "Pool=n/p! "},
        {"[{\"namespace\":\"n\",\"name\":\"p\",\"state\":\"off\",\"servers\":[" SERVER(
             "s", "c", "true", "false") "," SERVER("t", "c", "true", "true") "]}]",
         "Pool=n/p Server=n/s Certificate=n/c Server=n/t "
         "Pool>Server Server>Certificate Pool>Server Server>Certificate "},
        {"[" POOL("p", SERVICE ",\"servers\":[" SERVER("s", "c", "false", "false") "]") "," POOL(
             "q", SERVICE ",\"servers\":[" SERVER("s", "c", "false", "false") "]") "]",
         "Pool=n/p TLSRoute=n/p! Service=n/p Server=n/s Certificate=n/c! Pool=n/q TLSRoute=n/q! "
         "Service=n/q "
         "TLSRoute>Pool! Pool>Service Pool>Server Server>Certificate! "
         "TLSRoute>Pool! Pool>Service Pool>Server "},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct graph graph = graph_from(rows[i][0]);
        char *text = described(&graph);

        CHECK_ROW_TEXT(rows[i][0], text, rows[i][1]);
        free(text);
        graph_clear(&graph);
    }
}

/* Two Pools at two Gateways, in an order in which lines would cross if rows followed the list. */
static void test_layout(void **state)
{
    struct graph graph = {0};
    static const struct graph_node nodes[] = {
        {.kind = GRAPH_GATEWAY}, {.kind = GRAPH_GATEWAY}, {.kind = GRAPH_ROUTE},
        {.kind = GRAPH_ROUTE},   {.kind = GRAPH_POOL},    {.kind = GRAPH_POOL},
        {.kind = GRAPH_SERVICE}, {.kind = GRAPH_SERVER},  {.kind = GRAPH_CERTIFICATE},
    };
    static const struct graph_edge edges[] = {
        {0, 3, false}, {1, 2, false}, {3, 4, false}, {2, 5, false},
        {4, 7, false}, {5, 6, false}, {7, 8, false},
    };
    static const unsigned columns[] = {0, 0, 1, 1, 2, 2, 3, 3, 4},
                          rows[] = {0, 1, 1, 0, 0, 1, 1, 0, 0};

    (void)state;
    graph.nodes = malloc(sizeof(nodes));
    memcpy(graph.nodes, nodes, sizeof(nodes));
    graph.node_count = COUNT_OF(nodes);
    graph.edges = malloc(sizeof(edges));
    memcpy(graph.edges, edges, sizeof(edges));
    graph.edge_count = COUNT_OF(edges);
    assert_int_equal(graph_lay_out(&graph), 2);
    for (size_t i = 0; i < COUNT_OF(nodes); i++) {
        assert_int_equal(graph.nodes[i].column, columns[i]);
        assert_int_equal(graph.nodes[i].row, rows[i]);
    }
    graph_clear(&graph);
    assert_int_equal(graph_lay_out(&graph), 0);
}

static char *printed(struct graph *graph, char kind)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    if (kind == 'd')
        graph_print_dot(stream, graph);
    else if (kind == 'm')
        graph_print_mermaid(stream, graph);
    else
        graph_print_svg(stream, graph);
    fclose(stream);
    return text;
}

/* Names are others' choice: none of them may say something in the language of the picture. */
static void test_escapes(void **state)
{
    static const struct {
        char kind;
        const char *there, *not_there;
    } rows[] = {
        {'d', "a\\\"b\\\\<c>&#?", "a\"b"},
        {'m', "a#quot;b\\#lt;c#gt;&#35;?", "a\"b"},
        {'s', "a&quot;b\\&lt;c&gt;&amp;#?", "<c>"},
    };
    struct graph graph =
        graph_from("[{\"namespace\":\"n\",\"name\":\"a\\\"b\\\\<c>&#\\u001b\",\"state\":\"off\"}]");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = printed(&graph, rows[i].kind);

        CHECK_ROW(rows[i].there, strstr(text, rows[i].there) != NULL);
        CHECK_ROW(rows[i].there, strstr(text, rows[i].not_there) == NULL);
        free(text);
    }
    graph_clear(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_graphs),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_escapes),
    };

    return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
