/* SPDX-License-Identifier: Apache-2.0 */
/* Objects come from many hands, so nothing in them is trusted to be of the type and size it should
 * be: each path is read by the table in paths.h, and what is wrong is said with the path. */
#include "common/objects/object.h"

#include "common/base/json.h"
#include "common/base/line.h"
#include "common/base/memory.h"
#include "common/base/utf8.h"
#include "common/objects/abbreviation.h"
#include "common/objects/gateway_status.h"
#include "common/objects/managers.h"
#include "common/objects/paths.h"
#include "common/objects/route_spec.h"
#include "common/objects/route_status.h"
#include "common/objects/service_spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
    size_t max;    /* bytes of the field, or of its JSON; 0: unlimited */
};

/* How a kind is decoded: by its paths, and the rest by a finisher or NULL. */
struct decoder {
    enum message_type type;
    const struct path *paths;
    struct projection projection; /* the same paths in the same order */
};

/* What is decoded. */
struct source {
    const struct value *object;
    const struct decoder *decoder;
    uint64_t left_out; /* bits: the paths of which a value has been left out */
};

/* What a message under construction points to. */
struct scratch {
    void *blocks[12]; /* to be freed when the message has been copied */
    size_t count;
};

/* Reads the paths of the type OTHER. */
typedef void finisher(const struct source *source, struct message *message,
                      struct scratch *scratch);

static char *decode_paths(const struct source *, const struct projected *, struct message *,
                          struct scratch *);
static char *left_out(const struct path *, bool is_too_long);
static char *decode_path(const struct path *, const struct value *, struct message *,
                         struct scratch *);
static char *decode_text(const struct value *, const struct path *, const char **text);
static char *decode_texts(const struct value *, const struct path *, struct text_list *);
static const char *as_line(const char *text, struct scratch *scratch);
static char *decode_port(const struct value *, const char *path, uint64_t *port);
static bool decode_digits(const char *text, uint64_t *number);
static finisher finish_pool, finish_certificate, finish_route, finish_service, finish_gateway,
    finish_gateway_class;
static void decode_owner(const struct value *, managers_filter *, struct object_owner *,
                         struct scratch *);
static bool is_marked(const struct value *);
static bool allows_reissue(const struct value *);
static bool lacks(const struct source *, const char *path);
static bool lacks_namespace(enum kind, const struct value *);
static void *keep(struct scratch *, void *block);
static const char *keep_json(struct scratch *, char *text, size_t max);
static struct message unreadable(enum kind, const struct value *, const char *problem);
static char *wrong_type(const char *path, const struct value *, const char *wanted);
static const char *type_name(enum json_type);

