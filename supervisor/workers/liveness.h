/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the workers now and then whether their loops still turn, and gives up those that do not
 * answer. */
#ifndef TLSROUTED_SUPERVISOR_WORKERS_LIVENESS_H
#define TLSROUTED_SUPERVISOR_WORKERS_LIVENESS_H

#include "supervisor/workers/child.h"

struct liveness;

/* Of CHILDREN (ROLE_WORKERS of them, which have been initialised), as often as CONFIG says at each
 * time; both are borrowed. To be released with liveness_free(). */
struct liveness *liveness_new(struct event_base *base, const struct config *config,
                              struct child *children);

/* PULSE may be NULL. */
void liveness_free(struct liveness *liveness);

/* The next look comes as soon as the configuration of now says. */
void liveness_reconfigure(struct liveness *liveness);

/* Whether each worker that can run has answered lately; true for NULL, before any has begun. */
bool liveness_is_live(const struct liveness *liveness);

/* Whether CHILD has; true for one that is not used, or waits for its credential. */
bool liveness_child_is_live(const struct liveness *liveness, const struct child *child);

/* CHILD is ready: the first question is asked at once. */
void liveness_begin(struct child *child);

/* The handler of PONG; its context is the child. */
channel_handler liveness_on_pong;

#endif
