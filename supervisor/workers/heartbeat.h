/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a process still turns its loop: it is asked now and then, and has to answer in time.
 * Pure: all times are arguments, in monotonic milliseconds. */
#ifndef TLSROUTED_SUPERVISOR_WORKERS_HEARTBEAT_H
#define TLSROUTED_SUPERVISOR_WORKERS_HEARTBEAT_H

#include <stdbool.h>
#include <stdint.h>

/* How often it is asked, and how long an answer may take; both in milliseconds, at least 1. */
struct heartbeat_rule {
    int64_t interval, timeout;
};

struct heartbeat {
    int64_t asked;    /* when the question was asked that has no answer yet; 0: there is none */
    int64_t answered; /* when it last answered, or should first have been there */
    bool lost;        /* it was given up, and has not answered since */
};

enum heartbeat_action {
    HEARTBEAT_NONE,
    HEARTBEAT_ASK,  /* ask it now */
    HEARTBEAT_LOST, /* give it up */
};

/* A new process that can answer: what was asked of the one before it counts no more. */
void heartbeat_begin(struct heartbeat *heartbeat);

/* What is to be done at NOW. LOST comes once for a process. */
enum heartbeat_action heartbeat_turn(struct heartbeat *heartbeat, const struct heartbeat_rule *rule,
                                     int64_t now);

/* It has answered. Returns whether it (or the process before it) had been given up. */
bool heartbeat_answer(struct heartbeat *heartbeat, int64_t now);

/* Whoever asks was stopped itself, until NOW: the time counts against nobody. */
void heartbeat_reset(struct heartbeat *heartbeat, int64_t now);

/* Whether the turn at NOW, after one at BEFORE, comes so late that this is so. */
bool heartbeat_was_suspended(const struct heartbeat_rule *rule, int64_t before, int64_t now);

/* Whether it has answered lately: within twice the time that an answer may take, so that a process
 * that is replaced by another has time to be. */
bool heartbeat_is_live(const struct heartbeat *heartbeat, const struct heartbeat_rule *rule,
                       int64_t now);

#endif
