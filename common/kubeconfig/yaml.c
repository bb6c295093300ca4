/* SPDX-License-Identifier: Apache-2.0 */
/* Loads a YAML file with libcyaml, after checks that give errors a person can use, and wipes what
 * it held, which may be a secret. */
#include "common/kubeconfig/yaml.h"

#include "common/base/memory.h"
#include "common/kubeconfig/file.h"
#include "common/kubeconfig/yaml_check.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MAX = 1024 * 1024, /* bytes */
    NESTING_MAX = 32,       /* sections within sections; a kubeconfig has four */
    MESSAGE_MAX = 256,      /* bytes kept of a message of libcyaml */
};

struct yaml_file {
    char *path;
    char *text;
    const struct yaml_plan *plan;
    bool parsed; /* document is there */
    yaml_document_t document;
    void *data;
};

static char *parse(struct yaml_file *);
static char *check_events(struct yaml_file *, yaml_parser_t *);
static char *check_event(const struct yaml_file *, const yaml_event_t *, unsigned *depth,
                         unsigned *documents);
static char *syntax_error(const struct yaml_file *, const yaml_parser_t *);
static char *load(struct yaml_file *);
static const yaml_node_t *find(const struct yaml_file *, const char *keys, size_t *line);
static const yaml_node_t *find_item(yaml_document_t *, const yaml_node_t *, size_t index);
static const yaml_node_t *find_value(yaml_document_t *, const yaml_node_t *, const char *key,
                                     size_t length, size_t *line);
