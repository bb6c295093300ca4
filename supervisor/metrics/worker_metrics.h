/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of all metrics (see common/metric.h) as the supervisor holds them: what the workers
 * have told, and what it knows about them itself. ROLE_SUPERVISOR is the supervisor, and the whole.
 */
#ifndef TLSROUTED_SUPERVISOR_METRICS_WORKER_METRICS_H
#define TLSROUTED_SUPERVISOR_METRICS_WORKER_METRICS_H

#include "common/message/metric.h"

struct figures;

/* All zero. To be released with figures_free(). */
struct figures *figures_new(void);
void figures_free(struct figures *figures);

/* What the worker ROLE says of itself. Returns false, changing nothing, if that is not its to say.
 */
bool figures_take(struct figures *figures, enum role role, size_t series, uint64_t value);

/* A new process ROLE counts from zero. */
void figures_begin(struct figures *figures, enum role role);

/* What the supervisor knows about ROLE: METRIC, which has no labels of its own. */
void figures_set(struct figures *figures, enum metric metric, enum role role, uint64_t value);

/* Nobody has been told anything: all that is not zero is a change. */
void figures_tell_all(struct figures *figures);

/* One number that has changed since it was last told. */
struct figure {
    enum role role;
    size_t series;
    uint64_t value;
};

/* Finds the next one after *FIGURE, which begins as zeros; from now on it counts as told. Returns
 * false if there is none. */
bool figures_next_change(struct figures *figures, struct figure *figure);

#endif
