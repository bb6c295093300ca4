/* SPDX-License-Identifier: Apache-2.0 */
#include "common/objects/object.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/ledger.h"
#include "common/objects/route_spec.h"
#include "common/objects/route_status.h"
#include "common/objects/service_spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum place_kind {
    PLACE_TEXT,   /* const char * */
    PLACE_TEXTS,  /* struct text_list */
    PLACE_NUMBER, /* uint64_t */
    PLACE_FLAG,   /* bool */
    PLACE_DIGITS, /* uint64_t, written as a text */
    PLACE_EXISTS, /* bool: whether there is anything */
    PLACE_JSON,   /* const char *, whatever is there as JSON */
    PLACE_TIME,   /* uint64_t, seconds since 1970, of an RFC 3339 time */
};

/* What a message under construction points to. */
struct scratch {
    void *blocks[8]; /* to be freed when the message has been copied */
    size_t count;
};

/* Where a field of a message comes from. What is absent is "", (), fallback or false. */
struct place {
    const char *path;
    enum place_kind kind;
    size_t offset;
    uint64_t fallback;
};

/* How a kind is decoded: by places, and what they cannot say by a function of its own. */
struct decoder {
    enum message_type type;
    const struct place *places;
    size_t count;
    void (*finish)(struct json_object *object, struct message *message, struct scratch *scratch);
};

static char *decode_place(const struct place *, struct json_object *, void *members,
                          struct scratch *);
static char *decode_texts(struct json_object *value, const char *path, struct text_list *);
static bool decode_digits(const char *text, uint64_t *number);
static bool decode_time(const char *text, uint64_t *seconds);
static void finish_pool(struct json_object *, struct message *, struct scratch *);
static void finish_certificate(struct json_object *, struct message *, struct scratch *);
static void finish_route(struct json_object *, struct message *, struct scratch *);
static void finish_service(struct json_object *, struct message *, struct scratch *);
static void decode_owner(struct json_object *, struct route_message *);
static bool is_not_of_status(struct json_object *entry);
static void *keep(struct scratch *, void *block);
static const char *keep_text(struct scratch *, char *text, size_t most);
static void *members_of(struct message *message);
static struct message unreadable(enum kind, struct json_object *, const char *problem);
static char *wrong_type(const char *path, struct json_object *value, const char *wanted);

#define PLACE(M, path, kind, field)                                                                \
    {                                                                                              \
        path, PLACE_##kind, offsetof(struct M##_message, field), 0                                 \
    }
#define METADATA(M)                                                                                \
    PLACE(M, "metadata.namespace", TEXT, namespace), PLACE(M, "metadata.name", TEXT, name),        \
        PLACE(M, "metadata.uid", TEXT, uid),                                                       \
        PLACE(M, "metadata.resourceVersion", DIGITS, resource_version),                            \
        PLACE(M, "metadata.deletionTimestamp", EXISTS, deleting)

static const struct place pool_places[] = {
    METADATA(pool),
    PLACE(pool, "metadata.creationTimestamp", TIME, created),
    PLACE(pool, "spec.service", JSON, service),
    PLACE(pool, "spec.route.enabled", FLAG, route_enabled),
    PLACE(pool, "spec.route.hostname", TEXT, hostname),
    PLACE(pool, "spec.route.gatewayRef.namespace", TEXT, gateway_namespace),
    PLACE(pool, "spec.route.gatewayRef.name", TEXT, gateway_name),
    PLACE(pool, "spec.route.gatewayRef.sectionName", TEXT, section_name),
    PLACE(pool, "spec.route.injectDNSAltName", FLAG, inject),
    {"spec.service.port", PLACE_NUMBER, offsetof(struct pool_message, service_port), 8140},
};

static const struct place server_places[] = {
    METADATA(server),
    PLACE(server, "spec.certificateRef", TEXT, certificate),
    PLACE(server, "spec.poolRefs", TEXTS, pools),
};

static const struct place certificate_places[] = {
    METADATA(certificate),
    PLACE(certificate, "spec.dnsAltNames", TEXTS, names),
};

static const struct place route_places[] = {
    METADATA(route),
};

static const struct place service_places[] = {
    METADATA(service),
};

static const struct place gateway_places[] = {
    METADATA(gateway),
    PLACE(gateway, "spec.listeners", JSON, listeners),
};

#define DECODER(NAME, places, finish)                                                              \
    {                                                                                              \
        MESSAGE_##NAME, places, sizeof(places) / sizeof(places[0]), finish                         \
    }

