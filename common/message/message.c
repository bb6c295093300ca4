/* SPDX-License-Identifier: Apache-2.0 */
/* All that comes over a link passes through here before anything else reads it: a packet becomes a
 * message only if every field is of its kind and within its bound and nothing follows the last. */
#include "common/message/message.h"

#include "common/base/memory.h"
#include "common/base/utf8.h"

#include <msgpack.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum field_kind {
    FIELD_LINE,
    FIELD_LINES,
    FIELD_TEXT,
    FIELD_TEXTS,
    FIELD_NUMBER,
    FIELD_FLAG
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset; /* within struct message */
    uint64_t bound;
};

struct layout {
    const char *name;
    unsigned senders, receivers; /* sets of roles */
    int descriptors;
    unsigned when; /* set of link stages */
    const struct field *fields;
    size_t field_count;
};

/* A packet being read, and the storage its texts go to. */
struct cursor {
    const char *bytes;
    size_t size, at;
    char *storage;
    size_t used;
};

static char *fields_check(const struct message *);
static char *size_problem(size_t size);
static int count_bytes(void *size, const char *bytes, size_t count);
static void encode(const struct message *, msgpack_packer *);
static char *field_check(const struct field *, const struct message *);
static void field_encode(const struct field *, const struct message *, msgpack_packer *);
static size_t field_size(const struct field *, const struct message *);
static char *field_copy(const struct field *, struct message *, char *storage);
static bool field_equal(const struct field *, const struct message *, const struct message *);
static const char *field_decode(const struct field *, struct message *, struct cursor *);
static char *size_check(const struct field *, uint64_t size);
static const char *text_problem(const struct field *, const char *text, size_t size);
static const char *decode_text(const struct field *, struct cursor *, const char **text);
static const char *decode_texts(const struct field *, struct cursor *, struct text_list *);
static const char *decode_number(struct cursor *, uint64_t bound, uint64_t *number);
static const char *decode_flag(struct cursor *, bool *flag);
static const char *next_value(struct cursor *, msgpack_object *);
static void encode_text(const char *text, msgpack_packer *);

/* The column WHEN as sets of stages. */
enum {
    WHEN_FIRST = 1 << LINK_NEW,
    WHEN_SETUP = 1 << LINK_GREETED,
    WHEN_START = 1 << LINK_STARTED,
    WHEN_WORK = 1 << LINK_WORKING,
    WHEN_BEGUN = WHEN_START | WHEN_WORK,
    WHEN_ALIVE = WHEN_SETUP | WHEN_BEGUN,
};

