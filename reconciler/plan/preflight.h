/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a Gateway is ready for a Pool's route: what an administrator would otherwise learn from
 * connections that fail. Pure. It only reports; the route is written all the same. */
#ifndef TLSROUTED_RECONCILER_PLAN_PREFLIGHT_H
#define TLSROUTED_RECONCILER_PLAN_PREFLIGHT_H

#include "common/base/value.h"
#include "common/message/message.h"
#include "reconciler/plan/finding.h"

#include <stdbool.h>

/* Adds a finding if GATEWAY, which POOL refers to, would not serve its route: NULL means that there
 * is no such Gateway. (Gateway API, Listener, AllowedRoutes) */
void preflight(const struct pool_message *pool, const struct gateway_message *gateway,
               struct findings *findings);

/* Whether GATEWAY would serve POOL's route. */
bool preflight_admits(const struct pool_message *pool, const struct gateway_message *gateway);

/* Whether LISTENER, an element of spec.listeners of a Gateway in GATEWAY_NAMESPACE, would. */
bool preflight_listener_admits(const struct pool_message *pool, const char *gateway_namespace,
                               const struct value *listener);

#endif
