/* SPDX-License-Identifier: Apache-2.0 */
/* Objects come from many hands, so nothing in them is trusted to be of the type it should be: each
 * path is read by the table in paths.h, and what is wrong is said with the path. */
#include "common/objects/object.h"

#include "common/base/json.h"
#include "common/base/line.h"
#include "common/base/memory.h"
#include "common/base/utf8.h"
#include "common/objects/paths.h"
#include "common/objects/route_spec.h"
#include "common/objects/route_status.h"
#include "common/objects/service_spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum path_type {
    PATH_TEXT,   /* const char * */
    PATH_TEXTS,  /* struct text_list */
    PATH_FLAG,   /* bool */
    PATH_DIGITS, /* uint64_t */
    PATH_PORT,   /* uint64_t */
    PATH_TIME,   /* uint64_t */
    PATH_EXISTS, /* bool */
    PATH_JSON,   /* const char * */
    PATH_OTHER,  /* by a finisher */
};

/* One row of paths.h. */
struct path {
    const char *path;
    enum path_type type;
    size_t offset; /* of the field, within struct message */
};

/* How a kind is decoded: by its paths, and the rest by a finisher or NULL. */
struct decoder {
    enum message_type type;
    const struct path *paths;
    size_t count;
};

/* What a message under construction points to. */
struct scratch {
    void *blocks[12]; /* to be freed when the message has been copied */
    size_t count;
};

/* Reads the paths of the type OTHER. */
typedef void finisher(struct json_object *object, struct message *message, struct scratch *scratch);

static char *decode_path(const struct path *, struct json_object *, struct message *,
                         struct scratch *);
static char *decode_text(struct json_object *value, const char *path, const char **text);
static char *decode_texts(struct json_object *value, const char *path, struct text_list *);
static const char *as_line(const char *text, struct scratch *);
static char *decode_port(struct json_object *value, const char *path, uint64_t *port);
static bool decode_digits(const char *text, uint64_t *number);
static bool decode_time(const char *text, uint64_t *seconds);
static finisher finish_pool, finish_certificate, finish_route, finish_service;
static void decode_owner(struct json_object *, struct object_owner *, struct scratch *);
static bool is_not_status(struct json_object *entry);
static void *keep(struct scratch *, void *block);
static const char *keep_text(struct scratch *, char *text, size_t max);
static struct message unreadable(enum kind, struct json_object *, const char *problem);
static char *wrong_type(const char *path, struct json_object *value, const char *wanted);
static const char *type_name(struct json_object *value);

