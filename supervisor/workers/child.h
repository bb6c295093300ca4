/* SPDX-License-Identifier: Apache-2.0 */
/* A worker as the supervisor sees it: started, greeted, linked, ready, ended, started again. */
#ifndef TLSROUTED_SUPERVISOR_WORKERS_CHILD_H
#define TLSROUTED_SUPERVISOR_WORKERS_CHILD_H

#include "common/kubeconfig/credential.h"
#include "common/message/channel.h"
#include "supervisor/config/config.h"
#include "supervisor/connections/broker.h"
#include "supervisor/workers/heartbeat.h"

#include <event2/event.h>
#include <sys/types.h>

enum child_state {
    CHILD_DOWN,     /* waits for its next start */
    CHILD_STARTING, /* has been started and has not said HELLO */
    CHILD_GREETED,  /* has been given what it needs and has not said READY */
    CHILD_READY,    /* works */
    CHILD_ENDING,   /* its link is closed or it was killed; has not been reaped yet */
};

struct child;

/* What the supervisor does when something happens to one of its children. */
struct child_callbacks {
    void (*greeted)(struct child *child, void *context); /* its links can be made */
    void (*changed)(struct child *child, void *context); /* its state or its health did */
    void (*link_broken)(struct child *child, enum role culprit, const char *reason, void *context);
    void (*unauthorized)(struct child *child, void *context); /* its identity was refused */
    void (*started)(struct child *child, void *context);      /* a new process */
    void (*counted)(struct child *child, const struct metric_message *metric, void *context);
    void (*asked)(struct child *exporter, void *context); /* how the daemon is */
    void (*minted)(struct child *child, const struct token_message *token, void *context);
    /* a ROW or PAGE_END came: returns NULL, or what is wrong with it (a constant) */
    const char *(*answered)(struct child *child, const struct message *message, void *context);
};

struct child {
    enum role role;
    bool is_used; /* whether there is such a worker at all */
    struct event_base *base;
    struct helpers *helpers;
    const struct config *config;         /* as of now, of the supervisor */
    const struct credential *credential; /* likewise */
    bool dry_run;
    const char *identity; /* to hold a Lease with; "": without one; the supervisor's */
    int folder;           /* that its process starts in, or -1; see privileges_empty_folder() */
    const struct child_callbacks *callbacks;
    void *context;

    enum child_state state;
    pid_t pid; /* 0 if there is no process */
    struct channel *channel;
    struct broker *broker; /* opens its connections; there as long as the channel */
    struct event *timer;   /* for the next start, or for what takes too long */
    bool stopping;         /* it is not to be started again */
    bool waits;            /* it will be started when its credential has come */
    time_t ready_since;
    time_t refused_at; /* when it last said that its identity was refused */
    unsigned failures; /* ends in a row without a long life between them */
    uint64_t restarts;
    struct heartbeat heartbeat;
    uint64_t lost; /* how often it was killed since it did not answer */
    char last_end[MESSAGE_BOUND(status_worker, last_end) +
                  1];     /* why the process before this one ended */
    char end_reason[256]; /* why we are ending this one, "" if we are not */
    bool healthy;         /* as it says, like what follows */
    bool idle;
    uint64_t unsatisfied;
    enum leadership leadership;
    char summary[MESSAGE_BOUND(report, summary) + 1];
    char sandbox[MESSAGE_BOUND(ready, sandbox) + 1];
    int forbidden_call; /* the number of the one that its process ends with, or -1 */
};

/* Prepares CHILD, whose first part (up to context) the caller has filled in. */
void child_init(struct child *child);

/* Starts it, now, or when its credential is complete. */
void child_start(struct child *child);

/* Its process has ended with STATUS (as waitpid() has it): it is started again later, unless it is
 * stopping. */
void child_reaped(struct child *child, int status);

/* Kills it for the REASON, which becomes its last end. */
void child_kill(struct child *child, const char *reason);

/* Ends it in peace (by closing its link) and starts it again at once: its settings changed. */
void child_restart(struct child *child);

/* Ends it in peace and for good. A process that does not follow is killed after MILLISECONDS. */
void child_stop(struct child *child, unsigned milliseconds);

/* Sends it the log settings again. */
void child_send_settings(struct child *child);

/* Its credential has changed: sends it, or starts what waits for it. */
void child_take_identity(struct child *child);

/* Has the minter, which has been greeted, get tokens for ROLE, or another one now. */
void child_mint(struct child *minter, enum role role);

/* Links A and B: gives each one end of a new pair of sockets. */
void child_link(struct child *a, struct child *b);

/* Whether it has said HELLO and is not ending. */
bool child_is_greeted(const struct child *child);

/* "ready": for the status. */
const char *child_state_name(enum child_state state);

#endif
