/* SPDX-License-Identifier: Apache-2.0 */
/* What has to be done about a Pool's TLSRoute and Service, and why. Pure: no I/O, no clock, no
 * global. */
#ifndef TLSROUTED_RECONCILER_PLAN_PLAN_H
#define TLSROUTED_RECONCILER_PLAN_PLAN_H

#include "common/message/message.h"
#include "reconciler/plan/finding.h"

#include <json-c/json.h>

enum plan_action {
    PLAN_KEEP, /* as it is */
    PLAN_CREATE,
    PLAN_CHANGE,
    PLAN_DELETE,
    PLAN_WAIT, /* for something that we will hear of */
};

/* Everything that the decision about a TLSRoute depends on. */
struct route_inputs {
    const struct pool_message *pool;   /* NULL: there is none */
    const char *pool_problem;          /* why its newest state cannot be understood, or NULL */
    const struct route_message *route; /* the TLSRoute of the Pool's name; NULL: there is none */
    const char *route_problem;         /* there is one and it cannot be understood */
    const char
        *rival; /* another Pool ("namespace/name") whose hostname meets this one's, or NULL */
    const char *rival_hostname;
    bool yields;     /* the rival has the right to the route */
    bool api_known;  /* it is known whether TLSRoutes are served */
    bool api_served; /* they are */
    bool complete;   /* no list is missing or under way: absent means absent */
};

/* Everything that the decision about a Service depends on. */
struct service_inputs {
    const struct pool_message *pool;       /* as above */
    const char *pool_problem;              /* as above */
    const struct service_message *service; /* the Service of the Pool's name; NULL: there is none */
    enum services_policy policy;
    bool complete; /* all Services have been read; if not, nothing is said about them */
};

struct plan {
    enum plan_action action;
    struct json_object *object; /* CREATE and CHANGE: metadata and spec as wanted; owned */
    struct findings findings;
};

/* Decide. The caller releases the plan with plan_clear(). */
struct plan plan_route(const struct route_inputs *inputs);
struct plan plan_service(const struct service_inputs *inputs);

/* Whether a TLSRoute can be made of what POOL says of its route. */
bool plan_is_possible(const struct pool_message *pool);

/* Whether ACTION is a request to the API server. */
bool plan_is_write(enum plan_action action);

/* "keep", "create", ... */
const char *plan_action_name(enum plan_action action);

void plan_clear(struct plan *plan);

#endif
