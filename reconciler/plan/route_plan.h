/* SPDX-License-Identifier: Apache-2.0 */
/* What has to be done about a Pool's TLSRoute. Pure: no I/O, no clock, no global. */
#ifndef TLSROUTED_RECONCILER_PLAN_ROUTE_PLAN_H
#define TLSROUTED_RECONCILER_PLAN_ROUTE_PLAN_H

#include "reconciler/plan/plan.h"

/* Everything that the plan depends on. */
struct route_inputs {
    const struct pool_message *pool;   /* NULL: it could never be read */
    const char *pool_problem;          /* why its newest version cannot be read, or NULL */
    const struct route_message *route; /* the TLSRoute with the Pool's name; NULL: there is none */
    const char *route_problem;         /* why the one that exists cannot be read, or NULL */
    const char *rival;                 /* a Pool ("namespace/name") that asks for a hostname that
                                          meets this one's, or NULL */
    const char *rival_hostname;
    bool rival_wins; /* it alone gets a route */
    bool api_known;  /* it is known whether TLSRoutes are served */
    bool api_served; /* they are */
    bool complete;   /* no list is missing or being read: absent means absent */
};

/* The caller releases the plan with plan_clear(). */
struct plan plan_route(const struct route_inputs *inputs);

/* Whether there can be a TLSRoute of what POOL asks for. */
bool plan_route_is_possible(const struct pool_message *pool);

#endif
