/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/metrics/worker_metrics.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

#define SUBJECTS (ROLE_WORKERS + 1) /* the workers and the supervisor */

struct worker_metrics {
    uint64_t held[SUBJECTS][METRIC_SERIES];
    uint64_t told[SUBJECTS][METRIC_SERIES];
};

struct worker_metrics *worker_metrics_new(void)
{
    return memory_new(1, sizeof(struct worker_metrics));
}

void worker_metrics_free(struct worker_metrics *worker_metrics)
{
    free(worker_metrics);
}

bool worker_metrics_take(struct worker_metrics *worker_metrics, enum role role, size_t series,
                         uint64_t value)
{
    if (!metric_is_from(series, role))
        return false;
    worker_metrics->held[role][series] = value;
    return true;
}

void worker_metrics_begin(struct worker_metrics *worker_metrics, enum role role)
{
    for (size_t series = 0; series < METRIC_SERIES; series++) {
        if (metric_is_from(series, role))
            worker_metrics->held[role][series] = 0;
    }
}

void worker_metrics_set(struct worker_metrics *worker_metrics, enum metric metric, enum role role,
                        uint64_t value)
{
    worker_metrics->held[role][metric_row(metric)->first] = value;
}

void worker_metrics_send_all(struct worker_metrics *worker_metrics)
{
    memset(worker_metrics->told, 0, sizeof(worker_metrics->told));
}

bool worker_metrics_next_change(struct worker_metrics *worker_metrics, struct figure *figure)
{
    for (; figure->role < SUBJECTS; figure->role++, figure->series = 0) {
        const uint64_t *held = worker_metrics->held[figure->role];
        uint64_t *told = worker_metrics->told[figure->role];

        while (figure->series < METRIC_SERIES && held[figure->series] == told[figure->series])
            figure->series++;
        if (figure->series < METRIC_SERIES) {
            figure->value = told[figure->series] = held[figure->series];
            return true;
        }
    }
    return false;
}
