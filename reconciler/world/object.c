/* SPDX-License-Identifier: Apache-2.0 */
/* What the rest of the reconciler asks of a single object, so that nobody else has to know that an
 * object may never have been readable. */
#include "reconciler/world/object.h"

#include "common/objects/key.h"

const struct message *object_message(const struct object *object, enum message_type type)
{
    return object != NULL && object->message.type == type ? &object->message : NULL;
}

char *object_gateway_key(const struct pool_message *pool)
{
    return key_of(pool->gateway_namespace[0] != '\0' ? pool->gateway_namespace : pool->namespace,
                  pool->gateway_name);
}
