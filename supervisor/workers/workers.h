/* SPDX-License-Identifier: Apache-2.0 */
/* All workers: their processes, and who is linked to whom. */
#ifndef TLSROUTED_SUPERVISOR_WORKERS_WORKERS_H
#define TLSROUTED_SUPERVISOR_WORKERS_WORKERS_H

#include "supervisor/workers/child.h"
#include "supervisor/workers/liveness.h"

struct workers {
    struct child_options options;
    struct child_handlers handlers;
    struct child children[ROLE_WORKERS]; /* by role */
    struct liveness *liveness;           /* NULL before workers_start() */
};

/* Prepares WORKERS for the OPTIONS, whose handlers are set here; no process is started.
 * CREDENTIALS, one by role, is borrowed. To be released with workers_clear(). */
void workers_init(struct workers *workers, const struct child_options *options,
                  const struct credential *credentials);

/* Starts those that the configuration has, the exporter only WITH_EXPORTER. */
void workers_start(struct workers *workers, bool with_exporter);

/* Ends all in order and for good. What has not ended after MILLISECONDS is killed. */
void workers_stop(struct workers *workers, unsigned milliseconds);

/* Whether one of them has a process. */
bool workers_are_running(const struct workers *workers);

/* The set, by role, of those in use that are not healthy. */
unsigned workers_unhealthy(const struct workers *workers);

/* The one whose process is PID; NULL if none is. */
struct child *workers_find(struct workers *workers, pid_t pid);

/* CHILD has been greeted: links it to those of its neighbours that have been, too. The others are
 * linked when they are greeted. */
void workers_link(struct workers *workers, struct child *child);

/* WORKERS may be all zeros. */
void workers_clear(struct workers *workers);

#endif
