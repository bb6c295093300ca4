/* SPDX-License-Identifier: Apache-2.0 */
/* The requests of the reconciler, worked on in batches: they wait, are fetched for together, and
 * then have a task each, no more at a time than the API server keeps up with. */
#ifndef TLSROUTED_CERTPATCHER_BATCHES_H
#define TLSROUTED_CERTPATCHER_BATCHES_H

#include "certpatcher/task.h"

#include <event2/event.h>

struct batches;

struct batches_callbacks {
    task_ended *ended; /* once for each request; may be called from within batches_add() */
    void (*changed)(void *context); /* what batches_pending() returns may have changed */
    void *context;
};

/* Batches on the loop BASE. SHARED is borrowed; CALLBACKS is copied. It lasts as long as the
 * process.
 */
struct batches *batches_new(struct event_base *base, const struct task_shared *shared,
                            const struct batches_callbacks *callbacks);

/* Adds REQUEST, of type INJECT, whose storage is taken over. */
void batches_add(struct batches *batches, struct message *request);

/* Drops all requests without results. */
void batches_drop_all(struct batches *batches);

/* Ends all requests, with the result that this tlsrouted does not lead. */
void batches_stand_down(struct batches *batches);

/* How many requests have no result yet. */
unsigned batches_pending(const struct batches *batches);

/* The milliseconds that are left of the pause that the API server asked for; 0: there is none. */
unsigned batches_pause(const struct batches *batches);

#endif
