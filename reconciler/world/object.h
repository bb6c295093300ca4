/* SPDX-License-Identifier: Apache-2.0 */
/* One API object, as the watcher last sent it. */
#ifndef TLSROUTED_RECONCILER_WORLD_OBJECT_H
#define TLSROUTED_RECONCILER_WORLD_OBJECT_H

#include "common/message/message.h"

#include <uthash.h>

struct object {
    const char *key; /* "namespace/name"; it lies behind the message */
    enum kind kind;
    uint32_t generation; /* of the lists when it last came */
    char *problem;       /* why its newest version cannot be read, or NULL */
    void *state;         /* what the store's user remembers of this object */
    UT_hash_handle hh;
    struct message message; /* of type MESSAGE_NONE if it could never be read; in the store there is
                               only as much of it as one of its kind has, so it is not assigned */
};

/* OBJECT's message, or NULL if OBJECT is NULL or its message is not of TYPE. */
const struct message *object_message(const struct object *object, enum message_type type);

/* "namespace/name" of the Gateway that POOL refers to; the caller frees it. */
char *object_gateway_key(const struct pool_message *pool);

#endif
