/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a worker's link up to READY, for tests of what comes after it. */
#ifndef TLSROUTED_TESTS_UNIT_WORKING_LINK_H
#define TLSROUTED_TESTS_UNIT_WORKING_LINK_H

#include "common/message/channel.h"

/* Says HELLO on SOCKET, the worker's end of the link of SUPERVISOR, which has to have a handler for
 * it. */
void say_hello(struct channel *supervisor, int socket);

/* From HELLO to READY, for which SUPERVISOR has to have handlers, too. */
void begin_work(struct channel *supervisor, int socket);

#endif
