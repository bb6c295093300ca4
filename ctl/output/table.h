/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for a terminal, from JSON rows. */
#ifndef TLSROUTED_CTL_OUTPUT_TABLE_H
#define TLSROUTED_CTL_OUTPUT_TABLE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

/* What stands in a column: the value at FIELD of a row; with OF, "FIELD/OF". */
struct column {
    const char *header;
    const char *field; /* a path, as json_at() takes it */
    const char *of;    /* or NULL */
    bool is_state;     /* is shown in colour */
};

/* A column list ends with one without a header. */
#define COLUMNS_END                                                                                \
    {                                                                                              \
        NULL, NULL, NULL, false                                                                    \
    }

/* Where and how it is shown. */
struct table_style {
    size_t width; /* characters in a line, at most */
    bool colour;
};

/* The style for STREAM: a terminal's own width, and colour unless NO_COLOR is set; else 80 and no
 * colour. (https://no-color.org) */
struct table_style table_style_for(FILE *stream);

/* Prints ROWS (an array) under a line of headers. What does not fit is cut, the widest columns
 * first, and ends with an ellipsis. Control characters become '?'. */
void table_print(FILE *stream, const struct column *columns, struct json_object *rows,
                 const struct table_style *style);

/* The text of VALUE in a cell: "-" for null, "" and an empty list; "yes" and "no"; the elements of
 * a list with commas. The caller frees it. */
char *table_cell(struct json_object *value);

/* The escape sequence that the state STATE is shown in, or "". */
const char *table_state_colour(const char *state, const struct table_style *style);
const char *table_colour_end(const struct table_style *style);

#endif
