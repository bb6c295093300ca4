/* SPDX-License-Identifier: Apache-2.0 */
/* The way from a file to a struct config: each key of the table in turn, with its default, its
 * bounds and its check, then what concerns several sections. */
#include "supervisor/config/read.h"

#include "common/base/memory.h"
#include "common/base/utf8.h"
#include "common/kubeconfig/file.h"
#include "supervisor/config/schema.h"
#include "supervisor/config/sources.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    NUMBER_DIGITS = 10 /* of UINT32_MAX */
};

/* One key on its way from the file to its field. */
struct reading {
    const struct yaml_file *yaml;
    const char *file; /* the path of it */
    const struct config_key *key;
    char *path; /* of the key, with the worker's name if it is a worker's */
    const struct config_value *value;
    void *field;
};

static char *read_keys(const struct yaml_file *, const char *file, struct config *);
static char *read_key(const struct yaml_file *, const char *file, const struct config_key *,
                      enum role, struct config *);
static char *read_choice(const struct reading *);
static char *read_number(const struct reading *);
static char *read_text(const struct reading *);
static char *read_file_name(const struct reading *);
static char *read_list(const struct reading *);
static const char *text_of(const struct reading *);

static char *(*const readers[])(const struct reading *) = {
    [CONFIG_CHOICE] = read_choice,  [CONFIG_NUMBER] = read_number, [CONFIG_TEXT] = read_text,
    [CONFIG_FILE] = read_file_name, [CONFIG_LIST] = read_list,
};

char *config_read(const char *path, struct config *config)
{
    struct yaml_file *yaml;
    char *error = yaml_file_read(path, "the command line", schema_plan(), &yaml);

    *config = (struct config){0};
    if (error == NULL)
        error = read_keys(yaml, path, config);
    if (error == NULL)
        error = sources_complete(yaml, config);
    yaml_file_free(yaml);
    if (error != NULL)
        config_clear(config);
    return yaml_file_one_line(error);
}

static char *read_keys(const struct yaml_file *yaml, const char *file, struct config *config)
{
    char *error = NULL;

    for (size_t i = 0; i < config_key_count && error == NULL; i++) {
        const struct config_key *key = &config_keys[i];

        for (enum role role = 0; role < fields_count(key) && error == NULL; role++)
            error = read_key(yaml, file, key, role, config);
        if (error == NULL && key->check != NULL)
            error = key->check(yaml, config);
    }
    return error;
}

static char *read_key(const struct yaml_file *yaml, const char *file, const struct config_key *key,
                      enum role role, struct config *config)
{
    const struct reading reading = {
        .yaml = yaml,
        .file = file,
        .key = key,
        .path = config_key_path(key, role),
        .value = schema_value(yaml, key, role),
        .field = fields_at(config, key, role),
    };
    char *error = readers[key->kind](&reading);

    free(reading.path);
    return error;
}

/* Without a default its number is 0. */
static char *read_choice(const struct reading *reading)
{
    unsigned *number = reading->field;

    if (reading->value->data != NULL)
        *number = (unsigned)*(const int *)reading->value->data;
    else if (reading->key->fallback != NULL)
        *number = config_key_choice(reading->key, reading->key->fallback)->value;
    return NULL;
}

static char *read_number(const struct reading *reading)
{
    const struct config_key *key = reading->key;
    const char *text = text_of(reading);
    unsigned long number = strlen(text) <= NUMBER_DIGITS ? strtoul(text, NULL, 10) : ULONG_MAX;

    if (text[strspn(text, "0123456789")] != '\0' || number < key->min || number > key->max)
        return yaml_file_error(reading->yaml, reading->path,
                               "\"%.80s\" is not a whole number from %u to %u", text, key->min,
                               key->max);
    *(unsigned *)reading->field = (unsigned)number;
    return NULL;
}

static char *read_text(const struct reading *reading)
{
    const char *text = text_of(reading);

    if (reading->key->max > 0 && strlen(text) > reading->key->max)
        return yaml_file_error(reading->yaml, reading->path, "has %zu bytes; expected at most %u",
                               strlen(text), reading->key->max);
    if (text != NULL && !utf8_is_line(text, strlen(text)))
        return yaml_file_error(reading->yaml, reading->path,
                               "has a control character; expected one line of text");
    *(char **)reading->field = memory_text(text);
    return NULL;
}

static char *read_file_name(const struct reading *reading)
{
    *(char **)reading->field = file_beside(reading->file, text_of(reading));
    return NULL;
}

static char *read_list(const struct reading *reading)
{
    char *const *entries = reading->value->data;

    for (unsigned i = 0; i < reading->value->count; i++)
        text_list_add(reading->field, entries[i]);
    return NULL;
}

/* What stands there, or the default; an empty text that may be one takes its place, too. NULL if
 * there is neither. */
static const char *text_of(const struct reading *reading)
{
    if (reading->value->data != NULL)
        return reading->value->data;
    if (reading->key->may_be_empty && yaml_file_names(reading->yaml, reading->path))
        return "";
    return reading->key->fallback;
}
