/* SPDX-License-Identifier: Apache-2.0 */
/* What the controller of a Gateway reports, as findings about a Pool that has its route there: what
 * is wrong, and what has yet to be answered. Pure. What can be seen without a controller is
 * preflight.h's. */
#ifndef TLSROUTED_RECONCILER_PLAN_GATEWAY_REPORT_H
#define TLSROUTED_RECONCILER_PLAN_GATEWAY_REPORT_H

#include "common/message/message.h"
#include "reconciler/plan/finding.h"

#include <stdbool.h>

/* A Pool's Gateway, as far as it is known. Borrowed. */
struct known_gateway {
    const struct gateway_message *gateway;     /* or NULL */
    const struct gateway_class_message *class; /* its GatewayClass, or NULL */
    bool knows_classes;                        /* without one it does not exist */
};

/* Adds what is reported to be wrong with the Gateway of POOL, with its GatewayClass, or with every
 * listener of it that would serve the route. (Gateway API, GatewayStatus, ListenerStatus) */
void gateway_report_problems(const struct pool_message *pool, const struct known_gateway *known,
                             struct findings *findings);

/* Returns whether anything has yet to be answered: about the Gateway, about the listeners that
 * would serve the route or, if that is done, about the TLSRoute, for which WAITING says it (NULL:
 * nothing). If FINDINGS is not NULL, adds it to them. */
bool gateway_report_awaited(const struct pool_message *pool, const struct known_gateway *known,
                            const char *waiting, struct findings *findings);

#endif
