/* SPDX-License-Identifier: Apache-2.0 */
/* json-c converts silently, ends the process on a wrong type and, in strict mode, refuses UTF-8:
 * nobody else in the tree has to know. */
#include "common/base/json.h"

#include "common/base/memory.h"
#include "common/base/utf8.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ASCII_GROWTH = 3, /* at most: the two bytes of a character become the six of \uXXXX */
    KEPT_MAX = 4096   /* bytes of a text whose tokener is kept, with the room that it has made */
};

/* One is some kilobytes and half of the work on a small text. NULL: it is made when it is needed.
 */
static struct json_tokener *kept;

static char *to_ascii(const char *bytes, size_t size, size_t *length);
static char *escape(char *to, uint32_t code_point);
static struct json_object *parse(const char *bytes, size_t size, const char **problem);
static void keep(struct json_tokener *, bool is_kept);

struct json_object *json_at(struct json_object *object, const char *path)
{
    char member[64];

    while (object != NULL && *path != '\0') {
        size_t length = strcspn(path, ".");

        if (length >= sizeof(member) || !json_object_is_type(object, json_type_object))
            return NULL;
        memcpy(member, path, length);
        member[length] = '\0';
        if (!json_object_object_get_ex(object, member, &object))
            return NULL;
        path += length + (path[length] == '.');
    }
    return object;
}

const char *json_text_at(struct json_object *object, const char *path)
{
    struct json_object *value = json_at(object, path);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

const char *json_text_member(struct json_object *object, const char *path, const char *name)
{
    struct json_object *holder = json_at(object, path), *value;

    if (!json_object_is_type(holder, json_type_object) ||
        !json_object_object_get_ex(holder, name, &value) ||
        !json_object_is_type(value, json_type_string))
        return NULL;
    return json_object_get_string(value);
}

size_t json_count(struct json_object *array)
{
    return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

struct json_object *json_item(struct json_object *array, size_t index)
{
    return index < json_count(array) ? json_object_array_get_idx(array, index) : NULL;
}

void json_put_text(struct json_object *object, const char *member, const char *text)
{
    json_object_object_add(object, member, json_object_new_string(text));
}

void json_put_time(struct json_object *object, const char *member, const struct timespec *time)
{
    struct tm utc;
    char seconds[32], text[64];

    if (gmtime_r(&time->tv_sec, &utc) == NULL ||
        strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &utc) == 0)
        abort();
    snprintf(text, sizeof(text), "%s.%06ldZ", seconds, time->tv_nsec / 1000);
    json_put_text(object, member, text);
}

bool json_seconds(const char *text, uint64_t *seconds)
{
    struct tm utc = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);

    *seconds = end != NULL ? (uint64_t)timegm(&utc) : 0;
    return end != NULL;
}

struct json_object *json_decode(const char *bytes, size_t size, const char **problem)
{
    struct json_object *object = NULL;
    char *ascii;
    size_t length;

    while (size > 0 && memchr(" \t\r\n", bytes[size - 1], 4) != NULL)
        size--;
    if (size == 0 || size > INT_MAX / ASCII_GROWTH) {
        *problem = size == 0 ? "it is empty" : "it is too large";
        return NULL;
    }
    if (utf8_is_ascii(bytes, size))
        return parse(bytes, size, problem);
    ascii = to_ascii(bytes, size, &length);
    if (ascii != NULL)
        object = parse(ascii, length, problem);
    else
        *problem = "it has bytes that are not UTF-8, or a character where none may be";
    free(ascii);
    return object;
}

/* The same JSON text in ASCII, or NULL if it is not UTF-8: in strict mode json-c 0.18 takes every
 * byte from 0x80 up for a control character. The caller frees the result. */
static char *to_ascii(const char *bytes, size_t size, size_t *length)
{
    char *text = memory_new(size * ASCII_GROWTH + 1, 1), *to = text;
    bool after_backslash = false;

    for (size_t at = 0, bytes_of_one; at < size; at += bytes_of_one) {
        bytes_of_one = utf8_length(bytes + at, size - at);
        if (bytes_of_one == 0 || (bytes_of_one > 1 && after_backslash)) {
            free(text);
            return NULL;
        }
        after_backslash = bytes[at] == '\\' && !after_backslash;
        if (bytes_of_one == 1)
            *to++ = bytes[at];
        else
            to = escape(to, utf8_code_point(bytes + at, bytes_of_one));
    }
    *length = (size_t)(to - text);
    return text;
}

/* What does not fit into the 16 bits of one escape takes two. (RFC 8259, section 7) */
static char *escape(char *to, uint32_t code_point)
{
    if (code_point <= 0xffff)
        return to + sprintf(to, "\\u%04x", (unsigned)code_point);
    code_point -= 0x10000;
    return to + sprintf(to, "\\u%04x\\u%04x", 0xd800 + (unsigned)(code_point >> 10),
                        0xdc00 + (unsigned)(code_point & 0x3ff));
}

static struct json_object *parse(const char *bytes, size_t size, const char **problem)
{
    struct json_tokener *tokener = kept != NULL ? kept : json_tokener_new_ex(JSON_DEPTH_MAX);
    struct json_object *object = NULL;
    const char *wrong = NULL;

    if (tokener == NULL) {
        *problem = "there is no memory for it";
        return NULL;
    }
    kept = NULL;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    object = json_tokener_parse_ex(tokener, bytes, (int)size);
    if (json_tokener_get_error(tokener) == json_tokener_continue)
        wrong = "it ends too early";
    else if (json_tokener_get_error(tokener) != json_tokener_success)
        wrong = json_tokener_error_desc(json_tokener_get_error(tokener));
    else if (object == NULL)
        wrong = "it is null";
    else if (json_tokener_get_parse_end(tokener) != size) /* it ends at a NUL */
        wrong = "something follows its end";
    keep(tokener, wrong == NULL && size <= KEPT_MAX);
    if (wrong == NULL)
        return object;
    *problem = wrong;
    json_object_put(object);
    return NULL;
}

/* After an error not all of it is as at the beginning: json_tokener_reset() leaves the first half
 * of a character that lacks its second. */
static void keep(struct json_tokener *tokener, bool is_kept)
{
    if (!is_kept) {
        json_tokener_free(tokener);
        return;
    }
    json_tokener_reset(tokener);
    kept = tokener;
}

const char *json_encode(struct json_object *object)
{
    return json_object_to_json_string_ext(object,
                                          JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}
