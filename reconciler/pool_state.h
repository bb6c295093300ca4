/* SPDX-License-Identifier: Apache-2.0 */
/* What the reconciler remembers of a Pool between two looks at it: what people have been told, so
 * that they are told once, and how our writes fared. */
#ifndef TLSROUTED_RECONCILER_POOL_STATE_H
#define TLSROUTED_RECONCILER_POOL_STATE_H

#include "reconciler/plan/contention.h"
#include "reconciler/plan/finding.h"
#include "reconciler/reconciler.h"

struct pool_state {
    struct reconciler *reconciler;
    struct findings told;
    struct contention contention; /* over the TLSRoute */
    char *failure[KIND_COUNT];    /* of the last write of that kind, or NULL */
    char *pretended[KIND_COUNT];  /* what a dry run said it would do, or NULL */
    bool yields;                  /* to a rival for its hostname */
    bool unsatisfied;             /* counted as such */
    bool holds;                   /* findings back, and counted as such */
    time_t held_since;            /* monotonic seconds */
};

/* The notes of POOL, an object of the store; made at the first call. */
struct pool_state *pool_state_of(struct reconciler *reconciler, struct object *pool);

/* Takes from FINDINGS what is new and may pass, until it has held for a moment. Returns after how
 * many seconds to look again, 0 if nothing is held back. NOW is in seconds of a monotonic clock. */
unsigned pool_state_hold_back(struct pool_state *notes, struct findings *findings, time_t now);

/* Adds to FINDINGS what has been told and cannot be found now, while a list is made anew. */
void pool_state_keep(const struct pool_state *notes, struct findings *findings);

/* Takes FINDINGS over. Each is told once when it comes, in the log and as an Event, and in the log
 * once when it goes. */
void pool_state_report(struct pool_state *notes, struct object *pool, struct findings *findings);

/* A write of the Pool's object of KIND failed (FAILURE) or succeeded (NULL). Returns whether it
 * failed and that is news. */
bool pool_state_failure(struct pool_state *notes, enum kind kind, const char *failure);

/* For struct store: releases them. */
void pool_state_free(void *notes);

#endif
