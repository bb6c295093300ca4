/* SPDX-License-Identifier: Apache-2.0 */
/* The formats of --output: a value printed as text, a table, JSON, YAML or names. */
#ifndef TLSROUTED_CTL_OUTPUT_FORMAT_H
#define TLSROUTED_CTL_OUTPUT_FORMAT_H

#include "ctl/output/table.h"

enum format {
    FORMAT_TEXT,  /* for people; may change */
    FORMAT_TABLE, /* likewise */
    FORMAT_JSON,
    FORMAT_YAML,
    FORMAT_NAME, /* NAMESPACE/NAME, or NAME of what has no namespace, one per line */
    FORMATS
};

#define FORMAT_SET(format) (1u << FORMAT_##format)

/* "text", "table", "json", "yaml", "name". */
const char *format_name(enum format format);

/* Whether NAME is a format of SET; then *FORMAT is that one. */
bool format_parse(const char *name, unsigned set, enum format *format);

/* The first format of SET, which is not empty: the one that is used unless another is requested. */
enum format format_default(unsigned set);

/* The names of SET, for a sentence: "table, json or yaml". The caller frees it. */
char *format_list(unsigned set);

/* Prints ROWS, an array; COLUMNS is for FORMAT_TABLE. */
void format_rows(FILE *stream, enum format format, const struct column *columns,
                 struct json_object *rows);

/* Prints VALUE as JSON or YAML; control characters in its texts are escaped. */
void format_json(FILE *stream, struct json_object *value);
void format_yaml(FILE *stream, struct json_object *value);

/* Prints VALUE if FORMAT is JSON or YAML; returns whether it is. */
bool format_document(FILE *stream, enum format format, struct json_object *value);

/* Prints the name of each of ROWS. */
void format_names(FILE *stream, struct json_object *rows);

/* Replaces each control character in the texts of VALUE by '?', for what is printed as it is. */
void format_clean(struct json_object *value);

#endif
