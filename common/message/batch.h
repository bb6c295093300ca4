/* SPDX-License-Identifier: Apache-2.0 */
/* Several messages in one packet: BATCH_MARK, then the size of each, as a uint32_t in network
 * order, and its bytes. No message begins with that mark. A batch of one is that message alone. */
#ifndef TLSROUTED_COMMON_MESSAGE_BATCH_H
#define TLSROUTED_COMMON_MESSAGE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum batch_limit {
    BATCH_MESSAGES_MAX = 64, /* so that one sender cannot keep a receiver busy for long */
    BATCH_BYTES_MAX = 8 * 1024,
    BATCH_MARK = 0,
    BATCH_OVERHEAD = 1 + sizeof(uint32_t), /* bytes of a batch of one, beside its message */
};

/* A batch that is made in ROOM bytes at BYTES, of which SIZE are used. */
struct batch {
    char *bytes;
    size_t size, room;
    unsigned count; /* of messages */
};

/* Appends a message of SIZE bytes. Returns false if there is no room for it. */
bool batch_add(struct batch *batch, const void *message, size_t size);

/* The packet that carries BATCH, which is not empty, and its *SIZE; within BATCH's bytes. */
const char *batch_packet(const struct batch *batch, size_t *size);

/* Whether the packet of SIZE bytes is a batch. */
bool batch_is(const char *packet, size_t size);

/* A batch that is read: SIZE bytes at BYTES, of which AT have been read, with COUNT messages. To
 * begin with, AT and COUNT are 0. */
struct batch_reader {
    const char *bytes;
    size_t size, at;
    unsigned count;
};

/* The next message: its bytes, within READER's, and its *SIZE. NULL, and in *PROBLEM what is wrong
 * with the packet (a constant), if there is none that may be read. */
const char *batch_next(struct batch_reader *reader, size_t *size, const char **problem);

/* Whether all messages have been read. */
bool batch_is_read(const struct batch_reader *reader);

#endif
