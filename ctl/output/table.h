/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for a terminal, from JSON rows. */
#ifndef TLSROUTED_CTL_OUTPUT_TABLE_H
#define TLSROUTED_CTL_OUTPUT_TABLE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

/* One column: it shows the value of a field of each row, or with a total "1/2". */
struct column {
    const char *header;
    const char *field; /* its path, as for json_at() */
    const char *of;    /* the path of the total, or NULL */
    bool is_state;     /* shown in colour */
};

/* The end of a list of columns. */
#define COLUMNS_END                                                                                \
    {                                                                                              \
        NULL, NULL, NULL, false                                                                    \
    }

struct table_style {
    size_t width; /* characters that fit into a line */
    bool colour;
};

/* The style for STREAM: on a terminal its width, but at least TEXT_COLUMNS, and colour unless
 * NO_COLOR is set (https://no-color.org); elsewhere TEXT_COLUMNS and no colour. */
struct table_style table_style_for(FILE *stream);

/* Prints ROWS, an array, under a line of headers. Cells that do not fit are cut, in the widest
 * columns first, and end with an ellipsis. Control characters are replaced by '?'. */
void table_print(FILE *stream, const struct column *columns, struct json_object *rows,
                 const struct table_style *style);

/* The text of VALUE in a cell: "-" for null, "" and an empty array; "yes" or "no" for a boolean;
 * the elements of an array, separated by commas. The caller frees it. */
char *table_cell(struct json_object *value);

/* Prints TEXT, cleaned, in the colour of the state STATE, and spaces up to WIDTH characters. */
void table_print_state(FILE *stream, const char *state, const char *text, int width,
                       const struct table_style *style);

#endif
