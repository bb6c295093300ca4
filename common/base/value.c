/* SPDX-License-Identifier: Apache-2.0 */
/* Nearly all that the API server sends is printable ASCII without escapes, whole numbers and
 * shallow containers. That is read here; all else takes the way through json-c, which has the last
 * word on what is JSON. */
#include "common/base/value.h"

#include "common/base/json.h"
#include "common/base/memory.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUICK_DEPTH_MAX = 16,   /* nested arrays and objects */
    QUICK_MEMBERS_MAX = 32, /* of an object: each is compared with those before it */
    INT64_DIGITS = 18,      /* so many always fit */
    NUMBER_SIZE = 32,       /* bytes of a number, with its NUL */
    FIRST_ROOM = 256        /* bytes for a text that is written */
};

/* A text of simple JSON, and how far it has been read. */
struct quick {
    struct arena *arena;
    const char *at, *end;
    unsigned depth;
    bool is_over; /* something is not simple */
};

/* JSON text that is written. */
struct writer {
    char *text;
    size_t size, room;
};

static void link_last(struct value *container, struct value *);
static void write_value(struct writer *, const struct value *);
static void write_container(struct writer *, const struct value *);
static void write_null(struct writer *, uint32_t index);
static void write_text(struct writer *, const char *text, size_t size);
static void write_escape(struct writer *, char byte);
static void write_bytes(struct writer *, const char *bytes, size_t size);
static struct value *read_quick(struct quick *);
static struct value *read_container(struct quick *, bool is_object);
static const char *read_name(struct quick *, struct value *object);
static bool take(struct quick *, char byte);
static bool take_word(struct quick *, const char *word);
static struct value *give_up(struct quick *);
static const char *read_string(struct quick *, uint32_t *size);
static void unescape(char *text);
static struct value *read_number(struct quick *);
static bool has_bare_control(const char *value, size_t size);
static struct json_object *read_slowly(const char *text, size_t size);
static struct json_object *build_number(const char *text, size_t size);
static struct json_object *object_to_json(const struct value *);
static struct json_object *array_to_json(const struct value *);
static void add_members(struct arena *, struct value *, struct json_object *object);
static void add_elements(struct arena *, struct value *, struct json_object *array);
static void set_text(struct arena *, struct value *, const char *text, size_t size);

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

