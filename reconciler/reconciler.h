/* The reconciler's state, shared by its two kinds of work: routes and injections. */
#ifndef TLSROUTED_RECONCILER_RECONCILER_H
#define TLSROUTED_RECONCILER_RECONCILER_H

#include "common/worker.h"
#include "reconciler/queue.h"
#include "reconciler/store.h"

struct reconciler {
    struct worker *worker;
    struct store store;
    struct queue *routes;     /* keys "namespace/pool" */
    struct queue *injections; /* keys "namespace/pool/server" */
    char *route_version;      /* of TLSRoute; NULL: not known, "": not served */
    struct event *report_timer;
};

/* Whether all lists of KIND have been read and none is being read again. */
bool reconciler_complete(const struct reconciler *reconciler, enum kind kind);

/* Whether all lists that there have to be are complete. */
bool reconciler_in_sync(const struct reconciler *reconciler);

/* The queues' work; CONTEXT is the reconciler. */
void route_work(const char *key, void *context);
void injection_work(const char *key, void *context);

/* Adds the work on all injections of the Pool KEY. */
void injection_add_all(struct reconciler *reconciler, const char *key);

/* The certpatcher's answer. */
void injection_done(struct reconciler *reconciler, const struct inject_done_message *done);

/* The release function for the notes that route_work() keeps with a Pool. */
void route_notes_free(void *notes);

/* Something changed that the status shows. */
void reconciler_report_soon(struct reconciler *reconciler);

#endif
