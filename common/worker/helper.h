/* SPDX-License-Identifier: Apache-2.0 */
/* The skeleton of a helper: a short-lived process that does one thing for the supervisor. It gets
 * one message, sends one back, and ends. */
#ifndef TLSROUTED_COMMON_WORKER_HELPER_H
#define TLSROUTED_COMMON_WORKER_HELPER_H

#include "common/message/message.h"

/* Does what REQUEST says and fills RESULT, whose texts have to last until the process ends. It may
 * block: the supervisor kills a helper that takes too long. */
typedef void helper_work(const struct message *request, struct message *result);

/* Runs a helper that does WORK for a message of type REQUEST. Returns the exit status. */
int helper_main(enum role role, enum message_type request, helper_work *work, int argc);

#endif
