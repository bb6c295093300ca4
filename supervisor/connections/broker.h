/* SPDX-License-Identifier: Apache-2.0 */
/* Opens connections for one worker: to its one endpoint, one after the other, and not more often
 * than a worker in its right mind needs. */
#ifndef TLSROUTED_SUPERVISOR_CONNECTIONS_BROKER_H
#define TLSROUTED_SUPERVISOR_CONNECTIONS_BROKER_H

#include "common/base/delays.h"

#include "common/message/role.h"
#include "supervisor/connections/endpoint.h"

enum broker_limit {
    BROKER_BURST = 64,      /* connections at once, one after the other */
    BROKER_PENDING_MAX = 8, /* asked for and not answered; more are refused */
};

struct broker;

/* The answer to one broker_ask(): DESCRIPTOR, which the broker closes afterwards, or -1 and REASON.
 */
typedef void broker_answer(int descriptor, const char *reason, void *context);

/* For the worker of ROLE, to the endpoint of URL. To be released with broker_free(). */
struct broker *broker_new(struct event_base *base, struct helpers *helpers, enum role role,
                          const char *url, broker_answer *answer, void *context);

/* Answers nothing any more. BROKER may be NULL. Not to be called by the answer. */
void broker_free(struct broker *broker);

/* A connection, please. It is answered later, in order, or at once if too many are asked for; what
 * comes too often waits. Both are logged once, until the worker is quiet again. */
void broker_ask(struct broker *broker);

#endif
