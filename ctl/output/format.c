/* SPDX-License-Identifier: Apache-2.0 */
/* json-c and libyaml write for files. A terminal also obeys control characters in between: they are
 * escaped or replaced here, so that no object's text can take it over. */
#include "ctl/output/format.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/base/utf8.h"
#include "ctl/output/output.h"
#include "ctl/output/text.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum {
    UTF8_BYTES = 4 /* of a character, at most */
};

static void print_escaped(FILE *, const char *text);
static void emit(yaml_emitter_t *, yaml_event_t *);
static void emit_value(yaml_emitter_t *, struct json_object *);
static void emit_scalar(yaml_emitter_t *, struct json_object *);
static bool is_plain(const char *text);

static const char *const names[FORMATS] = {
    [FORMAT_TEXT] = "text", [FORMAT_TABLE] = "table", [FORMAT_JSON] = "json",
    [FORMAT_YAML] = "yaml", [FORMAT_NAME] = "name",
};

const char *format_name(enum format format)
{
    return names[format];
}

bool format_parse(const char *name, unsigned set, enum format *format)
{
    for (enum format i = 0; i < FORMATS; i++) {
        if ((set & (1u << i)) != 0 && strcmp(names[i], name) == 0) {
            *format = i;
            return true;
        }
    }
    return false;
}

enum format format_default(unsigned set)
{
    enum format format = 0;

    while (format + 1 < FORMATS && (set & (1u << format)) == 0)
        format++;
    return format;
}

char *format_list(unsigned set)
{
    const char *words[FORMATS];
    size_t count = 0;

    for (enum format i = 0; i < FORMATS; i++) {
        if ((set & (1u << i)) != 0)
            words[count++] = names[i];
    }
    return text_alternatives(words, count);
}

void format_rows(FILE *stream, enum format format, const struct column *columns,
                 struct json_object *rows)
{
    const struct table_style style = table_style_for(stream);

    if (format == FORMAT_NAME)
        format_names(stream, rows);
    else if (!format_document(stream, format, rows))
        table_print(stream, columns, rows, &style);
}

void format_json(FILE *stream, struct json_object *value)
{
    print_escaped(stream, json_object_to_json_string_ext(
                              value, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                         JSON_C_TO_STRING_NOSLASHESCAPE));
    fputc('\n', stream);
}

bool format_document(FILE *stream, enum format format, struct json_object *value)
{
    if (format == FORMAT_JSON)
        format_json(stream, value);
    else if (format == FORMAT_YAML)
        format_yaml(stream, value);
    return format == FORMAT_JSON || format == FORMAT_YAML;
}

void format_yaml(FILE *stream, struct json_object *value)
{
    yaml_emitter_t emitter;
    yaml_event_t event;
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);

    if (memory == NULL || !yaml_emitter_initialize(&emitter))
        memory_out();
    yaml_emitter_set_output_file(&emitter, memory);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, -1);
    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
    emit(&emitter, &event);
    yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1);
    emit(&emitter, &event);
    emit_value(&emitter, value);
    yaml_document_end_event_initialize(&event, 1);
    emit(&emitter, &event);
    yaml_stream_end_event_initialize(&event);
    emit(&emitter, &event);
    yaml_emitter_delete(&emitter);
    fclose(memory);
    print_escaped(stream, text);
    free(text);
}

void format_clean(struct json_object *value)
{
    if (json_object_is_type(value, json_type_string)) {
        char *clean =
            text_clean(json_object_get_string(value), (size_t)json_object_get_string_len(value));

        json_object_set_string(value, clean);
        free(clean);
    } else if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, member, item)
        {
            (void)member;
            format_clean(item);
        }
    }
    for (size_t i = 0; i < json_count(value); i++)
        format_clean(json_item(value, i));
}

void format_names(FILE *stream, struct json_object *rows)
{
    for (size_t i = 0; i < json_count(rows); i++) {
        struct json_object *row = json_item(rows, i);
        const char *namespace = json_text_at(row, "namespace"), *name = json_text_at(row, "name");

        output_print(stream, "%s%s%s\n", namespace, namespace[0] != '\0' ? "/" : "", name);
    }
}

/* Prints a document in UTF-8. Neither json-c nor libyaml escapes all that a terminal obeys; it can
 * only stand in quotes, and both languages escape it in the same way. */
static void print_escaped(FILE *stream, const char *text)
{
    for (size_t length; *text != '\0'; text += length) {
        length = utf8_length(text, strnlen(text, UTF8_BYTES));
        if (length == 0)
            fputc('?', stream);
        else if (*text != '\n' && text_is_command(text, length))
            fprintf(stream, "\\u%04x", (unsigned)utf8_code_point(text, length));
        else
            fwrite(text, 1, length, stream);
        length += length == 0;
    }
}

/* Fails only without memory, or if the output cannot be written. */
static void emit(yaml_emitter_t *emitter, yaml_event_t *event)
{
    if (!yaml_emitter_emit(emitter, event))
        exit(EXIT_FAILURE);
}

static void emit_value(yaml_emitter_t *emitter, struct json_object *value)
{
    yaml_event_t event;

    if (json_object_is_type(value, json_type_object)) {
        yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE);
        emit(emitter, &event);
        json_object_object_foreach(value, member, item)
        {
            struct json_object *name = json_object_new_string(member);

            emit_scalar(emitter, name);
            json_object_put(name);
            emit_value(emitter, item);
        }
        yaml_mapping_end_event_initialize(&event);
        emit(emitter, &event);
    } else if (json_object_is_type(value, json_type_array)) {
        yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE);
        emit(emitter, &event);
        for (size_t i = 0; i < json_count(value); i++)
            emit_value(emitter, json_item(value, i));
        yaml_sequence_end_event_initialize(&event);
        emit(emitter, &event);
    } else {
        emit_scalar(emitter, value);
    }
}

static void emit_scalar(yaml_emitter_t *emitter, struct json_object *value)
{
    const char *text = value != NULL ? json_object_get_string(value) : "null";
    bool plain = !json_object_is_type(value, json_type_string) || is_plain(text);
    yaml_event_t event;

    yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text, (int)strlen(text),
                                 plain, !plain,
                                 plain ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE);
    emit(emitter, &event);
}

/* Whether every reader of YAML, of whatever version, takes TEXT for a string without quotes. */
static bool is_plain(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static const char others[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                 "-_./";
    static const char *const words[] = {"y",   "n",    "yes",   "no",  "on",
                                        "off", "true", "false", "null"};

    if (text[0] == '\0' || strchr(letters, text[0]) == NULL || text[strspn(text, others)] != '\0')
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(words[i], text) == 0)
            return false;
    }
    return true;
}
