/* SPDX-License-Identifier: Apache-2.0 */
/* What the planners of TLSRoutes and of Services have in common: the shape of their result, and
 * when a Pool is not to be touched at all. */
#include "reconciler/plan/plan.h"

#include "common/base/memory.h"

#include <stdlib.h>

bool plan_is_write(enum plan_action action)
{
    return action == PLAN_CREATE || action == PLAN_CHANGE || action == PLAN_DELETE;
}

const char *plan_action_name(enum plan_action action)
{
    static const char *const names[PLAN_ACTIONS] = {
        [PLAN_KEEP] = "keep",     [PLAN_CREATE] = "create", [PLAN_CHANGE] = "change",
        [PLAN_DELETE] = "delete", [PLAN_WAIT] = "wait",
    };

    return names[action];
}

/* Garbage collection deletes what a Pool owns that is gone or being deleted. */
bool plan_may_touch(const struct pool_message *pool, const char *problem, struct findings *findings)
{
    if (problem != NULL) {
        findings_add(
            findings, FINDING_POOL_UNREADABLE,
            memory_format("the Pool cannot be read, so nothing is changed for it: %s", problem));
        return false;
    }
    if (pool == NULL || pool->deleting)
        return false;
    if (pool->paused)
        findings_add(findings, FINDING_PAUSED,
                     memory_text("the Pool is paused: nothing is written or deleted for it while "
                                 "its annotation " OPENVOX_GROUP "/paused is \"true\""));
    return !pool->paused;
}

uint64_t plan_content(const struct plan *plan)
{
    return plan->content != 0 ? plan->content : PLAN_NOTHING;
}

void plan_clear(struct plan *plan)
{
    json_object_put(plan->object);
    json_object_put(plan->changes);
    findings_clear(&plan->findings);
    *plan = (struct plan){0};
}
