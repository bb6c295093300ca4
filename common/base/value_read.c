/* SPDX-License-Identifier: Apache-2.0 */
/* Nearly all that the API server sends is printable ASCII without escapes, whole numbers and
 * shallow containers. That is read here; all else takes the way through json-c, which has the last
 * word on what is JSON. */
#include "common/base/json.h"
#include "common/base/value.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUICK_DEPTH_MAX = 16,   /* nested arrays and objects */
    QUICK_MEMBERS_MAX = 32, /* of an object: each is compared with those before it */
    INT64_DIGITS = 18,      /* so many always fit */
    NUMBER_SIZE = 32        /* bytes of a number, with its NUL */
};

/* A text of simple JSON, and how far it has been read. */
struct quick {
    struct arena *arena;
    const char *at, *end;
    unsigned depth;
    bool is_over; /* something is not simple */
};

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

struct value *value_read(struct arena *arena, const char *text, size_t size)
{
    struct quick quick = {.arena = arena, .at = text, .end = text + size};
    struct value *value = read_quick(&quick);
    struct json_object *object;

    if (size == 0 || (!quick.is_over && quick.at == quick.end))
        return value;
    object = read_slowly(text, size);
    value = object != NULL ? value_of_json(arena, object) : NULL;
    json_object_put(object);
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
