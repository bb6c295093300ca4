/* SPDX-License-Identifier: Apache-2.0 */
/* YAML documents as JSON objects. */
#ifndef TLSROUTED_CTL_SETUP_YAML_OBJECTS_H
#define TLSROUTED_CTL_SETUP_YAML_OBJECTS_H

#include <json-c/json.h>

/* The documents of TEXT, an array; what is empty is left out. NULL if TEXT is no YAML. What an
 * alias repeats may be missing. A new reference. */
struct json_object *yaml_objects(const char *text);

#endif