#define PATH_ROW(M, its_path, TYPE, field)                                                         \
    {its_path, PATH_##TYPE, offsetof(struct message, M.field)},
#define PATH_TABLE(NAME, name, ...)                                                                \
    static const struct path name##_paths[] = {NAME##_PATHS(PATH_ROW, name)};
KINDS(PATH_TABLE)

#define DECODER_ROW(NAME, name, ...)                                                               \
    [KIND_##NAME] = {MESSAGE_##NAME, name##_paths, sizeof(name##_paths) / sizeof(struct path)},
static const struct decoder decoders[KIND_COUNT] = {KINDS(DECODER_ROW)};

static finisher *const finishers[KIND_COUNT] = {
    [KIND_POOL] = finish_pool,
    [KIND_CERTIFICATE] = finish_certificate,
    [KIND_ROUTE] = finish_route,
    [KIND_SERVICE] = finish_service,
};

char *object_decode(enum kind kind, struct json_object *object, struct message *message)
{
    const struct decoder *decoder = &decoders[kind];
    struct message draft = message_of(decoder->type);
    struct scratch scratch = {0};
    char *problem = NULL;

    for (size_t i = 0; i < decoder->count && problem == NULL; i++)
        problem = decode_path(&decoder->paths[i], object, &draft, &scratch);
    if (problem == NULL && json_text_at(object, "metadata.name")[0] == '\0')
        problem = memory_text("metadata.name is missing");
    if (problem == NULL && json_text_at(object, "metadata.namespace")[0] == '\0')
        problem = memory_text("metadata.namespace is missing");
    if (problem == NULL && finishers[kind] != NULL)
        finishers[kind](object, &draft, &scratch);
    if (problem == NULL)
        problem = message_check(&draft);
    if (problem != NULL)
        draft = unreadable(kind, object, problem);
    *message = draft.type != MESSAGE_NONE ? message_copy(&draft) : draft;
    for (size_t i = 0; i < scratch.count; i++)
        free(scratch.blocks[i]);
    return problem;
}

/* The times have one format, so they can be compared as texts. */
const char *object_manager(struct json_object *object, object_manager_filter *counts)
{
    struct json_object *entries = json_at(object, "metadata.managedFields");
    const char *newest = "", *manager = "";

    for (size_t i = 0; i < json_count(entries); i++) {
        struct json_object *entry = json_item(entries, i);
        const char *time = json_text_at(entry, "time");

        if (strcmp(json_text_at(entry, "manager"), FIELD_MANAGER) == 0 || !counts(entry) ||
            strcmp(time, newest) < 0)
            continue;
        newest = time;
        manager = json_text_at(entry, "manager");
    }
    return manager;
}

static char *decode_path(const struct path *row, struct json_object *object,
                         struct message *message, struct scratch *scratch)
{
    struct json_object *value = json_at(object, row->path);
    void *field = (char *)message + row->offset;
    struct text_list list = {0};
    char *problem;

    switch (row->type) {
    case PATH_TEXT:
        return decode_text(value, row->path, field);
    case PATH_TEXTS:
        problem = decode_texts(value, row->path, &list);
        keep(scratch, (void *)list.bytes);
        *(struct text_list *)field = list;
        return problem;
    case PATH_FLAG:
        if (value != NULL && !json_object_is_type(value, json_type_boolean))
            return wrong_type(row->path, value, "true or false");
        *(bool *)field = json_object_get_boolean(value);
        return NULL;
    case PATH_DIGITS:
        if (!decode_digits(json_text_at(object, row->path), field))
            return memory_format("%s is not a number", row->path);
        return NULL;
    case PATH_PORT:
        return decode_port(value, row->path, field);
    case PATH_TIME:
        if (!decode_time(json_text_at(object, row->path), field))
            return memory_format("%s is not a time", row->path);
        return NULL;
    case PATH_EXISTS:
        *(bool *)field = value != NULL;
        return NULL;
    case PATH_JSON:
        *(const char **)field = value != NULL ? json_encode(value) : "";
        return NULL;
    case PATH_OTHER:
        return NULL;
    }
    return NULL;
}

static char *decode_text(struct json_object *value, const char *path, const char **text)
{
    *text = "";
    if (value == NULL)
        return NULL;
    if (!json_object_is_type(value, json_type_string))
        return wrong_type(path, value, "a string");
    *text = json_object_get_string(value);
    if (strlen(*text) != (size_t)json_object_get_string_len(value))
        return memory_format("%s contains a NUL", path);
    return NULL;
}

static char *decode_texts(struct json_object *value, const char *path, struct text_list *list)
{
    if (value == NULL)
        return NULL;
    if (!json_object_is_type(value, json_type_array))
        return wrong_type(path, value, "a list of strings");
    for (size_t i = 0; i < json_count(value); i++) {
        struct json_object *item = json_item(value, i);

        if (!json_object_is_type(item, json_type_string))
            return memory_format("%s contains %s; it must be a list of strings", path,
                                 type_name(item));
        if (strlen(json_object_get_string(item)) != (size_t)json_object_get_string_len(item))
            return memory_format("%s contains a NUL", path);
        text_list_add(list, json_object_get_string(item));
    }
    return NULL;
}

/* No name that means something has a '?' in it, so none can be had by way of a replacement. */
static const char *as_line(const char *text, struct scratch *scratch)
{
    return utf8_is_line(text, strlen(text)) ? text : keep(scratch, line_of(text, SIZE_MAX));
}

static char *decode_port(struct json_object *value, const char *path, uint64_t *port)
{
    *port = SERVICE_PUPPET_PORT;
    if (value == NULL)
        return NULL;
    if (!json_object_is_type(value, json_type_int))
        return wrong_type(path, value, "a whole number");
    if (json_object_get_int64(value) < 0)
        return memory_format("%s is negative", path);
    *port = json_object_get_uint64(value);
    return NULL;
}

/* resourceVersions of a kind can be compared as numbers: Kubernetes promises it since 1.35, and
 * every API server before did it. (Kubernetes API concepts, "Resource versions") */
static bool decode_digits(const char *text, uint64_t *number)
{
    char *end;

    errno = 0;
    *number = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

static bool decode_time(const char *text, uint64_t *seconds)
{
    struct tm utc = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);

    *seconds = end != NULL ? (uint64_t)timegm(&utc) : 0;
    return end != NULL;
}

static void finish_pool(struct json_object *object, struct message *message,
                        struct scratch *scratch)
{
    const char *paused = json_text_member(object, "metadata.annotations", PAUSED_ANNOTATION);

    (void)scratch;
    if (strlen(message->pool.service) > MESSAGE_BOUND(pool, service)) {
        message->pool.service = "";
        message->pool.service_too_long = true;
    }
    message->pool.paused = paused != NULL && strcmp(paused, "true") == 0;
}

/* The ledger and the status are not what a person wrote, so nothing in them makes a Certificate
 * unreadable; a ledger that is too long is passed on as one that cannot be understood. */
static void finish_certificate(struct json_object *object, struct message *message,
                               struct scratch *scratch)
{
    struct certificate_message *certificate = &message->certificate;
    const char *ledger = json_text_member(object, "metadata.annotations", LEDGER_ANNOTATION);
    char *problem =
        decode_texts(json_at(object, "status.effectiveDNSAltNames"), "", &certificate->effective);

    keep(scratch, (void *)certificate->effective.bytes);
    if (problem != NULL || certificate->effective.size > MESSAGE_BOUND(certificate, effective))
        certificate->effective = (struct text_list){0};
    free(problem);
    if (ledger != NULL)
        certificate->ledger =
            strlen(ledger) <= MESSAGE_BOUND(certificate, ledger) ? ledger : "too long";
}

static void finish_route(struct json_object *object, struct message *message,
                         struct scratch *scratch)
{
    decode_owner(object, &message->route.owner, scratch);
    message->route.spec =
        keep_text(scratch, route_spec_normal(json_at(object, "spec")), MESSAGE_BOUND(route, spec));
    message->route.refusals = route_refusals(object);
    keep(scratch, (void *)message->route.refusals.bytes);
}

static void finish_service(struct json_object *object, struct message *message,
                           struct scratch *scratch)
{
    struct json_object *ports = json_at(object, "spec.ports");

    decode_owner(object, &message->service.owner, scratch);
    message->service.spec =
        keep_text(scratch, service_spec_normal(object), MESSAGE_BOUND(service, spec));
    message->service.ports = service_ports(ports);
    keep(scratch, (void *)message->service.ports.bytes);
    if (json_object_is_type(ports, json_type_array))
        message->service.node_port =
            json_object_get_uint64(json_at(json_item(ports, 0), "nodePort"));
}

static void decode_owner(struct json_object *object, struct object_owner *owner,
                         struct scratch *scratch)
{
    struct json_object *references = json_at(object, "metadata.ownerReferences");

    owner->other_manager = as_line(object_manager(object, is_not_status), scratch);
    for (size_t i = 0; i < json_count(references); i++) {
        struct json_object *reference = json_item(references, i);

        if (!json_object_get_boolean(json_at(reference, "controller")))
            continue;
        owner->controller_kind = as_line(json_text_at(reference, "kind"), scratch);
        owner->controller_name = as_line(json_text_at(reference, "name"), scratch);
        owner->controller_uid = as_line(json_text_at(reference, "uid"), scratch);
        owner->controller_index = i;
        break;
    }
}

static bool is_not_status(struct json_object *entry)
{
    return json_at(entry, "subresource") == NULL;
}

static void *keep(struct scratch *scratch, void *block)
{
    if (scratch->count == sizeof(scratch->blocks) / sizeof(scratch->blocks[0]))
        abort();
    scratch->blocks[scratch->count++] = block;
    return block;
}

/* TEXT, or "" if it is longer than MAX: then tlsrouted cannot have written it, and that is all one
 * has to know. */
static const char *keep_text(struct scratch *scratch, char *text, size_t max)
{
    keep(scratch, text);
    return strlen(text) <= max ? text : "";
}

static struct message unreadable(enum kind kind, struct json_object *object, const char *problem)
{
    struct message message = message_of(MESSAGE_UNREADABLE);
    char *unsendable;

    message.unreadable.kind = kind;
    message.unreadable.namespace = json_text_at(object, "metadata.namespace");
    message.unreadable.name = json_text_at(object, "metadata.name");
    message.unreadable.problem = problem;
    unsendable = message_check(&message);
    if (message.unreadable.name[0] == '\0' || message.unreadable.namespace[0] == '\0' ||
        unsendable != NULL)
        message = message_of(MESSAGE_NONE);
    free(unsendable);
    return message;
}

static char *wrong_type(const char *path, struct json_object *value, const char *wanted)
{
    return memory_format("%s is %s; it must be %s", path, type_name(value), wanted);
}

static const char *type_name(struct json_object *value)
{
    static const char *const names[] = {
        [json_type_null] = "null",        [json_type_boolean] = "a boolean",
        [json_type_double] = "a number",  [json_type_int] = "a number",
        [json_type_object] = "an object", [json_type_array] = "a list",
        [json_type_string] = "a string",
    };

    return names[json_object_get_type(value)];
}
