/* SPDX-License-Identifier: Apache-2.0 */
/* Each packet costs both sides a system call, and the receiver may have to be woken for it. */
#include "common/message/batch.h"

#include <arpa/inet.h>
#include <string.h>

bool batch_add(struct batch *batch, const void *message, size_t size)
{
    const uint32_t length = htonl((uint32_t)size);
    const size_t begin = batch->count == 0 ? 1 : batch->size;

    if (batch->count == BATCH_MESSAGES_MAX || begin + sizeof(length) + size > batch->room)
        return false;
    batch->bytes[0] = BATCH_MARK;
    memcpy(batch->bytes + begin, &length, sizeof(length));
    memcpy(batch->bytes + begin + sizeof(length), message, size);
    batch->size = begin + sizeof(length) + size;
    batch->count++;
    return true;
}

const char *batch_packet(const struct batch *batch, size_t *size)
{
    const size_t begin = batch->count == 1 ? BATCH_OVERHEAD : 0;

    *size = batch->size - begin;
    return batch->bytes + begin;
}

bool batch_is(const char *packet, size_t size)
{
    return size > 0 && packet[0] == BATCH_MARK;
}

const char *batch_next(struct batch_reader *reader, size_t *size, const char **problem)
{
    const size_t begin = reader->at == 0 ? 1 : reader->at;
    uint32_t length;

    if (reader->count == BATCH_MESSAGES_MAX) {
        *problem = "too many messages in a packet";
        return NULL;
    }
    if (reader->size - begin < sizeof(length)) {
        *problem = "a packet that ends within a message";
        return NULL;
    }
    memcpy(&length, reader->bytes + begin, sizeof(length));
    length = ntohl(length);
    if (length > reader->size - begin - sizeof(length)) {
        *problem = "a packet that ends within a message";
        return NULL;
    }
    reader->at = begin + sizeof(length) + length;
    reader->count++;
    *size = length;
    return reader->bytes + begin + sizeof(length);
}

bool batch_is_read(const struct batch_reader *reader)
{
    return reader->at == reader->size;
}
