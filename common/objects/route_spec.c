/* SPDX-License-Identifier: Apache-2.0 */
/* What comes back from the API server is never byte for byte what was written; compared in this
 * form, only what somebody changed differs. */
#include "common/objects/route_spec.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "common/objects/key.h"

#include <json-c/printbuf.h>
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

struct member {
    const char *name;
    struct json_object *value;
};

static void write_normal(struct printbuf *, struct json_object *value, const char *list);
static void write_object(struct printbuf *, struct json_object *object, const char *list);
static void write_string(struct printbuf *, const char *text, size_t length);
static void append(struct printbuf *, const char *text);
static void append_bytes(struct printbuf *, const char *bytes, size_t size);
static bool is_default(const char *list, const char *member, struct json_object *value);
static bool is_value(const struct server_default *, struct json_object *value);
static int by_name(const void *a, const void *b);
static struct json_object *list_of(struct json_object *element);
static void add_text(struct json_object *object, const char *member, const char *text);
static const char *text_or(struct json_object *object, const char *member, const char *fallback);
static void add_bounded(struct text_list *, const char *text, size_t bytes);

/* Written directly: it is made for each TLSRoute that is decoded and for each decision. */
char *route_spec_normal(struct json_object *spec)
{
    struct printbuf *buffer = printbuf_new();
    char *text;

    if (buffer == NULL)
        memory_out();
    write_normal(buffer, spec, "");
    text = memory_text(buffer->buf);
    printbuf_free(buffer);
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

struct text_list route_hostnames(struct json_object *route, size_t bytes)
{
    struct json_object *names = json_at(route, "spec.hostnames");
    struct text_list list = {0};

    for (size_t i = 0; i < json_count(names); i++) {
        if (json_object_is_type(json_item(names, i), json_type_string))
            add_bounded(&list, json_object_get_string(json_item(names, i)), bytes);
    }
    return list;
}

struct text_list route_gateways(struct json_object *route, size_t bytes)
{
    struct json_object *parents = json_at(route, "spec.parentRefs");
    struct text_list list = {0};

    for (size_t i = 0; i < json_count(parents); i++) {
        struct json_object *parent = json_item(parents, i);
        char *key;

        if (strcmp(text_or(parent, "group", GATEWAY_GROUP), GATEWAY_GROUP) != 0 ||
            strcmp(text_or(parent, "kind", kind_names(KIND_GATEWAY)->name),
                   kind_names(KIND_GATEWAY)->name) != 0)
            continue;
        key = key_of(text_or(parent, "namespace", json_text_at(route, "metadata.namespace")),
                     json_text_at(parent, "name"));
        add_bounded(&list, key, bytes);
        free(key);
    }
    return list;
}

/* Appends the normal form of VALUE, which is an element of the list called LIST ("": of none). */
static void write_normal(struct printbuf *to, struct json_object *value, const char *list)
{
    switch (json_object_get_type(value)) {
    case json_type_object:
        write_object(to, value, list);
        break;
    case json_type_array:
        append(to, "[");
        for (size_t i = 0; i < json_count(value); i++) {
            append(to, i > 0 ? "," : "");
            write_normal(to, json_item(value, i), list);
        }
        append(to, "]");
        break;
    case json_type_string:
        write_string(to, json_object_get_string(value), (size_t)json_object_get_string_len(value));
        break;
    default:
        append(to, json_encode(value));
        break;
    }
}

static void write_object(struct printbuf *to, struct json_object *object, const char *list)
{
    size_t count = 0;
    struct member *members =
        memory_new((size_t)json_object_object_length(object), sizeof(*members));
    const char *separator = "{";

    json_object_object_foreach(object, name, value)
    {
        if (!is_default(list, name, value))
            members[count++] = (struct member){name, value};
    }
    qsort(members, count, sizeof(*members), by_name);
    for (size_t i = 0; i < count; i++) {
        append(to, separator);
        write_string(to, members[i].name, strlen(members[i].name));
        append(to, ":");
        write_normal(to, members[i].value, members[i].name);
        separator = ",";
    }
    append(to, count == 0 ? "{}" : "}");
    free(members);
}

/* Printable ASCII, as nearly all is, has nothing to be escaped but these two. */
static void write_string(struct printbuf *to, const char *text, size_t length)
{
    struct json_object *string;
    size_t plain = 0;

    while (plain < length && text[plain] >= ' ' && text[plain] <= '~' && text[plain] != '"' &&
           text[plain] != '\\')
        plain++;
    if (plain == length) {
        append(to, "\"");
        append_bytes(to, text, length);
        append(to, "\"");
    } else {
        string = json_object_new_string_len(text, (int)length);
        append(to, json_encode(string));
        json_object_put(string);
    }
}

static void append(struct printbuf *to, const char *text)
{
    append_bytes(to, text, strlen(text));
}

/* Most are a few bytes, and there is room. */
static void append_bytes(struct printbuf *to, const char *bytes, size_t size)
{
    if (size < (size_t)(to->size - to->bpos)) {
        memcpy(to->buf + to->bpos, bytes, size);
        to->bpos += (int)size;
        to->buf[to->bpos] = '\0';
    } else if (printbuf_memappend(to, bytes, (int)size) < 0) {
        memory_out();
    }
}

static bool is_default(const char *list, const char *member, struct json_object *value)
{
    for (size_t i = 0; i < sizeof(server_defaults) / sizeof(server_defaults[0]); i++) {
        const struct server_default *row = &server_defaults[i];

        if (strcmp(row->list, list) == 0 && strcmp(row->member, member) == 0 &&
            (row->type == json_type_null || is_value(row, value)))
            return true;
    }
    return false;
}

static bool is_value(const struct server_default *row, struct json_object *value)
{
    if (!json_object_is_type(value, row->type))
        return false;
    if (row->type == json_type_int)
        return json_object_get_int64(value) == row->number;
    return (size_t)json_object_get_string_len(value) == strlen(row->text) &&
           strcmp(json_object_get_string(value), row->text) == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct member *)a)->name, ((const struct member *)b)->name);
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

static const char *text_or(struct json_object *object, const char *member, const char *fallback)
{
    const char *text = json_text_at(object, member);

    return text[0] != '\0' ? text : fallback;
}

static void add_bounded(struct text_list *list, const char *text, size_t bytes)
{
    if (list->size + strlen(text) + 1 <= bytes && !text_list_has(list, text))
        text_list_add(list, text);
}
