/* SPDX-License-Identifier: Apache-2.0 */
/* What Gateway controllers report about a TLSRoute in its status. */
#ifndef TLSROUTED_COMMON_OBJECTS_ROUTE_STATUS_H
#define TLSROUTED_COMMON_OBJECTS_ROUTE_STATUS_H

#include "common/base/text_list.h"

#include <json-c/json.h>

/* The conditions Accepted and ResolvedRefs of ROUTE, a whole TLSRoute, that are False, observed its
 * current generation, and are about parents that its spec names: each as "TYPE REASON: MESSAGE", of
 * bounded length. The list owns its bytes. (Gateway API, RouteStatus, RouteParentStatus) */
struct text_list route_refusals(struct json_object *route);

#endif
