/* SPDX-License-Identifier: Apache-2.0 */
/* How many requests are under way at a time: more as long as the answers stay quick, half as many
 * when the API server is overloaded. (As in TCP: slow start until the first overload, then additive
 * increase and multiplicative decrease, RFC 5681. As in TCP Vegas: no more than keep the server at
 * work, since the rest would only wait in its queue.) Pure. */
#ifndef TLSROUTED_COMMON_API_PACE_H
#define TLSROUTED_COMMON_API_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
    unsigned limit;     /* that may be under way now, 1 or more */
    unsigned max;       /* the limit never exceeds it */
    unsigned successes; /* since the limit last changed */
    unsigned stale;     /* that started before the last decrease and have yet to end */
    uint64_t quickest;  /* microseconds, since one was under way alone; 0: none was measured */
    bool was_overloaded;
};

/* A pace that starts with a quarter of MAX. */
struct pace pace_new(unsigned max);

/* One of UNDER_WAY requests succeeded after MICROSECONDS; 0: that says nothing about the server.
 * Too long means overload too. More may be under way only if at least half of the limit was used
 * (RFC 7661), and if the request did not take twice as long as the quickest: then one fewer may be,
 * but still three quarters of the max, which several connections carry. */
void pace_ended(struct pace *pace, unsigned under_way, uint64_t microseconds);

/* The server said that it is overloaded, or did not answer in time. Requests that started before
 * the last decrease do not cause another one. */
void pace_overloaded(struct pace *pace);

#endif
