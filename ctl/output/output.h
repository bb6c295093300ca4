/* SPDX-License-Identifier: Apache-2.0 */
/* One value, in the format that was asked for. */
#ifndef TLSROUTED_CTL_OUTPUT_OUTPUT_H
#define TLSROUTED_CTL_OUTPUT_OUTPUT_H

#include "ctl/output/table.h"

enum output_format {
    OUTPUT_TABLE, /* for people; its layout may change */
    OUTPUT_JSON,
    OUTPUT_YAML,
    OUTPUT_NAME, /* NAMESPACE/NAME, or NAME of what has no namespace, one a line */
    OUTPUT_FORMATS
};

/* Whether NAME is one of "table", "json", "yaml", "name"; then *FORMAT is set. */
bool output_parse(const char *name, enum output_format *format);

/* Prints ROWS, an array; COLUMNS is for OUTPUT_TABLE. */
void output_rows(FILE *stream, enum output_format format, const struct column *columns,
                 struct json_object *rows);

/* Prints VALUE as JSON or YAML; no control character of a text is printed as it is. */
void output_json(FILE *stream, struct json_object *value);
void output_yaml(FILE *stream, struct json_object *value);

/* Prints VALUE in FORMAT if that is JSON or YAML; returns whether it is. */
bool output_document(FILE *stream, enum output_format format, struct json_object *value);

/* Replaces, in all texts of VALUE, what a terminal would obey by '?': for what is printed as it
 * is. */
void output_clean(struct json_object *value);

/* Prints the name of each of ROWS. */
void output_names(FILE *stream, struct json_object *rows);

#endif
