/* SPDX-License-Identifier: Apache-2.0 */
/* What a controller reports about a Gateway, its listeners and its GatewayClass. Pure. */
#ifndef TLSROUTED_COMMON_OBJECTS_GATEWAY_STATUS_H
#define TLSROUTED_COMMON_OBJECTS_GATEWAY_STATUS_H

#include "common/base/value.h"

#include <stddef.h>

/* What the status of OBJECT, a Gateway or a GatewayClass, says of it as it is now, as JSON text of
 * at most BYTES: an object with "problems" and "waiting" as in conditions.h. That of a Gateway may
 * have "listeners", too: an array with such an object for each of spec.listeners in its order, null
 * for one that has nothing to say. "" if there is nothing to say. The caller frees it. (Gateway
 * API, GatewayStatus, ListenerStatus, GatewayClassStatus) */
char *gateway_status(const struct value *object, size_t bytes);
char *gateway_class_status(const struct value *object, size_t bytes);

#endif
