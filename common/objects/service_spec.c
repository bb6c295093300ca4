/* SPDX-License-Identifier: Apache-2.0 */
/* A Pool's Service is the same whoever creates it: tlsrouted makes it as openvox-operator does, to
 * the letter. */
#include "common/objects/service_spec.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/message/kind.h"

#include <stdlib.h>
#include <string.h>

enum {
    PORTS_MAX = 100,         /* of a Service, that are looked at */
    FOREIGN_BYTES_MAX = 256, /* of an annotation of others; a Pool that asks for one that is as long
                                is told that it is theirs */
};

static void add_all(struct json_object *object, struct json_object *texts);
static struct json_object *port_of(struct json_object *spec, uint64_t port);
static struct json_object *normal_of(struct json_object *service);
static void shorten(struct json_object *annotations, struct json_object *ours);
static struct json_object *pick(struct json_object *object, const char *const *members);
static struct json_object *pick_ports(struct json_object *ports);
static struct json_object *sorted(struct json_object *object);
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

char *service_spec_normal(struct json_object *service, struct json_object *owners)
{
    struct json_object *normal = normal_of(service);
    char *text;

    if (owners != NULL)
        shorten(json_at(normal, "annotations"), json_at(owners, "ours.annotations"));
    text = memory_text(json_encode(normal));
    json_object_put(normal);
    return text;
}

struct text_list service_ports(struct json_object *ports)
{
    struct text_list numbers = {0};

    if (!json_object_is_type(ports, json_type_array))
        return numbers;
    for (size_t i = 0; i < json_count(ports) && i < PORTS_MAX; i++) {
        struct json_object *port = json_item(ports, i);
        const char *protocol = json_text_at(port, "protocol");
        char *number;

        if (protocol[0] != '\0' && strcmp(protocol, "TCP") != 0)
            continue;
        number = memory_format("%lld", (long long)json_object_get_int64(json_at(port, "port")));
        text_list_add(&numbers, number);
        free(number);
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

static struct json_object *normal_of(struct json_object *service)
{
    static const char *const members[] = {"type", "selector", "externalIPs", NULL};
    struct json_object *normal = json_object_new_object();
    struct json_object *spec = pick(json_at(service, "spec"), members);

    json_object_object_add(spec, "ports", pick_ports(json_at(service, "spec.ports")));
    json_object_object_add(normal, "labels", sorted(json_at(service, "metadata.labels")));
    json_object_object_add(normal, "annotations", sorted(json_at(service, "metadata.annotations")));
    json_object_object_add(normal, "spec", spec);
    return normal;
}

/* Others keep whole manifests in annotations. */
static void shorten(struct json_object *annotations, struct json_object *ours)
{
    json_object_object_foreach(annotations, name, value)
    {
        if (json_object_get_string_len(value) > FOREIGN_BYTES_MAX &&
            !json_object_object_get_ex(ours, name, NULL))
            json_object_object_add(annotations, name, NULL);
    }
}

static struct json_object *pick_ports(struct json_object *ports)
{
    static const char *const members[] = {"name",       "protocol", "port",
                                          "targetPort", "nodePort", NULL};
    struct json_object *picked = json_object_new_array();

    for (size_t i = 0; i < json_count(ports); i++)
        json_object_array_add(picked, pick(json_item(ports, i), members));
    return picked;
}

static struct json_object *pick(struct json_object *object, const char *const *members)
{
    struct json_object *picked = json_object_new_object();

    for (; *members != NULL; members++) {
        struct json_object *value = json_at(object, *members);

        if (!is_empty(value))
            json_object_object_add(picked, *members,
                                   json_object_is_type(value, json_type_object)
                                       ? sorted(value)
                                       : json_object_get(value));
    }
    return picked;
}

static struct json_object *sorted(struct json_object *object)
{
    struct json_object *copy = json_object_new_object();
    size_t count = 0;
    const char **names;

    if (!json_object_is_type(object, json_type_object))
        return copy;
    names = memory_new((size_t)json_object_object_length(object), sizeof(*names));
    json_object_object_foreach(object, name, ignored)
    {
        (void)ignored;
        names[count++] = name;
    }
    qsort(names, count, sizeof(*names), by_name);
    for (size_t i = 0; i < count; i++) {
        struct json_object *value = NULL;

        json_object_object_get_ex(object, names[i], &value);
        json_object_object_add(copy, names[i], json_object_get(value));
    }
    free(names);
    return copy;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
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
