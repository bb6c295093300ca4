/* SPDX-License-Identifier: Apache-2.0 */
/* The table of keys, readable: so that nobody writes down by hand, and wrongly, what it says. */
#include "supervisor/config/help.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "supervisor/config/keys.h"

#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS = 80,
    INDENT = 4,
    INDENT_VALUES = 6,
};

static void print_key(FILE *, const struct config_key *);
static void print_head(FILE *, const struct config_key *);
static void print_wrapped(FILE *, int indent, const char *text);
static struct json_object *key_json(const struct config_key *);
static struct json_object *default_json(const struct config_key *);
static struct json_object *choices_json(const struct config_choice *);
static bool has_default(const struct config_key *);

static const char *const type_names[] = {
    [CONFIG_CHOICE] = "choice", [CONFIG_NUMBER] = "number", [CONFIG_TEXT] = "text",
    [CONFIG_FILE] = "file",     [CONFIG_LIST] = "list",
};

/* For programs and for people. */
static const struct {
    const char *name, *text;
} reloads[] = {
    [CONFIG_APPLIES] = {"applies", "A reload applies a change at once."},
    [CONFIG_RENEWS_CREDENTIALS] = {"renews-credentials",
                                   "A reload passes a changed credential to its worker, and "
                                   "restarts a worker whose API server changes."},
    [CONFIG_RESTARTS_WORKERS] = {"restarts-workers",
                                 "After a change, a reload restarts the workers."},
    [CONFIG_RESTARTS_MINTER] = {"restarts-minter", "After a change, a reload restarts the minter."},
    [CONFIG_STAYS] = {"stays", "A change needs a restart of tlsrouted."},
};

void help_print(FILE *stream)
{
    for (size_t i = 0; i < config_key_count; i++)
        print_key(stream, &config_keys[i]);
    fputs(CONFIG_WORKER " is watcher, reconciler, certpatcher or minter.\n", stream);
}

static void print_key(FILE *stream, const struct config_key *key)
{
    print_head(stream, key);
    print_wrapped(stream, INDENT, key->text);
    for (const struct config_choice *choice = key->choices; choice != NULL && choice->name != NULL;
         choice++) {
        char *line = memory_format("%s: %s", choice->name, choice->text);

        print_wrapped(stream, INDENT_VALUES, line);
        free(line);
    }
    print_wrapped(stream, INDENT, reloads[key->reload].text);
    fputc('\n', stream);
}

/* "certificates.grace (number of seconds from 0 to 604800, default 600)" */
static void print_head(FILE *stream, const struct config_key *key)
{
    const char *unit = key->unit;

    fprintf(stream, "%s (", key->path);
    if (key->kind == CONFIG_NUMBER)
        fprintf(stream, "number%s%s from %u to %u", unit != NULL ? " of " : "",
                unit != NULL ? unit : "", key->min, key->max);
    else
        fputs(type_names[key->kind], stream);
    if (has_default(key))
        fprintf(stream, ", default %s", key->fallback);
    fputs(")\n", stream);
}

static void print_wrapped(FILE *stream, int indent, const char *text)
{
    int column = 0;

    while (*text != '\0') {
        const int length = (int)strcspn(text, " ");

        if (column == 0 || column + 1 + length > COLUMNS) {
            fprintf(stream, "%s%*s%.*s", column > 0 ? "\n" : "", indent, "", length, text);
            column = indent + length;
        } else {
            fprintf(stream, " %.*s", length, text);
            column += 1 + length;
        }
        text += length + (text[length] == ' ');
    }
    fputc('\n', stream);
}

void help_print_json(FILE *stream)
{
    for (size_t i = 0; i < config_key_count; i++) {
        struct json_object *object = key_json(&config_keys[i]);

        fprintf(stream, "%s\n", json_encode(object));
        json_object_put(object);
    }
}

static struct json_object *key_json(const struct config_key *key)
{
    struct json_object *object = json_object_new_object();

    json_put_text(object, "key", key->path);
    json_put_text(object, "type", type_names[key->kind]);
    json_object_object_add(object, "default", default_json(key));
    if (key->unit != NULL)
        json_put_text(object, "unit", key->unit);
    if (key->kind == CONFIG_NUMBER)
        json_object_object_add(object, "min", json_object_new_int64(key->min));
    if (key->max > 0)
        json_object_object_add(object, "max", json_object_new_int64(key->max));
    if (key->choices != NULL)
        json_object_object_add(object, "values", choices_json(key->choices));
    json_put_text(object, "reload", reloads[key->reload].name);
    json_put_text(object, "reloadText", reloads[key->reload].text);
    json_put_text(object, "text", key->text);
    return object;
}

static struct json_object *default_json(const struct config_key *key)
{
    if (!has_default(key))
        return NULL;
    return key->kind == CONFIG_NUMBER ? json_object_new_int64(atoll(key->fallback))
                                      : json_object_new_string(key->fallback);
}

static struct json_object *choices_json(const struct config_choice *choices)
{
    struct json_object *array = json_object_new_array();

    for (; choices->name != NULL; choices++) {
        struct json_object *choice = json_object_new_object();

        json_put_text(choice, "name", choices->name);
        json_put_text(choice, "text", choices->text);
        json_object_array_add(array, choice);
    }
    return array;
}

static bool has_default(const struct config_key *key)
{
    return key->fallback != NULL && key->fallback[0] != '\0';
}
