/* SPDX-License-Identifier: Apache-2.0 */
/* Reports what is wrong with a Pool: once when it comes, in the log and as an Event, and once when
 * it is resolved, in the log. In the log, many Pools that share a cause have one line. */
#ifndef TLSROUTED_RECONCILER_WRITE_REPORT_H
#define TLSROUTED_RECONCILER_WRITE_REPORT_H

#include "common/base/cause_log.h"
#include "reconciler/plan/finding.h"
#include "reconciler/world/object.h"
#include "reconciler/write/events.h"

/* Reports how FOUND differs from REPORTED, which becomes FOUND; that is cleared. *LOGGED has
 * the members of REPORTED for the log, in its order, NULL if it is empty; owned. EVENTS may be
 * NULL. Returns the number of differences. */
size_t report_findings(const struct object *pool, struct findings *reported,
                       struct cause_member ***logged, struct findings *found,
                       struct events *events);

/* Clears REPORTED and *LOGGED: the Pool is gone. */
void report_forget(struct findings *reported, struct cause_member ***logged);

#endif
