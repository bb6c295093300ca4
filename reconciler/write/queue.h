/* SPDX-License-Identifier: Apache-2.0 */
/* The work queue: each key once, a bounded number at work, its own back-off for each that fails. */
#ifndef TLSROUTED_RECONCILER_WRITE_QUEUE_H
#define TLSROUTED_RECONCILER_WRITE_QUEUE_H

#include "common/message/metric.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

/* Begins the work on KEY; ends it with queue_done(), now or later. */
typedef void queue_work(const char *key, void *context);

/* A queue with at most AT_ONCE keys at work, and fewer while the server is overloaded. Never NULL.
 */
struct queue *queue_new(struct event_base *base, unsigned at_once, queue_work *work, void *context);

/* The same with AT_ONCE keys at work from the start and always: for work whose own bounds lie where
 * it is done. */
struct queue *queue_new_unpaced(struct event_base *base, unsigned at_once, queue_work *work,
                                void *context);

/* From now on what happens in QUEUE is counted among the metrics, as NAME. */
void queue_measure(struct queue *queue, enum metric_queue name);

void queue_free(struct queue *queue);

/* Something happened to KEY: it is worked on soon, once, however often it is added; if it is at
 * work now, once more afterwards; if it is waiting after a failure, now. WORK is called from the
 * loop. */
void queue_add(struct queue *queue, const char *key);

/* The work on KEY ended well. */
void queue_done(struct queue *queue, const char *key);

/* The work on KEY failed: it is tried again after its back-off. */
void queue_failed(struct queue *queue, const char *key);

/* The work on KEY ended for now, and goes on in MILLISECONDS or when it is added before. */
void queue_later(struct queue *queue, const char *key, unsigned milliseconds);

/* What is at work will never be heard of again: all of it failed. */
void queue_fail_running(struct queue *queue);

/* The server said that it is overloaded, or did not answer in time: less at a time from now on. */
void queue_overloaded(struct queue *queue);

/* The server asked for a pause: nothing new begins for SECONDS, or longer if it asked before. */
void queue_pause(struct queue *queue, unsigned seconds);

/* Where KEY is. */
enum queue_place {
    QUEUE_ABSENT, /* nothing is to be done */
    QUEUE_READY,
    QUEUE_RUNNING,
    QUEUE_WAITING,
    QUEUE_PLACES
};
struct queue_entry {
    enum queue_place place;
    unsigned failures;     /* in a row */
    unsigned milliseconds; /* until the next try of one that waits */
};
struct queue_entry queue_find(const struct queue *queue, const char *key);

/* Keys that are to be worked on, are at work, and wait for their next try. */
struct queue_counts {
    size_t ready, running, waiting;
    uint64_t failures; /* of all keys, since the queue was made */
};
struct queue_counts queue_counts(const struct queue *queue);

#endif
