/* SPDX-License-Identifier: Apache-2.0 */
/* What is changed, or sent, is made with json-c, which knows how to; a tree in an arena is only
 * read. */
#include "common/base/json.h"
#include "common/base/value.h"

#include <stdlib.h>
#include <string.h>

static struct json_object *object_to_json(const struct value *);
static struct json_object *array_to_json(const struct value *);
static void add_members(struct arena *, struct value *, struct json_object *object);
static void add_elements(struct arena *, struct value *, struct json_object *array);
static void set_text(struct arena *, struct value *, const char *text, size_t size);

struct json_object *value_to_json(const struct value *value)
{
    switch (value_type(value)) {
    case json_type_boolean:
        return json_object_new_boolean(value->is_true);
    case json_type_int:
        return value->is_large ? json_object_new_uint64((uint64_t)value->number)
                               : json_object_new_int64(value->number);
    case json_type_double:
        return json_object_new_double_s(strtod(value->text, NULL), value->text);
    case json_type_string:
        return json_object_new_string_len(value->text, (int)value->size);
    case json_type_object:
        return object_to_json(value);
    case json_type_array:
        return array_to_json(value);
    case json_type_null:
        return NULL;
    }
    return NULL;
}

/* Recursive, but no deeper than JSON_DEPTH_MAX. */
struct value *value_of_json(struct arena *arena, struct json_object *object)
{
    struct value *value = value_new(arena, json_object_get_type(object));

    switch (json_object_get_type(object)) {
    case json_type_boolean:
        value->is_true = json_object_get_boolean(object);
        break;
    case json_type_int:
        value->is_large = json_object_get_uint64(object) > INT64_MAX;
        value->number = value->is_large ? (int64_t)json_object_get_uint64(object)
                                        : json_object_get_int64(object);
        break;
    case json_type_double:
        set_text(arena, value, json_encode(object), strlen(json_encode(object)));
        break;
    case json_type_string:
        set_text(arena, value, json_object_get_string(object),
                 (size_t)json_object_get_string_len(object));
        break;
    case json_type_object:
        add_members(arena, value, object);
        break;
    case json_type_array:
        add_elements(arena, value, object);
        break;
    case json_type_null:
        break;
    }
    return value;
}

static struct json_object *object_to_json(const struct value *value)
{
    struct json_object *object = json_object_new_object();

    VALUE_FOREACH (member, value)
        json_object_object_add_ex(object, member->name, value_to_json(member),
                                  JSON_C_OBJECT_ADD_KEY_IS_NEW);
    return object;
}

static struct json_object *array_to_json(const struct value *value)
{
    struct json_object *array = json_object_new_array();

    VALUE_FOREACH (element, value) {
        while (json_object_array_length(array) < element->index)
            json_object_array_add(array, NULL);
        json_object_array_add(array, value_to_json(element));
    }
    while (json_object_array_length(array) < value->size)
        json_object_array_add(array, NULL);
    return array;
}

static void add_members(struct arena *arena, struct value *value, struct json_object *object)
{
    json_object_object_foreach(object, name, member)
        value_put(value, arena_text(arena, name, strlen(name)), value_of_json(arena, member));
}

static void add_elements(struct arena *arena, struct value *value, struct json_object *array)
{
    for (size_t i = 0; i < json_count(array); i++)
        value_append(value, value_of_json(arena, json_item(array, i)));
}

static void set_text(struct arena *arena, struct value *value, const char *text, size_t size)
{
    value->text = arena_text(arena, text, size);
    value->size = (uint32_t)size;
}
