/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: reading json-c objects by path, adding members, decoding and encoding. A value of another
 * type than expected counts as absent; nothing is converted. */
#ifndef TLSROUTED_COMMON_BASE_JSON_H
#define TLSROUTED_COMMON_BASE_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum {
    JSON_DEPTH_MAX = 64 /* nested arrays and objects */
};

/* The value at PATH ("spec.route.hostname"; members only) in OBJECT, borrowed. NULL if it is absent
 * or null, or if something on the way is not an object. */
struct json_object *json_at(struct json_object *object, const char *path);

/* The string at PATH, borrowed; "" if it is absent or not a string. */
const char *json_text_at(struct json_object *object, const char *path);

/* The string in the member NAME of the object at PATH, borrowed; NULL if there is none. For names
 * that have dots in them and cannot be part of a path. */
const char *json_text_member(struct json_object *object, const char *path, const char *name);

/* How many elements ARRAY has, and the one at INDEX, borrowed. 0 and NULL if it is not an array,
 * where json-c would end the process. */
size_t json_count(struct json_object *array);
struct json_object *json_item(struct json_object *array, size_t index);

/* Sets a member of OBJECT: to TEXT, or to TIME (since 1970) in RFC 3339 with microseconds and in
 * UTC. */
void json_put_text(struct json_object *object, const char *member, const char *text);
void json_put_time(struct json_object *object, const char *member, const struct timespec *time);

/* Reads TEXT, a time in RFC 3339 and in UTC, as seconds since 1970. Returns whether it is one;
 * *SECONDS is 0 if not. */
bool json_seconds(const char *text, uint64_t *seconds);

/* Decodes the SIZE bytes of JSON text at BYTES, strictly: valid UTF-8, at most JSON_DEPTH_MAX deep,
 * nothing after the end. Returns a new reference; or NULL, with *PROBLEM saying what is wrong (a
 * constant). */
struct json_object *json_decode(const char *bytes, size_t size, const char **problem);

/* The compact text of OBJECT, borrowed from it until it changes. */
const char *json_encode(struct json_object *object);

#endif
