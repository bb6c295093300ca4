/* SPDX-License-Identifier: Apache-2.0 */
/* What a person asks for with `tlsroutectl adopt`: names that somebody else has put into a
 * Certificate are taken into its ledger, if Pools demand them. Each request is fetched for and
 * decided by itself; the names stay as they are. */
#ifndef TLSROUTED_CERTPATCHER_ADOPTION_H
#define TLSROUTED_CERTPATCHER_ADOPTION_H

#include "certpatcher/task.h"

struct adoptions;

/* How a request ended. The texts are borrowed. */
struct adoption_result {
    const char *problem;             /* why nothing was done, or NULL */
    const struct text_list *adopted; /* names that are in the ledger now */
    size_t refused;                  /* names that are not */
    const char *refusal;             /* why the first of them is not, or NULL */
};

/* Called once for each request; may be called from within adoptions_add(). */
typedef void adoption_ended(const struct adopt_message *request,
                            const struct adoption_result *result, void *context);

/* The requests, of which there are none so far. SHARED is borrowed. It lasts as long as the
 * process.
 */
struct adoptions *adoptions_new(const struct task_shared *shared, adoption_ended *ended,
                                void *context);

/* Adds REQUEST, of type ADOPT, whose storage is taken over. If somebody else changes the
 * Certificate meanwhile, everything is fetched again, a bounded number of times. */
void adoptions_add(struct adoptions *adoptions, struct message *request);

/* Ends all requests, since this tlsrouted does not lead any more. */
void adoptions_stand_down(struct adoptions *adoptions);

#endif
