/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the Pools that ask for one hostname at one Gateway has it. Settled when something in a
 * conflict changes, in O(log n), and then only looked up. */
#ifndef TLSROUTED_RECONCILER_PLAN_CONFLICT_H
#define TLSROUTED_RECONCILER_PLAN_CONFLICT_H

#include "reconciler/plan/route_plan.h"
#include "reconciler/world/world.h"

#include <bsd/sys/tree.h>
#include <stdbool.h>
#include <stddef.h>

struct claimant;
struct hostname_group;
struct hostname_range;

/* What another Pool does changed what is to be said or done about the Pool KEY. */
typedef void conflicts_changed(const char *key, void *context);

RB_HEAD(hostname_groups, hostname_group);

/* All conflicts. Empty apart from its listener, which is set before anything else is done. */
struct conflicts {
    conflicts_changed *changed;
    void *context; /* of changed */

    struct claimant *claimants;        /* by the Pool's key; only those that compete */
    struct hostname_groups groups;     /* by their keys */
    struct hostname_group *announcing; /* groups whose members are to be told */
    struct hostname_range *ranges;     /* of groups under a wildcard, likewise */
};

/* The Pool KEY, its TLSRoute or its Gateway may have changed, or ceased to exist: its claim is as
 * WORLD has it now. A Pool that competes is borrowed until this finds it gone, or with another
 * hostname. */
void conflicts_update(struct conflicts *conflicts, const struct world *world, const char *key);

/* The TLSRoute of the Pool KEY with its hostname is being written, or no longer is: meanwhile it
 * counts as one that exists, so that nobody else who comes first is given the hostname too. */
void conflicts_reserve(struct conflicts *conflicts, const char *key, bool reserved);

/* What the Pool KEY has to know; nothing if it does not compete. Only who has the hostname is told
 * of wildcards. Valid until something changes. */
struct conflict conflicts_find(const struct conflicts *conflicts, const char *key);

/* Tells the listener of up to COUNT Pools that have yet to hear of a change. Returns whether there
 * are more. */
bool conflicts_announce(struct conflicts *conflicts, size_t count);

#endif
