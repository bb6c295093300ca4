/* SPDX-License-Identifier: Apache-2.0 */
/* All streams of the watcher: one for each kind and namespace that is read; or fewer, where the
 * connections to the API server do not carry so many. */
#ifndef TLSROUTED_WATCHER_STREAMS_H
#define TLSROUTED_WATCHER_STREAMS_H

#include "common/worker/answer.h"
#include "common/worker/worker.h"

struct streams;

/* A stream has come into sync or lost it. ROUTES_MISSING: the API server no longer has TLSRoutes in
 * the version that is read. */
typedef void streams_changed(bool routes_missing, void *context);

/* Streams that send to the reconciler of WORKER, in the namespaces of its settings, for the kinds
 * that do not need the Gateway API. They live as long as the process. */
struct streams *streams_new(struct worker *worker, streams_changed *changed, void *context);

/* Replaces the streams of the kinds that need the Gateway API, now that TLSRoutes are served in
 * VERSION, a constant; "": they are not served. */
void streams_set_route_version(struct streams *streams, const char *version);

/* As the functions of stream.h, for all streams. */
void streams_restart(struct streams *streams);
void streams_stop(struct streams *streams);
void streams_resume(struct streams *streams);

/* Sets the metrics that say how old is what is known. */
void streams_measure(const struct streams *streams);

/* There are more streams than the connections carry. */
void streams_crowded(struct streams *streams);

/* Writes a page with a row for each stream. The key of a row is its position, as streams do not
 * come and go by the minute. */
void streams_answer(const struct streams *streams, struct answer *answer);

struct streams_summary {
    size_t count, in_sync;
    size_t needed; /* see stream_is_needed() */
};
struct streams_summary streams_summary(const struct streams *streams);

#endif
