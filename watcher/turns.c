/* SPDX-License-Identifier: Apache-2.0 */
/* A connection of HTTP/1.1 carries one watch. Where there are not enough of them, somebody has to
 * wait, and nobody for ever. */
#include "watcher/turns.h"

#include "common/base/loop.h"

static void on_wake(evutil_socket_t, short events, void *turns);
static void await(struct turns *, struct turn *);

void turns_init(struct turns *turns, struct event_base *base, size_t max)
{
    *turns = (struct turns){.max = max, .wake = loop_timer(base, on_wake, turns)};
    TAILQ_INIT(&turns->waiting);
}

bool turns_take(struct turns *turns, struct turn *turn)
{
    switch (turn->state) {
    case TURN_GRANTED:
        turn->state = TURN_TAKEN;
        return true;
    case TURN_TAKEN:
        if (TAILQ_EMPTY(&turns->waiting))
            return true;
        turns_leave(turns, turn);
        await(turns, turn);
        return false;
    case TURN_NONE:
        if (turns->count < turns->max && TAILQ_EMPTY(&turns->waiting)) {
            turns->count++;
            turn->state = TURN_TAKEN;
            return true;
        }
        await(turns, turn);
        return false;
    default:
        return false;
    }
}

void turns_leave(struct turns *turns, struct turn *turn)
{
    if (turn->state == TURN_AWAITED)
        TAILQ_REMOVE(&turns->waiting, turn, link);
    if (turn->state == TURN_GRANTED || turn->state == TURN_TAKEN)
        turns->count--;
    turn->state = TURN_NONE;
    if (!TAILQ_EMPTY(&turns->waiting))
        event_active(turns->wake, EV_TIMEOUT, 0);
}

/* Each may leave, take or await a turn while it begins. */
static void on_wake(evutil_socket_t socket, short events, void *context)
{
    struct turns *turns = context;
    struct turn *turn;

    (void)socket;
    (void)events;
    while (turns->count < turns->max && (turn = TAILQ_FIRST(&turns->waiting)) != NULL) {
        TAILQ_REMOVE(&turns->waiting, turn, link);
        turns->count++;
        turn->state = TURN_GRANTED;
        turn->begin(turn->context);
    }
}

static void await(struct turns *turns, struct turn *turn)
{
    turn->state = TURN_AWAITED;
    TAILQ_INSERT_TAIL(&turns->waiting, turn, link);
}
