/* SPDX-License-Identifier: Apache-2.0 */
/* Starts: of many streams only so many begin to list at a time as the API server takes. What has
 * listed goes on without one. */
#ifndef TLSROUTED_WATCHER_STARTS_H
#define TLSROUTED_WATCHER_STARTS_H

#include "common/api/pace.h"
#include "common/api/result.h"
#include "watcher/turns.h"

#include <time.h>

/* Of one stream. Its turn's begin function and context are set by the owner; the rest is zero. */
struct start {
    struct turn turn;
    TAILQ_ENTRY(start) link; /* while it is under way */
    time_t since;            /* likewise; seconds of a monotonic clock */
};

struct starts {
    struct pace pace;
    struct turns turns;
    struct event *late;
    TAILQ_HEAD(start_list, start) under_way; /* who has begun first is first */
};

/* Nobody starts yet. */
void starts_init(struct starts *starts, struct event_base *base);

/* Begins START, or goes on with it. Returns whether it may begin now; if not, its turn's begin
 * function is called when it may. */
bool starts_take(struct starts *starts, struct start *start);

/* What began with START has everything (API_OK) or has failed by ERROR: an overload lets fewer
 * begin at a time. Nothing if START is not under way. */
void starts_ended(struct starts *starts, struct start *start, enum api_error error);

/* START is not wanted any more, whether it is under way or awaited. */
void starts_leave(struct starts *starts, struct start *start);

#endif
