/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of a worker about its own life: HELLO, READY, REPORT, PONG, FORBIDDEN, and
 * CONNECT_REQUEST. */
#ifndef TLSROUTED_SUPERVISOR_WORKERS_RECEIVE_H
#define TLSROUTED_SUPERVISOR_WORKERS_RECEIVE_H

#include "supervisor/workers/child.h"

/* Has them handled. */
void receive_register(struct child_handlers *handlers);

#endif
