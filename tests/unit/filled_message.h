/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of every type with something in every field, for the tests of the codec. */
#ifndef TLSROUTED_TESTS_UNIT_FILLED_MESSAGE_H
#define TLSROUTED_TESTS_UNIT_FILLED_MESSAGE_H

#include "common/message/message.h"

#include <msgpack.h>

enum kind_of_field {
    KIND_LINE,
    KIND_LINES,
    KIND_TEXT,
    KIND_TEXTS,
    KIND_NUMBER,
    KIND_FLAG
};

struct field {
    const char *name;
    enum kind_of_field kind;
    size_t offset; /* within the message */
    uint64_t bound;
};

/* How the fields are filled. */
enum fill {
    FILL_NOTHING, /* as message_of() leaves them */
    FILL_SMALL,
    FILL_LARGEST,
    FILL_LARGEST_IN_PIECES, /* a list of as many texts as possible */
    FILL_RANDOM,
    FILLS
};

#define PROBLEM_END       "an end before the last field"
#define PROBLEM_CUT       "a value that is cut off or is not msgpack"
#define PROBLEM_CONTAINER "a kind of value that no message has"
#define PROBLEM_TYPE      "an unknown message type"
#define PROBLEM_TRAILING  "bytes after the last field"

#define FOREACH_TYPE(type)                                                                         \
    for (enum message_type type = MESSAGE_NONE + 1; type < MESSAGE_TYPES; type++)
#define FOREACH_FIELD(item, type)                                                                  \
    for (const struct field *item = fields_of[type]; (item)->name != NULL; (item)++)

/* The fields of the message type TYPE, up to one without a name. */
extern const struct field *const fields_of[MESSAGE_TYPES];

/* A message of TYPE, to be released with release_filled(). */
struct message filled(enum message_type type, enum fill fill);

/* Fills the one FIELD of MESSAGE. */
void fill_field(struct message *message, const struct field *field, enum fill fill);
void release_filled(struct message *message);

/* Whether FIELD holds one text, of either kind; whether it holds a list of them. */
bool is_text(const struct field *field);
bool is_list(const struct field *field);

/* The packet of MESSAGE; the caller destroys it. */
msgpack_sbuffer encode(const struct message *message);

/* Decodes from a block of just that size, so that a sanitizer sees every read beyond it. */
const char *decode_exact(const void *bytes, size_t size, struct message *message);

/* Random numbers below BELOW: others each time, after seed_random(), which prints what TEST_SEED
 * has to be in the environment for the same ones. */
uint32_t next_random(uint32_t below);
void seed_random(void);

#endif
