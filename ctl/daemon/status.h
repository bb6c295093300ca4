/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a running tlsrouted, as one JSON object. */
#ifndef TLSROUTED_CTL_DAEMON_STATUS_H
#define TLSROUTED_CTL_DAEMON_STATUS_H

#include "ctl/daemon/session.h"

/* Member "leadership" of a daemon that has no Lease. */
#define STATUS_ALONE "alone"

/* Queries all of it. "streams" and "queues" are null if the worker that knows them does not answer.
 * A new reference, or NULL; see session_problem(). */
struct json_object *status_query(struct session *session);

/* Likewise, but only what the supervisor knows by itself: no streams and queues. */
struct json_object *status_query_supervisor(struct session *session);

#endif
