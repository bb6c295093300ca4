/* SPDX-License-Identifier: Apache-2.0 */
/* How a stream decides that it lives, and what it does when a request of it has ended: the one
 * place for every kind of stream, whatever the protocol below it. Pure: no I/O, and the clock is
 * the caller's.
 *
 * - Only an event or a bookmark is a sign of life; that a watch was accepted is none, nor is
 *   anything else that happens on its connection.
 * - A watch that gives no sign is given up, and so is one that outlives its timeoutSeconds.
 * - What is known was right at the last sign, and when a list was complete. It has an age.
 * - Only a watch that lasted makes up for failures.
 * - A position is good for going on at once. A server that was away for longer may be back with
 *   another past, such as a backup. */
#ifndef TLSROUTED_WATCHER_LIFE_H
#define TLSROUTED_WATCHER_LIFE_H

#include "common/api/result.h"
#include "common/base/backoff.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum stream_phase {
    PHASE_STOPPED,
    PHASE_WAITING, /* until it tries again, after a failure */
    PHASE_LIST,    /* all objects, in pages */
    PHASE_WATCH,   /* what changes */
};

enum life_sign {
    SIGN_EVENT, /* or a page of a list */
    SIGN_BOOKMARK,
    SIGN_COMPLETE, /* the list is: a watch follows */
};

/* What is to be done about the request under way. */
enum life_verdict {
    LIFE_GOES_ON,
    LIFE_SILENT,  /* it has given no sign for too long: it ends as with API_TIMEOUT */
    LIFE_OVERDUE, /* the server should have ended it: it ends as with API_OK */
};

/* The life of one stream. Times are those of a clock in seconds that never goes back; 0: never. */
struct life {
    const struct backoff *backoff;
    const struct backoff *forbidden_backoff; /* the same, after API_FORBIDDEN */
    enum stream_phase phase;
    bool is_opened;       /* the server has begun to answer the watch */
    bool is_listed;       /* the receiver has got a complete list */
    enum api_error error; /* of the last attempt, until one has been answered */
    time_t sent;          /* the request */
    time_t lasting;       /* how long the watch has to last to make up for failures, in seconds */
    time_t limit;         /* when the server should have ended the watch, at the latest */
    time_t watching;      /* since when there have been changes to watch for */
    time_t held;          /* since when the receiver has no room, so that silence is our own */
    time_t sign;          /* the last sign of life */
    time_t waits;         /* since when there could have been another */
    time_t confirmed;     /* when what is known was last known to be right */
    time_t answered;      /* when the last request ended that the server had begun to answer */
    time_t broken;        /* when the watch ended that is to go on from its position */
    unsigned failures;    /* in a row, since a watch lasted */
};

/* How a request ended, or why the stream gives it up. */
struct ending {
    enum api_error error;
    bool is_refusal;      /* the server itself said so: by a status, or by an ERROR event */
    unsigned retry_after; /* seconds, 0 if the server did not say */
};

enum next_step {
    NEXT_WATCH, /* at once, from where the last one ended */
    NEXT_LIST,  /* at once, list: what is known may be out of date */
    NEXT_RETRY, /* a failure: wait, then watch from the position, or list without one */
};

struct next {
    enum next_step step;
    bool keeps_position;
    uint32_t milliseconds; /* to wait, of NEXT_RETRY */
};

/* A request for PHASE has been sent. WATCH_SECONDS is a watch's timeoutSeconds, 0 for a list. */
void life_sent(struct life *life, enum stream_phase phase, unsigned watch_seconds, time_t now);

/* The stream has to wait for others before it can send the next request. That is no interruption:
 * the bookmark of the next watch shows whether the server is in the same past. */
void life_waits(struct life *life);

/* The watch has been answered. Returns whether it may go on; if not, it began at a position that is
 * not to be trusted any more, and a list has to take its place. */
bool life_opened(struct life *life, time_t now);

/* Something has come. Returns whether failures are over with it. */
bool life_sign(struct life *life, enum life_sign sign, time_t now);

/* The receiver has no room, or has room again. */
void life_hold(struct life *life, bool is_held, time_t now);

enum life_verdict life_verdict(const struct life *life, time_t now);

/* The seconds until life_verdict() or life_in_sync() may say something else without anything having
 * come, 1 or more; 0: they will not. */
time_t life_next_look(const struct life *life, time_t now);

/* The end of a request with RESULT. Where RBAC refuses what it has granted until less than
 * API_RBAC_SECONDS ago, the error is API_STARTING: a server that was started again may be back
 * before the client has missed it. */
struct ending life_ending(const struct life *life, const struct api_result *result, time_t now);

/* The request has ended by ENDING. Returns what follows. RANDOM is any 32 bits, for the jitter. */
struct next life_ended(struct life *life, const struct ending *ending, time_t now, uint32_t random);

/* There is no receiver any more. */
void life_stopped(struct life *life);

/* Whether the receiver has everything, the last attempt was answered, and what is known is not too
 * old. */
bool life_in_sync(const struct life *life, time_t now);

/* Whether a watch that is at POSITION cannot bring VERSION in the same past: resourceVersions grow
 * within a watch. (Kubernetes API concepts, "Resource versions") */
bool life_goes_back(const char *position, const char *version);

#endif