static void open_parser(yaml_parser_t *, const char *text);
static void close_parser(yaml_parser_t *);
static void close_event(yaml_event_t *);
static void close_document(yaml_document_t *);
static cyaml_config_t configure(const struct yaml_plan *, char *message);
static void keep_message(cyaml_log_t level, void *context, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
static void *wiped_memory(void *context, void *block, size_t size);
static _Noreturn void out_of_memory(void);

char *yaml_file_read(const char *path, const char *named_by, const struct yaml_plan *plan,
                     struct yaml_file **yaml)
{
    struct yaml_file *new = memory_new(1, sizeof(*new));
    char *error = file_read(path, FILE_MAX, plan->secret, named_by, &new->text);

    new->path = memory_text(path);
    new->plan = plan;
    if (error == NULL)
        error = parse(new);
    if (error == NULL)
        error = load(new);
    if (error != NULL) {
        yaml_file_free(new);
        new = NULL;
    }
    *yaml = new;
    return error;
}

void yaml_file_free(struct yaml_file *yaml)
{
    if (yaml == NULL)
        return;
    if (yaml->data != NULL) {
        cyaml_config_t config = configure(yaml->plan, NULL);

        cyaml_free(&config, yaml->plan->schema, yaml->data, 0);
    }
    if (yaml->parsed)
        close_document(&yaml->document);
    memory_wipe_text(yaml->text);
    free(yaml->path);
    free(yaml);
}

const void *yaml_file_data(const struct yaml_file *yaml)
{
    return yaml->data;
}

bool yaml_file_has(const struct yaml_file *yaml, const char *keys)
{
    size_t line;
    const yaml_node_t *node = find(yaml, keys, &line);

    if (node == NULL || yaml_check_is_null(node))
        return false;
    if (node->type == YAML_SCALAR_NODE)
        return strcmp(yaml_check_text(node), "false") != 0;
    if (node->type == YAML_SEQUENCE_NODE)
        return node->data.sequence.items.start != node->data.sequence.items.top;
    return node->data.mapping.pairs.start != node->data.mapping.pairs.top;
}

bool yaml_file_names(const struct yaml_file *yaml, const char *keys)
{
    size_t line;

    return find(yaml, keys, &line) != NULL;
}

char *yaml_file_place(const struct yaml_file *yaml, const char *keys)
{
    size_t line;

    find(yaml, keys, &line);
    return memory_format("%s:%zu: %s", yaml->path, line, keys);
}

char *yaml_file_error(const struct yaml_file *yaml, const char *keys, const char *format, ...)
{
    char *place = yaml_file_place(yaml, keys), *what, *error;
    va_list arguments;

    va_start(arguments, format);
    what = memory_format_of(format, arguments);
    va_end(arguments);
    error = memory_format("%s: %s", place, what);
    free(place);
    free(what);
    return error;
}

char *yaml_file_one_line(char *line)
{
    for (char *byte = line; byte != NULL && *byte != '\0'; byte++) {
        if ((unsigned char)*byte < ' ' || *byte == 0x7f)
            *byte = '?';
    }
    return line;
}

/* Twice over: as events, which show what a document would hide or choke on, then as a document. */
static char *parse(struct yaml_file *yaml)
{
    yaml_parser_t parser;
    char *error, *wrong;

    open_parser(&parser, yaml->text);
    error = check_events(yaml, &parser);
    close_parser(&parser);
    if (error != NULL)
        return error;
    open_parser(&parser, yaml->text);
    yaml->parsed = yaml_parser_load(&parser, &yaml->document) != 0;
    if (!yaml->parsed)
        error = syntax_error(yaml, &parser);
    close_parser(&parser);
    if (error != NULL)
        return error;
    if (yaml_document_get_root_node(&yaml->document) == NULL)
        return memory_format("%s:1: has no content; expected keys and values", yaml->path);
    wrong = yaml_check_document(&yaml->document, yaml->plan);
    if (wrong == NULL)
        return NULL;
    error = memory_format("%s:%s", yaml->path, wrong);
    free(wrong);
    return error;
}

static char *check_events(struct yaml_file *yaml, yaml_parser_t *parser)
{
    unsigned depth = 0, documents = 0;
    yaml_event_t event;
    bool more = true;
    char *error = NULL;

    while (more && error == NULL) {
        if (yaml_parser_parse(parser, &event) == 0)
            return syntax_error(yaml, parser);
        error = check_event(yaml, &event, &depth, &documents);
        more = event.type != YAML_STREAM_END_EVENT;
        close_event(&event);
    }
    return error;
}

static char *check_event(const struct yaml_file *yaml, const yaml_event_t *event, unsigned *depth,
                         unsigned *documents)
{
    bool starts =
        event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT;
    bool ends = event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT;
    const char *what = NULL;

    *depth += starts;
    *depth -= ends;
    *documents += event->type == YAML_DOCUMENT_START_EVENT;
    if (event->type == YAML_ALIAS_EVENT)
        what = "an alias (\"*name\"); write the value itself";
    else if (*depth > NESTING_MAX)
        what = "nested more than 32 levels deep; expected a few";
    else if (event->type == YAML_DOCUMENT_START_EVENT && *documents > 1)
        what = "a second document (\"---\"); expected one";
    if (what == NULL)
        return NULL;
    return memory_format("%s:%zu: %s", yaml->path, event->start_mark.line + 1, what);
}

static char *syntax_error(const struct yaml_file *yaml, const yaml_parser_t *parser)
{
    size_t line = parser->problem_mark.line + 1;
    const char *what;

    if (parser->error == YAML_MEMORY_ERROR)
        out_of_memory();
    if (parser->error == YAML_READER_ERROR) { /* has an offset instead of a mark */
        line = 1;
        for (size_t i = 0; i < parser->problem_offset && yaml->text[i] != '\0'; i++)
            line += yaml->text[i] == '\n';
    }
    /* libyaml's "second occurrence" alone says nothing; no other error is left to a document. */
    what = parser->error == YAML_COMPOSER_ERROR ? "an anchor is given twice" : parser->problem;
    return memory_format("%s:%zu: broken YAML: %s; expected \"key: value\" lines, indented by "
                         "spaces, or JSON",
                         yaml->path, line, what);
}

static char *load(struct yaml_file *yaml)
{
    char message[MESSAGE_MAX] = "";
    cyaml_config_t config = configure(yaml->plan, message);
    cyaml_err_t result = cyaml_load_data((const uint8_t *)yaml->text, strlen(yaml->text), &config,
                                         yaml->plan->schema, &yaml->data, NULL);

    if (result == CYAML_OK)
        return NULL;
    return memory_format("%s: %s; expected what the documentation shows", yaml->path,
                         message[0] != '\0' ? message : cyaml_strerror(result));
}

/* The value at KEYS, or NULL; *LINE is its line or the one of the closest thing around it. */
static const yaml_node_t *find(const struct yaml_file *yaml, const char *keys, size_t *line)
{
    yaml_document_t *document = (yaml_document_t *)&yaml->document; /* libyaml knows no const */
    const yaml_node_t *node = yaml_document_get_root_node(document);

    *line = yaml_check_line(node);
    while (*keys != '\0' && node != NULL) {
        size_t length = strcspn(keys + 1, ".[]") + 1;

        if (*keys == '[') {
            node = find_item(document, node, strtoul(keys + 1, NULL, 10));
            *line = node != NULL ? yaml_check_line(node) : *line;
            length++;
        } else {
            node = find_value(document, node, keys, length, line);
        }
        keys += length;
        keys += *keys == '.';
    }
    return node;
}

static const yaml_node_t *find_item(yaml_document_t *document, const yaml_node_t *node,
                                    size_t index)
{
    if (node->type != YAML_SEQUENCE_NODE ||
        index >= (size_t)(node->data.sequence.items.top - node->data.sequence.items.start))
        return NULL;
    return yaml_document_get_node(document, node->data.sequence.items.start[index]);
}

static const yaml_node_t *find_value(yaml_document_t *document, const yaml_node_t *node,
                                     const char *key, size_t length, size_t *line)
{
    if (node->type != YAML_MAPPING_NODE)
        return NULL;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key_node = yaml_document_get_node(document, pair->key);
        const char *text = yaml_check_text(key_node);

        if (text != NULL && strlen(text) == length && memcmp(text, key, length) == 0) {
            *line = yaml_check_line(key_node);
            return yaml_document_get_node(document, pair->value);
        }
    }
    return NULL;
}