#define PATH_ROW(M, its_path, TYPE, field)                                                         \
    {its_path, PATH_##TYPE, offsetof(struct message, M.field), MAX_OF_##TYPE(M, field)},
#define OTHER_ROW(M, its_path, bytes, field)                                                       \
    {its_path, PATH_OTHER, offsetof(struct message, M.field), bytes},
#define PATH_TABLE(NAME, name, ...)                                                                \
    static const struct path name##_paths[] = {NAME##_PATHS(PATH_ROW, OTHER_ROW, name)};           \
    static const struct projection_path name##_wanted[] = {                                        \
        NAME##_PATHS(OBJECT_PATH, OBJECT_OTHER_PATH, name)};
KINDS(PATH_TABLE)

#define DECODER_ROW(NAME, name, ...)                                                               \
    [KIND_##NAME] = {MESSAGE_##NAME,                                                               \
                     name##_paths,                                                                 \
                     {name##_wanted, sizeof(name##_wanted) / sizeof(name##_wanted[0])}},
static const struct decoder decoders[KIND_COUNT] = {KINDS(DECODER_ROW)};

static finisher *const finishers[KIND_COUNT] = {
    [KIND_POOL] = finish_pool,       [KIND_CERTIFICATE] = finish_certificate,
    [KIND_ROUTE] = finish_route,     [KIND_SERVICE] = finish_service,
    [KIND_GATEWAY] = finish_gateway, [KIND_GATEWAY_CLASS] = finish_gateway_class,
};

const struct projection *object_projection(enum kind kind)
{
    return &decoders[kind].projection;
}

char *object_decode(enum kind kind, const struct projected *projected, struct message *message)
{
    const struct value *object = projected->object;
    const struct source source = {object, &decoders[kind],
                                  projected->too_long | projected->malformed};
    struct message draft = message_of(source.decoder->type);
    struct scratch scratch = {0};
    char *problem = decode_paths(&source, projected, &draft, &scratch);

    if (problem == NULL && value_text_at(object, "metadata.name")[0] == '\0')
        problem = memory_text("metadata.name is missing");
    if (problem == NULL && lacks_namespace(kind, object))
        problem = memory_text("metadata.namespace is missing");
    if (problem == NULL && finishers[kind] != NULL)
        finishers[kind](&source, &draft, &scratch);
    if (problem == NULL)
        problem = message_check(&draft);
    if (problem != NULL)
        draft = unreadable(kind, object, problem);
    *message = draft.type != MESSAGE_NONE ? message_copy(&draft) : draft;
    for (size_t i = 0; i < scratch.count; i++)
        free(scratch.blocks[i]);
    return problem;
}

char *object_read(enum kind kind, const char *text, size_t size, struct message *message)
{
    struct projected projected;
    const char *broken = projection_read(object_projection(kind), text, size, &projected);
    char *problem;

    *message = message_of(MESSAGE_NONE);
    if (broken != NULL)
        return memory_text(broken);
    problem = object_decode(kind, &projected, message);
    projected_clear(&projected);
    return problem;
}

static char *decode_paths(const struct source *source, const struct projected *projected,
                          struct message *message, struct scratch *scratch)
{
    const struct decoder *decoder = source->decoder;
    char *problem = NULL;

    for (size_t i = 0; i < decoder->projection.count && problem == NULL; i++) {
        const struct path *row = &decoder->paths[i];

        if (row->type != PATH_OTHER && (source->left_out >> i & 1) != 0)
            problem = left_out(row, (projected->too_long >> i & 1) != 0);
        else
            problem = decode_path(row, source->object, message, scratch);
    }
    return problem;
}

static char *left_out(const struct path *row, bool is_too_long)
{
    if (is_too_long)
        return memory_format("%s has more than %zu bytes", row->path, row->max);
    return memory_format("%s cannot be understood: it is nested too deep, has too many values, or "
                         "is not UTF-8",
                         row->path);
}

static char *decode_path(const struct path *row, const struct value *object,
                         struct message *message, struct scratch *scratch)
{
    const struct value *value = row->type != PATH_OTHER ? value_at(object, row->path) : NULL;
    void *field = (char *)message + row->offset;
    struct text_list list = {0};
    char *problem;

    switch (row->type) {
    case PATH_TEXT:
        return decode_text(value, row, field);
    case PATH_TEXTS:
        problem = decode_texts(value, row, &list);
        keep(scratch, (void *)list.bytes);
        *(struct text_list *)field = list;
        return problem;
    case PATH_FLAG:
        if (value != NULL && !value_is(value, json_type_boolean))
            return wrong_type(row->path, value, "true or false");
        *(bool *)field = value != NULL && value->is_true;
        return NULL;
    case PATH_DIGITS:
        if (!decode_digits(value_text_at(value, ""), field))
            return memory_format("%s is not a number", row->path);
        return NULL;
    case PATH_PORT:
        return decode_port(value, row->path, field);
    case PATH_TIME:
        if (!json_seconds(value_text_at(value, ""), field))
            return memory_format("%s is not a time", row->path);
        return NULL;
    case PATH_EXISTS:
        *(bool *)field = value != NULL;
        return NULL;
    case PATH_JSON:
        *(const char **)field = keep(scratch, value_encode(value));
        return strlen(*(const char **)field) <= row->max ? NULL : left_out(row, true);
    case PATH_OTHER:
        return NULL;
    }
    return NULL;
}

static char *decode_text(const struct value *value, const struct path *row, const char **text)
{
    *text = "";
    if (value == NULL)
        return NULL;
    if (!value_is(value, json_type_string))
        return wrong_type(row->path, value, "a string");
    *text = value->text;
    if (strlen(*text) != value->size)
        return memory_format("%s contains a NUL", row->path);
    return value->size <= row->max ? NULL : left_out(row, true);
}

static char *decode_texts(const struct value *value, const struct path *row, struct text_list *list)
{
    size_t count = 0;

    if (value == NULL)
        return NULL;
    if (!value_is(value, json_type_array))
        return wrong_type(row->path, value, "a list of strings");
    VALUE_FOREACH (item, value) {
        if (!value_is(item, json_type_string) || item->index != count)
            break;
        if (strlen(item->text) != item->size)
            return memory_format("%s contains a NUL", row->path);
        text_list_add(list, item->text);
        count++;
    }
    if (count < value_count(value))
        return memory_format("%s contains %s; it must be a list of strings", row->path,
                             type_name(value_type(value_item(value, count))));
    return list->size <= row->max ? NULL : left_out(row, true);
}

/* No name that means something has a '?' in it, so none can be had by way of a replacement. */
static const char *as_line(const char *text, struct scratch *scratch)
{
    return utf8_is_line(text, strlen(text)) ? text : keep(scratch, line_of(text, SIZE_MAX));
}

static char *decode_port(const struct value *value, const char *path, uint64_t *port)
{
    *port = SERVICE_PUPPET_PORT;
    if (value == NULL)
        return NULL;
    if (!value_is(value, json_type_int))
        return wrong_type(path, value, "a whole number");
    if (value->number < 0 && !value->is_large)
        return memory_format("%s is negative", path);
    *port = (uint64_t)value->number;
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

/* Of spec.service only what a Service is made of is passed on. */
static void finish_pool(const struct source *source, struct message *message,
                        struct scratch *scratch)
{
    const char *paused =
        value_text_member(source->object, "metadata.annotations", PAUSED_ANNOTATION);
    char *service = value_encode(value_at(source->object, "spec.service"));

    message->pool.service_too_long =
        lacks(source, "spec.service.") || strlen(service) > MESSAGE_BOUND(pool, service);
    message->pool.service =
        keep_json(scratch, service, message->pool.service_too_long ? 0 : SIZE_MAX);
    message->pool.paused = paused != NULL && strcmp(paused, "true") == 0;
}

/* The ledger and the status are not what a person wrote, so nothing in them makes a Certificate
 * unreadable; a ledger that is too long is passed on as one that cannot be understood. */
static void finish_certificate(const struct source *source, struct message *message,
                               struct scratch *scratch)
{
    static const struct path effective = {.path = "", .max = MESSAGE_BOUND(certificate, effective)};
    struct certificate_message *certificate = &message->certificate;
    const char *ledger =
        value_text_member(source->object, "metadata.annotations", LEDGER_ANNOTATION);
    char *problem = decode_texts(value_at(source->object, "status.effectiveDNSAltNames"),
                                 &effective, &certificate->effective);

    keep(scratch, (void *)certificate->effective.bytes);
    if (problem != NULL)
        certificate->effective = (struct text_list){0};
    free(problem);
    if (lacks(source, "metadata.annotations[" LEDGER_ANNOTATION "]") ||
        (ledger != NULL && strlen(ledger) > MESSAGE_BOUND(certificate, ledger)))
        certificate->ledger = "too long";
    else if (ledger != NULL)
        certificate->ledger = ledger;
    certificate->reissue = is_marked(source->object) && allows_reissue(source->object);
}

static bool is_marked(const struct value *object)
{
    const char *mark = value_text_member(object, "metadata.annotations", REISSUE_ANNOTATION);

    return mark != NULL && strcmp(mark, REISSUE_DUE) == 0;
}

/* In the other phases a certificate is on its way, perhaps one without the names: there will be
 * another phase when it has come. */
static bool allows_reissue(const struct value *object)
{
    const char *phase = value_text_at(object, "status.phase");

    return strcmp(phase, "Pending") == 0 || strcmp(phase, "Signed") == 0;
}

/* Nobody asks a TLSRoute that is not ours to be well made. A spec that tlsrouted cannot have
 * written is "", and that is all one has to know. */
static void finish_route(const struct source *source, struct message *message,
                         struct scratch *scratch)
{
    struct route_message *route = &message->route;
    const struct value *object = source->object;

    decode_owner(object, managers_write_route, &route->owner, scratch);
    json_seconds(value_text_at(object, "metadata.creationTimestamp"), &route->created);
    route->hostnames = route_hostnames(object, MESSAGE_BOUND(route, hostnames));
    keep(scratch, (void *)route->hostnames.bytes);
    route->gateways = route_gateways(object, MESSAGE_BOUND(route, gateways));
    keep(scratch, (void *)route->gateways.bytes);
    route->spec = keep_json(scratch, route_spec_normal(value_at(object, "spec")),
                            lacks(source, "spec") ? 0 : MESSAGE_BOUND(route, spec));
    route->answers = keep(scratch, route_answers(object, MESSAGE_BOUND(route, answers)));
}

/* Whose fields are whose matters only where some are ours. */
static void finish_service(const struct source *source, struct message *message,
                           struct scratch *scratch)
{
    struct service_message *service = &message->service;
    struct arena arena = {0};
    const struct value *owners = managers_of_service(&arena, source->object);
    bool is_known = !lacks(source, "spec.") && !lacks(source, "metadata.labels") &&
                    !lacks(source, "metadata.annotations") && !lacks(source, "metadata.managed");

    decode_owner(source->object, managers_write_service, &service->owner, scratch);
    service->ports = service_ports(value_at(source->object, "spec.ports"));
    keep(scratch, (void *)service->ports.bytes);
    service->spec = keep_json(scratch, service_spec_observed(source->object, owners),
                              is_known ? MESSAGE_BOUND(service, spec) : 0);
    service->owners = keep_json(scratch, value_encode(owners),
                                service->spec[0] != '\0' ? MESSAGE_BOUND(service, owners) : 0);
    arena_clear(&arena);
}

static void finish_gateway(const struct source *source, struct message *message,
                           struct scratch *scratch)
{
    message->gateway.status =
        keep(scratch, gateway_status(source->object, MESSAGE_BOUND(gateway, status)));
}

static void finish_gateway_class(const struct source *source, struct message *message,
                                 struct scratch *scratch)
{
    message->gateway_class.status =
        keep(scratch, gateway_class_status(source->object, MESSAGE_BOUND(gateway_class, status)));
}

static void decode_owner(const struct value *object, managers_filter *counts,
                         struct object_owner *owner, struct scratch *scratch)
{
    struct managers managers = managers_of(object, counts);

    owner->other_manager = as_line(managers.other, scratch);
    owner->other_time = managers.other_time;
    owner->own_time = managers.own_time;
    VALUE_FOREACH (reference, value_at(object, "metadata.ownerReferences")) {
        const struct value *controller = value_at(reference, "controller");

        if (!value_is(controller, json_type_boolean) || !controller->is_true)
            continue;
        owner->controller_kind = as_line(value_text_at(reference, "kind"), scratch);
        owner->controller_name = as_line(value_text_at(reference, "name"), scratch);
        owner->controller_uid = as_line(value_text_at(reference, "uid"), scratch);
        owner->controller_index = reference->index;
        break;
    }
}

/* Whether a value has been left out whose path begins with PATH. */
static bool lacks(const struct source *source, const char *path)
{
    for (size_t i = 0; i < source->decoder->projection.count; i++) {
        if ((source->left_out >> i & 1) != 0 &&
            strncmp(source->decoder->paths[i].path, path, strlen(path)) == 0)
            return true;
    }
    return false;
}

static bool lacks_namespace(enum kind kind, const struct value *object)
{
    return !kind_streams(kind)->without_namespace &&
           value_text_at(object, "metadata.namespace")[0] == '\0';
}

static void *keep(struct scratch *scratch, void *block)
{
    if (scratch->count == sizeof(scratch->blocks) / sizeof(scratch->blocks[0]))
        abort();
    scratch->blocks[scratch->count++] = block;
    return block;
}

/* TEXT, abbreviated, or "" if it is longer than MAX. */
static const char *keep_json(struct scratch *scratch, char *text, size_t max)
{
    keep(scratch, text);
    if (strlen(text) > max)
        return "";
    abbreviate(text);
    return text;
}

static struct message unreadable(enum kind kind, const struct value *object, const char *problem)
{
    struct message message = message_of(MESSAGE_UNREADABLE);
    char *unsendable;

    message.unreadable.kind = kind;
    message.unreadable.namespace = value_text_at(object, "metadata.namespace");
    message.unreadable.name = value_text_at(object, "metadata.name");
    message.unreadable.problem = problem;
    unsendable = message_check(&message);
    if (message.unreadable.name[0] == '\0' || lacks_namespace(kind, object) || unsendable != NULL)
        message = message_of(MESSAGE_NONE);
    free(unsendable);
    return message;
}

static char *wrong_type(const char *path, const struct value *value, const char *wanted)
{
    return memory_format("%s is %s; it must be %s", path, type_name(value_type(value)), wanted);
}

static const char *type_name(enum json_type type)
{
    static const char *const names[] = {
        [json_type_null] = "null",        [json_type_boolean] = "a boolean",
        [json_type_double] = "a number",  [json_type_int] = "a number",
        [json_type_object] = "an object", [json_type_array] = "a list",
        [json_type_string] = "a string",
    };

    return names[type];
}
