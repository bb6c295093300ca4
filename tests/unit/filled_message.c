/* SPDX-License-Identifier: Apache-2.0 */
/* Expands the table of messages a second time, apart from the codec that is tested. */
#include "tests/unit/check.h"

#include "tests/unit/filled_message.h"

#include "common/base/memory.h"

#define FIELD_ROW(M, KIND, field, bound)                                                           \
    {#field, KIND_##KIND, offsetof(struct message, M.field), bound},
#define FIELD_TABLE(NAME, id, from, to, descriptors, when)                                         \
    static const struct field id##_fields[] = {NAME##_FIELDS(FIELD_ROW, id){.name = NULL}};
MESSAGES(FIELD_TABLE)

#define TABLE_ROW(NAME, id, from, to, descriptors, when) [MESSAGE_##NAME] = id##_fields,
const struct field *const fields_of[MESSAGE_TYPES] = {MESSAGES(TABLE_ROW)};

static uint64_t random_state = 1;

struct message filled(enum message_type type, enum fill fill)
{
    struct message message = message_of(type);

    FOREACH_FIELD(field, type)
    fill_field(&message, field, fill);
    return message;
}

void fill_field(struct message *message, const struct field *field, enum fill fill)
{
    void *place = (char *)message + field->offset;
    struct text_list *list = place;
    size_t length = field->bound < 70000 ? (size_t)field->bound : 0;
    char *text;

    if (fill == FILL_NOTHING)
        return;
    if (fill == FILL_RANDOM)
        length = next_random(length > 40 ? 40 : (uint32_t)length + 1);
    if (fill == FILL_SMALL && length > 2)
        length = 2;
    if (field->kind == KIND_NUMBER) {
        *(uint64_t *)place = fill == FILL_RANDOM ? length : fill == FILL_SMALL ? 1 : field->bound;
    } else if (field->kind == KIND_FLAG) {
        *(bool *)place = fill != FILL_RANDOM || next_random(2) == 1;
    } else if (is_list(field) && fill == FILL_LARGEST_IN_PIECES) {
        *list = (struct text_list){.count = length, .size = length, .bytes = memory_new(length, 1)};
    } else {
        if (is_list(field) && length > 0)
            length--; /* its NUL counts */
        text = memory_new(length + 1, 1);
        memset(text, 'x', length);
        if (length >= 2)
            memcpy(text, "\xc3\xa4", 2);
        if (is_list(field))
            *list = (struct text_list){.count = 1, .size = length + 1, .bytes = text};
        else
            *(const char **)place = text;
    }
}

bool is_text(const struct field *field)
{
    return field->kind == KIND_LINE || field->kind == KIND_TEXT;
}

bool is_list(const struct field *field)
{
    return field->kind == KIND_LINES || field->kind == KIND_TEXTS;
}

void release_filled(struct message *message)
{
    FOREACH_FIELD(field, message->type)
    {
        void *place = (char *)message + field->offset;

        if (is_text(field))
            free(*(char **)place);
        else if (is_list(field))
            text_list_clear(place);
    }
}

msgpack_sbuffer encode(const struct message *message)
{
    msgpack_sbuffer packet;

    msgpack_sbuffer_init(&packet);
    message_encode(message, &packet);
    return packet;
}

const char *decode_exact(const void *bytes, size_t size, struct message *message)
{
    char *block = malloc(size);
    const char *problem;

    if (size > 0)
        memcpy(block, bytes, size);
    problem = message_decode(block, size, message);
    free(block);
    return problem;
}

uint32_t next_random(uint32_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % below;
}

void seed_random(void)
{
    const char *text = getenv("TEST_SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);

    print_message("TEST_SEED=%llu\n", (unsigned long long)seed);
    random_state = seed * 0x9e3779b97f4a7c15 + 1;
}
