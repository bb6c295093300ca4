/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the tables of the code as JSON, so that documents can be generated from them and held
 * against them: what the compiler made of a table is what it says. */
#include "common/message/message.h"
#include "reconciler/plan/finding.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

static struct json_object *messages(void);
static struct json_object *metrics(void);
static struct json_object *findings(void);

int main(void)
{
    struct json_object *tables = json_object_new_object();

    json_object_object_add(tables, "messages", messages());
    json_object_object_add(tables, "metrics", metrics());
    json_object_object_add(tables, "findings", findings());
    puts(json_object_to_json_string_ext(tables, JSON_C_TO_STRING_PRETTY));
    json_object_put(tables);
    return EXIT_SUCCESS;
}

static void add_text(struct json_object *row, const char *member, const char *text)
{
    json_object_object_add(row, member, json_object_new_string(text));
}

static void add_number(struct json_object *row, const char *member, uint64_t number)
{
    json_object_object_add(row, member, json_object_new_uint64(number));
}

static void add_flag(struct json_object *row, const char *member, bool flag)
{
    json_object_object_add(row, member, json_object_new_boolean(flag));
}

/* The names of the roles in SET. */
static struct json_object *role_names(unsigned set)
{
    struct json_object *names = json_object_new_array();

    for (enum role role = 0; role < ROLE_COUNT; role++) {
        if ((set & 1u << role) != 0)
            json_object_array_add(names, json_object_new_string(role_name(role)));
    }
    return names;
}

static void add_field(struct json_object *message, const char *kind, const char *name, uint64_t max)
{
    struct json_object *field = json_object_new_object();

    add_text(field, "kind", kind);
    add_text(field, "name", name);
    add_number(field, "max", max);
    json_object_array_add(json_object_object_get(message, "fields"), field);
}

static struct json_object *add_message(struct json_object *rows, const char *name, unsigned from,
                                       unsigned to, int descriptors)
{
    struct json_object *row = json_object_new_object();

    add_text(row, "name", name);
    json_object_object_add(row, "from", role_names(from));
    json_object_object_add(row, "to", role_names(to));
    add_number(row, "descriptors", (uint64_t)descriptors);
    json_object_object_add(row, "fields", json_object_new_array());
    json_object_array_add(rows, row);
    return row;
}

static struct json_object *messages(void)
{
    struct json_object *rows = json_object_new_array(), *row;

#define FIELD(name, KIND, field, max) add_field(row, #KIND, #field, (uint64_t)(max));
#define MESSAGE(NAME, name, from, to, descriptors)                                                 \
    row = add_message(rows, #NAME, from, to, descriptors);                                         \
    NAME##_FIELDS(FIELD, name)
    MESSAGES(MESSAGE)
#undef MESSAGE
#undef FIELD
    (void)row;
    return rows;
}

static struct json_object *label_of(enum metric_label label)
{
    struct json_object *object = json_object_new_object(), *values = json_object_new_array();

    for (unsigned i = 0; i < metric_label_values(label); i++)
        json_object_array_add(values, json_object_new_string(metric_label_value(label, i)));
    add_text(object, "name", metric_label_name(label));
    json_object_object_add(object, "values", values);
    return object;
}

static struct json_object *metrics(void)
{
    static const char *const types[] = {
        [METRIC_TYPE_COUNTER] = "counter",
        [METRIC_TYPE_GAUGE] = "gauge",
        [METRIC_TYPE_HISTOGRAM] = "histogram",
        [METRIC_TYPE_INFO] = "info",
    };
    struct json_object *rows = json_object_new_array();

    for (enum metric metric = 0; metric < METRIC_COUNT; metric++) {
        const struct metric_row *from = metric_row(metric);
        struct json_object *row = json_object_new_object(), *labels = json_object_new_array();

        for (size_t i = 0; i < sizeof(from->labels) / sizeof(from->labels[0]); i++) {
            if (metric_label_name(from->labels[i])[0] != '\0')
                json_object_array_add(labels, label_of(from->labels[i]));
        }
        add_text(row, "name", from->name);
        add_text(row, "type", types[from->type]);
        json_object_object_add(row, "from", role_names(from->roles));
        json_object_object_add(row, "labels", labels);
        add_text(row, "help", from->help);
        json_object_array_add(rows, row);
    }
    return rows;
}

#define FINDING_MEANING(ID, name, severity, hold, lists, event, meaning, remedy) meaning,
#define FINDING_REMEDY(ID, name, severity, hold, lists, event, meaning, remedy)  remedy,

static struct json_object *findings(void)
{
    static const char *const meanings[] = {FINDINGS(FINDING_MEANING)};
    static const char *const remedies[] = {FINDINGS(FINDING_REMEDY)};
    struct json_object *rows = json_object_new_array();

    for (enum finding_reason reason = 0; reason < FINDING_REASONS; reason++) {
        struct json_object *row = json_object_new_object();

        add_text(row, "name", finding_name(reason));
        add_text(row, "severity", finding_is_warning(reason) ? "warning" : "info");
        add_flag(row, "on_pool", finding_has_event(reason, KIND_POOL));
        add_flag(row, "on_certificate", finding_has_event(reason, KIND_CERTIFICATE));
        add_text(row, "meaning", meanings[reason]);
        add_text(row, "remedy", remedies[reason]);
        json_object_array_add(rows, row);
    }
    return rows;
}
