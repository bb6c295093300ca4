/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a process still turns its loop: it gets a PING at intervals, and has to answer in time.
 * Pure: all times are arguments, in monotonic milliseconds. */
#ifndef TLSROUTED_SUPERVISOR_WORKERS_HEARTBEAT_H
#define TLSROUTED_SUPERVISOR_WORKERS_HEARTBEAT_H

#include <stdbool.h>
#include <stdint.h>

/* How often a PING is sent, and how long an answer may take; both in milliseconds, at least 1. */
struct heartbeat_rule {
    int64_t interval, timeout;
};

struct heartbeat {
    int64_t pinged;   /* when the PING was sent that has no answer yet; 0: there is none */
    int64_t answered; /* when it last answered, or should first have been there */
    bool is_quiet;    /* no answer to that PING is wanted: that it is read is enough */
    bool lost;        /* it was given up, and has not answered since */
};

enum heartbeat_action {
    HEARTBEAT_NONE,
    HEARTBEAT_PING,  /* send one now */
    HEARTBEAT_QUIET, /* the same, without wanting an answer */
    HEARTBEAT_LOST,  /* give it up */
};

/* A new process can answer: a PING to the one before it does not count any more. */
void heartbeat_begin(struct heartbeat *heartbeat);

/* What is to be done at NOW. IS_RESTING: nothing has happened since the last turn; answers would be
 * all that this process wakes up for. LOST comes once for a process. */
enum heartbeat_action heartbeat_turn(struct heartbeat *heartbeat, const struct heartbeat_rule *rule,
                                     bool is_resting, int64_t now);

/* It has answered, or read a quiet PING. Returns whether it (or the process before it) had been
 * given up. */
bool heartbeat_answer(struct heartbeat *heartbeat, int64_t now);

/* The process that sends PINGs was itself stopped until NOW: that time counts against nobody. */
void heartbeat_reset(struct heartbeat *heartbeat, int64_t now);

/* Whether the turn at NOW comes so long after it was DUE that this is the case. */
bool heartbeat_was_suspended(const struct heartbeat_rule *rule, int64_t due, int64_t now);

/* How many milliseconds to wait for the next turn while nothing happens: longer than the interval,
 * but no longer than leaves time for another turn before somebody is given up. */
int64_t heartbeat_rest(const struct heartbeat_rule *rule);

/* Whether it has answered lately: within twice the time that an answer may take, so that there is
 * time to replace the process by another. */
bool heartbeat_is_live(const struct heartbeat *heartbeat, const struct heartbeat_rule *rule,
                       int64_t now);

#endif
