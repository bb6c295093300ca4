#include "common/object.h"

#include "common/json.h"
#include "common/memory.h"
#include "common/route_spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum place_kind {
    PLACE_TEXT,   /* const char * */
    PLACE_TEXTS,  /* struct text_list */
    PLACE_NUMBER, /* uint64_t */
    PLACE_FLAG,   /* bool */
    PLACE_DIGITS, /* uint64_t, written as a text */
    PLACE_EXISTS, /* bool: whether there is anything */
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
    void (*finish)(struct json_object *object, struct message *message);
};

static char *decode_place(const struct place *, struct json_object *, void *members,
                          struct text_list *storage);
static char *decode_texts(struct json_object *value, const char *path, struct text_list *);
static bool decode_digits(const char *text, uint64_t *number);
static void finish_route(struct json_object *object, struct message *message);
static void *members_of(struct message *message);
static void make_unreadable(enum kind, struct json_object *, const char *, struct message *);
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

#define DECODER(NAME, places, finish)                                                              \
    {                                                                                              \
        MESSAGE_##NAME, places, sizeof(places) / sizeof(places[0]), finish                         \
    }

static const struct decoder decoders[KIND_COUNT] = {
    [KIND_POOL] = DECODER(POOL, pool_places, NULL),
    [KIND_SERVER] = DECODER(SERVER, server_places, NULL),
    [KIND_CERTIFICATE] = DECODER(CERTIFICATE, certificate_places, NULL),
    [KIND_ROUTE] = DECODER(ROUTE, route_places, finish_route),
};

char *object_decode(enum kind kind, struct json_object *object, struct message *message)
{
    const struct decoder *decoder = &decoders[kind];
    struct text_list storage = {0};
    char *problem = NULL;

    *message = message_of(decoder->type);
    for (size_t i = 0; i < decoder->count && problem == NULL; i++)
        problem = decode_place(&decoder->places[i], object, members_of(message), &storage);
    message->storage = (char *)storage.bytes;
    message->storage_size = storage.size;
    if (problem == NULL && json_text_at(object, "metadata.name")[0] == '\0')
        problem = memory_text("metadata.name is missing");
    if (problem == NULL && decoder->finish != NULL)
        decoder->finish(object, message);
    if (problem == NULL)
        problem = message_check(message);
    if (problem != NULL) {
        message_clear(message);
        make_unreadable(kind, object, problem, message);
    }
    return problem;
}

/* STORAGE takes the texts of the one list that an object has. */
static char *decode_place(const struct place *place, struct json_object *object, void *members,
                          struct text_list *storage)
{
    struct json_object *value = json_at(object, place->path);
    void *member = (char *)members + place->offset;

    switch (place->kind) {
    case PLACE_TEXT:
        *(const char **)member = json_text_at(object, place->path);
        if (value != NULL && !json_object_is_type(value, json_type_string))
            return wrong_type(place->path, value, "a text");
        if (strlen(*(const char **)member) !=
            (value ? (size_t)json_object_get_string_len(value) : 0))
            return memory_format("%s contains a NUL", place->path);
        return NULL;
    case PLACE_TEXTS: {
        char *problem = decode_texts(value, place->path, storage);

        *(struct text_list *)member = *storage;
        return problem;
    }
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
    }
    return NULL;
}

static char *decode_texts(struct json_object *value, const char *path, struct text_list *list)
{
    if (value == NULL)
        return NULL;
    if (!json_object_is_type(value, json_type_array))
        return wrong_type(path, value, "a list of texts");
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        struct json_object *item = json_object_array_get_idx(value, i);

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

static void finish_route(struct json_object *object, struct message *message)
{
    struct route_message *route = &message->route;
    struct json_object *owners = json_at(object, "metadata.ownerReferences");
    char *spec = route_spec_normal(json_at(object, "spec"));
    struct text_list storage = {0};

    for (size_t i = 0;
         json_object_is_type(owners, json_type_array) && i < json_object_array_length(owners);
         i++) {
        struct json_object *owner = json_object_array_get_idx(owners, i);

        if (!json_object_get_boolean(json_at(owner, "controller")))
            continue;
        route->controller_kind = json_text_at(owner, "kind");
        route->controller_name = json_text_at(owner, "name");
        route->controller_uid = json_text_at(owner, "uid");
        route->controller_index = i;
        break;
    }
    if (strlen(spec) <= ROUTE_SPEC_MAX)
        text_list_add(&storage, spec);
    route->spec = storage.bytes;
    message->storage = (char *)storage.bytes;
    message->storage_size = storage.size;
    free(spec);
}

static void *members_of(struct message *message)
{
    return &message->pool;
}

static void make_unreadable(enum kind kind, struct json_object *object, const char *problem,
                            struct message *message)
{
    *message = message_of(MESSAGE_UNREADABLE);
    message->unreadable.kind = kind;
    message->unreadable.namespace = json_text_at(object, "metadata.namespace");
    message->unreadable.name = json_text_at(object, "metadata.name");
    message->unreadable.problem = problem;
    if (message->unreadable.name[0] == '\0' || message->unreadable.namespace[0] == '\0' ||
        strlen(message->unreadable.name) > 253 || strlen(message->unreadable.namespace) > 63)
        *message = message_of(MESSAGE_NONE);
}

static char *wrong_type(const char *path, struct json_object *value, const char *wanted)
{
    return memory_format("%s is of type %s; it has to be %s", path,
                         json_type_to_name(json_object_get_type(value)), wanted);
}
