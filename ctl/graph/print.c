/* SPDX-License-Identifier: Apache-2.0 */
/* Each language has its own special characters, and names come from others: whatever is printed
 * goes through one function that escapes it. */
#include "ctl/graph/print.h"

#include "common/base/memory.h"
#include "ctl/graph/layout.h"
#include "ctl/output/output.h"

#include <stdlib.h>
#include <string.h>

enum {
    BOX_WIDTH = 220, /* pixels */
    BOX_HEIGHT = 40,
    COLUMN_STEP = 290,
    ROW_STEP = 56,
    MARGIN = 20,
    LABEL_MAX = 32, /* characters that a box has room for */
};

#define RED  "#c00000"
#define GREY "#606060"

static void print_box(FILE *, const struct graph_node *);
static void print_arrow(FILE *, const struct graph *, const struct graph_edge *);
static char *label_of(const char *name);
static unsigned left_of(const struct graph_node *);
static unsigned middle_of(const struct graph_node *);

void graph_print_dot(FILE *stream, const struct graph *graph)
{
    static const char *const escaped[] = {"\\\"", "\\\\"};

    output_print(stream, "digraph tlsrouted {\n  rankdir=LR;\n  node [shape=box];\n");
    for (size_t i = 0; i < graph->node_count; i++) {
        const struct graph_node *node = &graph->nodes[i];

        output_print(stream, "  n%zu [label=\"%s\\n", i, graph_kind_name(node->kind));
        output_escaped(stream, node->name, "\"\\", escaped);
        output_print(stream, "\"%s];\n", node->broken ? ", color=red" : "");
    }
    for (size_t i = 0; i < graph->edge_count; i++)
        output_print(stream, "  n%zu -> n%zu%s;\n", graph->edges[i].from, graph->edges[i].to,
                     graph->edges[i].broken ? " [color=red, style=dashed]" : "");
    output_print(stream, "}\n");
}

void graph_print_mermaid(FILE *stream, const struct graph *graph)
{
    static const char *const escaped[] = {"#quot;", "#35;", "#lt;", "#gt;"};

    output_print(stream, "flowchart LR\n");
    for (size_t i = 0; i < graph->node_count; i++) {
        const struct graph_node *node = &graph->nodes[i];

        output_print(stream, "  n%zu[\"%s<br>", i, graph_kind_name(node->kind));
        output_escaped(stream, node->name, "\"#<>", escaped);
        output_print(stream, "\"]\n");
        if (node->broken)
            output_print(stream, "  style n%zu stroke:" RED "\n", i);
    }
    for (size_t i = 0; i < graph->edge_count; i++) {
        output_print(stream, "  n%zu %s n%zu\n", graph->edges[i].from,
                     graph->edges[i].broken ? "-.->" : "-->", graph->edges[i].to);
        if (graph->edges[i].broken)
            output_print(stream, "  linkStyle %zu stroke:" RED "\n", i);
    }
}

void graph_print_svg(FILE *stream, struct graph *graph)
{
    unsigned rows = graph_lay_out(graph);
    unsigned width = (GRAPH_COLUMNS - 1) * COLUMN_STEP + BOX_WIDTH + 2 * MARGIN;
    unsigned height = rows * ROW_STEP + 2 * MARGIN;

    output_print(stream,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
                 "viewBox=\"0 0 %u %u\" font-family=\"sans-serif\" font-size=\"11\">\n",
                 width, height, width, height);
    output_print(stream, "<rect width=\"%u\" height=\"%u\" fill=\"white\"/>\n", width, height);
    for (size_t i = 0; i < graph->edge_count; i++)
        print_arrow(stream, graph, &graph->edges[i]);
    for (size_t i = 0; i < graph->node_count; i++)
        print_box(stream, &graph->nodes[i]);
    output_print(stream, "</svg>\n");
}

static void print_box(FILE *stream, const struct graph_node *node)
{
    static const char *const escaped[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
    char *label = label_of(node->name);

    output_print(stream, "<g><title>%s ", graph_kind_name(node->kind));
    output_escaped(stream, node->name, "&<>\"", escaped);
    output_print(
        stream,
        "</title><rect x=\"%u\" y=\"%u\" width=\"%d\" height=\"%d\" rx=\"4\" fill=\"white\" "
        "stroke=\"%s\"/>\n",
        left_of(node), middle_of(node) - BOX_HEIGHT / 2, BOX_WIDTH, BOX_HEIGHT,
        node->broken ? RED : GREY);
    output_print(stream,
                 "<text x=\"%u\" y=\"%u\" fill=\"" GREY "\">%s</text><text x=\"%u\" y=\"%u\">",
                 left_of(node) + 8, middle_of(node) - 5, graph_kind_name(node->kind),
                 left_of(node) + 8, middle_of(node) + 12);
    output_escaped(stream, label, "&<>\"", escaped);
    output_print(stream, "</text></g>\n");
    free(label);
}

static void print_arrow(FILE *stream, const struct graph *graph, const struct graph_edge *edge)
{
    const struct graph_node *from = &graph->nodes[edge->from], *to = &graph->nodes[edge->to];
    unsigned x1 = left_of(from) + BOX_WIDTH, x2 = left_of(to), bend = (x1 + x2) / 2;

    output_print(stream, "<path d=\"M%u %uC%u %u %u %u %u %u\" fill=\"none\" stroke=\"%s\"%s/>\n",
                 x1, middle_of(from), bend, middle_of(from), bend, middle_of(to), x2, middle_of(to),
                 edge->broken ? RED : GREY, edge->broken ? " stroke-dasharray=\"5 3\"" : "");
}

/* NAME, or its end if it is too long: the beginning is often the same. The caller frees it. */
static char *label_of(const char *name)
{
    size_t length = strlen(name);

    return length <= LABEL_MAX ? memory_text(name)
                               : memory_format("...%s", name + length - LABEL_MAX + 3);
}

static unsigned left_of(const struct graph_node *node)
{
    return MARGIN + node->column * COLUMN_STEP;
}

static unsigned middle_of(const struct graph_node *node)
{
    return MARGIN + node->row * ROW_STEP + ROW_STEP / 2;
}
