/* The reconciler's state, shared by its two kinds of work: Pools and injections. */
#ifndef TLSROUTED_RECONCILER_RECONCILER_H
#define TLSROUTED_RECONCILER_RECONCILER_H

#include "common/worker.h"
#include "reconciler/events.h"
#include "reconciler/queue.h"
#include "reconciler/store.h"

struct reconciler {
    struct worker *worker;
    struct store store;
    struct queue *pools;      /* keys "namespace/pool" */
    struct queue *injections; /* keys "namespace/pool/server" */
    struct events *events;    /* NULL in a dry run */
    char *route_version;      /* of TLSRoute; NULL: not known, "": not served */
    size_t unsatisfied;       /* Pools that do not have what they ask for */
    size_t holding;           /* Pools about which something is not told yet */
    struct event *report_timer;
};

/* What was configured. */
const struct settings_message *reconciler_settings(const struct reconciler *reconciler);

/* Whether all lists of KIND have been read and none is being read again. */
bool reconciler_complete(const struct reconciler *reconciler, enum kind kind);

/* The queues' work; CONTEXT is the reconciler. */
void pool_work(const char *key, void *context);
void injection_work(const char *key, void *context);

/* Adds the work on all injections of the Pool KEY. */
void injection_add_all(struct reconciler *reconciler, const char *key);

/* The certpatcher's answer. */
void injection_done(struct reconciler *reconciler, const struct inject_done_message *done);

/* Something changed that the status shows. */
void reconciler_report_soon(struct reconciler *reconciler);

#endif
