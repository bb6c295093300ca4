/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's process as the supervisor keeps it: started, greeted, ready, ended, started again. */
#ifndef TLSROUTED_SUPERVISOR_WORKERS_CHILD_H
#define TLSROUTED_SUPERVISOR_WORKERS_CHILD_H

#include "common/kubeconfig/credential.h"
#include "common/message/channel.h"
#include "supervisor/config/config.h"
#include "supervisor/connections/broker.h"
#include "supervisor/workers/heartbeat.h"
#include "supervisor/workers/refusals.h"

#include <event2/event.h>
#include <sys/types.h>

enum child_state {
    CHILD_DOWN,     /* waits for its next start */
    CHILD_STARTING, /* has been started and has not said HELLO */
    CHILD_GREETED,  /* has got what it needs and has not said READY */
    CHILD_READY,    /* works */
    CHILD_ENDING,   /* its link is closed or it was killed; has not been reaped yet */
};

struct child;

/* Handles a MESSAGE of CHILD, which is borrowed. May end CHILD's link. */
typedef void child_handler(struct child *child, const struct message *message, void *context);

/* Who handles which message of the workers. */
struct child_handlers {
    struct {
        child_handler *function; /* NULL: the message ends the link */
        void *context;
    } by_type[MESSAGE_TYPES];
    channel_handler *channel_handlers[MESSAGE_TYPES];
    struct channel_callbacks link; /* of the workers' channels */
};

/* What all children have in common. All of it is borrowed. */
struct child_options {
    struct event_base *base;
    struct helpers *helpers;
    const struct config *config; /* as it is at each time */
    unsigned descriptors_max;    /* open files that a process may have */
    bool dry_run;
    const char *identity; /* to hold a Lease with; "": none */
    int folder;           /* that processes start in, or -1; see privileges_empty_folder() */
    const struct child_handlers *handlers;
    struct refusals *refusals; /* what of the sandbox has been logged */

    /* CHILD has got everything but its links to other workers, which can be made now. */
    void (*on_greeted)(struct child *child, void *context);
    /* CHILD is in another state, or has reported. */
    void (*on_changed)(struct child *child, void *context);
    /* CHILD has never been ready, as this PROBLEM keeps it from entering its sandbox: trying again
     * would not help. */
    void (*on_unconfined)(struct child *child, const char *problem, void *context);
    void *context;
};

struct child {
    enum role role;
    bool is_used; /* there is such a worker at all */
    const struct child_options *options;
    const struct credential *credential; /* as it is at each time; borrowed */

    /* The process. */
    enum child_state state;
    pid_t pid; /* 0: there is none */
    struct channel *channel;
    struct broker *broker; /* opens its connections; lives as long as the channel */
    unsigned linked;       /* set of the workers that it has had links to in this life */
    uint64_t complaints;   /* how often it said that a neighbour broke the rules of their link */
    struct event *timer;   /* for the next start, or for what takes too long */
    bool stopping;         /* it is not to be started again */
    bool waiting;          /* it will be started when its credential has come */
    time_t ready_since;
    time_t unready_since; /* if it is not ready: since when, or since the daemon's start */
    time_t refused_at;    /* when it last said that its identity was refused */

    /* Of the minter: how many tokens it has sent in the second that this was last. */
    time_t tokens_second;
    unsigned tokens;
    unsigned failures; /* ends in a row without a long life between them */
    uint64_t restarts;
    char last_end[MESSAGE_BOUND(status_worker, last_end) +
                  1];     /* why the process before this one ended; "": there was none */
    char end_reason[256]; /* why this one is being ended; "": it is not, or for a restart */
    int forbidden_call;   /* the system call that its sandbox ends it for, or -1 */
    char sandbox[MESSAGE_BOUND(ready, sandbox) + 1]; /* the level that it reached last; "": none */

    /* Its heartbeat. */
    struct heartbeat heartbeat;
    uint64_t heartbeats_lost; /* how often it was killed because it did not answer */

    /* As it last reported. */
    bool healthy;
    bool idle;
    uint64_t unsatisfied;
    enum leadership leadership;
    char summary[MESSAGE_BOUND(report, summary) + 1];
};

/* No message is handled yet. */
void child_handlers_init(struct child_handlers *handlers);

/* From now on FUNCTION handles the messages of TYPE, of every child. */
void child_handle(struct child_handlers *handlers, enum message_type type, child_handler *function,
                  void *context);

/* Prepares CHILD, whose first part (up to credential) the caller has filled in. */
void child_init(struct child *child);

/* Frees what child_init() made. There is no process any more, or it does not matter. */
void child_clear(struct child *child);

/* Starts it: now, or when its credential is complete. */
void child_start(struct child *child);

/* It has said HELLO: it gets its settings and credential, and is told to start when options'
 * on_greeted() has returned. */
void child_greet(struct child *child);

/* It has said READY, confined to the level SANDBOX. */
void child_set_ready(struct child *child, const char *sandbox);

/* It cannot enter its sandbox because of this PROBLEM. If it could before, it is started again
 * later. */
void child_set_unconfined(struct child *child, const char *problem);

/* Its process has ended with STATUS, as waitpid() has it: it is started again later, unless it is
 * stopping. */
void child_reaped(struct child *child, int status);

/* Kills it for this REASON, which becomes its last end. Nothing happens without a process. */
void child_kill(struct child *child, const char *reason);

/* Kills it since it sent the supervisor what it may not send. */
void child_kill_violator(struct child *child, const char *problem);

/* Ends it in order (by closing its link) and starts it again at once: its settings changed. */
void child_restart(struct child *child);

/* Ends it in order and for good. A process that does not follow is killed after MILLISECONDS. */
void child_stop(struct child *child, unsigned milliseconds);

/* Sends it the settings again; only those of the log count then. */
void child_send_settings(struct child *child);

/* Its credential has another identity: sends that, or starts what has waited for it. */
void child_renew_identity(struct child *child);

/* Has MINTER, which has been greeted, request tokens for ROLE, or another one now. */
void child_mint(struct child *minter, enum role role);

/* Links A and B: gives each one end of a new pair of sockets. */
void child_link(struct child *a, struct child *b);

/* Whether it has been greeted and is not ending. */
bool child_is_greeted(const struct child *child);

/* "ready": for the status. */
const char *child_state_name(enum child_state state);

#endif
