/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder of messages: any bytes as one packet. */
#include "common/base/memory.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void check_permissions(enum message_type type);
static void check_packet(const struct message *message, size_t size);
static void check_end(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct message message;
    const char *problem = message_decode(bytes, size, &message);

    FUZZ_REQUIRE(message.descriptor == -1);
    if (problem != NULL) {
        FUZZ_REQUIRE(message.type == MESSAGE_NONE && message.storage == NULL);
        return 0;
    }
    FUZZ_REQUIRE(message.type > MESSAGE_NONE && message.type < MESSAGE_TYPES);
    check_permissions(message.type);
    if (size <= MESSAGE_BYTES_MAX)
        check_packet(&message, size);
    check_end(bytes, size);
    message_clear(&message);
    FUZZ_REQUIRE(message.storage == NULL && message.storage_size == 0);
    return 0;
}

/* Somebody may send it, nobody to himself, and nobody but the supervisor to a client. */
static void check_permissions(enum message_type type)
{
    unsigned allowed = 0;

    for (enum role from = 0; from < ROLE_COUNT; from++) {
        FUZZ_REQUIRE(!message_allowed(type, from, from));
        FUZZ_REQUIRE(from == ROLE_SUPERVISOR || !message_allowed(type, from, ROLE_CONTROL));
        for (enum role to = 0; to < ROLE_COUNT; to++)
            allowed += message_allowed(type, from, to);
    }
    FUZZ_REQUIRE(allowed > 0);
    FUZZ_REQUIRE(message_descriptors(type) >= 0 && message_name(type) != NULL);
}

/* What was decoded is in all bounds, and encodes to no more than it came in: a sender may write a
 * number in more bytes than it takes, but then to the same bytes for ever. */
static void check_packet(const struct message *message, size_t size)
{
    msgpack_sbuffer first, second;
    struct message again;

    fuzz_require_sendable(message);
    fuzz_require_utf8(message);
    msgpack_sbuffer_init(&first);
    msgpack_sbuffer_init(&second);
    message_encode(message, &first);
    FUZZ_REQUIRE(first.size <= size);
    FUZZ_REQUIRE(message_decode(first.data, first.size, &again) == NULL);
    message_encode(&again, &second);
    FUZZ_REQUIRE(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
    message_clear(&again);
    msgpack_sbuffer_destroy(&first);
    msgpack_sbuffer_destroy(&second);
}

/* A packet that is good is so up to its last byte, and no further. */
static void check_end(const uint8_t *bytes, size_t size)
{
    uint8_t *longer = memory_new(size + 1, 1);
    struct message message;

    memcpy(longer, bytes, size);
    FUZZ_REQUIRE(message_decode(longer, size + 1, &message) != NULL);
    FUZZ_REQUIRE(message_decode(longer, size - 1, &message) != NULL);
    free(longer);
}
