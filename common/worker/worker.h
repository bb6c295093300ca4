/* SPDX-License-Identifier: Apache-2.0 */
/* The skeleton of every worker: the same start, the same links, the same end.
 *
 * Its life has three stages:
 *
 *     waiting   from HELLO on. It keeps what the supervisor sends: SETTINGS, TRUST (in pieces),
 *               IDENTITY, a link (PEER) to each neighbour, and what the role takes. Links are not
 *               read yet; queries are turned away.
 *     working   from START on. It enters its sandbox, sends READY, runs the role's start hook and
 *               reads its links. SETTINGS that come now change only the log; a PEER replaces a link
 *               that ended; a QUERY is answered; a RESYNC goes to its hook.
 *     ending    from when the supervisor closes its link. It may finish what is under way, for
 *               WORKER_FINISH_SECONDS at most, and exits.
 *
 * PING is answered in each of them. START without SETTINGS, or twice, ends it at once. */
#ifndef TLSROUTED_COMMON_WORKER_WORKER_H
#define TLSROUTED_COMMON_WORKER_WORKER_H

#include "common/message/channel.h"

#include <event2/event.h>

struct answer;
struct api;
struct worker;

/* The link to one peer. It is the context of the handlers for messages from that peer. */
struct worker_link {
    struct worker *worker;
    enum role peer;
};

/* The part of the skeleton that only API workers have; a constant. */
struct api_worker {
    channel_handler *const *handlers; /* for messages from the supervisor */
    bool (*init)(void);               /* its libraries; false if they cannot be used */
    bool (*start)(struct worker *);   /* before the sandbox; false if something is missing */
    void (*rest)(struct worker *);    /* frees what it keeps for what may come */
    void (*end)(void);                /* wipes what is secret */
};

/* What distinguishes a worker from others; a constant. All but role may be NULL. */
struct worker_role {
    enum role role;
    const struct api_worker *api; /* that of api_worker.h; NULL: it has no credential */
    unsigned shared_max;          /* as in struct api_settings */

    /* Tables of MESSAGE_TYPES handlers. Those for messages from peers run only while working, with
     * a struct worker_link as context; those for messages from the supervisor, besides those of the
     * skeleton, run while waiting too, with the worker as context. */
    channel_handler *const *handlers;
    channel_handler *const *supervisor_handlers;

    /* Once, in the sandbox, when everything has been received. */
    void (*start)(struct worker *);

    /* There is a link to PEER, after start; it ended, and a new one will come; it has room again
     * (see channel_is_congested()). */
    void (*linked)(struct worker *, enum role peer);
    void (*unlinked)(struct worker *, enum role peer);
    void (*drained)(struct worker *, enum role peer);

    /* Writes one page, at once. Without it, all queries are turned away. */
    void (*query)(struct worker *, struct answer *);

    /* There are more streams than its connections carry; see api_crowded. */
    void (*crowded)(struct worker *);

    /* Everything is to be listed and checked again. */
    void (*resync)(struct worker *);

    /* Sets its gauges: its metrics are about to be sent. */
    void (*measure)(struct worker *);

    /* The worker is to end. Returns whether it finishes something first and will then call
     * worker_end(). */
    bool (*ending)(struct worker *);
};

struct worker {
    const struct worker_role *role;
    struct event_base *base;
    struct api *api; /* from start on; NULL if it does not talk to the API server */
    struct channel *supervisor;
    struct channel *peers[ROLE_WORKERS]; /* NULL where there is no link now */
    struct message settings;             /* of type SETTINGS, as they were at the start */
    void *state;                         /* the role's own */
};

/* Runs a worker until its end. Returns the exit status. */
int worker_main(const struct worker_role *role, int argc, char **argv);

/* Ends it, now that everything is finished. */
void worker_end(struct worker *worker);

/* The state of a worker as the supervisor sees it; see REPORT in messages.h. */
struct worker_report {
    bool healthy;
    bool idle;
    uint64_t unsatisfied; /* Pools */
    uint64_t changes;     /* findings and Events so far */
    enum leadership leadership;
    char summary[MESSAGE_BOUND(report, summary) + 1];
};

/* Sends REPORT to the supervisor if it differs from the last one. */
void worker_report(struct worker *worker, const struct worker_report *report);

/* Sends MESSAGE to PEER, soon (channel_send_soon()), if there is a link; returns whether there is.
 */
bool worker_send(struct worker *worker, enum role peer, const struct message *message);

#endif