static void open_parser(yaml_parser_t *parser, const char *text)
{
    if (yaml_parser_initialize(parser) == 0)
        out_of_memory();
    yaml_parser_set_input_string(parser, (const unsigned char *)text, strlen(text));
}

/* The text under libyaml's cursor may be a token: what can be reached of it is wiped. */
static void close_parser(yaml_parser_t *parser)
{
    OPENSSL_cleanse(parser->raw_buffer.start,
                    (size_t)(parser->raw_buffer.end - parser->raw_buffer.start));
    OPENSSL_cleanse(parser->buffer.start, (size_t)(parser->buffer.end - parser->buffer.start));
    yaml_parser_delete(parser);
}

static void close_event(yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        OPENSSL_cleanse(event->data.scalar.value, event->data.scalar.length);
    yaml_event_delete(event);
}

static void close_document(yaml_document_t *document)
{
    for (yaml_node_t *node = document->nodes.start; node < document->nodes.top; node++) {
        if (node->type == YAML_SCALAR_NODE)
            OPENSSL_cleanse(node->data.scalar.value, node->data.scalar.length);
    }
    yaml_document_delete(document);
}

/* MESSAGE takes the first error, MESSAGE_MAX bytes; NULL where none can come. */
static cyaml_config_t configure(const struct yaml_plan *plan, char *message)
{
    return (cyaml_config_t){
        .log_fn = message != NULL ? keep_message : NULL,
        .log_ctx = message,
        .log_level = CYAML_LOG_ERROR,
        .mem_fn = wiped_memory,
        .flags = plan->ignore_unknown ? CYAML_CFG_NO_ALIAS | CYAML_CFG_IGNORE_UNKNOWN_KEYS
                                      : CYAML_CFG_NO_ALIAS,
    };
}

/* libcyaml says what is wrong first and then where it came from, line by line. */
static void keep_message(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    char *message = context;

    (void)level;
    if (message[0] != '\0')
        return;
    vsnprintf(message, MESSAGE_MAX, format, arguments);
    message[strcspn(message, "\n")] = '\0';
}

/* libcyaml's allocator, as realloc(3) and free(3): each block knows its size and is wiped when it
 * goes, so that no copy of a token or key stays behind, also not one of a parse that failed. */
static void *wiped_memory(void *context, void *block, size_t size)
{
    union header {
        size_t size;
        max_align_t align;
    } *old = block != NULL ? (union header *)block - 1 : NULL, *new = NULL;

    (void)context;
    if (size > 0) {
        new = memory_new(1, sizeof(*new) + size);
        new->size = size;
        if (old != NULL)
            memcpy(new + 1, block, old->size < size ? old->size : size);
    }
    if (old != NULL)
        memory_wipe(old, sizeof(*old) + old->size);
    return new != NULL ? new + 1 : NULL;
}

/* memory_new() with an impossible size ends the process in the one way there is for it. */
static void out_of_memory(void)
{
    memory_resize(NULL, SIZE_MAX, SIZE_MAX);
    abort();
}
