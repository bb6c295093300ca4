/* What has to be done about a Pool's TLSRoute, and why. Pure: no I/O, no clock, no global. */
#ifndef TLSROUTED_RECONCILER_PLAN_H
#define TLSROUTED_RECONCILER_PLAN_H

#include "common/message.h"

#include <json-c/json.h>

/* What is wrong with a Pool; the names are those of Events and logs. */
enum finding_reason {
    FINDING_NONE,
    FINDING_POOL_UNREADABLE,
    FINDING_HOSTNAME_INVALID,
    FINDING_GATEWAY_API_MISSING,
    FINDING_ROUTE_NOT_OWNED,
    FINDING_ROUTE_UNREADABLE,
    FINDING_HOSTNAME_CONFLICT,
    FINDING_REASONS,
};

enum {
    FINDINGS_MAX = 4
};

struct finding {
    enum finding_reason reason;
    char *text; /* one sentence for a person; owned */
};

enum route_action {
    ROUTE_KEEP, /* as it is */
    ROUTE_CREATE,
    ROUTE_CHANGE,
    ROUTE_DELETE,
    ROUTE_WAIT, /* for something that we will hear of */
};

/* Everything that the decision depends on. */
struct route_case {
    const struct pool_message *pool;   /* NULL: there is none */
    const char *pool_problem;          /* why its newest state cannot be understood, or NULL */
    const struct route_message *route; /* the TLSRoute of the Pool's name; NULL: there is none */
    const char *route_problem;         /* there is one and it cannot be understood */
    const char *same_hostname; /* another Pool of the namespace with that hostname, or NULL */
    bool api_known;            /* it is known whether TLSRoutes are served */
    bool api_served;           /* they are */
    bool complete;             /* no list is missing or under way: absent means absent */
};

struct route_plan {
    enum route_action action;
    struct json_object *spec; /* of the TLSRoute to create or change to, or NULL; owned */
    struct finding findings[FINDINGS_MAX];
    size_t finding_count;
};

/* Decides. The caller releases the plan with route_plan_clear(). */
struct route_plan plan_route(const struct route_case *situation);

void route_plan_clear(struct route_plan *plan);

/* "HostnameInvalid". */
const char *finding_reason_name(enum finding_reason reason);

#endif