static const struct decoder decoders[KIND_COUNT] = {
    [KIND_POOL] = DECODER(POOL, pool_places, finish_pool),
    [KIND_SERVER] = DECODER(SERVER, server_places, NULL),
    [KIND_CERTIFICATE] = DECODER(CERTIFICATE, certificate_places, finish_certificate),
    [KIND_ROUTE] = DECODER(ROUTE, route_places, finish_route),
    [KIND_SERVICE] = DECODER(SERVICE, service_places, finish_service),
    [KIND_GATEWAY] = DECODER(GATEWAY, gateway_places, NULL),
};

char *object_decode(enum kind kind, struct json_object *object, struct message *message)
{
    const struct decoder *decoder = &decoders[kind];
    struct message draft = message_of(decoder->type);
    struct scratch scratch = {0};
    char *problem = NULL;

    for (size_t i = 0; i < decoder->count && problem == NULL; i++)
        problem = decode_place(&decoder->places[i], object, members_of(&draft), &scratch);
    if (problem == NULL && json_text_at(object, "metadata.name")[0] == '\0')
        problem = memory_text("metadata.name is missing");
    if (problem == NULL && json_text_at(object, "metadata.namespace")[0] == '\0')
        problem = memory_text("metadata.namespace is missing");
    if (problem == NULL && decoder->finish != NULL)
        decoder->finish(object, &draft, &scratch);
    if (problem == NULL)
        problem = message_check(&draft);
    if (problem != NULL)
        draft = unreadable(kind, object, problem);
    *message = draft.type != MESSAGE_NONE ? message_copy(&draft) : draft;
    for (size_t i = 0; i < scratch.count; i++)
        free(scratch.blocks[i]);
    return problem;
}

/* The times are of one format, so they compare as texts. */
const char *object_manager(struct json_object *object, object_manager_filter *concerns)
{
    struct json_object *entries = json_at(object, "metadata.managedFields");
    const char *newest = "", *manager = "";

    for (size_t i = 0; i < json_count(entries); i++) {
        struct json_object *entry = json_item(entries, i);
        const char *time = json_text_at(entry, "time");

        if (strcmp(json_text_at(entry, "manager"), FIELD_MANAGER) == 0 || !concerns(entry) ||
            strcmp(time, newest) < 0)
            continue;
        newest = time;
        manager = json_text_at(entry, "manager");
    }
    return manager;
}

static char *decode_place(const struct place *place, struct json_object *object, void *members,
                          struct scratch *scratch)
{
    struct json_object *value = json_at(object, place->path);
    void *member = (char *)members + place->offset;
    struct text_list list = {0};
    char *problem;

    switch (place->kind) {
    case PLACE_TEXT:
        *(const char **)member = json_text_at(object, place->path);
        if (value != NULL && !json_object_is_type(value, json_type_string))
            return wrong_type(place->path, value, "a text");
        if (strlen(*(const char **)member) !=
            (value ? (size_t)json_object_get_string_len(value) : 0))
            return memory_format("%s contains a NUL", place->path);
        return NULL;
    case PLACE_TEXTS:
        problem = decode_texts(value, place->path, &list);
        keep(scratch, (void *)list.bytes);
        *(struct text_list *)member = list;
        return problem;
    case PLACE_NUMBER:
        if (value != NULL && !json_object_is_type(value, json_type_int))
            return wrong_type(place->path, value, "a whole number");
        if (value != NULL && json_object_get_int64(value) < 0)
            return memory_format("%s is negative", place->path);
        *(uint64_t *)member = value ? json_object_get_uint64(value) : place->fallback;
        return NULL;
    case PLACE_FLAG:
        if (value != NULL && !json_object_is_type(value, json_type_boolean))
            return wrong_type(place->path, value, "true or false");
        *(bool *)member = json_object_get_boolean(value);
        return NULL;
    case PLACE_DIGITS:
        if (!decode_digits(json_text_at(object, place->path), member))
            return memory_format("%s is not a number", place->path);
        return NULL;
    case PLACE_EXISTS:
        *(bool *)member = value != NULL;
        return NULL;
    case PLACE_JSON:
        *(const char **)member = value != NULL ? json_encode(value) : "";
        return NULL;
    case PLACE_TIME:
        if (!decode_time(json_text_at(object, place->path), member))
            return memory_format("%s is not a time", place->path);
        return NULL;
    }
    return NULL;
}

