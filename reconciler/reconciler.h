/* SPDX-License-Identifier: Apache-2.0 */
/* The reconciler's state, shared by its two kinds of work: Pools and Certificates. */
#ifndef TLSROUTED_RECONCILER_RECONCILER_H
#define TLSROUTED_RECONCILER_RECONCILER_H

#include "common/objects/injection.h"
#include "common/worker/worker.h"
#include "reconciler/plan/finding.h"
#include "reconciler/world/store.h"
#include "reconciler/write/events.h"
#include "reconciler/write/leader.h"
#include "reconciler/write/queue.h"

struct injection_note;
struct round;

struct reconciler {
    struct worker *worker;
    struct store store;
    struct queue *pools;        /* keys "namespace/pool" */
    struct round *rounds;       /* of the Pools at work */
    struct queue *certificates; /* keys "namespace/certificate" */
    struct injection_note *injection_notes;
    struct events *events; /* NULL in a dry run */
    struct leader *leader;
    char *route_version; /* of TLSRoute; NULL: not known, "": not served */
    size_t unsatisfied;  /* Pools that do not have what they ask for */
    size_t holding;      /* Pools about which something is not told yet */
    uint64_t news;       /* what people have been told, counted */
    struct event *report_timer;
};

/* What was configured. */
const struct settings_message *reconciler_settings(const struct reconciler *reconciler);

/* Whether all lists of KIND have been read and none is being read again. */
bool reconciler_complete(const struct reconciler *reconciler, enum kind kind);

/* The queues' work; CONTEXT is the reconciler. */
void pool_work(const char *key, void *context);
void injections_work(const char *key, void *context);

/* Objects of KIND have gone: that of the name KEY or, for NULL, any. The answer to a write of one
 * that is under way may tell of what is there no more, and is not remembered. */
void pool_overtaken(struct reconciler *reconciler, enum kind kind, const char *key);

/* The certpatcher's answer. */
void injections_result(struct reconciler *reconciler, const struct inject_result_message *done);

/* Adds what is wrong with the Certificates that POOL's hostname has to be in. */
void injections_findings(const struct reconciler *reconciler, const struct object *pool,
                         struct findings *findings);

/* What has to be done about CERTIFICATE, which has been understood, were there no grace. The caller
 * releases the plan. */
struct injection_plan injections_plan(const struct reconciler *reconciler,
                                      const struct object *certificate);

/* What the last answers said of the Certificate KEY: whether a name waits to be withdrawn, and who
 * keeps removing our names (borrowed), or NULL. */
struct injections_state {
    bool waiting;
    const char *contender;
};
struct injections_state injections_state(const struct reconciler *reconciler, const char *key);

/* How many Certificates are in each state, by enum metric_certificate_state; those that nothing is
 * known about beside the object are right. */
void injections_count(const struct reconciler *reconciler, uint64_t *counts);

/* Has all Certificates looked at of which something is known beside the object: one that is gone is
 * in no list that would bring it. */
void injections_recheck(struct reconciler *reconciler);

/* Forgets what is known of the Certificate KEY beside the object; NULL: of all. */
void injections_forget(struct reconciler *reconciler, const char *key);

/* Writes a page for somebody who asked. */
void reconciler_answer(struct worker *worker, struct answer *answer);

/* Something changed that the status shows. */
void reconciler_report_soon(struct reconciler *reconciler);

#endif
