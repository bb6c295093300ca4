/* SPDX-License-Identifier: Apache-2.0 */
/* The work on Certificates: find out which names they need, and ask the certpatcher for what has to
 * change. What it reports is shown on the Pools. */
#ifndef TLSROUTED_RECONCILER_WORK_INJECTIONS_H
#define TLSROUTED_RECONCILER_WORK_INJECTIONS_H

#include "common/worker/worker.h"
#include "reconciler/work/injection_states.h"
#include "reconciler/world/world.h"
#include "reconciler/write/events.h"
#include "reconciler/write/leader.h"
#include "reconciler/write/queue.h"

struct injections {
    const struct world *world;
    const struct leader *leader;
    struct worker *worker;          /* has the link to the certpatcher */
    struct events *events;          /* NULL in a dry run */
    void (*changed)(void *context); /* the report to the supervisor may have changed */
    void *context;                  /* of changed */

    uint64_t tickets;    /* of requests so far */
    struct queue *queue; /* keys "namespace/certificate" */
    struct injection_states states;
};

/* Makes the rest of INJECTIONS, of which all above its tickets have been set. */
void injections_init(struct injections *injections, struct event_base *base);

/* The Certificate KEY is to be worked on, soon; CONTEXT is the injections. (relations_touched) */
void injections_touched(const char *key, void *context);

/* The same where only something around it may have changed: what has changed itself comes first. */
void injections_recheck_one(const char *key, void *context);

/* Says to the certpatcher until when it may write. */
void injections_lead(struct injections *injections);

/* The certpatcher's answer to a request. One to a request before the one under way is passed over.
 */
void injections_result(struct injections *injections, const struct inject_result_message *result);

/* The link to the certpatcher broke: its requests and all that it counted are gone. */
void injections_unlinked(struct injections *injections);

/* Has all Certificates worked on that something is remembered of: one that is gone is in no list
 * that would bring it. */
void injections_recheck(struct injections *injections);

#endif
