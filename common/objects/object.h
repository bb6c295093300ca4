/* SPDX-License-Identifier: Apache-2.0 */
/* From an API object's JSON to the message with the fields that tlsrouted uses. */
#ifndef TLSROUTED_COMMON_OBJECTS_OBJECT_H
#define TLSROUTED_COMMON_OBJECTS_OBJECT_H

#include "common/message/message.h"

#include <json-c/json.h>

/* Decodes OBJECT, of KIND, into the message for that kind. Returns NULL and fills *MESSAGE, which
 * owns its texts; release it with message_clear(). Otherwise returns one line that names the field
 * and what is wrong with it (the caller frees it); *MESSAGE is then an UNREADABLE message that says
 * the same, or, if not even the name can be read, MESSAGE_NONE. */
char *object_decode(enum kind kind, struct json_object *object, struct message *message);

/* Whether an entry of managedFields is of interest. */
typedef bool object_manager_filter(struct json_object *entry);

/* Who wrote OBJECT last, but for us: the manager of the newest entry in managedFields that
 * CONCERNS. Borrowed from OBJECT; "" if there is none. */
const char *object_manager(struct json_object *object, object_manager_filter *concerns);

#endif
