#include "reconciler/plan.h"

#include "common/hostname.h"
#include "common/memory.h"
#include "common/route_spec.h"
#include "common/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
    SHOWN_BYTES = 100 /* of a bad value in a finding, so that the log does not cut off its end */
};

static void plan_wanted(const struct route_case *, struct route_plan *);
static void plan_unwanted(const struct route_case *, struct route_plan *);
static bool wish_is_good(const struct pool_message *, struct route_plan *);
static bool is_controlled(const struct route_case *);
static bool differs(const struct route_message *, struct json_object *spec);
static void add_finding(struct route_plan *, enum finding_reason, char *text);

static const char *const reason_names[FINDING_REASONS] = {
    [FINDING_NONE] = "None",
    [FINDING_POOL_UNREADABLE] = "PoolUnreadable",
    [FINDING_HOSTNAME_INVALID] = "HostnameInvalid",
    [FINDING_GATEWAY_API_MISSING] = "GatewayAPIMissing",
    [FINDING_ROUTE_NOT_OWNED] = "RouteNotOwned",
    [FINDING_ROUTE_UNREADABLE] = "RouteUnreadable",
    [FINDING_HOSTNAME_CONFLICT] = "HostnameConflict",
};

struct route_plan plan_route(const struct route_case *situation)
{
    struct route_plan plan = {.action = ROUTE_KEEP};
    const struct pool_message *pool = situation->pool;

    if (situation->pool_problem != NULL) {
        add_finding(&plan, FINDING_POOL_UNREADABLE,
                    memory_format("the Pool cannot be understood, so nothing of it is changed: %s",
                                  situation->pool_problem));
        return plan;
    }
    if (pool == NULL || pool->deleting) /* its route is garbage-collected with it */
        return plan;
    if (pool->route_enabled)
        plan_wanted(situation, &plan);
    else
        plan_unwanted(situation, &plan);
    return plan;
}

void route_plan_clear(struct route_plan *plan)
{
    json_object_put(plan->spec);
    for (size_t i = 0; i < plan->finding_count; i++)
        free(plan->findings[i].text);
    *plan = (struct route_plan){0};
}

const char *finding_reason_name(enum finding_reason reason)
{
    return reason_names[reason];
}

static void plan_wanted(const struct route_case *situation, struct route_plan *plan)
{
    const struct pool_message *pool = situation->pool;
    const struct route_message *route = situation->route;
    const struct route_wish wish = {
        .hostname = pool->hostname,
        .gateway_namespace = pool->gateway_namespace,
        .gateway_name = pool->gateway_name,
        .section_name = pool->section_name,
        .service = pool->name,
        .port = pool->service_port,
    };

    if (!wish_is_good(pool, plan))
        return;
    if (situation->same_hostname != NULL)
        add_finding(plan, FINDING_HOSTNAME_CONFLICT,
                    memory_format("the Pool %s of this namespace has the hostname %s too; "
                                  "a Gateway serves only one of them",
                                  situation->same_hostname, pool->hostname));
    if (situation->api_known && !situation->api_served) {
        add_finding(plan, FINDING_GATEWAY_API_MISSING,
                    memory_text("the Pool asks for a route, but no TLSRoute is served; install the "
                                "Gateway API CRDs and restart tlsrouted"));
        return;
    }
    if (!situation->api_known || !situation->complete) {
        plan->action = ROUTE_WAIT;
    } else if (situation->route_problem != NULL) {
        add_finding(plan, FINDING_ROUTE_UNREADABLE,
                    memory_format("the TLSRoute cannot be understood, so it is left alone: %s",
                                  situation->route_problem));
    } else if (route == NULL) {
        plan->action = ROUTE_CREATE;
        plan->spec = route_spec_new(&wish);
    } else if (route->deleting) {
        plan->action = ROUTE_WAIT;
    } else if (!is_controlled(situation)) {
        bool has_controller = route->controller_name[0] != '\0';

        add_finding(plan, FINDING_ROUTE_NOT_OWNED,
                    memory_format("a TLSRoute of this name exists and belongs to %s%s%s; it is "
                                  "left alone; delete or rename it, or rename the Pool",
                                  has_controller ? route->controller_kind : "nobody",
                                  has_controller ? " " : "",
                                  has_controller ? route->controller_name : ""));
    } else {
        plan->spec = route_spec_new(&wish);
        if (differs(route, plan->spec))
            plan->action = ROUTE_CHANGE;
    }
}

static void plan_unwanted(const struct route_case *situation, struct route_plan *plan)
{
    if (situation->route == NULL || situation->route->deleting || !is_controlled(situation))
        return;
    plan->action = situation->complete ? ROUTE_DELETE : ROUTE_WAIT;
}

/* What the API server would refuse is not sent; a route that exists stays as it is. */
static bool wish_is_good(const struct pool_message *pool, struct route_plan *plan)
{
    const char *problem = hostname_problem(pool->hostname);
    size_t shown = utf8_prefix(pool->hostname, SHOWN_BYTES);

    if (problem != NULL) {
        add_finding(plan, FINDING_HOSTNAME_INVALID,
                    memory_format("spec.route.hostname \"%.*s%s\" %s", (int)shown, pool->hostname,
                                  pool->hostname[shown] != '\0' ? "..." : "", problem));
        return false;
    }
    if (pool->gateway_name[0] == '\0' || pool->service_port == 0) {
        add_finding(plan, FINDING_HOSTNAME_INVALID,
                    memory_text(pool->gateway_name[0] == '\0'
                                    ? "spec.route.gatewayRef.name is missing"
                                    : "spec.service.port is 0"));
        return false;
    }
    return true;
}

/* By uid: a Pool that was deleted and created again is another one. */
static bool is_controlled(const struct route_case *situation)
{
    return situation->route->controller_uid[0] != '\0' &&
           strcmp(situation->route->controller_uid, situation->pool->uid) == 0;
}

static bool differs(const struct route_message *route, struct json_object *spec)
{
    char *wanted = route_spec_normal(spec);
    bool different = strcmp(wanted, route->spec) != 0;

    free(wanted);
    return different;
}

static void add_finding(struct route_plan *plan, enum finding_reason reason, char *text)
{
    if (plan->finding_count == FINDINGS_MAX)
        abort();
    plan->findings[plan->finding_count++] = (struct finding){reason, text};
}
