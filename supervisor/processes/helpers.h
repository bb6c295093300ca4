/* SPDX-License-Identifier: Apache-2.0 */
/* Short-lived processes that get one request: each does what the supervisor itself must not do, and
 * knows no more than the request says. */
#ifndef TLSROUTED_SUPERVISOR_PROCESSES_HELPERS_H
#define TLSROUTED_SUPERVISOR_PROCESSES_HELPERS_H

#include "common/message/message.h"
#include "common/message/messages.h"

#include <event2/event.h>
#include <sys/types.h>

struct helpers;
struct helper;

/* Called once, from the loop, with the RESULT, or NULL and the PROBLEM in words. The helper is gone
 * then. */
typedef void helpers_done(const struct message *result, const char *problem, void *context);

/* No helper runs yet. MODE is the sandbox of those that look up names, and UID the user that they
 * run as if tlsrouted was started as root. To be released with helpers_free(). */
struct helpers *helpers_new(struct event_base *base, enum sandbox_mode mode, uid_t uid);

/* Kills those that run, without calling them back. HELPERS may be NULL. */
void helpers_free(struct helpers *helpers);

/* Starts the program of ROLE and sends it REQUEST; the result has to be a message of type RESULT
 * and come within MILLISECONDS. */
struct helper *helpers_run(struct helpers *helpers, enum role role, const struct message *request,
                           enum message_type result, unsigned milliseconds, helpers_done *done,
                           void *context);

/* Has HOST looked up: helpers_run() with the result RESOLVE_RESULT. */
struct helper *helpers_look_up(struct helpers *helpers, const char *host, unsigned milliseconds,
                               helpers_done *done, void *context);

/* Kills HELPER without calling back. HELPER may be NULL. */
void helpers_cancel(struct helper *helper);

/* The process PID, perhaps a helper, has been reaped: its number may be another process's now. */
void helpers_reaped(struct helpers *helpers, pid_t pid);

#endif
