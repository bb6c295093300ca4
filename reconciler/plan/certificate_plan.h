/* SPDX-License-Identifier: Apache-2.0 */
/* Which names the Certificates need, as far as the reconciler knows: what it asks the certpatcher
 * for. Pure. */
#ifndef TLSROUTED_RECONCILER_PLAN_CERTIFICATE_PLAN_H
#define TLSROUTED_RECONCILER_PLAN_CERTIFICATE_PLAN_H

#include "common/objects/injection.h"
#include "reconciler/plan/finding.h"
#include "reconciler/world/world.h"

/* What has to be done about CERTIFICATE, an object whose message can be read, if there were no
 * grace. The caller releases the plan with injection_plan_clear(). */
struct injection_plan plan_certificate(const struct world *world, const struct object *certificate);

/* Whether CERTIFICATE, likewise, is marked to be issued again, and that can be seen to now. */
bool plan_reissue(const struct world *world, const struct object *certificate);

/* Adds to FINDINGS which Certificates that POOL's hostname has to be in do not exist or cannot be
 * read: one finding for all of them, with the first by the names of their Servers. */
void plan_missing_certificates(const struct world *world, const struct object *pool,
                               struct findings *findings);

/* A name of a Certificate that is in no ledger. */
struct adoption_name {
    const char *name;       /* borrowed from the Certificate */
    struct text_list pools; /* that demand it; owned */
    const char *refusal;    /* why it cannot be adopted: a constant; or NULL */
};

struct adoption_plan {
    struct adoption_name *names; /* in the order in which they are listed, each once */
    size_t count;
};

/* Which names of CERTIFICATE, likewise, can be taken into its ledger. The caller clears the plan.
 */
struct adoption_plan plan_adoption(const struct world *world, const struct object *certificate);

void adoption_plan_clear(struct adoption_plan *plan);

#endif
