/* SPDX-License-Identifier: Apache-2.0 */
/* A graph as text for programs that draw, or as a picture. What is broken is red. */
#ifndef TLSROUTED_CTL_GRAPH_PRINT_H
#define TLSROUTED_CTL_GRAPH_PRINT_H

#include "ctl/graph/graph.h"

#include <stdio.h>

/* Prints GRAPH in the language of Graphviz or of Mermaid. */
void graph_print_dot(FILE *stream, const struct graph *graph);
void graph_print_mermaid(FILE *stream, const struct graph *graph);

/* Lays GRAPH out and prints it as SVG. */
void graph_print_svg(FILE *stream, struct graph *graph);

#endif
