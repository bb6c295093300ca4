/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON text for each tree: the same as json-c's for the same values. */
#include "common/base/memory.h"
#include "common/base/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    FIRST_ROOM = 256 /* bytes for a text that is written */
};

/* JSON text that is written. */
struct writer {
    char *text;
    size_t size, room;
};

static void write_value(struct writer *, const struct value *);
static void write_container(struct writer *, const struct value *);
static void write_null(struct writer *, uint32_t index);
static void write_text(struct writer *, const char *text, size_t size);
static void write_escape(struct writer *, char byte);
static void write_bytes(struct writer *, const char *bytes, size_t size);

char *value_encode(const struct value *value)
{
    struct writer writer = {0};

    if (value != NULL)
        write_value(&writer, value);
    write_bytes(&writer, "", 1);
    return writer.text;
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
