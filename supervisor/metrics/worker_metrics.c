/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/metrics/worker_metrics.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

#define SUBJECTS (ROLE_WORKERS + 1) /* the workers and the supervisor */

struct figures {
    uint64_t held[SUBJECTS][METRIC_SERIES];
    uint64_t told[SUBJECTS][METRIC_SERIES];
};

struct figures *figures_new(void)
{
    return memory_new(1, sizeof(struct figures));
}

void figures_free(struct figures *figures)
{
    free(figures);
}

bool figures_take(struct figures *figures, enum role role, size_t series, uint64_t value)
{
    if (!metric_is_from(series, role))
        return false;
    figures->held[role][series] = value;
    return true;
}

void figures_begin(struct figures *figures, enum role role)
{
    for (size_t series = 0; series < METRIC_SERIES; series++) {
        if (metric_is_from(series, role))
            figures->held[role][series] = 0;
    }
}

void figures_set(struct figures *figures, enum metric metric, enum role role, uint64_t value)
{
    figures->held[role][metric_row(metric)->first] = value;
}

void figures_tell_all(struct figures *figures)
{
    memset(figures->told, 0, sizeof(figures->told));
}

bool figures_next_change(struct figures *figures, struct figure *figure)
{
    for (; figure->role < SUBJECTS; figure->role++, figure->series = 0) {
        const uint64_t *held = figures->held[figure->role];
        uint64_t *told = figures->told[figure->role];

        while (figure->series < METRIC_SERIES && held[figure->series] == told[figure->series])
            figure->series++;
        if (figure->series < METRIC_SERIES) {
            figure->value = told[figure->series] = held[figure->series];
            return true;
        }
    }
    return false;
}
