/* SPDX-License-Identifier: Apache-2.0 */
/* Reading json-c objects by path, without surprises: a member of another type is not converted; and
 * writing members into them. */
#ifndef TLSROUTED_COMMON_BASE_JSON_H
#define TLSROUTED_COMMON_BASE_JSON_H

#include <json-c/json.h>
#include <stddef.h>
#include <time.h>

enum {
    JSON_DEPTH_MAX = 64 /* nested arrays and objects */
};

/* What stands at PATH ("spec.route.hostname"; members only) in OBJECT, borrowed. NULL if it is
 * absent, null, or if something on the way is not an object. */
struct json_object *json_at(struct json_object *object, const char *path);

/* The text at PATH, borrowed; "" if it is absent or not a text. */
const char *json_text_at(struct json_object *object, const char *path);

/* The text of the annotation NAME of OBJECT, an API object, borrowed; NULL if it has none. The name
 * has dots in it, so it is not a path. */
const char *json_annotation(struct json_object *object, const char *name);

/* The elements of ARRAY, and the one at INDEX (borrowed); 0 and NULL if it is no array, where
 * json-c would end the process. */
size_t json_count(struct json_object *array);
struct json_object *json_item(struct json_object *array, size_t index);

/* Sets a member of OBJECT: to TEXT, or to TIME (since 1970) as API objects have it (meta/v1
 * MicroTime). */
void json_put_text(struct json_object *object, const char *member, const char *text);
void json_put_time(struct json_object *object, const char *member, const struct timespec *time);

/* Decodes the SIZE bytes of JSON text at BYTES, strictly: UTF-8, no more than JSON_DEPTH_MAX deep,
 * and nothing after it. Returns a new reference, or NULL with *PROBLEM saying what is wrong (a
 * constant). */
struct json_object *json_decode(const char *bytes, size_t size, const char **problem);

/* The compact text of OBJECT, borrowed from it until it changes. */
const char *json_encode(struct json_object *object);

#endif
