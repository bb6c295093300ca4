/* SPDX-License-Identifier: Apache-2.0 */
/* The skeleton of a helper: a short-lived process that the supervisor asks one thing. It is asked
 * with one message, answers with one, and ends. */
#ifndef TLSROUTED_COMMON_WORKER_HELPER_H
#define TLSROUTED_COMMON_WORKER_HELPER_H

#include "common/message/message.h"

/* Fills ANSWER, whose texts have to last until the process ends, for ASK. May block: the supervisor
 * has a limit of time. */
typedef void helper_work(const struct message *ask, struct message *answer);

/* Runs a helper that is asked with a message of type QUESTION and answers by WORK. Returns the exit
 * status. */
int helper_main(enum role role, enum message_type question, helper_work *work, int argc);

#endif
