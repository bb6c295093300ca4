/* SPDX-License-Identifier: Apache-2.0 */
/* What has to be done about a Pool's TLSRoute. Pure: no I/O, no clock, no global. */
#ifndef TLSROUTED_RECONCILER_PLAN_ROUTE_PLAN_H
#define TLSROUTED_RECONCILER_PLAN_ROUTE_PLAN_H

#include "reconciler/plan/plan.h"

/* What a Pool has to know of others that ask for hostnames at its Gateway. Each is
 * "namespace/name"; NULL: there is none. Borrowed. */
struct conflict {
    const char *rival;    /* competes for the same hostname: of several the one that comes first */
    bool rival_wins;      /* it has the hostname; the Pool does not */
    const char *covering; /* has the narrowest wildcard over the Pool's hostname */
    const char *covering_hostname;
    const char *covered; /* has a hostname under the Pool's wildcard */
    const char *covered_hostname;
};

/* Everything that the plan depends on. */
struct route_inputs {
    const struct pool_message *pool;   /* NULL: it could never be read */
    const char *pool_problem;          /* why its newest version cannot be read, or NULL */
    const struct route_message *route; /* the TLSRoute with the Pool's name; NULL: there is none */
    const char *route_problem;         /* why the one that exists cannot be read, or NULL */
    const struct text_list *refusals;  /* what the Gateway's controller has against it */
    struct conflict conflict;
    bool holds;      /* the TLSRoute is the Pool's own and has its hostname at its Gateway */
    bool api_known;  /* it is known whether TLSRoutes are served */
    bool api_served; /* they are */
    bool complete;   /* no list is missing or being read: absent means absent */
};

/* The caller releases the plan with plan_clear(). */
struct plan plan_route(const struct route_inputs *inputs);

/* Whether there can be a TLSRoute of what POOL asks for. */
bool plan_route_is_possible(const struct pool_message *pool);

/* Whether ROUTE belongs to POOL. By uid: a Pool that was deleted and created again is another one.
 */
bool plan_route_is_own(const struct route_message *route, const struct pool_message *pool);

#endif
