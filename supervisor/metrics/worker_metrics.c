/* SPDX-License-Identifier: Apache-2.0 */
/* Two tables of numbers: the values, and those that the exporter has; what differs is sent. */
#include "supervisor/metrics/worker_metrics.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

#define SUBJECTS (ROLE_WORKERS + 1) /* the workers and the supervisor */

struct worker_metrics {
    uint64_t values[SUBJECTS][METRIC_SERIES];
    uint64_t sent[SUBJECTS][METRIC_SERIES];
};

struct worker_metrics *worker_metrics_new(void)
{
    return memory_new(1, sizeof(struct worker_metrics));
}

void worker_metrics_free(struct worker_metrics *worker_metrics)
{
    free(worker_metrics);
}

bool worker_metrics_record(struct worker_metrics *worker_metrics, enum role role, size_t series,
                           uint64_t value)
{
    if (!metric_is_from(series, role))
        return false;
    worker_metrics->values[role][series] = value;
    return true;
}

void worker_metrics_reset(struct worker_metrics *worker_metrics, enum role role)
{
    for (size_t series = 0; series < METRIC_SERIES; series++) {
        if (metric_is_from(series, role))
            worker_metrics->values[role][series] = 0;
    }
}

void worker_metrics_set(struct worker_metrics *worker_metrics, enum metric metric, enum role role,
                        uint64_t value)
{
    worker_metrics->values[role][metric_row(metric)->first] = value;
}

void worker_metrics_change_all(struct worker_metrics *worker_metrics)
{
    memset(worker_metrics->sent, 0, sizeof(worker_metrics->sent));
}

bool worker_metrics_next_change(struct worker_metrics *worker_metrics, struct worker_metric *metric)
{
    for (; metric->role < SUBJECTS; metric->role++, metric->series = 0) {
        const uint64_t *values = worker_metrics->values[metric->role];
        uint64_t *sent = worker_metrics->sent[metric->role];

        while (metric->series < METRIC_SERIES && values[metric->series] == sent[metric->series])
            metric->series++;
        if (metric->series < METRIC_SERIES) {
            metric->value = sent[metric->series] = values[metric->series];
            return true;
        }
    }
    return false;
}
