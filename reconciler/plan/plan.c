/* SPDX-License-Identifier: Apache-2.0 */
#include "reconciler/plan/plan.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/base/utf8.h"
#include "common/objects/hostname.h"
#include "common/objects/route_spec.h"
#include "common/objects/service_spec.h"

#include <stdlib.h>
#include <string.h>

enum {
    SHOWN_BYTES = 100, /* of a bad value in a finding, so that the log does not cut off its end */
    POOL_NAME_MAX = 58 /* so that "pool-NAME" is the name of a label: at most 63 */
};

static void plan_wanted(const struct route_inputs *, struct plan *);
static void plan_existing(const struct route_inputs *, const struct desired_route *, struct plan *);
static void plan_unwanted(const struct route_inputs *, struct plan *);
static bool desired_is_valid(const struct pool_message *, struct findings *);
static bool conflict_is_lost(const struct route_inputs *, struct plan *);
static bool may_be_touched(const struct pool_message *, const char *problem, struct findings *);
static bool route_is_ours(const struct route_inputs *);
static struct json_object *new_route(const struct desired_route *);
static bool route_differs(const struct route_message *, struct json_object *spec);
static void plan_own_service(const struct service_inputs *, struct plan *);
static bool service_differs(const struct service_message *, struct json_object *wanted);
static void check_backend(const struct service_inputs *, struct findings *);

struct plan plan_route(const struct route_inputs *inputs)
{
    struct plan plan = {.action = PLAN_KEEP};
    const struct pool_message *pool = inputs->pool;

    if (!may_be_touched(pool, inputs->pool_problem, &plan.findings))
        return plan;
    if (pool->route_enabled)
        plan_wanted(inputs, &plan);
    else
        plan_unwanted(inputs, &plan);
    return plan;
}

struct plan plan_service(const struct service_inputs *inputs)
{
    struct plan plan = {.action = PLAN_KEEP};
    const struct pool_message *pool = inputs->pool;
    struct findings told_by_route = {0};
    bool touch = may_be_touched(pool, inputs->pool_problem, &told_by_route);

    findings_clear(&told_by_route);
    if (!touch || !inputs->complete || pool->service_port == 0)
        return plan;
    if (inputs->policy == SERVICES_AUTO)
        plan_own_service(inputs, &plan);
    if (plan.action == PLAN_KEEP && pool->route_enabled)
        check_backend(inputs, &plan.findings);
    return plan;
}

bool plan_is_possible(const struct pool_message *pool)
{
    struct findings findings = {0};
    bool possible = desired_is_valid(pool, &findings);

    findings_clear(&findings);
    return possible;
}

bool plan_is_write(enum plan_action action)
{
    return action == PLAN_CREATE || action == PLAN_CHANGE || action == PLAN_DELETE;
}

const char *plan_action_name(enum plan_action action)
{
    static const char *const names[] = {
        [PLAN_KEEP] = "keep",     [PLAN_CREATE] = "create", [PLAN_CHANGE] = "change",
        [PLAN_DELETE] = "delete", [PLAN_WAIT] = "wait",
    };

    return names[action];
}

void plan_clear(struct plan *plan)
{
    json_object_put(plan->object);
    findings_clear(&plan->findings);
    *plan = (struct plan){0};
}

/* A Pool that is gone or going takes what it owns with it by garbage collection. */
static bool may_be_touched(const struct pool_message *pool, const char *problem,
                           struct findings *findings)
{
    if (problem != NULL) {
        findings_add(findings, FINDING_POOL_UNREADABLE,
                     memory_format("the Pool cannot be understood, so nothing of it is changed: %s",
                                   problem));
        return false;
    }
    if (pool == NULL || pool->deleting)
        return false;
    if (pool->paused)
        findings_add(
            findings, FINDING_PAUSED,
            memory_text(
                "nothing of this Pool is written or deleted while its annotation " OPENVOX_GROUP
                "/paused is \"true\""));
    return !pool->paused;
}

