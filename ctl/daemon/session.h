/* SPDX-License-Identifier: Apache-2.0 */
/* A conversation with a running tlsrouted over its control socket: one question, its answer, the
 * next question. Whatever goes wrong is printed to standard error. */
#ifndef TLSROUTED_CTL_DAEMON_SESSION_H
#define TLSROUTED_CTL_DAEMON_SESSION_H

#include "common/message/message.h"

#include <json-c/json.h>

struct session;

/* Connects to PATH (borrowed). NULL if nobody is there. */
struct session *session_open(const char *path);
void session_close(struct session *session);

/* What goes wrong from now on is printed, or not: for questions that one can do without. */
void session_be_quiet(struct session *session, bool quiet);

/* Sends QUESTION and receives the first message of the answer into *ANSWER, to be released with
 * message_clear(). A daemon that is busy is asked again for a while. Returns false if there is no
 * answer. */
bool session_ask(struct session *session, const struct message *question, struct message *answer);

/* The next message of an answer. MILLISECONDS is the patience, 0: for ever. */
bool session_next(struct session *session, struct message *answer, unsigned milliseconds);

/* The rows of VIEW in NAMESPACE ("": all), or the one of NAME if that is not "": a new array, or
 * NULL. */
struct json_object *session_rows(struct session *session, enum view view, const char *namespace,
                                 const char *name);

/* How long a daemon may take for a message. */
enum {
    SESSION_MILLISECONDS = 12000
};

#endif