const char *value_text_member(const struct value *value, const char *path, const char *name)
{
    const struct value *text = value_member(value_at(value, path), name, strlen(name));

    return value_is(text, json_type_string) ? text->text : NULL;
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

char *value_encode(const struct value *value)
{
    struct writer writer = {0};

    if (value != NULL)
        write_value(&writer, value);
    write_bytes(&writer, "", 1);
    return writer.text;
}

struct value *value_read(struct arena *arena, const char *text, size_t size)
{
    struct quick quick = {.arena = arena, .at = text, .end = text + size};
    struct value *value = read_quick(&quick);
    struct json_object *object;

    if (!quick.is_over && quick.at == quick.end)
        return value;
    object = read_slowly(text, size);
    value = object != NULL ? value_of_json(arena, object) : NULL;
    json_object_put(object);
    return value;
}

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

/* What comes next; NULL for null, or when it is over. */
static struct value *read_quick(struct quick *quick)
{
    const char first = quick->at < quick->end ? *quick->at : '\0';
    struct value *value;

    if (first == '{' || first == '[')
        return read_container(quick, first == '{');
    if (first != '"' && first != 't' && first != 'f' && first != 'n')
        return read_number(quick);
    value = value_new(quick->arena, first == '"'   ? json_type_string
                                    : first == 'n' ? json_type_null
                                                   : json_type_boolean);
    if (first == '"') {
        value->text = read_string(quick, &value->size);
        return value;
    }
    value->is_true = first == 't';
    return take_word(quick, first == 't' ? "true" : first == 'f' ? "false" : "null") ? value : NULL;
}

/* Recursive, but no deeper than QUICK_DEPTH_MAX. */
static struct value *read_container(struct quick *quick, bool is_object)
{
    struct value *container =
        value_new(quick->arena, is_object ? json_type_object : json_type_array);
    const char close = is_object ? '}' : ']', *name = NULL;

    quick->at++;
    if (++quick->depth > QUICK_DEPTH_MAX)
        return give_up(quick);
    for (bool is_first = true; !take(quick, close); is_first = false) {
        struct value *value;

        if (!is_first && !take(quick, ','))
            return give_up(quick);
        if (is_object)
            name = read_name(quick, container);
        if (is_object && name == NULL)
            return give_up(quick);
        value = read_quick(quick);
        if (quick->is_over)
            return NULL;
        if (is_object)
            value_put(container, name, value);
        else
            value_append(container, value);
    }
    quick->depth--;
    return container;
}

/* One that OBJECT has already is not simple. */
static const char *read_name(struct quick *quick, struct value *object)
{
    uint32_t size;
    const char *name = read_string(quick, &size);

    if (name == NULL || !take(quick, ':') || object->size == QUICK_MEMBERS_MAX)
        return NULL;
    VALUE_FOREACH (member, object) {
        if (member->name_size == size && memcmp(member->name, name, size) == 0)
            return NULL;
    }
    return name;
}

static bool take(struct quick *quick, char byte)
{
    if (quick->at == quick->end || *quick->at != byte)
        return false;
    quick->at++;
    return true;
}

static bool take_word(struct quick *quick, const char *word)
{
    for (; *word != '\0'; word++) {
        if (!take(quick, *word))
            return give_up(quick) != NULL;
    }
    return true;
}

static struct value *give_up(struct quick *quick)
{
    quick->is_over = true;
    return NULL;
}

/* What the text in quotation marks says, in the arena, with a NUL after it; NULL when it is over.
 */
static const char *read_string(struct quick *quick, uint32_t *size)
{
    const char *start = quick->at + 1, *at = start;
    size_t escapes = 0;
    char *text;

    if (!take(quick, '"'))
        return NULL;
    for (; at < quick->end && *at >= ' ' && *at <= '~' && *at != '"'; at++) {
        if (*at != '\\')
            continue;
        if (++at == quick->end || (*at != '"' && *at != '\\'))
            break;
        escapes++;
    }
    if (at >= quick->end || *at != '"') {
        give_up(quick);
        return NULL;
    }
    quick->at = at + 1;
    *size = (uint32_t)((size_t)(at - start) - escapes);
    text = arena_text(quick->arena, start, (size_t)(at - start));
    if (escapes > 0)
        unescape(text);
    return text;
}

/* Takes away the backslash before each character that has one. */
static void unescape(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; from++) {
        from += *from == '\\';
        *to++ = *from;
    }
    *to = '\0';
}

static struct value *read_number(struct quick *quick)
{
    struct value *value = value_new(quick->arena, json_type_int);
    const char *first = quick->at;

    for (; quick->at < quick->end && *quick->at >= '0' && *quick->at <= '9'; quick->at++) {
        if (quick->at - first == INT64_DIGITS)
            return give_up(quick);
        value->number = 10 * value->number + (*quick->at - '0');
    }
    if (quick->at == first || (*first == '0' && quick->at - first > 1) ||
        (quick->at < quick->end && memchr(",}]", *quick->at, 3) == NULL))
        return give_up(quick);
    return value;
}

static struct json_object *read_slowly(const char *text, size_t size)
{
    const char *problem;

    if (size >= INT_MAX)
        return NULL;
    if (text[0] == '"' || text[0] == '{' || text[0] == '[')
        return has_bare_control(text, size) ? NULL : json_decode(text, size, &problem);
    return build_number(text, size);
}

/* Whether a text in the value has a control character that is not escaped (RFC 8259, section 7):
 * json-c takes it, and writes it six times as long. */
static bool has_bare_control(const char *value, size_t size)
{
    bool in_text = false;

    for (size_t i = 0; i < size; i++) {
        if (value[i] == '"')
            in_text = !in_text;
        else if (in_text && value[i] == '\\')
            i++;
        else if (in_text && (unsigned char)value[i] < ' ')
            return true;
    }
    return false;
}

