/* SPDX-License-Identifier: Apache-2.0 */
/* A cloud controller annotates Services, a mesh labels them, and people try things out. None of it
 * makes a Service theirs, and all of it stays. A field is ours to set if it is ours already, or if
 * nobody else has set it. */
#include "reconciler/plan/service_changes.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/abbreviation.h"
#include "common/objects/json_patch.h"
#include "common/objects/service_spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FOREIGN_NAMED_MAX = 3,
    SECTION_SIZE = 64, /* of "PORT/PROTOCOL" */
};

/* Two Services in normal form, and whose the fields of the second are. */
struct comparison {
    struct json_object *desired, *found;
    struct json_object *ours, *others;
    struct service_changes *changes;
};

/* Where a field is: in managedFields, in a JSON Patch and for people. */
struct field {
    const char *section, *name;
    const char *path, *shown;
};

static void compare(const struct service_message *, const char *desired, struct service_changes *);
static bool is_object(struct json_object *);
static void compare_texts(const struct comparison *, const char *section);
static void remove_texts(const struct comparison *, const char *section);
static void compare_spec(const struct comparison *, const char *name);
static void compare_ports(const struct comparison *);
static void remove_ports(const struct comparison *, size_t except);
static void add_port(const struct comparison *, struct json_object *port);
static void change_port(const struct comparison *, struct json_object *port, size_t index);
static bool move_port(const struct comparison *, struct json_object *port, size_t *index);
static void compare_field(const struct comparison *, const struct field *,
                          struct json_object *desired, struct json_object *found, bool exists);
static void set(const struct comparison *, const char *path, struct json_object *value);
static void add_foreign(const struct comparison *, const char *shown, const char *manager);
static bool is_ours(const struct comparison *, const char *section, const char *name);
static const char *other_of(const struct comparison *, const char *section, const char *name);
static bool is_same(struct json_object *, struct json_object *);
static void section_of(struct json_object *port, char section[SECTION_SIZE]);
static char *pointer(const char *parent, const char *name);

/* Mostly nothing differs, and that shows at once. */
struct service_changes service_changes(const struct service_message *service, const char *desired)
{
    struct service_changes changes = {.patch = json_object_new_array()};

    if (!abbreviation_is_of(service->spec, desired))
        compare(service, desired, &changes);
    return changes;
}

void service_changes_clear(struct service_changes *changes)
{
    json_object_put(changes->patch);
    free(changes->foreign);
    *changes = (struct service_changes){0};
}

static void compare(const struct service_message *service, const char *desired,
                    struct service_changes *changes)
{
    struct json_object *wanted = abbreviation_decode(desired);
    struct json_object *found = abbreviation_decode(service->spec);
    struct json_object *owners = abbreviation_decode(service->owners);
    const struct comparison comparison = {.desired = wanted,
                                          .found = found,
                                          .ours = json_at(owners, "ours"),
                                          .others = json_at(owners, "others"),
                                          .changes = changes};

    if (is_object(json_at(found, "labels")) && is_object(json_at(found, "annotations"))) {
        compare_texts(&comparison, "labels");
        compare_texts(&comparison, "annotations");
        compare_spec(&comparison, "type");
        compare_spec(&comparison, "selector");
        compare_spec(&comparison, "externalIPs");
        compare_ports(&comparison);
    }
    json_object_put(owners);
    json_object_put(found);
    json_object_put(wanted);
}

static bool is_object(struct json_object *value)
{
    return json_object_is_type(value, json_type_object);
}

