/* SPDX-License-Identifier: Apache-2.0 */
/* Short-lived processes that are asked one thing: each does what the supervisor itself must not do,
 * and knows no more than it is asked. */
#ifndef TLSROUTED_SUPERVISOR_CONNECTIONS_HELPERS_H
#define TLSROUTED_SUPERVISOR_CONNECTIONS_HELPERS_H

#include "common/message/message.h"
#include "common/message/messages.h"

#include <event2/event.h>
#include <sys/types.h>

struct helpers;
struct helper;

/* Once, from the loop: the ANSWER, or NULL and the PROBLEM in words. The helper is gone then. */
typedef void helpers_done(const struct message *answer, const char *problem, void *context);

/* None yet. MODE and UID are the sandbox of those that look up names: the user that they run as if
 * tlsrouted was started as root. To be released with helpers_free(). */
struct helpers *helpers_new(struct event_base *base, enum sandbox_mode mode, uid_t uid);

/* Kills those that run, without calling them back. HELPERS may be NULL. */
void helpers_free(struct helpers *helpers);

/* Starts the program of ROLE and asks it with QUESTION; the answer has to be of type ANSWER and
 * come within MILLISECONDS. */
struct helper *helpers_ask(struct helpers *helpers, enum role role, const struct message *question,
                           enum message_type answer, unsigned milliseconds, helpers_done *done,
                           void *context);

/* Has HOST looked up: as helpers_ask(), the answer is RESOLVE_RESULT. */
struct helper *helpers_look_up(struct helpers *helpers, const char *host, unsigned milliseconds,
                               helpers_done *done, void *context);

/* Kills HELPER without calling back. HELPER may be NULL. */
void helpers_cancel(struct helper *helper);

/* The process PID, perhaps one of them, has been reaped: its number may be somebody else's now. */
void helpers_reaped(struct helpers *helpers, pid_t pid);

#endif
