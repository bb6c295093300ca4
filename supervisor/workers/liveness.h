/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the workers at intervals for a sign of life, and reports those that do not give it. */
#ifndef TLSROUTED_SUPERVISOR_WORKERS_LIVENESS_H
#define TLSROUTED_SUPERVISOR_WORKERS_LIVENESS_H

#include "supervisor/workers/child.h"

struct liveness;

/* CHILD has not answered for SECONDS. Called once for a process. */
typedef void liveness_lost(struct child *child, unsigned seconds);

/* Of CHILDREN (ROLE_WORKERS of them, which have been initialised), as often as CONFIG says at each
 * time, and less often while nothing happens; both are borrowed. To be released with
 * liveness_free(). */
struct liveness *liveness_new(struct event_base *base, const struct config *config,
                              struct child *children, liveness_lost *lost);

/* LIVENESS may be NULL. */
void liveness_free(struct liveness *liveness);

/* The configuration has changed: the next turn comes when it says. */
void liveness_reconfigure(struct liveness *liveness);

/* Something has happened: until the next turn it is not longer than an interval. LIVENESS may be
 * NULL. */
void liveness_stir(struct liveness *liveness);

/* Whether each worker that can run has answered lately; true for NULL, before there are any. */
bool liveness_is_live(const struct liveness *liveness);

/* Whether CHILD has; true for one that is not used, or waits for its credential. */
bool liveness_child_is_live(const struct child *child);

/* CHILD is ready: it is asked for the first time. */
void liveness_begin(struct child *child);

/* CHILD has answered. */
void liveness_answered(struct child *child);

#endif
