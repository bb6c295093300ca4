/* SPDX-License-Identifier: Apache-2.0 */
/* Shows the bodies of the requests themselves, made by the same functions as those that are sent,
 * so that what is shown cannot differ from what happens. */
#include "reconciler/view/view_diff.h"

#include "common/objects/json_patch.h"
#include "reconciler/plan/certificate_plan.h"
#include "reconciler/write/apply.h"

static void add_request(struct answer *, const struct view_sources *, const struct object *pool,
                        const struct plan *, enum kind);
static struct json_object *names_patch(const struct text_list *names);

void view_diff(struct answer *answer, const struct view_sources *sources, const struct object *pool)
{
    struct decision decision = pools_decide(sources->pools, pool);

    add_request(answer, sources, pool, &decision.service, KIND_SERVICE);
    add_request(answer, sources, pool, &decision.route, KIND_ROUTE);
    decision_clear(&decision);
}

static void add_request(struct answer *answer, const struct view_sources *sources,
                        const struct object *pool, const struct plan *plan, enum kind kind)
{
    static const char *const types[PLAN_ACTIONS] = {[PLAN_CREATE] = "application/json",
                                                    [PLAN_CHANGE] = JSON_PATCH_TYPE,
                                                    [PLAN_DELETE] = "application/json"};
    const struct apply_target target = apply_target_of(sources->world, pool, kind);
    struct json_object *row;

    if (!plan_is_write(plan->action))
        return;
    row = row_of(pool);
    row_text(row, "kind", kind_names(kind)->name);
    row_text(row, "action", plan_action_name(plan->action));
    row_text(row, "contentType", types[plan->action]);
    if (plan->action == PLAN_CREATE)
        json_object_object_add(row, "body", apply_create_body(plan, &target));
    else if (plan->action == PLAN_CHANGE)
        json_object_object_add(row, "body", apply_change_body(plan, &target));
    else
        json_object_object_add(row, "body", apply_delete_body(&target));
    answer_row(answer, row);
}

/* The certpatcher decides again from what it reads itself, and writes these names if it comes to
 * the same. */
void view_certificate_diff(struct answer *answer, const struct view_sources *sources,
                           const struct object *certificate)
{
    const struct injection_state *state =
        injection_states_find(&sources->injections->states, certificate->key);
    struct injection_plan plan;

    if (certificate->problem != NULL || object_message(certificate, MESSAGE_CERTIFICATE) == NULL)
        return;
    plan = plan_certificate(sources->world, certificate);
    if (injection_is_due(&plan)) {
        struct json_object *row = row_of(certificate);

        row_text(row, "kind", kind_names(KIND_CERTIFICATE)->name);
        row_text(row, "action", plan_action_name(PLAN_CHANGE));
        row_text(row, "contentType", JSON_PATCH_TYPE);
        json_object_object_add(row, "body", names_patch(&plan.names));
        row_texts(row, "added", &plan.added, SIZE_MAX);
        row_texts(row, "removed", &plan.removed, SIZE_MAX);
        row_flag(row, "waits", state != NULL && state->waiting);
        answer_row(answer, row);
    }
    injection_plan_clear(&plan);
}

static struct json_object *names_patch(const struct text_list *names)
{
    struct json_object *patch = json_object_new_array(), *value = json_object_new_array();

    TEXT_LIST_FOREACH (name, names)
        json_object_array_add(value, json_object_new_string(name));
    json_patch_add(patch, "add", "/spec/dnsAltNames", value);
    return patch;
}
