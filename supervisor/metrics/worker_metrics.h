/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of all metrics (see common/metric.h) as the supervisor holds them: what the workers
 * have told, and what it knows about them itself. ROLE_SUPERVISOR is the supervisor, and the whole.
 */
#ifndef TLSROUTED_SUPERVISOR_METRICS_WORKER_METRICS_H
#define TLSROUTED_SUPERVISOR_METRICS_WORKER_METRICS_H

#include "common/message/metric.h"

struct worker_metrics;

/* All zero. To be released with worker_metrics_free(). */
struct worker_metrics *worker_metrics_new(void);
void worker_metrics_free(struct worker_metrics *worker_metrics);

/* What the worker ROLE says of itself. Returns false, changing nothing, if that is not its to say.
 */
bool worker_metrics_take(struct worker_metrics *worker_metrics, enum role role, size_t series,
                         uint64_t value);

/* A new process ROLE counts from zero. */
void worker_metrics_begin(struct worker_metrics *worker_metrics, enum role role);

/* What the supervisor knows about ROLE: METRIC, which has no labels of its own. */
void worker_metrics_set(struct worker_metrics *worker_metrics, enum metric metric, enum role role,
                        uint64_t value);

/* Nobody has been told anything: all that is not zero is a change. */
void worker_metrics_send_all(struct worker_metrics *worker_metrics);

/* One number that has changed since it was last told. */
struct figure {
    enum role role;
    size_t series;
    uint64_t value;
};

/* Finds the next one after *WORKER_METRIC, which begins as zeros; from now on it counts as told.
 * Returns false if there is none. */
bool worker_metrics_next_change(struct worker_metrics *worker_metrics, struct figure *figure);

#endif