static char *decode_texts(struct json_object *value, const char *path, struct text_list *list)
{
    if (value == NULL)
        return NULL;
    if (!json_object_is_type(value, json_type_array))
        return wrong_type(path, value, "a list of texts");
    for (size_t i = 0; i < json_count(value); i++) {
        struct json_object *item = json_item(value, i);

        if (!json_object_is_type(item, json_type_string))
            return wrong_type(path, item, "a list of texts only");
        if (strlen(json_object_get_string(item)) != (size_t)json_object_get_string_len(item))
            return memory_format("%s contains a NUL", path);
        text_list_add(list, json_object_get_string(item));
    }
    return NULL;
}

/* resourceVersions of one kind can be compared as numbers (Kubernetes API concepts, "Resource
 * versions", since 1.35; every server before it did the same). */
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
    const char *paused = json_text_member(object, "metadata.annotations", OPENVOX_GROUP "/paused");

    (void)scratch;
    if (strlen(message->pool.service) > JSON_MAX) {
        message->pool.service = "";
        message->pool.service_too_long = true;
    }
    message->pool.paused = paused != NULL && strcmp(paused, "true") == 0;
}

/* What is not ours to judge, the ledger's text and the status, never makes a Certificate one that
 * cannot be understood: a ledger that is too long is passed on as one that says nothing. */
static void finish_certificate(struct json_object *object, struct message *message,
                               struct scratch *scratch)
{
    struct certificate_message *certificate = &message->certificate;
    const char *ledger = json_text_member(object, "metadata.annotations", LEDGER_ANNOTATION);
    char *problem =
        decode_texts(json_at(object, "status.effectiveDNSAltNames"), "", &certificate->effective);

    keep(scratch, (void *)certificate->effective.bytes);
    if (problem != NULL || certificate->effective.size > EFFECTIVE_MAX)
        certificate->effective = (struct text_list){0};
    free(problem);
    if (ledger != NULL) {
        certificate->ledger = ledger;
        if (strlen(certificate->ledger) > LEDGER_MAX)
            certificate->ledger = "too long";
    }
}

static void finish_route(struct json_object *object, struct message *message,
                         struct scratch *scratch)
{
    decode_owner(object, &message->route);
    message->route.spec = keep_text(scratch, route_spec_normal(json_at(object, "spec")), JSON_MAX);
    message->route.refusals = route_refusals(object);
    keep(scratch, (void *)message->route.refusals.bytes);
}

static void finish_service(struct json_object *object, struct message *message,
                           struct scratch *scratch)
{
    struct json_object *ports = json_at(object, "spec.ports");

    decode_owner(object, (struct route_message *)&message->service);
    message->service.spec = keep_text(scratch, service_spec_normal(object), JSON_MAX);
    message->service.ports = service_ports(ports);
    keep(scratch, (void *)message->service.ports.bytes);
    if (json_object_is_type(ports, json_type_array))
        message->service.node_port =
            json_object_get_uint64(json_at(json_item(ports, 0), "nodePort"));
}

/* OWNER_FIELDS stand at one place in all messages that have them: those of a route serve for all.
 */
static void decode_owner(struct json_object *object, struct route_message *owned)
{
    struct json_object *owners = json_at(object, "metadata.ownerReferences");

    owned->other_manager = object_manager(object, is_not_of_status);
    for (size_t i = 0; i < json_count(owners); i++) {
        struct json_object *owner = json_item(owners, i);

        if (!json_object_get_boolean(json_at(owner, "controller")))
            continue;
        owned->controller_kind = json_text_at(owner, "kind");
        owned->controller_name = json_text_at(owner, "name");
        owned->controller_uid = json_text_at(owner, "uid");
        owned->controller_index = i;
        break;
    }
}

static bool is_not_of_status(struct json_object *entry)
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

/* A spec that is too long is not one of ours: that is all one has to know of it. */
static const char *keep_text(struct scratch *scratch, char *text, size_t most)
{
    keep(scratch, text);
    return strlen(text) <= most ? text : "";
}

static void *members_of(struct message *message)
{
    return &message->pool;
}

static struct message unreadable(enum kind kind, struct json_object *object, const char *problem)
{
    struct message message = message_of(MESSAGE_UNREADABLE);

    message.unreadable.kind = kind;
    message.unreadable.namespace = json_text_at(object, "metadata.namespace");
    message.unreadable.name = json_text_at(object, "metadata.name");
    message.unreadable.problem = problem;
    if (message.unreadable.name[0] == '\0' || message.unreadable.namespace[0] == '\0' ||
        strlen(message.unreadable.name) > 253 || strlen(message.unreadable.namespace) > 63)
        return message_of(MESSAGE_NONE);
    return message;
}

static char *wrong_type(const char *path, struct json_object *value, const char *wanted)
{
    return memory_format("%s is of type %s; it has to be %s", path,
                         json_type_to_name(json_object_get_type(value)), wanted);
}
