/* SPDX-License-Identifier: Apache-2.0 */
/* Others write labels, finalizers and status of our objects, and that is their right. Whose a field
 * is, and who has changed it, is read of the field and not of the object. */
#include "common/objects/managers.h"

#include "common/base/json.h"
#include "common/base/line.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "common/message/message.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAME_MAX_BYTES = MESSAGE_BOUND(service, other_manager),
};

#define ENTRIES "metadata.managedFields"

/* The fields of one section, in an entry's fieldsV1. */
static const struct {
    const char *section, *path;
} parts[] = {
    {"labels", "fieldsV1.f:metadata.f:labels"},
    {"annotations", "fieldsV1.f:metadata.f:annotations"},
    {"spec", "fieldsV1.f:spec"},
};

static bool is_ours(const struct value *entry);
static uint64_t time_of(const struct value *entry);
static void add_entry(struct arena *, struct value *fields, const struct value *entry,
                      const char *manager);
static void add_section(struct arena *, struct value *fields, const char *section,
                        const struct value *owned, const char *manager);
static void add_field(struct arena *, struct value *names, const char *field, const char *manager);
static void add_ports(struct arena *, struct value *fields, const struct value *ports,
                      const char *manager);

struct managers managers_of(const struct value *object, managers_filter *counts)
{
    struct managers managers = {.other = ""};

    VALUE_FOREACH (entry, value_at(object, ENTRIES)) {
        uint64_t time;

        if (!counts(entry))
            continue;
        time = time_of(entry);
        if (is_ours(entry)) {
            managers.own_time = time > managers.own_time ? time : managers.own_time;
        } else if (time >= managers.other_time) {
            managers.other_time = time;
            managers.other = value_text_at(entry, "manager");
        }
    }
    return managers;
}

const struct value *managers_of_service(struct arena *arena, const struct value *object)
{
    struct value *ours = value_new(arena, json_type_object);
    struct value *others = value_new(arena, json_type_object);
    struct value *all = value_new(arena, json_type_object);

    VALUE_FOREACH (entry, value_at(object, ENTRIES)) {
        char *manager = line_of(value_text_at(entry, "manager"), NAME_MAX_BYTES);

        if (value_at(entry, "subresource") == NULL)
            add_entry(arena, is_ours(entry) ? ours : others, entry,
                      is_ours(entry) ? "" : arena_text(arena, manager, strlen(manager)));
        free(manager);
    }
    value_put(all, "ours", ours);
    value_put(all, "others", others);
    return value_first(ours) != NULL ? all : NULL;
}

bool managers_write_route(const struct value *entry)
{
    return value_at(entry, "subresource") == NULL && value_at(entry, "fieldsV1.f:spec") != NULL;
}

bool managers_write_service(const struct value *entry)
{
    const struct value *spec = value_at(entry, "fieldsV1.f:spec");

    return value_at(entry, "subresource") == NULL &&
           (value_at(entry, parts[0].path) != NULL || value_at(entry, parts[1].path) != NULL ||
            (value_is(spec, json_type_object) && value_first(spec) != NULL));
}

static bool is_ours(const struct value *entry)
{
    return strcmp(value_text_at(entry, "manager"), FIELD_MANAGER) == 0;
}

static uint64_t time_of(const struct value *entry)
{
    uint64_t seconds;

    return json_seconds(value_text_at(entry, "time"), &seconds) ? seconds : 0;
}

static void add_entry(struct arena *arena, struct value *fields, const struct value *entry,
                      const char *manager)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        add_section(arena, fields, parts[i].section, value_at(entry, parts[i].path), manager);
    add_ports(arena, fields, value_at(entry, "fieldsV1.f:spec.f:ports"), manager);
}

/* A field is "f:NAME". */
static void add_section(struct arena *arena, struct value *fields, const char *section,
                        const struct value *owned, const char *manager)
{
    struct value *names;

    if (!value_is(owned, json_type_object))
        return;
    names = value_find(fields, section);
    if (names == NULL) {
        names = value_new(arena, json_type_object);
        value_put(fields, section, names);
    }
    VALUE_FOREACH (field, owned) {
        if (strncmp(field->name, "f:", 2) == 0)
            add_field(arena, names, field->name + 2, manager);
    }
}

/* The last manager that owns it counts. */
static void add_field(struct arena *arena, struct value *names, const char *field,
                      const char *manager)
{
    struct value *known = value_find(names, field);

    if (known != NULL)
        value_set_text(known, manager);
    else
        value_put(names, field, value_new_text(arena, manager));
}

/* An element is "k:" and the JSON of its keys, in an order of their own. */
static void add_ports(struct arena *arena, struct value *fields, const struct value *ports,
                      const char *manager)
{
    if (!value_is(ports, json_type_object))
        return;
    VALUE_FOREACH (port, ports) {
        const struct value *keys = strncmp(port->name, "k:", 2) == 0
                                       ? value_read(arena, port->name + 2, port->name_size - 2)
                                       : NULL;
        const struct value *number = value_at(keys, "port");
        char *section = memory_format(
            "%lld/%s", value_is(number, json_type_int) ? (long long)number->number : 0,
            value_text_at(keys, "protocol"));

        if (keys != NULL)
            add_section(arena, fields, arena_text(arena, section, strlen(section)), port, manager);
        free(section);
    }
}
