/* SPDX-License-Identifier: Apache-2.0 */
/* The manifests are YAML for those who read and change them; what is sent to the API server, and
 * compared with what it has, is JSON. */
#include "ctl/setup/yaml_objects.h"

#include "common/base/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* A document, and how many of its nodes may still be read: each once. An alias, which repeats one,
 * could make more of a short text than there is memory. */
struct reading {
    yaml_document_t *document;
    ptrdiff_t left;
};

static bool read_documents(yaml_parser_t *, struct json_object *objects);
static struct json_object *value_of(struct reading *, int index);
static struct json_object *mapping_of(struct reading *, const yaml_node_t *);
static struct json_object *sequence_of(struct reading *, const yaml_node_t *);
static struct json_object *scalar_of(const yaml_node_t *);

struct json_object *yaml_objects(const char *text)
{
    struct json_object *objects = json_object_new_array();
    yaml_parser_t parser;

    if (!yaml_parser_initialize(&parser))
        memory_out();
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
    if (!read_documents(&parser, objects)) {
        json_object_put(objects);
        objects = NULL;
    }
    yaml_parser_delete(&parser);
    return objects;
}

/* Returns whether all could be read. */
static bool read_documents(yaml_parser_t *parser, struct json_object *objects)
{
    yaml_document_t document;
    bool is_end = false;

    while (!is_end) {
        struct reading reading = {.document = &document};
        struct json_object *object;

        if (!yaml_parser_load(parser, &document))
            return false;
        is_end = yaml_document_get_root_node(&document) == NULL;
        reading.left = document.nodes.top - document.nodes.start;
        object = is_end ? NULL : value_of(&reading, 1);
        if (object != NULL)
            json_object_array_add(objects, object);
        yaml_document_delete(&document);
    }
    return true;
}

/* NULL for null. */
static struct json_object *value_of(struct reading *reading, int index)
{
    const yaml_node_t *node = yaml_document_get_node(reading->document, index);

    if (node == NULL || reading->left-- <= 0)
        return NULL;
    if (node->type == YAML_MAPPING_NODE)
        return mapping_of(reading, node);
    if (node->type == YAML_SEQUENCE_NODE)
        return sequence_of(reading, node);
    return scalar_of(node);
}

static struct json_object *mapping_of(struct reading *reading, const yaml_node_t *node)
{
    struct json_object *object = json_object_new_object();

    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(reading->document, pair->key);

        if (key != NULL && key->type == YAML_SCALAR_NODE)
            json_object_object_add(object, (const char *)key->data.scalar.value,
                                   value_of(reading, pair->value));
    }
    return object;
}

static struct json_object *sequence_of(struct reading *reading, const yaml_node_t *node)
{
    struct json_object *array = json_object_new_array();

    for (const yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++)
        json_object_array_add(array, value_of(reading, *item));
    return array;
}

/* As in YAML's core schema, without numbers that are not whole. */
static struct json_object *scalar_of(const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;
    char *end;
    long long number;

    if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return json_object_new_string(text);
    if (text[0] == '\0' || strcmp(text, "null") == 0 || strcmp(text, "~") == 0)
        return NULL;
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return json_object_new_boolean(text[0] == 't');
    number = strtoll(text, &end, 10);
    return *end == '\0' ? json_object_new_int64(number) : json_object_new_string(text);
}
