/* SPDX-License-Identifier: Apache-2.0 */
/* Contention over the names in a Certificate: somebody else keeps removing names that tlsrouted
 * injects. They are put back at once twice; then only once an hour, until something else changes.
 * Pure: the time is an argument, in seconds of a monotonic clock. */
#ifndef TLSROUTED_CERTPATCHER_NAME_CONTENTION_H
#define TLSROUTED_CERTPATCHER_NAME_CONTENTION_H

#include "common/objects/contention.h"
#include "common/objects/injection.h"

/* What is remembered of the names that were added to one Certificate. Zero-initialised: nothing. */
struct name_contention {
    struct contention contention; /* what was written last are the inputs that led to it; a
                                     correction is a write that puts any name back */
    struct text_list added;       /* the names that were added, for the same inputs */
};

/* What a decision depends on, apart from the injected names in the list: the demands of the Pools
 * and the names that others wrote. As long as it stays the same, an injected name that is missing
 * was removed by somebody else. The caller frees it. */
char *name_contention_inputs(const struct certificate_message *certificate,
                             const struct injection_demands *demands);

/* A decision is made for INPUTS. If they differ from the remembered ones, everything is forgotten:
 * a name that was withdrawn and is demanded again was not removed by others. */
void name_contention_observe(struct name_contention *contention, const char *inputs);

/* How many seconds to wait before adding the names ADDING for INPUTS; 0: do it now. */
unsigned name_contention_delay(const struct name_contention *contention, const char *inputs,
                               const struct text_list *adding, time_t now);

/* The names ADDED have been written for INPUTS. */
void name_contention_written(struct name_contention *contention, const char *inputs,
                             const struct text_list *added, time_t now);

/* MANAGERS (NULL: it is not known who) had written the list when our last write was done. */
void name_contention_left(struct name_contention *contention, const struct managers *managers);

/* Who has removed names since, as far as MANAGERS, who have written the list by now, show it.
 * Borrowed from them or constant; "" if they do not. */
const char *name_contention_manager(const struct name_contention *contention,
                                    const struct managers *managers);

/* Whether there is nothing left to remember. */
bool name_contention_is_over(const struct name_contention *contention, time_t now);

void name_contention_clear(struct name_contention *contention);

#endif