/* json-c knows the end of a number only by what follows it. */
static struct json_object *build_number(const char *text, size_t size)
{
    char copy[NUMBER_SIZE + 1], *end;
    double number;

    if (size >= NUMBER_SIZE)
        return NULL;
    memcpy(copy, text, size);
    memcpy(copy + size, " ", 2);
    if (copy[strspn(copy, "-0123456789")] == ' ')
        return json_tokener_parse(copy);
    number = strtod(copy, &end);
    return *end == ' ' ? json_object_new_double(number) : NULL;
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

static void link_last(struct value *container, struct value *value)
{
    value->next = NULL;
    *(container->last != NULL ? &container->last->next : &container->first) = value;
    container->last = value;
}

/* Recursive, but no deeper than the trees that are read. */
static void write_value(struct writer *writer, const struct value *value)
{
    char number[32];

    switch ((enum json_type)value->type) {
    case json_type_boolean:
        write_bytes(writer, value->is_true ? "true" : "false", value->is_true ? 4 : 5);
        break;
    case json_type_int:
        write_bytes(writer, number,
                    (size_t)(value->is_large ? sprintf(number, "%" PRIu64, (uint64_t)value->number)
                                             : sprintf(number, "%" PRId64, value->number)));
        break;
    case json_type_double:
        write_bytes(writer, value->text, value->size);
        break;
    case json_type_string:
        write_text(writer, value->text, value->size);
        break;
    case json_type_object:
    case json_type_array:
        write_container(writer, value);
        break;
    case json_type_null:
        write_bytes(writer, "null", 4);
        break;
    }
}

static void write_container(struct writer *writer, const struct value *value)
{
    const bool is_object = value->type == json_type_object;
    uint32_t count = 0;

    write_bytes(writer, is_object ? "{" : "[", 1);
    VALUE_FOREACH (child, value) {
        while (!is_object && count < child->index)
            write_null(writer, count++);
        write_bytes(writer, ",", count++ > 0);
        if (is_object) {
            write_text(writer, child->name, child->name_size);
            write_bytes(writer, ":", 1);
        }
        write_value(writer, child);
    }
    while (count < value->size)
        write_null(writer, count++);
    write_bytes(writer, is_object ? "}" : "]", 1);
}

static void write_null(struct writer *writer, uint32_t index)
{
    write_bytes(writer, ",", index > 0);
    write_bytes(writer, "null", 4);
}

/* (RFC 8259, section 7) */
static void write_text(struct writer *writer, const char *text, size_t size)
{
    size_t plain = 0;

    write_bytes(writer, "\"", 1);
    for (size_t i = 0; i < size; i++) {
        const unsigned char byte = (unsigned char)text[i];

        if (byte >= ' ' && byte != '"' && byte != '\\')
            continue;
        write_bytes(writer, text + plain, i - plain);
        write_escape(writer, text[i]);
        plain = i + 1;
    }
    write_bytes(writer, text + plain, size - plain);
    write_bytes(writer, "\"", 1);
}

/* As json-c has it. */
static void write_escape(struct writer *writer, char byte)
{
    static const char controls[] = "\b\f\n\r\t", letters[] = "bfnrt";
    const char *control = byte != '\0' ? strchr(controls, byte) : NULL;
    char escape[8];

    if (control != NULL)
        byte = letters[control - controls];
    write_bytes(writer, escape,
                (size_t)sprintf(escape, (unsigned char)byte < ' ' ? "\\u%04x" : "\\%c", byte));
}

static void write_bytes(struct writer *writer, const char *bytes, size_t size)
{
    if (size > writer->room - writer->size) {
        writer->room = 2 * writer->room + size + FIRST_ROOM;
        writer->text = memory_resize(writer->text, writer->room, 1);
    }
    memcpy(writer->text + writer->size, bytes, size);
    writer->size += size;
}
