/* SPDX-License-Identifier: Apache-2.0 */
/* The reconciler as a whole: what it knows, its two kinds of work, and whether it may do them. */
#ifndef TLSROUTED_RECONCILER_RECONCILER_H
#define TLSROUTED_RECONCILER_RECONCILER_H

#include "common/worker/worker.h"
#include "reconciler/gather.h"
#include "reconciler/work/injections.h"
#include "reconciler/work/pools.h"
#include "reconciler/world/world.h"

struct reconciler {
    struct worker *worker;
    struct world world;
    struct pools pools;
    struct injections injections;
    struct events *events; /* NULL in a dry run */
    struct leader *leader;
    struct event *report_timer;
    struct event *walk; /* over many objects; pending while there are more */
    struct gather gather;
};

/* Has everything worked on again, step by step; while lists are gathered, at their end. */
void reconciler_recheck(struct reconciler *reconciler);

/* Goes on with what the store does step by step, until it is done; RECONCILER is one. (A callback
 * of libevent) */
void reconciler_walk(evutil_socket_t socket, short events, void *reconciler);

#endif
