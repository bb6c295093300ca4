/* SPDX-License-Identifier: Apache-2.0 */
/* A client of the control socket, for the files that make up the control socket. */
#ifndef TLSROUTED_SUPERVISOR_CONTROL_CLIENT_H
#define TLSROUTED_SUPERVISOR_CONTROL_CLIENT_H

#include "common/base/delays.h"

#include "common/message/channel.h"
#include "supervisor/control/control.h"
#include "supervisor/control/rights.h"
#include "supervisor/supervisor.h"

/* A page that a worker is making for the client. */
struct question {
    bool open;
    enum role role;  /* whom it was put to */
    uint64_t ticket; /* ours: unique among all questions */
    uint64_t theirs; /* the client's */
    unsigned rows;   /* that have come */
    size_t bytes;    /* that they have */
};

struct client {
    struct control *control;
    struct channel *channel;
    enum right right;
    struct event *deadline;
    struct question question;
    bool watches;
    bool asked;      /* anything yet */
    uint64_t last;   /* when it was heard of, in milliseconds of a monotonic clock */
    uint64_t second; /* in which these requests came */
    unsigned requests;
    struct client *next, *prev;
};

struct control {
    struct supervisor *supervisor;
    char *path;
    gid_t group;
    int socket;
    struct event *readable;
    struct event *tell; /* pending: watching clients are to be told soon */
    struct client *clients;
    unsigned count, watching;
    uint64_t tickets;  /* given so far */
    int64_t drop_told; /* the second in which the log was last told of a drop */
    unsigned drops;    /* of which it has not been told */
};

enum {
    CONTROL_ROWS_MAX = 64,          /* on a page */
    CONTROL_BYTES_MAX = 200 * 1024, /* likewise: a bound, a row that crosses it, and one more */
    CONTROL_WATCHING_MAX = 16,      /* clients */
};

/* Answers the request MESSAGE, for which CLIENT has the right. May release CLIENT. */
void control_answer(struct client *client, const struct message *message);

/* CLIENT's question is answered: it has its usual time for the next one. */
void control_close_question(struct client *client);

/* Ends CLIENT's question, which is open, without an answer; PROBLEM is for a person. */
void control_give_up(struct client *client, const char *problem);

/* Releases CLIENT. REASON, for the log, may be NULL: then it left in peace. */
void control_drop(struct client *client, const char *reason);

#endif
