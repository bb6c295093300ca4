/* SPDX-License-Identifier: Apache-2.0 */
/* libcyaml wants nested schemas, one for each section, and the table of keys is flat: this makes
 * the one from the other, when the first file is read. */
#include "supervisor/config/schema.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* All values, whatever section they are in: by worker and key. The first row also has the keys that
 * are no worker's own. */
struct values {
    struct config_value of[ROLE_API_WORKERS][CONFIG_KEYS_MAX];
};

/* The keys of a section, as libcyaml has them. */
struct section {
    cyaml_schema_field_t *fields; /* the last one is empty */
    size_t count;
};

static const cyaml_schema_field_t *build_section(const char *prefix);
static void add_field(struct section *, const cyaml_schema_field_t *);
static void add_key(struct section *, size_t key, const char *name);
static void add_section(struct section *, const char *prefix, const char *name, size_t length);
static cyaml_schema_value_t value_of(const struct config_key *);
static cyaml_schema_value_t choice_value(const struct config_choice *);

static const cyaml_schema_value_t list_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED)};

const struct yaml_plan *schema_plan(void)
{
    static cyaml_schema_value_t schema;
    static const struct yaml_plan plan = {.schema = &schema};

    if (schema.mapping.fields == NULL)
        schema = (cyaml_schema_value_t){
            CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct values, build_section(""))};
    return &plan;
}

const struct config_value *schema_value(const struct yaml_file *yaml, const struct config_key *key,
                                        enum role role)
{
    static const struct values none;
    const struct values *values = yaml_file_data(yaml);

    return &(values != NULL ? values : &none)->of[role][key - config_keys];
}

/* The keys that begin with PREFIX: "", "metrics.", "metrics.tls.". Never freed: the schema is used
 * for as long as the process lives. */
static const cyaml_schema_field_t *build_section(const char *prefix)
{
    const size_t prefix_length = strlen(prefix);
    struct section section = {0};
    const char *last = "";

    add_field(&section, NULL);
    for (size_t i = 0; i < config_key_count; i++) {
        const char *name = config_keys[i].path + prefix_length;
        size_t length;

        if (strncmp(config_keys[i].path, prefix, prefix_length) != 0)
            continue;
        length = strcspn(name, ".");
        if (name[length] == '\0')
            add_key(&section, i, name);
        else if (strncmp(name, last, length + 1) != 0)
            add_section(&section, prefix, name, length);
        last = name;
    }
    return section.fields;
}

/* FIELD comes before the last one, which is empty; NULL makes that. */
static void add_field(struct section *section, const cyaml_schema_field_t *field)
{
    section->fields = memory_resize(section->fields, section->count + 1, sizeof(*section->fields));
    if (field != NULL)
        section->fields[section->count - 1] = *field;
    section->fields[section->count++] = (cyaml_schema_field_t){0};
}

static void add_key(struct section *section, size_t key, const char *name)
{
    const cyaml_schema_field_t field = {
        .key = name,
        .data_offset = (uint32_t)offsetof(struct values, of[0][key].data),
        .count_offset = (uint32_t)offsetof(struct values, of[0][key].count),
        .count_size = sizeof(((struct config_value *)NULL)->count),
        .value = value_of(&config_keys[key]),
    };

    add_field(section, &field);
}

/* A section has no data of its own: its keys are in the whole. That of the workers is one for each
 * of them, with another row. */
static void add_section(struct section *section, const char *prefix, const char *name,
                        size_t length)
{
    const bool is_worker = strncmp(name, CONFIG_WORKER ".", length + 1) == 0;
    char *inner = memory_format("%s%.*s.", prefix, (int)length, name);
    cyaml_schema_field_t field = {
        .key = is_worker ? NULL : memory_bytes(name, length),
        .value = {CYAML_VALUE_MAPPING(CYAML_FLAG_OPTIONAL, struct values, build_section(inner))},
    };

    if (!is_worker)
        add_field(section, &field);
    for (enum role role = 0; is_worker && role < ROLE_API_WORKERS; role++) {
        field.key = role_name(role);
        field.data_offset = (uint32_t)offsetof(struct values, of[role]);
        add_field(section, &field);
    }
    free(inner);
}

static cyaml_schema_value_t value_of(const struct config_key *key)
{
    const enum cyaml_flag pointer =
        key->may_be_empty ? CYAML_FLAG_POINTER_NULL_STR : CYAML_FLAG_POINTER;

    if (key->kind == CONFIG_CHOICE)
        return choice_value(key->choices);
    if (key->kind == CONFIG_LIST)
        return (cyaml_schema_value_t){
            CYAML_VALUE_SEQUENCE(pointer | CYAML_FLAG_OPTIONAL, char *, &list_entry, 0, key->max)};
    return (cyaml_schema_value_t){
        CYAML_VALUE_STRING(pointer | CYAML_FLAG_OPTIONAL, char *, 0, CYAML_UNLIMITED)};
}

static cyaml_schema_value_t choice_value(const struct config_choice *choices)
{
    cyaml_strval_t *names = NULL;
    uint32_t count = 0;

    for (; choices->name != NULL; choices++) {
        names = memory_resize(names, count + 1, sizeof(*names));
        names[count++] = (cyaml_strval_t){choices->name, choices->value};
    }
    return (cyaml_schema_value_t){CYAML_VALUE_ENUM(
        CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, int, names, count)};
}
