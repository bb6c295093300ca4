/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of Certificates beside the objects themselves: how the injection of names into
 * them stands. Of most there is nothing to remember. */
#ifndef TLSROUTED_RECONCILER_WORK_INJECTION_STATES_H
#define TLSROUTED_RECONCILER_WORK_INJECTION_STATES_H

#include "common/message/metric.h"
#include "reconciler/plan/finding.h"
#include "reconciler/world/relations.h"

#include <uthash.h>

struct injection_state {
    char *key;                /* "namespace/name"; the Certificate need not exist */
    uint64_t ticket;          /* of the request under way, 0: there is none */
    bool waiting;             /* the certpatcher counts the grace of a name that may go */
    char *contending_manager; /* who keeps removing our names ("": not known), or NULL */
    char *denial;             /* why the API server does not accept the names, or NULL */
    size_t left_out;          /* names that are needed and have no room */
    bool ledger_unreadable;   /* and the log has said so */
    UT_hash_handle hh;
};

/* Zero-initialised: none. */
struct injection_states {
    struct injection_state *all;
};

/* The state of the Certificate KEY, or NULL if there is nothing to remember. */
struct injection_state *injection_states_find(const struct injection_states *states,
                                              const char *key);

/* The same, made if there is none. */
struct injection_state *injection_states_of(struct injection_states *states, const char *key);

/* Releases STATE if there is nothing to remember any more. */
void injection_states_settle(struct injection_states *states, struct injection_state *state);

/* Adds what is wrong with the Certificate of STATE. */
void injection_state_findings(const struct injection_state *state, struct findings *findings);

/* Adds what is wrong with the Certificates that POOL's hostname has to be in. */
void injection_states_findings(const struct injection_states *states,
                               const struct relations *relations, const struct object *pool,
                               struct findings *findings);

/* Adds to COUNTS, by enum metric_certificate_state, how many of CERTIFICATES (their number) are in
 * each state; those that nothing is remembered of are right. */
void injection_states_count(const struct injection_states *states, size_t certificates,
                            uint64_t *counts);

#endif