/* Labels or annotations. */
static void compare_texts(const struct comparison *all, const char *section)
{
    struct json_object *found = json_at(all->found, section);
    char *parent = memory_format("/metadata/%s", section);
    size_t operations = json_count(all->changes->patch);

    if (json_object_object_length(found) == 0) /* then there may be no such member */
        set(all, parent, json_object_new_object());
    json_object_object_foreach(json_at(all->desired, section), name, value)
    {
        struct json_object *before = NULL;
        bool exists = json_object_object_get_ex(found, name, &before);
        char *path = pointer(parent, name);
        char *shown = memory_format("metadata.%s[%s]", section, name);

        compare_field(all, &(struct field){section, name, path, shown}, value, before, exists);
        free(shown);
        free(path);
    }
    if (json_object_object_length(found) == 0 &&
        json_count(all->changes->patch) == operations + 1) /* there is nothing to put into it */
        json_object_array_del_idx(all->changes->patch, operations, 1);
    remove_texts(all, section);
    free(parent);
}

/* What the Pool does not ask for any more. */
static void remove_texts(const struct comparison *all, const char *section)
{
    char *parent = memory_format("/metadata/%s", section);

    json_object_object_foreach(json_at(all->found, section), name, ignored)
    {
        char *path = pointer(parent, name);

        (void)ignored;
        if (!json_object_object_get_ex(json_at(all->desired, section), name, NULL) &&
            is_ours(all, section, name) && other_of(all, section, name) == NULL)
            json_patch_remove(all->changes->patch, path);
        free(path);
    }
    free(parent);
}

static void compare_spec(const struct comparison *all, const char *name)
{
    struct json_object *desired = NULL, *found = NULL;
    bool exists = json_object_object_get_ex(json_at(all->found, "spec"), name, &found);
    char *path = memory_format("/spec/%s", name), *shown = memory_format("spec.%s", name);

    if (json_object_object_get_ex(json_at(all->desired, "spec"), name, &desired))
        compare_field(all, &(struct field){"spec", name, path, shown}, desired, found, exists);
    else if (exists && is_ours(all, "spec", name) && other_of(all, "spec", name) == NULL)
        json_patch_remove(all->changes->patch, path);
    free(shown);
    free(path);
}

/* The Pool's port is the one with its number, or else one that we have made. */
static void compare_ports(const struct comparison *all)
{
    struct json_object *ports = json_at(all->found, "spec.ports");
    struct json_object *port = json_item(json_at(all->desired, "spec.ports"), 0);
    char section[SECTION_SIZE], other[SECTION_SIZE];
    size_t index = 0;

    section_of(port, section);
    for (; index < json_count(ports); index++) {
        section_of(json_item(ports, index), other);
        if (strcmp(section, other) == 0)
            break;
    }
    if (index < json_count(ports) || move_port(all, port, &index))
        change_port(all, port, index);
    else
        add_port(all, port);
    remove_ports(all, index);
}

/* Gives a port that is ours the number of PORT, and leaves it in *INDEX. */
static bool move_port(const struct comparison *all, struct json_object *port, size_t *index)
{
    struct json_object *ports = json_at(all->found, "spec.ports");

    for (size_t i = 0; i < json_count(ports); i++) {
        char section[SECTION_SIZE], *path;

        section_of(json_item(ports, i), section);
        if (!is_ours(all, section, "port"))
            continue;
        path = memory_format("/spec/ports/%zu/port", i);
        set(all, path, json_object_get(json_at(port, "port")));
        free(path);
        *index = i;
        return true;
    }
    return false;
}

static void change_port(const struct comparison *all, struct json_object *port, size_t index)
{
    static const char *const names[] = {"name", "targetPort", "nodePort"};
    struct json_object *found = json_item(json_at(all->found, "spec.ports"), index);
    const char *type = other_of(all, "spec", "type");
    char section[SECTION_SIZE];

    section_of(found, section);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct json_object *before = json_at(found, names[i]), *value = json_at(port, names[i]);
        char *path = memory_format("/spec/ports/%zu/%s", index, names[i]);
        char *shown = memory_format("spec.ports[%zu].%s", index, names[i]);
        bool fits = i < 2 || type == NULL || is_ours(all, "spec", "type");

        if (value != NULL && fits)
            compare_field(all, &(struct field){section, names[i], path, shown}, value, before,
                          before != NULL);
        free(shown);
        free(path);
    }
}

