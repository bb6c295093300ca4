/* SPDX-License-Identifier: Apache-2.0 */
/* The rules by which a TLSRoute is created, changed, deleted or left alone. They stand here and
 * nowhere else; the writes, `tlsroutectl explain` and the Events all follow from this plan. */
#include "reconciler/plan/route_plan.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/base/utf8.h"
#include "common/objects/abbreviation.h"
#include "common/objects/contention.h"
#include "common/objects/hostname.h"
#include "common/objects/key.h"
#include "common/objects/route_spec.h"

#include <stdlib.h>
#include <string.h>

enum {
    SHOWN_BYTES = 100, /* of an invalid value in a finding, so that the log keeps its end */
};

static void plan_wanted(const struct route_inputs *, struct plan *);
static void plan_existing(const struct route_inputs *, const struct desired_route *, struct plan *);
static void plan_unwanted(const struct route_inputs *, struct plan *);
static bool is_valid(const struct pool_message *, struct findings *);
static bool is_lost_to_rival(const struct route_inputs *, struct findings *);
static void add_overlaps(const struct route_inputs *, struct findings *);
static void add_of_other(const struct route_inputs *, struct findings *, enum finding_reason,
                         const char *other, char *rest, char *note_rest);
static void add_not_owned(const struct route_message *, const struct pool_message *,
                          struct findings *);
static const char *want(const struct desired_route *, struct plan *);
static struct json_object *new_route(const struct desired_route *);

struct plan plan_route(const struct route_inputs *inputs)
{
    struct plan plan = {.action = PLAN_KEEP};
    const struct pool_message *pool = inputs->pool;

    if (!plan_may_touch(pool, inputs->pool_problem, &plan.findings))
        return plan;
    if (pool->route_enabled)
        plan_wanted(inputs, &plan);
    else
        plan_unwanted(inputs, &plan);
    return plan;
}

bool plan_route_is_possible(const struct pool_message *pool)
{
    struct findings findings = {0};
    bool possible = is_valid(pool, &findings);

    findings_clear(&findings);
    return possible;
}

bool plan_route_is_own(const struct route_message *route, const struct pool_message *pool)
{
    return route->controller_uid[0] != '\0' && strcmp(route->controller_uid, pool->uid) == 0;
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

    if (!is_valid(pool, &plan->findings))
        return;
    if (is_lost_to_rival(inputs, &plan->findings)) {
        plan_unwanted(inputs, plan);
        return;
    }
    add_overlaps(inputs, &plan->findings);
    if (inputs->api_known && !inputs->api_served)
        findings_add(&plan->findings, FINDING_GATEWAY_API_MISSING,
                     memory_text("the cluster does not serve TLSRoute, so the Pool cannot have its "
                                 "route; install the Gateway API CRDs"));
    else if (!inputs->api_known || !inputs->complete)
        plan->action = PLAN_WAIT;
    else if (inputs->route_problem != NULL)
        findings_add(&plan->findings, FINDING_ROUTE_UNREADABLE,
                     memory_format("the TLSRoute cannot be read, so it is left alone: %s",
                                   inputs->route_problem));
    else if (inputs->route != NULL)
        plan_existing(inputs, &desired, plan);
    else {
        plan->action = PLAN_CREATE;
        want(&desired, plan);
    }
}

static void plan_existing(const struct route_inputs *inputs, const struct desired_route *desired,
                          struct plan *plan)
{
    const struct route_message *route = inputs->route;

    if (route->deleting) {
        plan->action = PLAN_WAIT;
    } else if (!plan_route_is_own(route, inputs->pool)) {
        add_not_owned(route, inputs->pool, &plan->findings);
    } else {
        if (!abbreviation_is_of(route->spec, want(desired, plan)))
            plan->action = PLAN_CHANGE;
        TEXT_LIST_FOREACH (refusal, inputs->refusals)
            findings_add(
                &plan->findings, FINDING_ROUTE_NOT_ACCEPTED,
                memory_format("the Gateway's controller refuses the TLSRoute: %s", refusal));
    }
}

static void plan_unwanted(const struct route_inputs *inputs, struct plan *plan)
{
    if (inputs->route == NULL || inputs->route_problem != NULL || inputs->route->deleting ||
        !plan_route_is_own(inputs->route, inputs->pool))
        return;
    plan->action = inputs->complete ? PLAN_DELETE : PLAN_WAIT;
}

