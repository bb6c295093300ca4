/* SPDX-License-Identifier: Apache-2.0 */
/* The clients of the control socket, and the pages that workers make for them. */
#ifndef TLSROUTED_SUPERVISOR_CONTROL_CLIENT_H
#define TLSROUTED_SUPERVISOR_CONTROL_CLIENT_H

#include "common/message/channel.h"
#include "supervisor/control/daemon.h"
#include "supervisor/control/rights.h"

enum {
    CLIENTS_MAX = 64,
    CLIENT_ROWS_MAX = 64,          /* of a page */
    CLIENT_BYTES_MAX = 200 * 1024, /* likewise: a row may cross it, and one more may follow */
};

/* A page that a worker is making. */
struct client_page {
    bool pending;
    enum role role;         /* of the worker */
    uint64_t ticket;        /* of our own, unique among all pages */
    uint64_t client_ticket; /* as the client has numbered its query */
    unsigned rows;          /* that have come */
    size_t bytes;           /* in them */
};

struct client {
    struct clients *clients;
    const struct control_daemon *daemon;
    struct channel *channel;
    enum right right;
    struct event *deadline; /* for its next request, or for its page */
    struct client_page page;
    bool watches;
    bool has_spoken;       /* sent any request yet */
    uint64_t last_request; /* or when it connected; monotonic milliseconds */
    uint64_t second;       /* in which these requests came */
    unsigned requests;     /* in that second */
    struct client *next, *prev;
};

struct clients {
    struct client *first;
    unsigned count, watching;
    uint64_t tickets;    /* given so far */
    int64_t drop_logged; /* the second in which a drop was last logged */
    unsigned drops;      /* since then, not logged */
};

/* Adds a client with this RIGHT that is connected by DESCRIPTOR; CALLBACKS get it as context. */
struct client *client_add(struct clients *clients, const struct control_daemon *daemon,
                          int descriptor, enum right right,
                          const struct channel_callbacks *callbacks);

/* Releases CLIENT. REASON, for the log, may be NULL: then it left in order. */
void client_drop(struct client *client, const char *reason);

/* Makes room for another client, if need be by dropping the one that has been silent for the
 * longest time. Returns whether there is room. */
bool clients_make_room(struct clients *clients);

/* CLIENT has sent a request. Returns whether that may be answered, and gives it the usual time for
 * the next one; a client that does not read, or sends too many, has been dropped instead. */
bool client_may_request(struct client *client);

/* CHILD is to make a page for CLIENT within so many SECONDS, which has none pending and calls it
 * CLIENT_TICKET. Returns our ticket for it. */
uint64_t client_begin_page(struct client *client, const struct child *child, uint64_t client_ticket,
                           unsigned seconds);

/* The page is complete. */
void client_end_page(struct client *client);

/* Ends CLIENT's page, which is pending, without a result: PROBLEM says what the worker does not
 * ("is not running"). */
void client_fail_page(struct client *client, const char *problem);

/* The client whose pending page has TICKET; NULL if there is none. */
struct client *clients_find_page(struct clients *clients, uint64_t ticket);

#endif
