/* SPDX-License-Identifier: Apache-2.0 */
/* Names of ours that somebody removes again and again: put back at once twice, then left out until
 * something else changes, with one try an hour. Pure but for the time, which is an argument. */
#ifndef TLSROUTED_CERTPATCHER_CONTENTION_H
#define TLSROUTED_CERTPATCHER_CONTENTION_H

#include "common/objects/injection.h"

#include <time.h>

/* What is remembered of our writes of one Certificate. Zero-initialised: nothing. */
struct contention {
    char *inputs;           /* what led to the last write, or NULL */
    struct text_list added; /* the names that we have added in it */
    unsigned count;         /* how often we have put back any of them */
    time_t last;            /* when we last added one, in seconds of a monotonic clock */
};

/* What a decision depends on but for what is in the list of ours: the wishes of the Pools and the
 * names that others wrote. While it stays the same, a name of ours that is missing has been
 * removed by somebody. The caller frees it. */
char *contention_inputs(const struct certificate_message *certificate,
                        const struct injection_demands *demands);

/* A decision is made in SITUATION: if that is another one than before, all is forgotten. A name
 * that went because nobody wanted it, and comes again, was not removed by others. */
void contention_observe(struct contention *contention, const char *inputs);

/* How many seconds to wait before the names ADDING are written in SITUATION: 0 for now. */
unsigned contention_delay(const struct contention *contention, const char *inputs,
                          const struct text_list *adding, time_t now);

/* They have been written. */
void contention_written(struct contention *contention, const char *inputs,
                        const struct text_list *adding, time_t now);

/* Whether there is nothing left to remember. */
bool contention_is_over(const struct contention *contention, time_t now);

void contention_clear(struct contention *contention);

#endif
