/* SPDX-License-Identifier: Apache-2.0 */
/* Turns the objects that a stream reads into messages for the reconciler. */
#ifndef TLSROUTED_WATCHER_FORWARD_H
#define TLSROUTED_WATCHER_FORWARD_H

#include "common/base/projection.h"
#include "common/base/text_list.h"
#include "common/base/text_set.h"
#include "common/message/kind.h"
#include "common/message/message.h"
#include "watcher/forwarded.h"

/* Sends MESSAGE, which is borrowed. */
typedef void forward_send(void *context, const struct message *message);

struct forward {
    enum kind kind;
    const char *namespace;         /* of the stream */
    const struct text_set *served; /* what is in other namespaces is passed over; NULL: all are */
    struct forwarded forwarded;    /* of kinds whose versions do not matter */
    struct text_list large;        /* the uids of very large objects that have been logged */
    forward_send *send;
    void *context; /* of SEND */
};

void forward_clear(struct forward *forward);

/* OBJECT, of which SIZE bytes were read, is there or has changed. Nothing is sent if the change
 * concerns nobody. An object that is of no use is logged; a very large one is logged once. */
void forward_object(struct forward *forward, const struct projected *object, size_t size);

/* OBJECT has been deleted. */
void forward_gone(struct forward *forward, const struct value *object);

/* A list of all objects begins and ends: TYPE is MESSAGE_RESYNC_BEGIN or MESSAGE_RESYNC_END. */
void forward_resync(struct forward *forward, enum message_type type);

#endif
