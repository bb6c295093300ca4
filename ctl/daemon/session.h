/* SPDX-License-Identifier: Apache-2.0 */
/* A conversation with a running tlsrouted over its control socket: a query or a command is sent,
 * its reply is received, and so on. */
#ifndef TLSROUTED_CTL_DAEMON_SESSION_H
#define TLSROUTED_CTL_DAEMON_SESSION_H

#include "common/message/message.h"

#include <json-c/json.h>

struct session;

/* A session with the daemon at PATH (borrowed). It connects when it is used. MILLISECONDS is the
 * time limit for all of it; 0: none. The caller releases it with session_free(). */
struct session *session_new(const char *path, unsigned milliseconds);
void session_free(struct session *session);

/* Sends MESSAGE and receives the first message of the reply into *REPLY, to be released with
 * message_clear(). If the daemon is busy it tries again for a while. Returns false if there is no
 * reply; see session_problem(). */
bool session_exchange(struct session *session, const struct message *message,
                      struct message *reply);

/* Receives the next message of a reply, likewise. MILLISECONDS is the time limit; 0: none. */
bool session_receive(struct session *session, struct message *reply, unsigned milliseconds);

/* The rows of VIEW in NAMESPACE ("": in all), or the one of the object NAME if that is not "". A
 * new array, or NULL; see session_problem(). */
struct json_object *session_query(struct session *session, enum view view, const char *namespace,
                                  const char *name);

/* Sends REQUEST, which is answered by one page of rows. They are a new array, or NULL; see
 * session_problem(). */
struct json_object *session_page(struct session *session, const struct message *request);

/* The set of workers (by enum role) that were not healthy when the last rows were made. */
uint64_t session_unhealthy(const struct session *session);

/* Why the last call failed, in one line for a person; borrowed. */
const char *session_problem(const struct session *session);

#endif
