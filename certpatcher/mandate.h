/* SPDX-License-Identifier: Apache-2.0 */
/* Until when this tlsrouted leads, and so may write, as the reconciler says. It ends by itself:
 * also where the reconciler cannot say so, because it was stopped or is late. */
#ifndef TLSROUTED_CERTPATCHER_MANDATE_H
#define TLSROUTED_CERTPATCHER_MANDATE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

/* Zero-initialised: there is none. */
struct mandate {
    uint64_t until;     /* milliseconds of the monotonic clock; UINT64_MAX: without end */
    bool has_begun;     /* ENDED is due when it ends */
    struct event *ends; /* pending while it has an end */
    void (*ended)(void *context);
    void *context;
};

/* Prepares MANDATE, on the loop BASE. ENDED is called from the loop, or from within the functions
 * below, when a mandate that there was is over. */
void mandate_init(struct mandate *mandate, struct event_base *base, void (*ended)(void *context),
                  void *context);

/* It holds until then; 0: it is over. */
void mandate_set(struct mandate *mandate, uint64_t until);

/* There is none any more, and nobody has to hear of its end. */
void mandate_forget(struct mandate *mandate);

/* Whether it holds now, by the clock. */
bool mandate_holds(const struct mandate *mandate);

#endif
