/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder of API objects: from JSON to the message with the fields that tlsrouted uses. The
 * rest of an object is never built, so it costs no memory. */
#ifndef TLSROUTED_COMMON_OBJECTS_OBJECT_H
#define TLSROUTED_COMMON_OBJECTS_OBJECT_H

#include "common/base/projection.h"
#include "common/message/message.h"

/* What object_decode() wants of an object of KIND; a constant. Another projection that begins with
 * the same paths will do, too. */
const struct projection *object_projection(enum kind kind);

/* Decodes PROJECTED, of KIND, into the message for that kind, which owns its texts; release it with
 * message_clear(). Returns NULL, or one line that says what is wrong at which path (the caller
 * frees it): then *MESSAGE is an UNREADABLE that says the same or, if not even the name can be
 * read, of type MESSAGE_NONE. */
char *object_decode(enum kind kind, const struct projected *projected, struct message *message);

/* The same for the JSON text of an object, of SIZE bytes at TEXT. */
char *object_read(enum kind kind, const char *text, size_t size, struct message *message);

#endif
