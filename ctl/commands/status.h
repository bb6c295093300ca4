/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a running tlsrouted, as one JSON object. */
#ifndef TLSROUTED_CTL_COMMANDS_STATUS_H
#define TLSROUTED_CTL_COMMANDS_STATUS_H

#include "ctl/daemon/session.h"
#include "ctl/output/table.h"

/* Asks for it. streams and queues are null where the worker that knows them does not answer. A new
 * reference, or NULL after printing why there is none. */
struct json_object *status_fetch(struct session *session);

/* Only what the supervisor knows by itself. */
struct json_object *status_fetch_supervisor(struct session *session);

/* Says on standard error why the rows that the daemon has just answered with may not be what there
 * is, if that is so. */
void status_caveat(struct session *session);

/* Prints STATUS for people. */
void status_print(FILE *stream, struct json_object *status, const struct table_style *style);

#endif
