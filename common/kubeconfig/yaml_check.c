/* SPDX-License-Identifier: Apache-2.0 */
/* libcyaml names the line where a section begins: this check names the line and the key that are
 * wrong, and what was expected there. */
#include "common/kubeconfig/yaml_check.h"

#include "common/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEYS_MAX = 256 /* bytes of "users[12].user.token": the keys are the schema's own */
};

/* A value of the document: what the schema wants there, what is there, and where that is. */
struct place {
    yaml_document_t *document;
    const struct yaml_plan *plan;
    const cyaml_schema_value_t *schema;
    yaml_node_t *node;
    size_t line;
    const char *keys;
};

static char *check_value(const struct place *);
static char *check_enumeration(const struct place *);
static char *check_mapping(const struct place *);
static char *check_pair(const struct place *, const yaml_node_pair_t *pair);
static char *check_missing(const struct place *);
static char *check_list(const struct place *);
static bool has_known_tag(const yaml_node_t *);
static const yaml_node_pair_t *find_pair(const struct place *, const char *key);
static const cyaml_schema_field_t *find_field(const cyaml_schema_value_t *, const char *key);
static char *describe(const cyaml_schema_value_t *);
static char *list_choices(const cyaml_schema_value_t *);
static char *wrong(const struct place *, char *what);

static const char *const found_names[] = {
    [YAML_NO_NODE] = "nothing",
    [YAML_SCALAR_NODE] = "text",
    [YAML_SEQUENCE_NODE] = "a list",
    [YAML_MAPPING_NODE] = "a section",
};

/* For each type of value: the node it is written as, its name in errors, what else to check. */
static const struct kind {
    yaml_node_type_t node;
    const char *name;
    char *(*check)(const struct place *);
} kinds[CYAML__TYPE_COUNT] = {
    [CYAML_ENUM] = {YAML_SCALAR_NODE, "one of ", check_enumeration},
    [CYAML_MAPPING] = {YAML_MAPPING_NODE, "a section with the keys ", check_mapping},
    [CYAML_SEQUENCE] = {YAML_SEQUENCE_NODE, "a list", check_list},
    [CYAML_STRING] = {YAML_SCALAR_NODE, "text", NULL},
    [CYAML_UINT] = {YAML_SCALAR_NODE, "a number", NULL},
};

char *yaml_check_document(yaml_document_t *document, const struct yaml_plan *plan)
{
    yaml_node_t *root = yaml_document_get_root_node(document);
    struct place place = {document, plan, plan->schema, root, yaml_check_line(root), ""};

    return check_value(&place);
}

size_t yaml_check_line(const yaml_node_t *node)
{
    return node->start_mark.line + 1;
}

bool yaml_check_is_null(const yaml_node_t *node)
{
    static const char *const words[] = {"~", "null", "Null", "NULL"};
    const char *text = yaml_check_text(node);

    if (text == NULL)
        return false;
    if (text[0] == '\0')
        return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && strcmp(text, words[i]) == 0)
            return true;
    }
    return false;
}

