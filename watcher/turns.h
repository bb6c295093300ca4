/* SPDX-License-Identifier: Apache-2.0 */
/* Turns: of many streams only some watch at a time, and each that has watched for a moment lets
 * the one that has waited longest go on. */
#ifndef TLSROUTED_WATCHER_TURNS_H
#define TLSROUTED_WATCHER_TURNS_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

/* It is somebody's turn: called from the loop; turns_take() returns true now. */
typedef void turns_begin(void *context);

enum turn_state {
    TURN_NONE,
    TURN_AWAITED,
    TURN_GRANTED, /* and not taken yet */
    TURN_TAKEN,
};

/* One that takes turns; TURN_NONE at first. */
struct turn {
    TAILQ_ENTRY(turn) link; /* while it is awaited */
    enum turn_state state;
    turns_begin *begin;
    void *context;
};

struct turns {
    size_t max; /* at a time */
    size_t count;
    struct event *wake;
    TAILQ_HEAD(turn_list, turn) waiting; /* who has waited longest is first */
};

/* Nobody has a turn yet. MAX: how many may have one at a time, 1 or more. */
void turns_init(struct turns *turns, struct event_base *base, size_t max);

/* Takes a turn, or goes on with one if nobody else waits. Returns whether it is TURN's turn; if
 * not, its begin function is called when it is. */
bool turns_take(struct turns *turns, struct turn *turn);

/* TURN is over, or not awaited any more. */
void turns_leave(struct turns *turns, struct turn *turn);

#endif