static void plan_wanted(const struct route_inputs *inputs, struct plan *plan)
{
    const struct pool_message *pool = inputs->pool;
    const struct desired_route desired = {
        .hostname = pool->hostname,
        .gateway_namespace = pool->gateway_namespace,
        .gateway_name = pool->gateway_name,
        .section_name = pool->section_name,
        .service = pool->name,
        .port = pool->service_port,
    };

    if (!desired_is_valid(pool, &plan->findings) || conflict_is_lost(inputs, plan))
        return;
    if (inputs->api_known && !inputs->api_served)
        findings_add(&plan->findings, FINDING_GATEWAY_API_MISSING,
                     memory_text("the Pool asks for a route, but no TLSRoute is served; install "
                                 "the Gateway API CRDs"));
    else if (!inputs->api_known || !inputs->complete)
        plan->action = PLAN_WAIT;
    else if (inputs->route_problem != NULL)
        findings_add(&plan->findings, FINDING_ROUTE_UNREADABLE,
                     memory_format("the TLSRoute cannot be understood, so it is left alone: %s",
                                   inputs->route_problem));
    else if (inputs->route != NULL)
        plan_existing(inputs, &desired, plan);
    else {
        plan->action = PLAN_CREATE;
        plan->object = new_route(&desired);
    }
}

static void plan_existing(const struct route_inputs *inputs, const struct desired_route *desired,
                          struct plan *plan)
{
    const struct route_message *route = inputs->route;

    if (route->deleting) {
        plan->action = PLAN_WAIT;
    } else if (route_is_ours(inputs)) {
        plan->object = new_route(desired);
        if (route_differs(route, json_at(plan->object, "spec")))
            plan->action = PLAN_CHANGE;
        TEXT_LIST_FOREACH (refusal, &route->refusals)
            findings_add(
                &plan->findings, FINDING_ROUTE_NOT_ACCEPTED,
                memory_format("the Gateway's controller refuses the TLSRoute: %s", refusal));
    } else {
        bool controlled = route->controller_name[0] != '\0';
        const char *manager = route->other_manager[0] != '\0' ? route->other_manager : "unknown";

        findings_add(&plan->findings, FINDING_ROUTE_NOT_OWNED,
                     memory_format("a TLSRoute of this name exists and belongs to %s%s%s (last "
                                   "written by %s); it is left alone; delete or rename it, or "
                                   "rename the Pool",
                                   controlled ? route->controller_kind : "nobody",
                                   controlled ? " " : "", controlled ? route->controller_name : "",
                                   manager));
    }
}

static void plan_unwanted(const struct route_inputs *inputs, struct plan *plan)
{
    if (inputs->route == NULL || inputs->route_problem != NULL || inputs->route->deleting ||
        !route_is_ours(inputs))
        return;
    plan->action = inputs->complete ? PLAN_DELETE : PLAN_WAIT;
}

/* What the API server would refuse is not sent; a route that exists stays as it is. */
static bool desired_is_valid(const struct pool_message *pool, struct findings *findings)
{
    const struct {
        const char *path, *value, *problem;
    } checks[] = {
        {"hostname", pool->hostname, hostname_problem(pool->hostname)},
        {"gatewayRef.name", pool->gateway_name,
         pool->gateway_name[0] == '\0' ? "is missing" : object_name_problem(pool->gateway_name)},
        {"gatewayRef.sectionName", pool->section_name,
         pool->section_name[0] == '\0' ? NULL : object_name_problem(pool->section_name)},
        {"gatewayRef.namespace", pool->gateway_namespace,
         pool->gateway_namespace[0] == '\0' ? NULL : label_name_problem(pool->gateway_namespace)},
    };
    size_t before = findings->count;

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        size_t shown = utf8_prefix(checks[i].value, SHOWN_BYTES);

        if (checks[i].problem != NULL)
            findings_add(findings, FINDING_HOSTNAME_INVALID,
                         memory_format("spec.route.%s \"%.*s%s\" %s", checks[i].path, (int)shown,
                                       checks[i].value, checks[i].value[shown] != '\0' ? "..." : "",
                                       checks[i].problem));
    }
    if (pool->service_port == 0)
        findings_add(findings, FINDING_HOSTNAME_INVALID, memory_text("spec.service.port is 0"));
    return findings->count == before;
}

