/* SPDX-License-Identifier: Apache-2.0 */
/* A route needs a Service to lead to. Whether that is ours to make depends on who made the one that
 * exists and on the configuration; a Service that is missing is reported either way. */
#include "reconciler/plan/service_plan.h"

#include "common/base/memory.h"
#include "common/objects/abbreviation.h"
#include "common/objects/contention.h"
#include "common/objects/hostname.h"
#include "common/objects/service_spec.h"
#include "reconciler/plan/service_changes.h"

#include <stdlib.h>
#include <string.h>

enum {
    POOL_NAME_MAX = 58 /* so that "pool-NAME" is the name of a label: at most 63 */
};

static void plan_own_service(const struct service_inputs *, struct plan *);
static bool is_others(const struct service_message *, const struct pool_message *,
                      struct findings *);
static void add_foreign(const struct service_message *, const struct service_changes *,
                        struct findings *);
static char *why_impossible(const struct service_inputs *);
static void plan_existing(const struct service_message *, const char *desired, struct plan *);
static void check_backend(const struct service_inputs *, struct findings *);
static void add_port_missing(const struct service_message *, const char *port, struct findings *);

struct plan plan_service(const struct service_inputs *inputs)
{
    struct plan plan = {.action = PLAN_KEEP};
    const struct pool_message *pool = inputs->pool;
    struct findings reported_with_route = {0};
    bool may_touch = plan_may_touch(pool, inputs->pool_problem, &reported_with_route);

    findings_clear(&reported_with_route);
    if (!may_touch || !inputs->complete || pool->service_port == 0)
        return plan;
    if (inputs->policy == SERVICES_AUTO)
        plan_own_service(inputs, &plan);
    if (plan.action == PLAN_KEEP && pool->route_enabled)
        check_backend(inputs, &plan.findings);
    return plan;
}

static void plan_own_service(const struct service_inputs *inputs, struct plan *plan)
{
    const struct pool_message *pool = inputs->pool;
    const struct service_message *service = inputs->service;
    struct json_object *spec;
    char *impossible, *normal;

    if (service != NULL && is_others(service, pool, &plan->findings))
        return;
    impossible = why_impossible(inputs);
    if (impossible != NULL) {
        findings_add(&plan->findings, FINDING_BACKEND_MISSING, impossible);
        return;
    }
    spec = abbreviation_decode(pool->service);
    service_fields_deny(spec, &inputs->fields, &plan->findings);
    plan->object = service_spec_new(pool->name, spec, pool->service_port);
    json_object_put(spec);
    normal = service_spec_desired(plan->object);
    plan->content = contention_digest(normal);
    if (service == NULL)
        plan->action = PLAN_CREATE;
    else
        plan_existing(service, normal, plan);
    free(normal);
}

/* Somebody else made it or is deleting it, or none of its fields is ours. */
static bool is_others(const struct service_message *service, const struct pool_message *pool,
                      struct findings *findings)
{
    if (service->deleting || strcmp(service->controller_uid, pool->uid) != 0)
        return true;
    if (service->spec[0] == '\0')
        findings_add(findings, FINDING_SERVICE_FIELD_NOT_OWNED,
                     memory_format("the Service %s has so many labels, annotations or ports that "
                                   "it is left alone; remove those that are not needed",
                                   service->name));
    return service->owners[0] == '\0';
}

static void plan_existing(const struct service_message *service, const char *desired,
                          struct plan *plan)
{
    struct service_changes changes = service_changes(service, desired);

    if (json_object_array_length(changes.patch) > 0) {
        plan->action = PLAN_CHANGE;
        plan->changes = json_object_get(changes.patch);
    }
    if (changes.foreign != NULL)
        add_foreign(service, &changes, &plan->findings);
    service_changes_clear(&changes);
}

static void add_foreign(const struct service_message *service,
                        const struct service_changes *changes, struct findings *findings)
{
    bool one = changes->foreign_count == 1;
    char *shown = one ? memory_text("") : memory_format(" %u fields", changes->foreign_count);

    findings_add(findings, FINDING_SERVICE_FIELD_NOT_OWNED,
                 memory_format("others have set%s%s of the Service %s to something else than the "
                               "Pool asks for, so %s left alone: %s; let them set what the Pool "
                               "asks for or remove it there, or change spec.service of the Pool",
                               shown, one ? " a field" : "", service->name,
                               one ? "it is" : "they are", changes->foreign));
    free(shown);
}

/* Why no Service can be made of what the Pool asks for, or NULL; the caller frees it. */
static char *why_impossible(const struct service_inputs *inputs)
{
    const char *name = inputs->pool->name, *problem = label_name_problem(name);

    if (inputs->pool->service_too_long)
        return memory_text("spec.service of the Pool is longer than 8192 bytes, so the Service is "
                           "neither created nor changed; shorten its annotations");
    if (problem == NULL && strlen(name) > POOL_NAME_MAX)
        problem = "is longer than 58 characters, too long for the label of its Servers";
    if (inputs->service == NULL && problem != NULL)
        return memory_format(
            "no Service can have the Pool's name, which %s; give the Pool another name", problem);
    return NULL;
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
        add_port_missing(inputs->service, port, findings);
    free(port);
}

static void add_port_missing(const struct service_message *service, const char *port,
                             struct findings *findings)
{
    bool is_foreign = service->owners[0] == '\0' && service->other_manager[0] != '\0';

    findings_add(findings, FINDING_BACKEND_MISSING,
                 memory_format("the Service %s has no TCP port %s; add the port, or correct "
                               "spec.service.port of the Pool%s%s",
                               service->name, port,
                               is_foreign ? "; the Service was last written by " : "",
                               is_foreign ? service->other_manager : ""));
}
