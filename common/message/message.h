/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between the processes: one encoder and one decoder, both driven by messages.h.
 *
 * On the wire a message is a sequence of msgpack values (no arrays, no maps): its number, then its
 * fields in the order of the table; a list is its count followed by its texts. */
#ifndef TLSROUTED_COMMON_MESSAGE_MESSAGE_H
#define TLSROUTED_COMMON_MESSAGE_MESSAGE_H

#include "common/base/text_list.h"
#include "common/message/messages.h"

#include <msgpack/sbuffer.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_NUMBER(NAME, name, senders, receivers, descriptors, when) MESSAGE_##NAME,
enum message_type {
    MESSAGE_NONE,
    MESSAGES(MESSAGE_NUMBER) MESSAGE_TYPES
};
#undef MESSAGE_NUMBER

/* The most bytes of a text or a list: MESSAGE_BOUND(report, summary) is 255. A constant. */
#define MESSAGE_BOUND(message, field) BOUND_OF_##message##_##field

#define MESSAGE_PART(type, part, fields) fields
#define BOUND_TEXT(M, field, bound)      MESSAGE_BOUND(M, field) = (bound),
#define BOUND_TEXTS(M, field, bound)     BOUND_TEXT(M, field, bound)
#define BOUND_LINE(M, field, bound)      BOUND_TEXT(M, field, bound)
#define BOUND_LINES(M, field, bound)     BOUND_TEXT(M, field, bound)
#define BOUND_NUMBER(M, field, bound)
#define BOUND_FLAG(M, field, bound)
#define BOUND_ROW(M, KIND, field, bound)                              BOUND_##KIND(M, field, bound)
#define BOUND_ROWS(NAME, name, senders, receivers, descriptors, when) NAME##_FIELDS(BOUND_ROW, name)
enum {
    MESSAGES(BOUND_ROWS)
};
#undef BOUND_ROWS
#undef BOUND_ROW
#undef MESSAGE_PART

/* In a struct the fields that several messages share are members of it (message->pool.namespace)
 * and a struct of their own (message->pool.head). Elsewhere they are fields like any other. */
#define MESSAGE_PART(type, part, fields)                                                           \
    union {                                                                                        \
        struct type part;                                                                          \
        struct {                                                                                   \
            fields                                                                                 \
        };                                                                                         \
    };
#define MEMBER_TEXT(field)                    const char *field;
#define MEMBER_TEXTS(field)                   struct text_list field;
#define MEMBER_LINE(field)                    MEMBER_TEXT(field)
#define MEMBER_LINES(field)                   MEMBER_TEXTS(field)
#define MEMBER_NUMBER(field)                  uint64_t field;
#define MEMBER_FLAG(field)                    bool field;
#define MESSAGE_MEMBER(M, KIND, field, bound) MEMBER_##KIND(field)
#define MESSAGE_STRUCT(NAME, name, senders, receivers, descriptors, when)                          \
    struct name##_message {                                                                        \
        char no_fields[0]; /* a message without fields is a struct all the same */                 \
        NAME##_FIELDS(MESSAGE_MEMBER, name)                                                        \
    };
struct object_head {
    OBJECT_HEAD_FIELDS(MESSAGE_MEMBER, object_head)
};
struct object_owner {
    OBJECT_OWNER_FIELDS(MESSAGE_MEMBER, object_owner)
};
MESSAGES(MESSAGE_STRUCT)
#undef MESSAGE_STRUCT
#undef MESSAGE_PART
#define MESSAGE_PART(type, part, fields) fields

/* A message of any type. After decoding its texts lie in storage; a message that is made to be
 * sent borrows them (NULL counts as ""). */
struct message {
    enum message_type type;
    int descriptor; /* received with it, or to be sent with it, which does not close it; or -1 */
    char *storage;  /* owned: texts of a decoded message */
    size_t storage_size;
    union {
#define MESSAGE_UNION(NAME, name, senders, receivers, descriptors, when) struct name##_message name;
        MESSAGES(MESSAGE_UNION)
#undef MESSAGE_UNION
    };
};

/* The life of a link between the supervisor and a worker: what has been said on it. All other links
 * are in the last stage from the start. */
enum link_stage {
    LINK_NEW,
    LINK_GREETED, /* HELLO */
    LINK_STARTED, /* START */
    LINK_WORKING, /* READY */
};

/* An empty message of TYPE. */
struct message message_of(enum message_type type);

/* Checks MESSAGE's fields, each for its kind and its bound, and its size. Returns NULL if it can be
 * sent, else what is wrong ("hostname has 2000 bytes; the maximum is 1024"); the caller frees it.
 */
char *message_check(const struct message *message);

/* The same, and encodes it into BUFFER, which is initialised and empty; nothing that counts if it
 * cannot be sent. */
char *message_pack(const struct message *message, msgpack_sbuffer *buffer);

/* Appends the encoded MESSAGE, which message_check() accepts, to BUFFER. */
void message_encode(const struct message *message, msgpack_sbuffer *buffer);

/* Decodes the packet of SIZE bytes at BYTES. Returns NULL and fills *MESSAGE, to be released with
 * message_clear(), or returns what is wrong with the packet (a constant) and leaves *MESSAGE empty.
 */
const char *message_decode(const void *bytes, size_t size, struct message *message);

/* A copy of MESSAGE, which message_check() accepts, that owns its texts and has no descriptor. To
 * be released with message_clear(). */
struct message message_copy(const struct message *message);

/* Whether A and B are of one type and all their fields are equal. */
bool message_equal(const struct message *a, const struct message *b);

/* Wipes and frees what MESSAGE owns and closes its descriptor unless a handler took it (by setting
 * it to -1). */
void message_clear(struct message *message);

/* The kind of the object that messages of TYPE carry (POOL, SERVER, ...); KIND_COUNT if they carry
 * none. */
enum kind message_kind(enum message_type type);

/* Of a MESSAGE that carries an object: what all objects have, and, of a kind in OWNED_KINDS, who
 * owns it. Borrowed from MESSAGE; NULL if it has no such part. */
const struct object_head *message_head(const struct message *message);
const struct object_owner *message_owner(const struct message *message);

/* Changes the resourceVersion of the object that MESSAGE carries. */
void message_set_resource_version(struct message *message, uint64_t resource_version);

/* Whether FROM may send a message of TYPE to TO, and with how many descriptors. */
bool message_allowed(enum message_type type, enum role from, enum role to);
int message_descriptors(enum message_type type);

/* The stage of a new link between A and B; whether a message of TYPE may be sent in STAGE, and the
 * stage that the link is in when it has been. */
enum link_stage message_first_stage(enum role a, enum role b);
bool message_timely(enum message_type type, enum link_stage stage);
enum link_stage message_stage_after(enum message_type type, enum link_stage stage);

/* "POOL", for logs. */
const char *message_name(enum message_type type);

#endif
