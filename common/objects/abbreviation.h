/* SPDX-License-Identifier: Apache-2.0 */
/* JSON texts that are kept of thousands of objects, in few bytes: what most of them have in common
 * is one byte each time. Nothing depends on how short a text becomes. */
#ifndef TLSROUTED_COMMON_OBJECTS_ABBREVIATION_H
#define TLSROUTED_COMMON_OBJECTS_ABBREVIATION_H

#include <json-c/json.h>
#include <stdbool.h>

/* Abbreviates JSON, a text without control characters, in its place. One text has one abbreviation,
 * so that two of them can be compared. */
void abbreviate(char *json);

/* Whether TEXT is the abbreviation of JSON, or JSON itself. */
bool abbreviation_is_of(const char *text, const char *json);

/* The JSON that TEXT is the abbreviation of; it may be JSON itself. The caller frees it. */
char *abbreviation_text(const char *text);

/* The same, decoded as by json_decode(): a new reference, or NULL if that is no JSON. */
struct json_object *abbreviation_decode(const char *text);

#endif