/* Of those who want one name the oldest Pool gets it, as a Gateway would serve the oldest route. */
static bool conflict_is_lost(const struct route_inputs *inputs, struct plan *plan)
{
    if (inputs->rival == NULL)
        return false;
    findings_add(&plan->findings, FINDING_HOSTNAME_CONFLICT,
                 memory_format("the Pool %s has the hostname %s at the same Gateway; %s",
                               inputs->rival, inputs->rival_hostname,
                               inputs->yields
                                   ? "it is older, so this Pool gets its route when that is free"
                                   : "a Gateway serves only one of them for a name"));
    if (inputs->yields)
        plan_unwanted(inputs, plan);
    return inputs->yields;
}

/* By uid: a Pool that was deleted and created again is another one. */
static bool route_is_ours(const struct route_inputs *inputs)
{
    return inputs->route->controller_uid[0] != '\0' &&
           strcmp(inputs->route->controller_uid, inputs->pool->uid) == 0;
}

static struct json_object *new_route(const struct desired_route *desired)
{
    struct json_object *route = json_object_new_object();
    struct json_object *metadata = json_object_new_object();
    struct json_object *labels = json_object_new_object();

    json_object_object_add(labels, "app.kubernetes.io/managed-by",
                           json_object_new_string(FIELD_MANAGER));
    json_object_object_add(metadata, "labels", labels);
    json_object_object_add(route, "metadata", metadata);
    json_object_object_add(route, "spec", route_spec_new(desired));
    return route;
}

static bool route_differs(const struct route_message *route, struct json_object *spec)
{
    char *wanted = route_spec_normal(spec);
    bool different = strcmp(wanted, route->spec) != 0;

    free(wanted);
    return different;
}

/* A Service that somebody else made, or has changed since, is theirs. */
static void plan_own_service(const struct service_inputs *inputs, struct plan *plan)
{
    const struct pool_message *pool = inputs->pool;
    const struct service_message *service = inputs->service;
    const char *problem = label_name_problem(pool->name);
    struct json_object *spec;

    if (service != NULL && (service->deleting || service->other_manager[0] != '\0' ||
                            strcmp(service->controller_uid, pool->uid) != 0))
        return;
    if (pool->service_too_long) {
        findings_add(&plan->findings, FINDING_BACKEND_MISSING,
                     memory_text("spec.service of the Pool is longer than 8192 bytes, so tlsrouted "
                                 "does not make or change the Service; shorten its annotations"));
        return;
    }
    if (problem == NULL && strlen(pool->name) > POOL_NAME_MAX)
        problem = "is longer than 58 characters, too long for the label of its Servers";
    if (service == NULL && problem != NULL) {
        findings_add(&plan->findings, FINDING_BACKEND_MISSING,
                     memory_format("no Service can have the Pool's name, which %s; rename the Pool",
                                   problem));
        return;
    }
    spec = json_decode(pool->service, strlen(pool->service), &problem);
    plan->object = service_spec_new(pool->name, spec, pool->service_port);
    json_object_put(spec);
    if (service == NULL)
        plan->action = PLAN_CREATE;
    else if (service_differs(service, plan->object))
        plan->action = PLAN_CHANGE;
}

static bool service_differs(const struct service_message *service, struct json_object *wanted)
{
    char *text = service_spec_normal(wanted);
    struct json_object *port = json_item(json_at(wanted, "spec.ports"), 0);
    uint64_t node_port = json_object_get_uint64(json_at(port, "nodePort"));
    bool different =
        strcmp(text, service->spec) != 0 || (node_port != 0 && node_port != service->node_port);

    free(text);
    return different;
}

static void check_backend(const struct service_inputs *inputs, struct findings *findings)
{
    const struct pool_message *pool = inputs->pool;
    char *port = memory_format("%llu", (unsigned long long)pool->service_port);

    if (inputs->service == NULL && findings->count == 0)
        findings_add(findings, FINDING_BACKEND_MISSING,
                     memory_format("the Service %s does not exist, so the route leads nowhere; "
                                   "create it, or set services: auto",
                                   pool->name));
    else if (inputs->service != NULL && !text_list_has(&inputs->service->ports, port))
        findings_add(findings, FINDING_BACKEND_MISSING,
                     memory_format("the Service %s has no TCP port %s; add it, or correct "
                                   "spec.service.port of the Pool",
                                   pool->name, port));
    free(port);
}
