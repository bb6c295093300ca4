/* SPDX-License-Identifier: Apache-2.0 */
/* The skeleton of every worker: the same start order, the same links, the same end.
 *
 *     HELLO -> settings, trust anchors, identity, links -> START -> sandbox -> READY -> work
 *
 * A worker ends when the supervisor closes its link, and only then by itself. */
#ifndef TLSROUTED_COMMON_WORKER_WORKER_H
#define TLSROUTED_COMMON_WORKER_WORKER_H

#include "common/api/api.h"
#include "common/message/channel.h"

#include <event2/event.h>

#define WORKER_LINK_DESCRIPTOR 3 /* where the supervisor puts the worker's end of the link */

struct worker;
struct answer;

/* The link to one peer. It is the context of the handlers for messages from that peer. */
struct worker_link {
    struct worker *worker;
    enum role peer;
};

/* The part of the skeleton that only those workers have who talk to the API server; a constant. */
struct api_worker {
    channel_handler *const *handlers; /* for messages from the supervisor */
    bool (*init)(void);               /* its libraries; false if they cannot be used */
    bool (*start)(struct worker *); /* before the sandbox; false if something has not been given */
    void (*end)(void);              /* wipes what is secret */
};

/* What makes a worker that worker; a constant. */
struct worker_role {
    enum role role;
    const struct api_worker *client;  /* that of api_worker.h; NULL: it has no credential */
    channel_handler *const *handlers; /* for messages from peers: MESSAGE_TYPES of them */
    /* The same for messages from the supervisor besides those of the skeleton, or NULL; also before
     * the start. Their context is the worker. */
    channel_handler *const *supervisor_handlers;
    void (*start)(struct worker *); /* once, inside the sandbox, with everything given */
    void (*linked)(struct worker *, enum role peer);   /* a new link stands, also after start */
    void (*unlinked)(struct worker *, enum role peer); /* it ended; a new one will come */
    void (*drained)(struct worker *, enum role peer);  /* see channel_is_congested(); or NULL */
    void (*asked)(struct answer *);  /* writes one page, at once; NULL: nobody asks it */
    void (*resync)(struct worker *); /* everything is to be looked at again; or NULL */
    /* The worker is to end: returns whether there is something to finish before, and worker_end()
     * will be called; or NULL. It ends anyway soon. */
    bool (*ending)(struct worker *);
    /* sets its gauges, as its metrics are about to be told; or NULL */
    void (*measure)(struct worker *);
};

struct worker {
    const struct worker_role *role;
    struct event_base *base;
    struct api *api; /* NULL without a client, and before the start */
    struct channel *supervisor;
    struct channel *peers[ROLE_WORKERS]; /* NULL where there is no link now */
    struct message settings;             /* of type SETTINGS, as they were before the start */
    void *state;                         /* the role's own */
};

/* Runs a worker until its end. Returns the exit status. */
int worker_main(const struct worker_role *role, int argc, char **argv);

/* Ends it, now that everything is finished. */
void worker_end(struct worker *worker);

/* Tells the supervisor how this worker is, if that changed since the last time. SUMMARY has at
 * most 255 bytes; IDLE says that there is nothing left to do, UNSATISFIED how many Pools do not
 * have what they ask for. */
struct worker_state {
    bool healthy;
    bool idle;
    uint64_t unsatisfied;
    uint64_t changes; /* findings and Events so far */
    enum leadership leadership;
    char summary[256];
};
void worker_report(struct worker *worker, const struct worker_state *state);

/* Sends MESSAGE to PEER if there is a link; returns whether there is. */
bool worker_send(struct worker *worker, enum role peer, const struct message *message);

#endif
