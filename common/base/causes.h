/* SPDX-License-Identifier: Apache-2.0 */
/* One cause, one line: where many objects or streams fail for one reason, people read of it once,
 * with their number, and once that it is over.
 *
 *     joined    A first line, a moment later: with the number of those who have joined until then,
 *               or, if they are few, a line for each. More who join later are counted in a further
 *               line; these come at growing intervals.
 *     left      When the last of many has left because all is well again, one line says so. Those
 *               who had a line each have one then, too.
 *     again     A cause that keeps coming and going is said to do so at growing intervals, with the
 *               number of times.
 *
 * What is an error waits for nobody. With the level debug, each one has a line. Pure: the time is
 * an argument, in milliseconds of a monotonic clock. */
#ifndef TLSROUTED_COMMON_BASE_CAUSES_H
#define TLSROUTED_COMMON_BASE_CAUSES_H

#include "common/base/cause_words.h"

#include <stdbool.h>

#define CAUSES_NEVER INT64_MAX

struct causes;
struct cause;

/* That one object or stream fails. Zero-initialised: it does not. It must not move in memory, and
 * has to leave before it is freed. */
struct cause_member {
    struct cause *cause;
    struct cause_words *words; /* if it has a line of its own, or is to have one */
    uint64_t round;            /* lines that there were of the cause when it joined */
};

/* Why a member leaves. */
enum cause_end {
    CAUSE_OVER, /* all is well again */
    CAUSE_GONE, /* it no longer exists, or fails in another way */
};

/* Causes that are said with SAY. Never NULL; the caller releases them with causes_free(). Members
 * that have not left are not used any more. */
struct causes *causes_new(cause_say *say);
void causes_free(struct causes *causes);

/* MEMBER fails as DETAILS say. If it failed in another way until now, it no longer does. */
void causes_join(struct causes *causes, struct cause_member *member,
                 const struct cause_details *details, int64_t now);

/* MEMBER does not fail any more; nothing happens if it did not. */
void causes_leave(struct causes *causes, struct cause_member *member, enum cause_end end,
                  int64_t now);

/* Something has happened, and that is all: nobody leaves, and nothing is over. */
void causes_happened(struct causes *causes, const struct cause_details *details, int64_t now);

/* Says what is due at NOW. */
void causes_step(struct causes *causes, int64_t now);

/* Says all that has not been said. */
void causes_flush(struct causes *causes, int64_t now);

/* When there is something to say, or CAUSES_NEVER. */
int64_t causes_due(const struct causes *causes);

#endif
