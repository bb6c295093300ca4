/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of the API have few members, and each is asked for once or twice: a list of them is
 * all that is needed. How they are read and written is in value_read.c and value_write.c, and what
 * leads to json-c and back in value_json.c. */
#include "common/base/value.h"

#include <string.h>

static void link_last(struct value *container, struct value *);

bool value_is(const struct value *value, enum json_type type)
{
    return value_type(value) == type;
}

enum json_type value_type(const struct value *value)
{
    return value != NULL ? (enum json_type)value->type : json_type_null;
}

const struct value *value_first(const struct value *value)
{
    const bool is_container = value_is(value, json_type_object) || value_is(value, json_type_array);

    return is_container ? value->first : NULL;
}

const struct value *value_at(const struct value *value, const char *path)
{
    while (value != NULL && *path != '\0') {
        const char *end = strchrnul(path, '.');

        value = value_member(value, path, (size_t)(end - path));
        path = end + (*end == '.');
    }
    return value;
}

const struct value *value_member(const struct value *object, const char *name, size_t size)
{
    if (!value_is(object, json_type_object))
        return NULL;
    VALUE_FOREACH (member, object) {
        if (member->name_size == size && memcmp(member->name, name, size) == 0)
            return member->type != json_type_null ? member : NULL;
    }
    return NULL;
}

const char *value_text_at(const struct value *value, const char *path)
{
    const struct value *text = value_at(value, path);

    return value_is(text, json_type_string) ? text->text : "";
}

int64_t value_number_at(const struct value *value, const char *path)
{
    const struct value *number = value_at(value, path);

    if (!value_is(number, json_type_int))
        return 0;
    return number->is_large ? INT64_MAX : number->number;
}

const char *value_text_member(const struct value *value, const char *path, const char *name)
{
    const struct value *text = value_member(value_at(value, path), name, strlen(name));

    return value_is(text, json_type_string) ? text->text : NULL;
}

const struct value *value_array(const struct value *value)
{
    return value_is(value, json_type_array) ? value : NULL;
}

size_t value_count(const struct value *array)
{
    return value_is(array, json_type_array) ? array->size : 0;
}

const struct value *value_item(const struct value *array, size_t index)
{
    if (!value_is(array, json_type_array))
        return NULL;
    VALUE_FOREACH (element, array) {
        if (element->index == index)
            return element;
    }
    return NULL;
}

struct value *value_new(struct arena *arena, enum json_type type)
{
    struct value *value = arena_take(arena, sizeof(*value));

    *value = (struct value){.name = "", .type = (uint8_t)type};
    return value;
}

struct value *value_new_text(struct arena *arena, const char *text)
{
    struct value *value = value_new(arena, json_type_string);

    value_set_text(value, text);
    return value;
}

struct value *value_copy(struct arena *arena, const struct value *value)
{
    struct value *copy = arena_take(arena, sizeof(*copy));

    *copy = *value;
    copy->name = "";
    copy->name_size = copy->index = 0;
    copy->next = NULL;
    return copy;
}

void value_append(struct value *array, struct value *value)
{
    if (value->type != json_type_null) {
        value->index = array->size;
        link_last(array, value);
    }
    array->size++;
}

void value_put(struct value *object, const char *name, struct value *value)
{
    value->name = name;
    value->name_size = (uint32_t)strlen(name);
    link_last(object, value);
    object->size++;
}

struct value *value_find(struct value *object, const char *name)
{
    const size_t size = strlen(name);

    for (struct value *member = object->first; member != NULL; member = member->next) {
        if (member->name_size == size && memcmp(member->name, name, size) == 0)
            return member;
    }
    return NULL;
}

void value_set_text(struct value *value, const char *text)
{
    value->text = text;
    value->size = (uint32_t)strlen(text);
}

static void link_last(struct value *container, struct value *value)
{
    value->next = NULL;
    *(container->last != NULL ? &container->last->next : &container->first) = value;
    container->last = value;
}
