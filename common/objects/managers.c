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

/* The fields of one section, in an entry's fieldsV1. */
static const struct {
    const char *section, *path;
} parts[] = {
    {"labels", "fieldsV1.f:metadata.f:labels"},
    {"annotations", "fieldsV1.f:metadata.f:annotations"},
    {"spec", "fieldsV1.f:spec"},
};

static bool is_ours(struct json_object *entry);
static uint64_t time_of(struct json_object *entry);
static void add_entry(struct json_object *fields, struct json_object *entry, const char *manager);
static void add_section(struct json_object *fields, const char *section, struct json_object *owned,
                        const char *manager);
static void add_ports(struct json_object *fields, struct json_object *ports, const char *manager);

struct managers managers_of(struct json_object *object, managers_filter *counts)
{
    struct json_object *entries = json_at(object, "metadata.managedFields");
    struct managers managers = {.other = ""};

    for (size_t i = 0; i < json_count(entries); i++) {
        struct json_object *entry = json_item(entries, i);
        uint64_t time = time_of(entry);

        if (!counts(entry))
            continue;
        if (is_ours(entry)) {
            managers.own_time = time > managers.own_time ? time : managers.own_time;
        } else if (time >= managers.other_time) {
            managers.other_time = time;
            managers.other = json_text_at(entry, "manager");
        }
    }
    return managers;
}

struct json_object *managers_of_service(struct json_object *object)
{
    struct json_object *entries = json_at(object, "metadata.managedFields");
    struct json_object *ours = json_object_new_object(), *others = json_object_new_object();
    struct json_object *all = json_object_new_object();

    for (size_t i = 0; i < json_count(entries); i++) {
        struct json_object *entry = json_item(entries, i);
        char *manager = line_of(json_text_at(entry, "manager"), NAME_MAX_BYTES);

        if (json_at(entry, "subresource") == NULL)
            add_entry(is_ours(entry) ? ours : others, entry, is_ours(entry) ? "" : manager);
        free(manager);
    }
    json_object_object_add(all, "ours", ours);
    json_object_object_add(all, "others", others);
    if (json_object_object_length(ours) > 0)
        return all;
    json_object_put(all);
    return NULL;
}

bool managers_write_route(struct json_object *entry)
{
    return json_at(entry, "subresource") == NULL && json_at(entry, "fieldsV1.f:spec") != NULL;
}

bool managers_write_service(struct json_object *entry)
{
    struct json_object *spec = json_at(entry, "fieldsV1.f:spec");

    return json_at(entry, "subresource") == NULL &&
           (json_at(entry, parts[0].path) != NULL || json_at(entry, parts[1].path) != NULL ||
            (json_object_is_type(spec, json_type_object) && json_object_object_length(spec) > 0));
}

static bool is_ours(struct json_object *entry)
{
    return strcmp(json_text_at(entry, "manager"), FIELD_MANAGER) == 0;
}

static uint64_t time_of(struct json_object *entry)
{
    uint64_t seconds;

    return json_seconds(json_text_at(entry, "time"), &seconds) ? seconds : 0;
}

static void add_entry(struct json_object *fields, struct json_object *entry, const char *manager)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        add_section(fields, parts[i].section, json_at(entry, parts[i].path), manager);
    add_ports(fields, json_at(entry, "fieldsV1.f:spec.f:ports"), manager);
}

/* A field is "f:NAME". */
static void add_section(struct json_object *fields, const char *section, struct json_object *owned,
                        const char *manager)
{
    struct json_object *names;

    if (!json_object_is_type(owned, json_type_object))
        return;
    if (!json_object_object_get_ex(fields, section, &names)) {
        names = json_object_new_object();
        json_object_object_add(fields, section, names);
    }
    json_object_object_foreach(owned, name, ignored)
    {
        (void)ignored;
        if (strncmp(name, "f:", 2) == 0)
            json_put_text(names, name + 2, manager);
    }
}

/* An element is "k:" and the JSON of its keys, in an order of their own. */
static void add_ports(struct json_object *fields, struct json_object *ports, const char *manager)
{
    if (!json_object_is_type(ports, json_type_object))
        return;
    json_object_object_foreach(ports, name, owned)
    {
        const char *problem;
        struct json_object *keys =
            strncmp(name, "k:", 2) == 0 ? json_decode(name + 2, strlen(name + 2), &problem) : NULL;
        char *section =
            memory_format("%lld/%s", (long long)json_object_get_int64(json_at(keys, "port")),
                          json_text_at(keys, "protocol"));

        if (keys != NULL)
            add_section(fields, section, owned, manager);
        free(section);
        json_object_put(keys);
    }
}