#define FIELD_ROW(M, KIND, field, bound)                                                           \
    {#field, FIELD_##KIND, offsetof(struct message, M.field), bound},
#define FIELD_TABLE(NAME, id, senders, receivers, descriptors, when)                               \
    static const struct field id##_fields[] = {NAME##_FIELDS(FIELD_ROW, id){.name = NULL}};
MESSAGES(FIELD_TABLE)

#define LAYOUT_ROW(NAME, id, its_senders, its_receivers, its_descriptors, its_when)                \
    [MESSAGE_##NAME] = {.name = #NAME,                                                             \
                        .senders = its_senders,                                                    \
                        .receivers = its_receivers,                                                \
                        .descriptors = its_descriptors,                                            \
                        .when = WHEN_##its_when,                                                   \
                        .fields = id##_fields,                                                     \
                        .field_count = sizeof(id##_fields) / sizeof(struct field) - 1},
static const struct layout layouts[MESSAGE_TYPES] = {MESSAGES(LAYOUT_ROW)};

struct message message_of(enum message_type type)
{
    return (struct message){.type = type, .descriptor = -1};
}

char *message_check(const struct message *message)
{
    char *problem = fields_check(message);
    msgpack_packer packer;
    size_t size = 0;

    if (problem != NULL)
        return problem;
    msgpack_packer_init(&packer, &size, count_bytes);
    encode(message, &packer);
    return size_problem(size);
}

char *message_pack(const struct message *message, msgpack_sbuffer *buffer)
{
    char *problem = fields_check(message);

    if (problem != NULL)
        return problem;
    message_encode(message, buffer);
    return size_problem(buffer->size);
}

void message_encode(const struct message *message, msgpack_sbuffer *buffer)
{
    msgpack_packer packer;

    msgpack_packer_init(&packer, buffer, msgpack_sbuffer_write);
    encode(message, &packer);
}

const char *message_decode(const void *bytes, size_t size, struct message *message)
{
    struct cursor cursor = {.bytes = bytes, .size = size};
    const struct layout *layout;
    const char *problem;
    uint64_t type;

    *message = message_of(MESSAGE_NONE);
    problem = decode_number(&cursor, UINT8_MAX, &type);
    if (problem != NULL)
        return problem;
    if (type == MESSAGE_NONE || type >= MESSAGE_TYPES)
        return "an unknown message type";
    *message = message_of((enum message_type)type);
    message->storage = memory_new(size, 1);
    message->storage_size = size;
    cursor.storage = message->storage;
    layout = &layouts[type];
    for (size_t i = 0; i < layout->field_count && problem == NULL; i++)
        problem = field_decode(&layout->fields[i], message, &cursor);
    if (problem == NULL && cursor.at != size)
        problem = "bytes after the last field";
    if (problem != NULL) {
        message_clear(message);
        *message = message_of(MESSAGE_NONE);
    }
    return problem;
}

struct message message_copy(const struct message *message)
{
    const struct layout *layout = &layouts[message->type];
    struct message copy = *message;
    char *at;

    copy.descriptor = -1;
    copy.storage_size = 1; /* malloc() need not return anything for 0 bytes */
    for (size_t i = 0; i < layout->field_count; i++)
        copy.storage_size += field_size(&layout->fields[i], message);
    copy.storage = at = memory_new(copy.storage_size, 1);
    for (size_t i = 0; i < layout->field_count; i++)
        at = field_copy(&layout->fields[i], &copy, at);
    return copy;
}

bool message_equal(const struct message *a, const struct message *b)
{
    const struct layout *layout = &layouts[a->type];
    bool equal = a->type == b->type;

    for (size_t i = 0; i < layout->field_count && equal; i++)
        equal = field_equal(&layout->fields[i], a, b);
    return equal;
}

void message_clear(struct message *message)
{
    memory_wipe(message->storage, message->storage_size);
    message->storage = NULL;
    message->storage_size = 0;
    if (message->descriptor >= 0)
        close(message->descriptor);
    message->descriptor = -1;
}

enum kind message_kind(enum message_type type)
{
    switch (type) {
#define KIND_CASE(NAME, ...)                                                                       \
    case MESSAGE_##NAME:                                                                           \
        return KIND_##NAME;
        KINDS(KIND_CASE)
    default:
        return KIND_COUNT;
    }
}

const struct object_head *message_head(const struct message *message)
{
    switch (message->type) {
#define HEAD_CASE(NAME, name, ...)                                                                 \
    case MESSAGE_##NAME:                                                                           \
        return &message->name.head;
        KINDS(HEAD_CASE)
    default:
        return NULL;
    }
}

const struct object_owner *message_owner(const struct message *message)
{
    switch (message->type) {
#define OWNER_CASE(NAME, name)                                                                     \
    case MESSAGE_##NAME:                                                                           \
        return &message->name.owner;
        OWNED_KINDS(OWNER_CASE)
    default:
        return NULL;
    }
}

void message_set_resource_version(struct message *message, uint64_t resource_version)
{
    struct object_head *head = (struct object_head *)message_head(message);

    if (head == NULL)
        abort();
    head->resource_version = resource_version;
}

/* A query and its rows have several senders and receivers in the table since the supervisor passes
 * them on; but a control client only talks to the supervisor, and nobody talks to himself. */
bool message_allowed(enum message_type type, enum role from, enum role to)
{
    if (from == to || (from == ROLE_CONTROL && to != ROLE_SUPERVISOR) ||
        (to == ROLE_CONTROL && from != ROLE_SUPERVISOR))
        return false;
    return role_is_in(from, layouts[type].senders) && role_is_in(to, layouts[type].receivers);
}

int message_descriptors(enum message_type type)
{
    return layouts[type].descriptors;
}

enum link_stage message_first_stage(enum role a, enum role b)
{
    bool is_of_worker = (a == ROLE_SUPERVISOR && role_is_in(b, WORKERS)) ||
                        (b == ROLE_SUPERVISOR && role_is_in(a, WORKERS));

    return is_of_worker ? LINK_NEW : LINK_WORKING;
}

bool message_timely(enum message_type type, enum link_stage stage)
{
    return (layouts[type].when & 1u << stage) != 0;
}

enum link_stage message_stage_after(enum message_type type, enum link_stage stage)
{
    switch (type) {
    case MESSAGE_HELLO:
        return LINK_GREETED;
    case MESSAGE_START:
        return LINK_STARTED;
    case MESSAGE_READY:
        return LINK_WORKING;
    default:
        return stage;
    }
}

const char *message_name(enum message_type type)
{
    return layouts[type].name;
}

static char *fields_check(const struct message *message)
{
    const struct layout *layout = &layouts[message->type];
    char *problem = NULL;

    for (size_t i = 0; i < layout->field_count && problem == NULL; i++)
        problem = field_check(&layout->fields[i], message);
    return problem;
}

static char *size_problem(size_t size)
{
    if (size <= MESSAGE_BYTES_MAX)
        return NULL;
    return memory_format("all fields together have %zu bytes; the maximum is %d", size,
                         MESSAGE_BYTES_MAX);
}

static int count_bytes(void *size, const char *bytes, size_t count)
{
    (void)bytes;
    *(size_t *)size += count;
    return 0;
}

static void encode(const struct message *message, msgpack_packer *packer)
{
    const struct layout *layout = &layouts[message->type];

    msgpack_pack_uint8(packer, (uint8_t)message->type);
    for (size_t i = 0; i < layout->field_count; i++)
        field_encode(&layout->fields[i], message, packer);
}

static char *field_check(const struct field *field, const struct message *message)
{
    const void *place = (const char *)message + field->offset;
    const struct text_list *list = place;
    const char *const *text = place, *problem = NULL;
    uint64_t number = 0;

    switch (field->kind) {
    case FIELD_NUMBER:
        number = *(const uint64_t *)place;
        break;
    case FIELD_FLAG:
        return NULL;
    case FIELD_LINES:
    case FIELD_TEXTS:
        TEXT_LIST_FOREACH (item, list)
            problem = problem == NULL ? text_problem(field, item, strlen(item)) : problem;
        if (problem == NULL)
            return size_check(field, list->size);
        break;
    case FIELD_LINE:
    case FIELD_TEXT:
        problem = *text != NULL ? text_problem(field, *text, strlen(*text)) : NULL;
        if (problem == NULL)
            return size_check(field, *text != NULL ? strlen(*text) : 0);
        break;
    }
    if (problem != NULL)
        return memory_format("%s has %s", field->name, problem);
    if (number <= field->bound)
        return NULL;
    return memory_format("%s is %llu; the maximum is %llu", field->name, (unsigned long long)number,
                         (unsigned long long)field->bound);
}

static char *size_check(const struct field *field, uint64_t size)
{
    if (size <= field->bound)
        return NULL;
    return memory_format("%s has %llu bytes; the maximum is %llu", field->name,
                         (unsigned long long)size, (unsigned long long)field->bound);
}

/* What is wrong with the characters of a text of FIELD, or NULL. */
static const char *text_problem(const struct field *field, const char *text, size_t size)
{
    bool is_line = field->kind == FIELD_LINE || field->kind == FIELD_LINES;

    if (is_line ? utf8_is_line(text, size) : utf8_is_text(text, size))
        return NULL;
    return utf8_is_text(text, size) ? "a control character" : "bytes that are not UTF-8";
}

static void field_encode(const struct field *field, const struct message *message,
                         msgpack_packer *packer)
{
    const void *place = (const char *)message + field->offset;

    switch (field->kind) {
    case FIELD_LINE:
    case FIELD_TEXT:
        encode_text(*(const char *const *)place, packer);
        break;
    case FIELD_LINES:
    case FIELD_TEXTS:
        msgpack_pack_uint64(packer, ((const struct text_list *)place)->count);
        TEXT_LIST_FOREACH (item, (const struct text_list *)place)
            encode_text(item, packer);
        break;
    case FIELD_NUMBER:
        msgpack_pack_uint64(packer, *(const uint64_t *)place);
        break;
    case FIELD_FLAG:
        if (*(const bool *)place)
            msgpack_pack_true(packer);
        else
            msgpack_pack_false(packer);
        break;
    }
}

static void encode_text(const char *text, msgpack_packer *packer)
{
    size_t length = text != NULL ? strlen(text) : 0;

    msgpack_pack_str(packer, length);
    if (length > 0)
        msgpack_pack_str_body(packer, text, length);
}

/* The bytes that its texts take in a storage. */
static size_t field_size(const struct field *field, const struct message *message)
{
    const void *place = (const char *)message + field->offset;
    const char *text;

    switch (field->kind) {
    case FIELD_LINE:
    case FIELD_TEXT:
        text = *(const char *const *)place;
        return text != NULL ? strlen(text) + 1 : 1;
    case FIELD_LINES:
    case FIELD_TEXTS:
        return ((const struct text_list *)place)->size;
    default:
        return 0;
    }
}

/* Moves what the field points to into STORAGE. Returns where that goes on. */
static char *field_copy(const struct field *field, struct message *message, char *storage)
{
    void *place = (char *)message + field->offset;
    const size_t size = field_size(field, message);
    struct text_list *list = place;
    const char **text = place;

    switch (field->kind) {
    case FIELD_LINE:
    case FIELD_TEXT:
        memcpy(storage, *text != NULL ? *text : "", size);
        *text = storage;
        break;
    case FIELD_LINES:
    case FIELD_TEXTS:
        if (size > 0)
            memcpy(storage, list->bytes, size);
        list->bytes = list->count > 0 ? storage : NULL;
        break;
    default:
        break;
    }
    return storage + size;
}

static bool field_equal(const struct field *field, const struct message *a, const struct message *b)
{
    const void *in_a = (const char *)a + field->offset, *in_b = (const char *)b + field->offset;
    const struct text_list *list_a = in_a, *list_b = in_b;
    const char *text_a, *text_b;

    switch (field->kind) {
    case FIELD_LINE:
    case FIELD_TEXT:
        text_a = *(const char *const *)in_a;
        text_b = *(const char *const *)in_b;
        return strcmp(text_a != NULL ? text_a : "", text_b != NULL ? text_b : "") == 0;
    case FIELD_LINES:
    case FIELD_TEXTS:
        return list_a->count == list_b->count && list_a->size == list_b->size &&
               (list_a->size == 0 || memcmp(list_a->bytes, list_b->bytes, list_a->size) == 0);
    case FIELD_NUMBER:
        return *(const uint64_t *)in_a == *(const uint64_t *)in_b;
    case FIELD_FLAG:
        return *(const bool *)in_a == *(const bool *)in_b;
    }
    return false;
}

static const char *field_decode(const struct field *field, struct message *message,
                                struct cursor *cursor)
{
    void *place = (char *)message + field->offset;

    switch (field->kind) {
    case FIELD_LINE:
    case FIELD_TEXT:
        return decode_text(field, cursor, place);
    case FIELD_LINES:
    case FIELD_TEXTS:
        return decode_texts(field, cursor, place);
    case FIELD_NUMBER:
        return decode_number(cursor, field->bound, place);
    case FIELD_FLAG:
        return decode_flag(cursor, place);
    }
    return "a field of no kind";
}

/* A text of n bytes takes at least n + 1 encoded ones, so the storage, which is as large as the
 * packet, always has room for it and its NUL. */
static const char *decode_text(const struct field *field, struct cursor *cursor, const char **text)
{
    msgpack_object value;
    const char *problem = next_value(cursor, &value);
    char *copy = cursor->storage + cursor->used;

    if (problem != NULL)
        return problem;
    if (value.type != MSGPACK_OBJECT_STR)
        return "a value that is not a text";
    if (value.via.str.size > field->bound)
        return "a text that is too long";
    if (value.via.str.size == 0) /* then msgpack does not set it */
        value.via.str.ptr = "";
    if (memchr(value.via.str.ptr, '\0', value.via.str.size) != NULL)
        return "a NUL inside a text";
    if (text_problem(field, value.via.str.ptr, value.via.str.size) != NULL)
        return text_problem(field, value.via.str.ptr, value.via.str.size);
    memcpy(copy, value.via.str.ptr, value.via.str.size);
    copy[value.via.str.size] = '\0';
    cursor->used += value.via.str.size + 1;
    *text = copy;
    return NULL;
}

static const char *decode_texts(const struct field *field, struct cursor *cursor,
                                struct text_list *list)
{
    uint64_t count;
    const char *problem = decode_number(cursor, field->bound, &count);
    const char *text;
    size_t start = cursor->used;

    for (uint64_t i = 0; i < count && problem == NULL; i++) {
        problem = decode_text(field, cursor, &text);
        if (problem == NULL && cursor->used - start > field->bound)
            problem = "a list that is too long";
    }
    if (problem == NULL)
        *list = (struct text_list){.count = count,
                                   .size = cursor->used - start,
                                   .bytes = count > 0 ? cursor->storage + start : NULL};
    return problem;
}

static const char *decode_number(struct cursor *cursor, uint64_t bound, uint64_t *number)
{
    msgpack_object value;
    const char *problem = next_value(cursor, &value);

    if (problem != NULL)
        return problem;
    if (value.type != MSGPACK_OBJECT_POSITIVE_INTEGER)
        return "a value that is not a number";
    if (value.via.u64 > bound)
        return "a number that is too large";
    *number = value.via.u64;
    return NULL;
}

static const char *decode_flag(struct cursor *cursor, bool *flag)
{
    msgpack_object value;
    const char *problem = next_value(cursor, &value);

    if (problem != NULL)
        return problem;
    if (value.type != MSGPACK_OBJECT_BOOLEAN)
        return "a value that is not a flag";
    *flag = value.via.boolean;
    return NULL;
}

/* Containers and extensions are refused before msgpack sees them: the header of an array alone
 * could make it reserve memory for 2^32 members. (msgpack specification, "Formats") */
static const char *next_value(struct cursor *cursor, msgpack_object *value)
{
    msgpack_unpacked unpacked;
    msgpack_unpack_return result;
    uint8_t first;

    if (cursor->at >= cursor->size)
        return "an end before the last field";
    first = (uint8_t)cursor->bytes[cursor->at];
    if ((first >= 0x80 && first <= 0x9f) || (first >= 0xc4 && first <= 0xc9) ||
        (first >= 0xd4 && first <= 0xd8) || first >= 0xdc)
        if (first < 0xe0)
            return "a kind of value that no message has";
    msgpack_unpacked_init(&unpacked);
    result = msgpack_unpack_next(&unpacked, cursor->bytes, cursor->size, &cursor->at);
    *value = unpacked.data; /* scalars and texts: the latter lie in the packet itself */
    msgpack_unpacked_destroy(&unpacked);
    if (result != MSGPACK_UNPACK_SUCCESS && result != MSGPACK_UNPACK_EXTRA_BYTES)
        return "a value that is cut off or is not msgpack";
    return NULL;
}
