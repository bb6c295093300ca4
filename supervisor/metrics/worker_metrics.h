/* SPDX-License-Identifier: Apache-2.0 */
/* The values of all metrics (see common/message/metric.h) as the supervisor holds them: what the
 * workers report, and what it knows about them itself. ROLE_SUPERVISOR stands for the supervisor,
 * and for the whole. */
#ifndef TLSROUTED_SUPERVISOR_METRICS_WORKER_METRICS_H
#define TLSROUTED_SUPERVISOR_METRICS_WORKER_METRICS_H

#include "common/message/metric.h"

struct worker_metrics;

/* One value. */
struct worker_metric {
    enum role role;
    size_t series;
    uint64_t value;
};

/* All zero. To be released with worker_metrics_free(). */
struct worker_metrics *worker_metrics_new(void);
void worker_metrics_free(struct worker_metrics *worker_metrics);

/* The worker ROLE reports a value of its own. Returns false, changing nothing, if it is not the one
 * to report that. */
bool worker_metrics_record(struct worker_metrics *worker_metrics, enum role role, size_t series,
                           uint64_t value);

/* A new process ROLE counts from zero. */
void worker_metrics_reset(struct worker_metrics *worker_metrics, enum role role);

/* What the supervisor knows about ROLE: METRIC, which has no labels of its own. */
void worker_metrics_set(struct worker_metrics *worker_metrics, enum metric metric, enum role role,
                        uint64_t value);

/* A new exporter knows nothing: every value that is not zero is a change. */
void worker_metrics_change_all(struct worker_metrics *worker_metrics);

/* Finds the next value after *METRIC (zeros at first) that has changed since this last found it.
 * Returns false if there is none. */
bool worker_metrics_next_change(struct worker_metrics *worker_metrics,
                                struct worker_metric *metric);

#endif
