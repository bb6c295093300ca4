/* SPDX-License-Identifier: Apache-2.0 */
/* A work queue: each key is in it once, a bounded number are at work, and each that fails has a
 * back-off of its own. The namespaces of the keys ("namespace/name") are served in turn. */
#ifndef TLSROUTED_RECONCILER_WRITE_QUEUE_H
#define TLSROUTED_RECONCILER_WRITE_QUEUE_H

#include "common/message/metric.h"
#include "reconciler/plan/retry.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

/* Begins the work on KEY, which ends with queue_end(), now or later. */
typedef void queue_work(const char *key, void *context);

/* A queue with at most AT_ONCE keys at work, and fewer while the server is overloaded. Never NULL.
 */
struct queue *queue_new(struct event_base *base, unsigned at_once, queue_work *work, void *context);

/* The same with AT_ONCE keys at work from the start and always: for work that is bounded where it
 * is done. */
struct queue *queue_new_unpaced(struct event_base *base, unsigned at_once, queue_work *work,
                                void *context);

/* From now on what happens in QUEUE is counted in the metrics, as NAME. */
void queue_measure(struct queue *queue, enum metric_queue name);

/* Something happened to KEY: it is worked on soon, once, however often it is added; if it is at
 * work now, once more afterwards; if it waits for its next try, now. WORK is called from the loop.
 */
void queue_add(struct queue *queue, const char *key);

/* The same, where nothing has happened to KEY itself, but to others that it depends on. What
 * queue_add() added comes first, most of the time. */
void queue_recheck(struct queue *queue, const char *key);

/* The work on KEY has ended, and is taken up again as RETRY says. A key that is not at work is
 * passed over. */
void queue_end(struct queue *queue, const char *key, struct retry retry);

/* Nothing more will be heard of the keys at work: they all have failed. */
void queue_fail_running(struct queue *queue);

/* The server said that it is overloaded, or did not answer in time: fewer keys at a time from now
 * on. */
void queue_overloaded(struct queue *queue);

/* The server asked for a pause of SECONDS in answer to the work on KEY: nothing new begins for so
 * long, or longer if it asked for that before; or only KEY is to wait (see pause.h). Returns
 * whether this begins a pause. */
bool queue_pause(struct queue *queue, const char *key, unsigned seconds);

/* HELD: nothing begins, until it is called again without. */
void queue_hold(struct queue *queue, bool held);

/* Where a key is. */
enum queue_place {
    QUEUE_ABSENT, /* there is nothing to do */
    QUEUE_READY,
    QUEUE_RUNNING,
    QUEUE_WAITING,
    QUEUE_PLACES
};
struct queue_entry {
    enum queue_place place;
    unsigned failures;     /* in a row */
    unsigned milliseconds; /* until the next try, if it waits; until the end of a pause, if it is
                              ready */
};
struct queue_entry queue_find(const struct queue *queue, const char *key);

/* The keys that are to be worked on, are at work, or wait for their next try. */
struct queue_counts {
    size_t ready, running, waiting;
    uint64_t failures;           /* of all keys, since the queue was made */
    unsigned pause_milliseconds; /* that are left of a pause; 0: there is none */
};
struct queue_counts queue_counts(const struct queue *queue);

/* Those of them that are to be worked on or are at work: what there is to do now. */
size_t queue_depth(const struct queue *queue);

#endif