/* Names of ports are unique, and each of several has one. (core/v1, ServicePort) */
static void add_port(const struct comparison *all, struct json_object *port)
{
    struct json_object *ports = json_at(all->found, "spec.ports");

    for (size_t i = 0; i < json_count(ports); i++) {
        const char *name = json_text_at(json_item(ports, i), "name");
        char section[SECTION_SIZE], *shown;

        if (name[0] != '\0' && strcmp(name, json_text_at(port, "name")) != 0)
            continue;
        section_of(json_item(ports, i), section);
        shown = memory_format("spec.ports[%zu]", i);
        add_foreign(all, shown, other_of(all, section, "port"));
        free(shown);
        return;
    }
    if (json_count(ports) > 0) {
        set(all, "/spec/ports/-", json_object_get(port));
    } else {
        struct json_object *list = json_object_new_array();

        json_object_array_add(list, json_object_get(port));
        set(all, "/spec/ports", list);
    }
}

/* Those of ours that the Pool does not ask for, the last first, so that the others keep their
 * places. */
static void remove_ports(const struct comparison *all, size_t except)
{
    struct json_object *ports = json_at(all->found, "spec.ports");

    for (size_t i = json_count(ports); i-- > 0;) {
        char section[SECTION_SIZE], *path;

        section_of(json_item(ports, i), section);
        if (i == except || !is_ours(all, section, "port") || other_of(all, section, "port") != NULL)
            continue;
        path = memory_format("/spec/ports/%zu", i);
        json_patch_remove(all->changes->patch, path);
        free(path);
    }
}

static void compare_field(const struct comparison *all, const struct field *field,
                          struct json_object *desired, struct json_object *found, bool exists)
{
    const char *other = other_of(all, field->section, field->name);

    if (exists && is_same(found, desired))
        return;
    if (exists && other != NULL && !is_ours(all, field->section, field->name))
        add_foreign(all, field->shown, other);
    else
        set(all, field->path, json_object_get(desired));
}

/* "add" replaces a member that exists. (RFC 6902, 4.1) */
static void set(const struct comparison *all, const char *path, struct json_object *value)
{
    json_patch_add(all->changes->patch, "add", path, value);
}

static void add_foreign(const struct comparison *all, const char *shown, const char *manager)
{
    struct service_changes *changes = all->changes;
    char *before = changes->foreign;

    if (changes->foreign_count++ >= FOREIGN_NAMED_MAX)
        return;
    changes->foreign =
        memory_format("%s%s%s (%s)", before != NULL ? before : "", before != NULL ? ", " : "",
                      shown, manager != NULL ? manager : "somebody");
    free(before);
}

static bool is_ours(const struct comparison *all, const char *section, const char *name)
{
    return json_text_member(all->ours, section, name) != NULL;
}

/* Who else has set it, or NULL. */
static const char *other_of(const struct comparison *all, const char *section, const char *name)
{
    return json_text_member(all->others, section, name);
}

static bool is_same(struct json_object *a, struct json_object *b)
{
    char *text = memory_text(json_encode(a));
    bool same = strcmp(text, json_encode(b)) == 0;

    free(text);
    return same;
}

static void section_of(struct json_object *port, char section[SECTION_SIZE])
{
    const char *protocol = json_text_at(port, "protocol");

    snprintf(section, SECTION_SIZE, "%lld/%s",
             (long long)json_object_get_int64(json_at(port, "port")),
             protocol[0] != '\0' ? protocol : "TCP");
}

/* In a JSON Pointer "~" is "~0" and "/" is "~1". (RFC 6901, 3) */
static char *pointer(const char *parent, const char *name)
{
    char *escaped = memory_new(2 * strlen(name) + 1, 1), *to = escaped, *path;

    for (; *name != '\0'; name++) {
        if (*name == '~' || *name == '/') {
            *to++ = '~';
            *to++ = *name == '~' ? '0' : '1';
        } else {
            *to++ = *name;
        }
    }
    path = memory_format("%s/%s", parent, escaped);
    free(escaped);
    return path;
}
