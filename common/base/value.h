/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values that are read once and never changed: a tree in an arena, which costs a fraction of
 * json-c's. A value of another type than expected counts as absent; nothing is converted. */
#ifndef TLSROUTED_COMMON_BASE_VALUE_H
#define TLSROUTED_COMMON_BASE_VALUE_H

#include "common/base/arena.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct value {
    const char *name; /* of the member that it is of an object; "" for others */
    uint32_t name_size;
    uint32_t index;     /* of the element that it is of an array */
    struct value *next; /* in the same container */
    union {
        struct value *first; /* object, array */
        const char *text;    /* string, and the JSON of a double; there is a NUL after it */
        int64_t number;      /* int */
        bool is_true;        /* boolean */
    };
    struct value *last; /* of an object or array */
    uint32_t size;      /* of an object or array: members or elements; of a text: bytes */
    uint8_t type;       /* enum json_type */
    bool is_large;      /* an int from 2^63 up: number is to be taken for unsigned */
};

/* Goes through the members of CONTAINER, or through its elements that are not null; it may be NULL
 * or no container. */
#define VALUE_FOREACH(child, container)                                                            \
    for (const struct value *child = value_first(container); child != NULL; child = child->next)

/* Whether VALUE (or NULL, which is json_type_null) is of TYPE. */
bool value_is(const struct value *value, enum json_type type);
enum json_type value_type(const struct value *value);

/* The first member or element that is there; NULL if there is none, or for another type. */
const struct value *value_first(const struct value *value);

/* The value at PATH ("spec.route.hostname"; members only), NULL if it is absent or null, or if
 * something on the way is not an object; and the member NAME, which may have dots in it. */
const struct value *value_at(const struct value *value, const char *path);
const struct value *value_member(const struct value *object, const char *name, size_t size);

/* The string at PATH; "" if it is absent or not a string. */
const char *value_text_at(const struct value *value, const char *path);

/* The whole number at PATH, INT64_MAX for one that is larger; 0 if it is absent or no such number.
 */
int64_t value_number_at(const struct value *value, const char *path);

/* The string in the member NAME of the object at PATH; NULL if there is none. */
const char *value_text_member(const struct value *value, const char *path, const char *name);

/* VALUE if it is an array, otherwise NULL. */
const struct value *value_array(const struct value *value);

/* The elements of an array, with those that are null; 0 for another type. */
size_t value_count(const struct value *array);

/* The element at INDEX of an array, NULL if it is null or there is none; and for another type. */
const struct value *value_item(const struct value *array, size_t index);

/* A new value of TYPE without content; one that is the string TEXT, which must live as long as
 * ARENA; and one with the content of VALUE, which it shares. They are in no container. */
struct value *value_new(struct arena *arena, enum json_type type);
struct value *value_new_text(struct arena *arena, const char *text);
struct value *value_copy(struct arena *arena, const struct value *value);

/* Puts VALUE, which is in no container, at the end of ARRAY; and of OBJECT, which has no member
 * NAME yet. NAME must live as long as they do. Null in an array only adds to its size. */
void value_append(struct value *array, struct value *value);
void value_put(struct value *object, const char *name, struct value *value);

/* The member NAME of OBJECT, to be changed; NULL if there is none. */
struct value *value_find(struct value *object, const char *name);

/* Makes VALUE, a string, say TEXT, which must live as long as it. */
void value_set_text(struct value *value, const char *text);

/* The compact JSON text of VALUE, "" for NULL. The caller frees it. */
char *value_encode(const struct value *value);

/* Makes of the SIZE bytes of JSON text at TEXT, one value without white space around it, a tree in
 * ARENA. NULL if it is not understood: by json_decode(), or because a text in it has bare control
 * characters; json-c decides what is a number. */
struct value *value_read(struct arena *arena, const char *text, size_t size);

/* The same values for json-c (a new reference), and those of json-c in ARENA. NULL stands for null.
 */
struct json_object *value_to_json(const struct value *value);
struct value *value_of_json(struct arena *arena, struct json_object *object);

#endif
