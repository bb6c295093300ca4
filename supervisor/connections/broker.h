/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the connections of one worker: to its one endpoint, one after the other, at a limited rate.
 */
#ifndef TLSROUTED_SUPERVISOR_CONNECTIONS_BROKER_H
#define TLSROUTED_SUPERVISOR_CONNECTIONS_BROKER_H

#include "common/message/role.h"
#include "supervisor/connections/endpoint.h"

enum broker_limit {
    BROKER_BURST_MIN = 64,  /* connections at once, one after the other */
    BROKER_PENDING_MAX = 8, /* requests without a result; more are refused */
};

struct broker;

/* The result of one broker_request(): DESCRIPTOR, which the broker closes afterwards, or -1 and the
 * REASON. */
typedef void broker_result(int descriptor, const char *reason, void *context);

/* For the worker of ROLE, to the endpoint of URL. CONNECTIONS: how many the worker may need, and
 * gets at once if it does. To be released with broker_free(). */
struct broker *broker_new(struct event_base *base, struct helpers *helpers, enum role role,
                          const char *url, unsigned connections, broker_result *result,
                          void *context);

/* There are no more results. BROKER may be NULL. Not to be called by broker_result. */
void broker_free(struct broker *broker);

/* Requests a connection. The result comes later, in order, or at once if too many are pending; a
 * request that comes too soon after others waits. Both are logged once, until the worker has made
 * no request for a while. */
void broker_request(struct broker *broker);

#endif
