/* SPDX-License-Identifier: Apache-2.0 */
/* How many requests are under way at a time: more as long as all goes well, half as many when the
 * API server is overloaded. (As in TCP: slow start until the first overload, then additive increase
 * and multiplicative decrease.) Pure. */
#ifndef TLSROUTED_COMMON_API_PACE_H
#define TLSROUTED_COMMON_API_PACE_H

#include <stdbool.h>

struct pace {
    unsigned limit;     /* that may be under way now, 1 or more */
    unsigned max;       /* the limit never exceeds it */
    unsigned successes; /* since the limit last changed */
    unsigned stale;     /* that started before the last decrease and have yet to end */
    bool was_overloaded;
};

/* A pace that starts with a quarter of MAX. */
struct pace pace_new(unsigned max);

/* A request succeeded after MILLISECONDS: too many of them mean overload too. */
void pace_ended(struct pace *pace, unsigned milliseconds);

/* The server said that it is overloaded, or did not answer in time. Requests that started before
 * the last decrease do not cause another one. */
void pace_overloaded(struct pace *pace);

#endif