const char *yaml_check_text(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static char *check_value(const struct place *place)
{
    const struct kind *kind = &kinds[place->schema->type];
    bool is_null = yaml_check_is_null(place->node);
    char *expected, *error;

    if (is_null && (place->schema->flags & CYAML_FLAG_POINTER_NULL) == CYAML_FLAG_POINTER_NULL)
        return NULL;
    if (!has_known_tag(place->node))
        return wrong(place, memory_format("has the tag %.80s; expected a value without a tag",
                                          (const char *)place->node->tag));
    if (place->node->type == kind->node && !is_null)
        return kind->check != NULL ? kind->check(place) : NULL;
    expected = describe(place->schema);
    error = memory_format("found %s; expected %s",
                          found_names[is_null ? YAML_NO_NODE : place->node->type], expected);
    free(expected);
    return wrong(place, error);
}

static char *check_enumeration(const struct place *place)
{
    const char *text = yaml_check_text(place->node);
    char *choices, *error;

    for (uint32_t i = 0; i < place->schema->enumeration.count; i++) {
        if (strcmp(place->schema->enumeration.strings[i].str, text) == 0)
            return NULL;
    }
    choices = list_choices(place->schema);
    error = memory_format("\"%.80s\" is not one of %s", text, choices);
    free(choices);
    return wrong(place, error);
}

static char *check_mapping(const struct place *place)
{
    char *error = NULL;

    for (const yaml_node_pair_t *pair = place->node->data.mapping.pairs.start;
         pair < place->node->data.mapping.pairs.top && error == NULL; pair++)
        error = check_pair(place, pair);
    return error != NULL ? error : check_missing(place);
}

static char *check_pair(const struct place *place, const yaml_node_pair_t *pair)
{
    yaml_node_t *key = yaml_document_get_node(place->document, pair->key);
    struct place at_key = *place, value = *place;
    const cyaml_schema_field_t *field;
    const yaml_node_pair_t *first;
    char keys[KEYS_MAX], *choices, *error;

    at_key.line = value.line = yaml_check_line(key);
    if (yaml_check_text(key) == NULL)
        return wrong(&at_key,
                     memory_format("found %s as a key; expected a name", found_names[key->type]));
    field = find_field(place->schema, yaml_check_text(key));
    if (field == NULL && place->plan->ignore_unknown)
        return NULL;
    if (field == NULL) {
        choices = list_choices(place->schema);
        error =
            memory_format("unknown key \"%.80s\"; known here: %s", yaml_check_text(key), choices);
        free(choices);
        return wrong(&at_key, error);
    }
    snprintf(keys, sizeof(keys), "%s%s%s", place->keys, place->keys[0] != '\0' ? "." : "",
             field->key);
    value.keys = keys;
    value.schema = &field->value;
    value.node = yaml_document_get_node(place->document, pair->value);
    first = find_pair(place, field->key);
    if (first != pair)
        return wrong(&value, memory_format("given twice, first in line %zu; remove one of them",
                                           yaml_check_line(yaml_document_get_node(place->document,
                                                                                  first->key))));
    return check_value(&value);
}

static char *check_missing(const struct place *place)
{
    for (const cyaml_schema_field_t *field = place->schema->mapping.fields; field->key != NULL;
         field++) {
        char *expected, *error;

        if ((field->value.flags & CYAML_FLAG_OPTIONAL) != 0 || find_pair(place, field->key) != NULL)
            continue;
        expected = describe(&field->value);
        error = memory_format("%s is missing; expected %s", field->key, expected);
        free(expected);
        return wrong(place, error);
    }
    return NULL;
}

static char *check_list(const struct place *place)
{
    const yaml_node_item_t *start = place->node->data.sequence.items.start;
    size_t count = (size_t)(place->node->data.sequence.items.top - start);
    struct place item = *place;
    char keys[KEYS_MAX], *error = NULL;

    /* libcyaml grows its array entry by entry: a bound keeps that from taking minutes. */
    if (count > place->schema->sequence.max)
        return wrong(place, memory_format("has %zu entries; expected at most %u", count,
                                          (unsigned)place->schema->sequence.max));
    for (size_t i = 0; i < count && error == NULL; i++) {
        snprintf(keys, sizeof(keys), "%s[%zu]", place->keys, i);
        item.keys = keys;
        item.schema = place->schema->sequence.entry;
        item.node = yaml_document_get_node(place->document, start[i]);
        item.line = yaml_check_line(item.node);
        error = check_value(&item);
    }
    return error;
}

/* libcyaml passes over tags, which would turn "!!binary aGk=" into the text "aGk=". */
static bool has_known_tag(const yaml_node_t *node)
{
    static const char *const defaults[] = {
        [YAML_SCALAR_NODE] = YAML_DEFAULT_SCALAR_TAG,
        [YAML_SEQUENCE_NODE] = YAML_DEFAULT_SEQUENCE_TAG,
        [YAML_MAPPING_NODE] = YAML_DEFAULT_MAPPING_TAG,
    };

    return strcmp((const char *)node->tag, defaults[node->type]) == 0;
}

static const yaml_node_pair_t *find_pair(const struct place *place, const char *key)
{
    for (const yaml_node_pair_t *pair = place->node->data.mapping.pairs.start;
         pair < place->node->data.mapping.pairs.top; pair++) {
        const char *text = yaml_check_text(yaml_document_get_node(place->document, pair->key));

        if (text != NULL && strcmp(text, key) == 0)
            return pair;
    }
    return NULL;
}

static const cyaml_schema_field_t *find_field(const cyaml_schema_value_t *schema, const char *key)
{
    for (const cyaml_schema_field_t *field = schema->mapping.fields; field->key != NULL; field++) {
        if (strcmp(field->key, key) == 0)
            return field;
    }
    return NULL;
}

/* "text", "one of a, b", "a section with the keys c, d". The caller frees it. */
static char *describe(const cyaml_schema_value_t *schema)
{
    char *choices = list_choices(schema);
    char *description = memory_format("%s%s", kinds[schema->type].name, choices);

    free(choices);
    return description;
}

/* "a, b, c": the keys of a mapping, the values of an enumeration, else "". The caller frees it. */
static char *list_choices(const cyaml_schema_value_t *schema)
{
    bool is_mapping = schema->type == CYAML_MAPPING;
    char *list = memory_text("");
    const char *name;

    for (size_t i = 0; is_mapping || schema->type == CYAML_ENUM; i++) {
        char *longer;

        if (!is_mapping && i == schema->enumeration.count)
            break;
        name = is_mapping ? schema->mapping.fields[i].key : schema->enumeration.strings[i].str;
        if (name == NULL)
            break;
        longer = memory_format("%s%s%s", list, i > 0 ? ", " : "", name);
        free(list);
        list = longer;
    }
    return list;
}

/* The error WHAT, which is freed, with its place. */
static char *wrong(const struct place *place, char *what)
{
    char *error = memory_format("%zu: %s%s%s", place->line, place->keys,
                                place->keys[0] != '\0' ? ": " : "", what);

    free(what);
    return error;
}