/* What the API server would refuse is not sent; a route that exists stays as it is. */
static bool is_valid(const struct pool_message *pool, struct findings *findings)
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

/* Who has a TLSRoute with the hostname keeps it, whatever others do. */
static bool is_lost_to_rival(const struct route_inputs *inputs, struct findings *findings)
{
    const struct conflict *conflict = &inputs->conflict;
    const char *outcome = ", which serves a name for only one of them";
    const char *verb = "asks for";

    if (conflict->rival == NULL)
        return false;
    if (conflict->rival_wins) {
        verb = "has";
        outcome = inputs->holds ? ": its TLSRoute, or the Pool itself, is older; this Pool's "
                                  "TLSRoute stays, but the Gateway serves the other"
                                : ": its TLSRoute, or the Pool itself, is older; this Pool gets "
                                  "its route when the hostname is free";
    }
    add_of_other(inputs, findings, FINDING_HOSTNAME_CONFLICT, conflict->rival,
                 memory_format(" %s the hostname %s at the same Gateway%s", verb,
                               inputs->pool->hostname, outcome),
                 NULL);
    return conflict->rival_wins && !inputs->holds;
}

static void add_overlaps(const struct route_inputs *inputs, struct findings *findings)
{
    static const char both[] = "both have their routes, and the Gateway serves a name by the more "
                               "specific one";
    const struct conflict *conflict = &inputs->conflict;
    const char *hostname = inputs->pool->hostname;

    if (conflict->covering != NULL)
        add_of_other(inputs, findings, FINDING_HOSTNAME_OVERLAPS, conflict->covering,
                     memory_format(" has the wildcard %s at the same Gateway, which covers %s; %s",
                                   conflict->covering_hostname, hostname, both),
                     memory_format(" has a wildcard at the same Gateway that covers %s; %s",
                                   hostname, both));
    if (conflict->covered != NULL)
        add_of_other(inputs, findings, FINDING_HOSTNAME_OVERLAPS, conflict->covered,
                     memory_format(" has the hostname %s at the same Gateway, which %s covers; %s",
                                   conflict->covered_hostname, hostname, both),
                     memory_format(" has a hostname at the same Gateway that %s covers; %s",
                                   hostname, both));
}

/* Adds a sentence that begins with the Pool OTHER. REST and NOTE_REST, its rest for the
 * administrator and for the Pool's namespace (NULL: the same), are taken over. */
static void add_of_other(const struct route_inputs *inputs, struct findings *findings,
                         enum finding_reason reason, const char *other, char *rest, char *note_rest)
{
    char *note = NULL;

    if (!key_is_in(other, inputs->pool->namespace))
        note = memory_format("a Pool of another namespace%s", note_rest != NULL ? note_rest : rest);
    findings_add_noted(findings, reason, memory_format("the Pool %s%s", other, rest), note);
    free(rest);
    free(note_rest);
}

/* An earlier Pool of the same name had another uid. (Kubernetes, "Garbage Collection") */
static void add_not_owned(const struct route_message *route, const struct pool_message *pool,
                          struct findings *findings)
{
    bool controlled = route->controller_name[0] != '\0';

    if (strcmp(route->controller_kind, "Pool") == 0 &&
        strcmp(route->controller_name, pool->name) == 0)
        findings_add(findings, FINDING_ROUTE_NOT_OWNED,
                     memory_format("the TLSRoute belongs to an earlier Pool %s, which was deleted; "
                                   "wait for the cluster's garbage collector to delete it: then "
                                   "this Pool gets its own",
                                   pool->name));
    else
        findings_add(
            findings, FINDING_ROUTE_NOT_OWNED,
            memory_format("a TLSRoute with this name exists and belongs to %s%s%s (last "
                          "written by %s); it is left alone; delete it, or give the Pool another "
                          "name",
                          controlled ? route->controller_kind : "nobody", controlled ? " " : "",
                          controlled ? route->controller_name : "",
                          route->other_manager[0] != '\0' ? route->other_manager : "unknown"));
}

/* Returns the spec in normal form, borrowed from PLAN. */
static const char *want(const struct desired_route *desired, struct plan *plan)
{
    const char *spec;

    plan->object = new_route(desired);
    spec = json_encode(json_at(plan->object, "spec"));
    plan->content = contention_digest(spec);
    return spec;
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
