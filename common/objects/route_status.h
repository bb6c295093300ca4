/* SPDX-License-Identifier: Apache-2.0 */
/* What Gateway controllers report about a TLSRoute in its status. */
#ifndef TLSROUTED_COMMON_OBJECTS_ROUTE_STATUS_H
#define TLSROUTED_COMMON_OBJECTS_ROUTE_STATUS_H

#include "common/base/text_list.h"
#include "common/base/value.h"

#include <stddef.h>

/* What has been reported on the parents that the spec of ROUTE, a whole TLSRoute, names, about its
 * current generation: a text for route_answer_of(), of at most BYTES, "" if there is nothing. The
 * caller frees it. (Gateway API, RouteStatus, RouteParentStatus) */
char *route_answers(const struct value *route, size_t bytes);

/* The answer of the controller that counts. All is owned. */
struct route_answer {
    struct text_list refusals; /* conditions that are bad, each as "TYPE REASON: MESSAGE" */
    char *waiting; /* why it does not say yet whether it takes the route; NULL: it does say */
};

/* Reads ANSWERS, made by route_answers(). What counts is what CONTROLLER, the one of the Gateway's
 * class, reports; without one (NULL or ""), who reported last. The caller releases the result with
 * route_answer_clear(). */
struct route_answer route_answer_of(const char *answers, const char *controller);

void route_answer_clear(struct route_answer *answer);

#endif
