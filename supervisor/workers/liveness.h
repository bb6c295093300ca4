/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the workers now and then whether their loops still turn, and gives up those that do not
 * answer. */
#ifndef TLSROUTED_SUPERVISOR_WORKERS_LIVENESS_H
#define TLSROUTED_SUPERVISOR_WORKERS_LIVENESS_H

#include "supervisor/workers/child.h"

struct pulse;

/* Of CHILDREN (ROLE_WORKERS of them, which have been initialised), as often as CONFIG says at each
 * time; both are borrowed. To be released with pulse_free(). */
struct pulse *pulse_new(struct event_base *base, const struct config *config,
                        struct child *children);

/* PULSE may be NULL. */
void pulse_free(struct pulse *pulse);

/* The next look comes as soon as the configuration of now says. */
void pulse_reconfigure(struct pulse *pulse);

/* Whether each worker that can run has answered lately; true for NULL, before any has begun. */
bool pulse_is_live(const struct pulse *pulse);

/* Whether CHILD has; true for one that is not used, or waits for its credential. */
bool pulse_child_is_live(const struct pulse *pulse, const struct child *child);

/* CHILD is ready: the first question is asked at once. */
void pulse_begin(struct child *child);

/* The handler of PONG; its context is the child. */
channel_handler pulse_on_pong;

#endif
