/* SPDX-License-Identifier: Apache-2.0 */
/* A Pool's Service is the same whoever creates it: tlsrouted makes it as openvox-operator does, to
 * the letter. */
#include "common/objects/service_spec.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/message/kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PORTS_MAX = 100,         /* of a Service, that are looked at */
    FOREIGN_BYTES_MAX = 256, /* of an annotation of others; a Pool that asks for one that is as long
                                is told that it is theirs */
};

static void add_all(struct json_object *object, struct json_object *texts);
static struct json_object *port_of(struct json_object *spec, uint64_t port);
static const struct value *normal_of(struct arena *, const struct value *service,
                                     const struct value *owners);
static void shorten(struct value *annotations, const struct value *ours);
static struct value *pick(struct arena *, const struct value *object, const char *const *members);
static struct value *pick_ports(struct arena *, const struct value *ports);
static struct value *sorted(struct arena *, const struct value *object);
static int by_name(const void *a, const void *b);
static bool is_empty(struct json_object *value);

struct json_object *service_spec_new(const char *pool, struct json_object *spec, uint64_t port)
{
    struct json_object *service = json_object_new_object();
    struct json_object *metadata = json_object_new_object();
    struct json_object *labels = json_object_new_object();
    struct json_object *annotations = json_object_new_object();
    struct json_object *service_spec = json_object_new_object();
    struct json_object *selector = json_object_new_object();
    struct json_object *ports = json_object_new_array();
    char *pool_label = memory_format(OPENVOX_GROUP "/pool-%s", pool);
    const char *type = json_text_at(spec, "type");

    json_put_text(labels, "app.kubernetes.io/name", "openvox");
    json_put_text(labels, "app.kubernetes.io/managed-by", "openvox-operator");
    json_put_text(labels, pool_label, "true");
    add_all(labels, json_at(spec, "labels"));
    add_all(annotations, json_at(spec, "annotations"));
    json_put_text(selector, pool_label, "true");
    json_object_array_add(ports, port_of(spec, port));
    json_object_object_add(metadata, "labels", labels);
    json_object_object_add(metadata, "annotations", annotations);
    json_put_text(service_spec, "type", type[0] != '\0' ? type : "ClusterIP");
    json_object_object_add(service_spec, "selector", selector);
    json_object_object_add(service_spec, "ports", ports);
    if (!is_empty(json_at(spec, "externalIPs")))
        json_object_object_add(service_spec, "externalIPs",
                               json_object_get(json_at(spec, "externalIPs")));
    json_object_object_add(service, "metadata", metadata);
    json_object_object_add(service, "spec", service_spec);
    free(pool_label);
    return service;
}

char *service_spec_desired(struct json_object *service)
{
    struct arena arena = {0};
    char *text = value_encode(normal_of(&arena, value_of_json(&arena, service), NULL));

    arena_clear(&arena);
    return text;
}

char *service_spec_observed(const struct value *service, const struct value *owners)
{
    struct arena arena = {0};
    char *text = value_encode(normal_of(&arena, service, owners));

    arena_clear(&arena);
    return text;
}

struct text_list service_ports(const struct value *ports)
{
    struct text_list numbers = {0};

    VALUE_FOREACH (port, value_array(ports)) {
        const char *protocol = value_text_at(port, "protocol");
        const struct value *number = value_at(port, "port");
        char text[24];

        if (port->index >= PORTS_MAX)
            break;
        if (protocol[0] != '\0' && strcmp(protocol, "TCP") != 0)
            continue;
        snprintf(text, sizeof(text), "%lld",
                 value_is(number, json_type_int) ? (long long)number->number : 0);
        text_list_add(&numbers, text);
    }
    return numbers;
}

static struct json_object *port_of(struct json_object *spec, uint64_t port)
{
    struct json_object *made = json_object_new_object();
    struct json_object *node_port = json_at(spec, "nodePort"); /* for the types that have one */
    const char *type = json_text_at(spec, "type");

    json_put_text(made, "name", "https");
    json_put_text(made, "protocol", "TCP");
    json_object_object_add(made, "port", json_object_new_int64((int64_t)port));
    json_object_object_add(made, "targetPort", json_object_new_int64(SERVICE_PUPPET_PORT));
    if (json_object_get_int64(node_port) > 0 && type[0] != '\0' && strcmp(type, "ClusterIP") != 0)
        json_object_object_add(made, "nodePort", json_object_get(node_port));
    return made;
}

static const struct value *normal_of(struct arena *arena, const struct value *service,
                                     const struct value *owners)
{
    static const char *const members[] = {"type", "selector", "externalIPs", NULL};
    struct value *normal = value_new(arena, json_type_object);
    struct value *annotations = sorted(arena, value_at(service, "metadata.annotations"));
    struct value *spec = pick(arena, value_at(service, "spec"), members);

    if (owners != NULL)
        shorten(annotations, value_at(owners, "ours.annotations"));
    value_put(spec, "ports", pick_ports(arena, value_at(service, "spec.ports")));
    value_put(normal, "labels", sorted(arena, value_at(service, "metadata.labels")));
    value_put(normal, "annotations", annotations);
    value_put(normal, "spec", spec);
    return normal;
}

/* Others keep whole manifests in annotations. */
static void shorten(struct value *annotations, const struct value *ours)
{
    for (struct value *member = annotations->first; member != NULL; member = member->next) {
        if (value_is(member, json_type_string) && member->size > FOREIGN_BYTES_MAX &&
            value_member(ours, member->name, member->name_size) == NULL)
            member->type = json_type_null;
    }
}

static struct value *pick_ports(struct arena *arena, const struct value *ports)
{
    static const char *const members[] = {"name",       "protocol", "port",
                                          "targetPort", "nodePort", NULL};
    struct value *picked = value_new(arena, json_type_array);

    VALUE_FOREACH (port, value_array(ports))
        value_append(picked, pick(arena, port, members));
    return picked;
}

static struct value *pick(struct arena *arena, const struct value *object,
                          const char *const *members)
{
    struct value *picked = value_new(arena, json_type_object);

    for (; *members != NULL; members++) {
        const struct value *value = value_at(object, *members);

        if (value == NULL || (value_is(value, json_type_array) && value_count(value) == 0))
            continue;
        value_put(picked, *members,
                  value_is(value, json_type_object) ? sorted(arena, value)
                                                    : value_copy(arena, value));
    }
    return picked;
}

static struct value *sorted(struct arena *arena, const struct value *object)
{
    struct value *copy = value_new(arena, json_type_object);
    const struct value **members;
    size_t count = 0;

    if (!value_is(object, json_type_object))
        return copy;
    members = arena_take(arena, object->size * sizeof(*members));
    VALUE_FOREACH (member, object)
        members[count++] = member;
    qsort(members, count, sizeof(*members), by_name);
    for (size_t i = 0; i < count; i++)
        value_put(copy, members[i]->name, value_copy(arena, members[i]));
    return copy;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct value *const *)a)->name, (*(const struct value *const *)b)->name);
}

static bool is_empty(struct json_object *value)
{
    return value == NULL || (json_object_is_type(value, json_type_array) && json_count(value) == 0);
}

static void add_all(struct json_object *object, struct json_object *texts)
{
    if (!json_object_is_type(texts, json_type_object))
        return;
    json_object_object_foreach(texts, name, value)
    {
        json_object_object_add(object, name, json_object_get(value));
    }
}
