/* SPDX-License-Identifier: Apache-2.0 */
/* Reports what is wrong with a Pool: once when it comes, in the log and as an Event, and once when
 * it is resolved, in the log. */
#ifndef TLSROUTED_RECONCILER_WRITE_REPORT_H
#define TLSROUTED_RECONCILER_WRITE_REPORT_H

#include "reconciler/plan/finding.h"
#include "reconciler/world/object.h"
#include "reconciler/write/events.h"

/* Reports how FOUND differs from REPORTED, which becomes FOUND; that is empty afterwards. EVENTS
 * may be NULL. Returns the number of differences. */
size_t report_findings(const struct object *pool, struct findings *reported, struct findings *found,
                       struct events *events);

#endif
