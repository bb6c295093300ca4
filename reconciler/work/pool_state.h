/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of a Pool from one decision to the next: what has been reported, so that it is
 * reported once, and how our writes went. */
#ifndef TLSROUTED_RECONCILER_WORK_POOL_STATE_H
#define TLSROUTED_RECONCILER_WORK_POOL_STATE_H

#include "common/base/cause_log.h"
#include "common/objects/contention.h"
#include "reconciler/plan/finding.h"
#include "reconciler/work/awaited.h"
#include "reconciler/world/store.h"

/* Over all Pools. */
struct pool_totals {
    size_t unsatisfied; /* Pools that do not have what they ask for */
    size_t holding;     /* Pools with findings that are held back */
    uint64_t reports;   /* so much has been reported or resolved, since the start */
};

/* How the writes of a Pool's object of one kind went. */
struct pool_write {
    char *failure;               /* of the last one, or NULL */
    struct cause_member failing; /* likewise, for the log */
    char *pretended;             /* what a dry run has logged that it would do, or NULL */
};

/* There may be very many, and most have nothing to be said of: for that no memory is kept. */
struct pool_state {
    struct findings reported;
    struct contention route_contention, service_contention;
    struct pool_write *writes;    /* KIND_COUNT of them, or NULL: none has failed or is pretended */
    struct cause_member **logged; /* those of REPORTED, in its order, for the log; see report.h */
    struct awaited_pool awaited;  /* the Gateway's answer */
    uint32_t held_since;          /* monotonic seconds, or 0 */
    uint16_t term;                /* of ours as the leader in which contentions were observed */
    bool holds : 1;               /* findings back */
    bool counted_unsatisfied : 1; /* in the totals */
    bool counted_holding : 1;     /* likewise */
};

/* The state of POOL, an object of the store; made by the first call. */
struct pool_state *pool_state_of(struct object *pool);

/* That over its object of KIND, a TLSRoute or a Service. */
struct contention *pool_state_contention(struct pool_state *state, enum kind kind);

/* We lead for the TERM-th time. Before that, whatever is new was another's to write. */
void pool_state_enter_term(struct pool_state *state, uint16_t term);

/* Removes from FINDINGS those that are new and may resolve themselves, until they have held for a
 * moment. Returns after how many seconds to decide again, 0 if nothing is held back. NOW is in
 * seconds of a monotonic clock. */
unsigned pool_state_hold_back(struct pool_state *state, struct findings *findings, time_t now);

/* Adds to FINDINGS what has been reported and cannot be found while one of LISTS is read again. */
void pool_state_keep(const struct pool_state *state, const struct lists *lists,
                     struct findings *findings);

/* A write of the Pool's object of KIND failed (FAILURE) or succeeded (NULL). Returns whether it
 * failed, and not in the same way as the last one. */
bool pool_state_failure(struct pool_state *state, enum kind kind, const char *failure);

/* The same for NULL, but what failed is not needed any more: it is not over. */
void pool_state_needless(struct pool_state *state, enum kind kind);

/* Why the last write of the Pool's object of KIND failed, borrowed; NULL if it did not. */
const char *pool_state_last_failure(const struct pool_state *state, enum kind kind);

/* That failure for the log. There is one. */
struct cause_member *pool_state_failing(struct pool_state *state, enum kind kind);

/* A dry run would do TEXT with the Pool's object of KIND. Returns whether it said otherwise before.
 */
bool pool_state_pretend(struct pool_state *state, enum kind kind, const char *text);

/* Whether a write failed and has not succeeded since. */
bool pool_state_has_failed(const struct pool_state *state);

/* Brings TOTALS up to date after a change of STATE. */
void pool_state_count(struct pool_state *state, struct pool_totals *totals);

/* Releases STATE, which no longer counts in TOTALS. */
void pool_state_free(struct pool_state *state, struct pool_totals *totals);

#endif
