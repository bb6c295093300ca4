/* SPDX-License-Identifier: Apache-2.0 */
/* What would be written now: the requests' own bodies. */
#include "common/base/clock.h"
#include "common/base/memory.h"
#include "common/objects/json_patch.h"
#include "reconciler/view/view.h"

#include <stdlib.h>

static void add_request(struct answer *, const struct reconciler *, const struct object *pool,
                        const struct plan *, enum kind);

void view_diff(struct answer *answer, const struct reconciler *reconciler,
               const struct object *pool)
{
    struct decision decision = decide(reconciler, pool, clock_seconds());

    add_request(answer, reconciler, pool, &decision.service, KIND_SERVICE);
    add_request(answer, reconciler, pool, &decision.route, KIND_ROUTE);
    decision_clear(&decision);
}

static void add_request(struct answer *answer, const struct reconciler *reconciler,
                        const struct object *pool, const struct plan *plan, enum kind kind)
{
    static const char *const types[] = {[PLAN_CREATE] = "application/json",
                                        [PLAN_CHANGE] = JSON_PATCH_TYPE,
                                        [PLAN_DELETE] = "application/json"};
    const struct apply_target target = decision_target(reconciler, pool, kind);
    struct json_object *row;

    if (!plan_is_write(plan->action))
        return;
    row = view_row(pool);
    view_text(row, "kind", kind_names(kind)->name);
    view_text(row, "action", plan_action_name(plan->action));
    view_text(row, "contentType", types[plan->action]);
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
void view_certificate_diff(struct answer *answer, const struct reconciler *reconciler,
                           const struct object *certificate)
{
    struct injection_plan plan;
    struct json_object *row;

    if (certificate->problem != NULL || known(certificate, MESSAGE_CERTIFICATE) == NULL)
        return;
    plan = injections_plan(reconciler, certificate);
    if (injection_is_due(&plan)) {
        struct json_object *patch = json_object_new_array(), *names = json_object_new_object();

        row = view_row(certificate);
        view_text(row, "kind", kind_names(KIND_CERTIFICATE)->name);
        view_text(row, "action", plan_action_name(PLAN_CHANGE));
        view_text(row, "contentType", JSON_PATCH_TYPE);
        view_texts(names, "value", &plan.names, SIZE_MAX);
        json_patch_add(patch, "add", "/spec/dnsAltNames",
                       json_object_get(json_object_object_get(names, "value")));
        json_object_put(names);
        json_object_object_add(row, "body", patch);
        view_texts(row, "added", &plan.added, SIZE_MAX);
        view_texts(row, "removed", &plan.removed, SIZE_MAX);
        view_flag(row, "waits", injections_state(reconciler, certificate->key).waiting);
        answer_row(answer, row);
    }
    injection_plan_clear(&plan);
}
