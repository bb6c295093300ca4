/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Patch documents (RFC 6902). */
#ifndef TLSROUTED_COMMON_OBJECTS_JSON_PATCH_H
#define TLSROUTED_COMMON_OBJECTS_JSON_PATCH_H

#include <json-c/json.h>

#define JSON_PATCH_TYPE "application/json-patch+json"

/* Appends the operation OPERATION ("test", "add", "replace") on PATH, a JSON Pointer, to the array
 * PATCH. VALUE's reference is taken over. */
void json_patch_add(struct json_object *patch, const char *operation, const char *path,
                    struct json_object *value);

/* Appends the removal of what is at PATH. */
void json_patch_remove(struct json_object *patch, const char *path);

#endif
