/* SPDX-License-Identifier: Apache-2.0 */
/* How much is at work at a time: more as long as it goes well, half as much when the API server is
 * overloaded. (As TCP does it: additive increase, multiplicative decrease.) Pure. */
#ifndef TLSROUTED_COMMON_API_PACE_H
#define TLSROUTED_COMMON_API_PACE_H

struct pace {
    unsigned limit;          /* so much may be at work now, 1 or more */
    unsigned most;           /* the limit never goes beyond */
    unsigned ended;          /* well, since the limit last changed */
    unsigned after_overload; /* so many that began before the last decrease have yet to end */
};

/* A pace that starts with a quarter of MOST. */
struct pace pace_new(unsigned most);

/* Work ended well after MILLISECONDS: too many of them mean overload too. */
void pace_ended(struct pace *pace, unsigned milliseconds);

/* The server said that it is overloaded, or did not answer in time. What began before the last time
 * it said so does not count again. */
void pace_overloaded(struct pace *pace);

#endif
