/* SPDX-License-Identifier: Apache-2.0 */
/* What comes back from the API server is never byte for byte what was written; compared in this
 * form, only what somebody changed differs. */
#include "common/objects/route_spec.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "common/objects/key.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The API server sets MEMBER of an element of LIST, if it is missing, to a TEXT or to a NUMBER; to
 * which one does not matter where TYPE is null. */
struct server_default {
    const char *list, *member;
    enum json_type type;
    const char *text;
    int64_t number;
};

static const struct server_default server_defaults[] = {
    {"parentRefs", "group", json_type_string, GATEWAY_GROUP, 0},
    {"parentRefs", "kind", json_type_string, "Gateway", 0},
    {"backendRefs", "group", json_type_string, "", 0},
    {"backendRefs", "kind", json_type_string, "Service", 0},
    {"backendRefs", "weight", json_type_int, NULL, 1},
    {"rules", "name", json_type_null, NULL, 0},
};

static struct value *normal_of(struct arena *, const struct value *, const char *list);
static struct value *normal_object(struct arena *, const struct value *object, const char *list);
static struct value *normal_array(struct arena *, const struct value *array, const char *list);
static bool is_default(const char *list, const struct value *member);
static bool is_value(const struct server_default *, const struct value *);
static int by_name(const void *a, const void *b);
static struct json_object *list_of(struct json_object *element);
static void add_text(struct json_object *object, const char *member, const char *text);
static const char *text_or(const struct value *object, const char *member, const char *fallback);
static void add_bounded(struct text_list *, const char *text, size_t bytes);

char *route_spec_normal(const struct value *spec)
{
    struct arena arena = {0};
    char *text = value_encode(normal_of(&arena, spec, ""));

    arena_clear(&arena);
    return text;
}

struct json_object *route_spec_new(const struct desired_route *desired)
{
    struct json_object *spec = json_object_new_object();
    struct json_object *parent = json_object_new_object();
    struct json_object *rule = json_object_new_object();
    struct json_object *backend = json_object_new_object();

    add_text(parent, "name", desired->gateway_name);
    add_text(parent, "namespace", desired->gateway_namespace);
    add_text(parent, "sectionName", desired->section_name);
    add_text(backend, "name", desired->service);
    json_object_object_add(backend, "port", json_object_new_int64((int64_t)desired->port));
    json_object_object_add(rule, "backendRefs", list_of(backend));
    json_object_object_add(spec, "hostnames", list_of(json_object_new_string(desired->hostname)));
    json_object_object_add(spec, "parentRefs", list_of(parent));
    json_object_object_add(spec, "rules", list_of(rule));
    return spec;
}

struct text_list route_hostnames(const struct value *route, size_t bytes)
{
    const struct value *names = value_array(value_at(route, "spec.hostnames"));
    struct text_list list = {0};

    VALUE_FOREACH (name, names) {
        if (value_is(name, json_type_string))
            add_bounded(&list, name->text, bytes);
    }
    return list;
}

struct text_list route_gateways(const struct value *route, size_t bytes)
{
    const struct value *parents = value_array(value_at(route, "spec.parentRefs"));
    struct text_list list = {0};

    VALUE_FOREACH (parent, parents) {
        char *key;

        if (strcmp(text_or(parent, "group", GATEWAY_GROUP), GATEWAY_GROUP) != 0 ||
            strcmp(text_or(parent, "kind", kind_names(KIND_GATEWAY)->name),
                   kind_names(KIND_GATEWAY)->name) != 0)
            continue;
        key = key_of(text_or(parent, "namespace", value_text_at(route, "metadata.namespace")),
                     value_text_at(parent, "name"));
        add_bounded(&list, key, bytes);
        free(key);
    }
    return list;
}

/* VALUE, which is an element of the list called LIST ("": of none). */
static struct value *normal_of(struct arena *arena, const struct value *value, const char *list)
{
    if (value_is(value, json_type_object))
        return normal_object(arena, value, list);
    if (value_is(value, json_type_array))
        return normal_array(arena, value, list);
    return value != NULL ? value_copy(arena, value) : value_new(arena, json_type_null);
}

static struct value *normal_object(struct arena *arena, const struct value *object,
                                   const char *list)
{
    struct value *normal = value_new(arena, json_type_object);
    const struct value **members = memory_new(object->size, sizeof(*members));
    size_t count = 0;

    VALUE_FOREACH (member, object) {
        if (!is_default(list, member))
            members[count++] = member;
    }
    qsort(members, count, sizeof(*members), by_name);
    for (size_t i = 0; i < count; i++)
        value_put(normal, members[i]->name, normal_of(arena, members[i], members[i]->name));
    free(members);
    return normal;
}

static struct value *normal_array(struct arena *arena, const struct value *array, const char *list)
{
    struct value *normal = value_new(arena, json_type_array);

    VALUE_FOREACH (element, array) {
        normal->size = element->index; /* null is no element */
        value_append(normal, normal_of(arena, element, list));
    }
    normal->size = array->size;
    return normal;
}

static bool is_default(const char *list, const struct value *member)
{
    for (size_t i = 0; i < sizeof(server_defaults) / sizeof(server_defaults[0]); i++) {
        const struct server_default *row = &server_defaults[i];

        if (strcmp(row->list, list) == 0 && strcmp(row->member, member->name) == 0 &&
            (row->type == json_type_null || is_value(row, member)))
            return true;
    }
    return false;
}

static bool is_value(const struct server_default *row, const struct value *value)
{
    if (!value_is(value, row->type))
        return false;
    return row->type == json_type_int ? value->number == row->number && !value->is_large
                                      : strcmp(value->text, row->text) == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct value *const *)a)->name, (*(const struct value *const *)b)->name);
}

static struct json_object *list_of(struct json_object *element)
{
    struct json_object *list = json_object_new_array();

    json_object_array_add(list, element);
    return list;
}

static void add_text(struct json_object *object, const char *member, const char *text)
{
    if (text != NULL && text[0] != '\0')
        json_object_object_add(object, member, json_object_new_string(text));
}

static const char *text_or(const struct value *object, const char *member, const char *fallback)
{
    const char *text = value_text_at(object, member);

    return text[0] != '\0' ? text : fallback;
}

static void add_bounded(struct text_list *list, const char *text, size_t bytes)
{
    if (list->size + strlen(text) + 1 <= bytes && !text_list_has(list, text))
        text_list_add(list, text);
}
