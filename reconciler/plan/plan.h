/* SPDX-License-Identifier: Apache-2.0 */
/* What has to be done about one of a Pool's objects, and why: what the planners return. */
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
    PLAN_WAIT, /* until the watcher brings what is missing, or a contention allows a write */
    PLAN_ACTIONS
};

struct plan {
    enum plan_action action;
    struct json_object *object;  /* CREATE and CHANGE: the desired metadata and spec; owned */
    struct json_object *changes; /* CHANGE of a Service: operations of a JSON Patch; owned */
    uint64_t content;            /* of OBJECT, as contentions know it: its digest, or 0 */
    struct findings findings;
};

/* Whether ACTION is a request to the API server. */
bool plan_is_write(enum plan_action action);

/* "keep", "create", ... */
const char *plan_action_name(enum plan_action action);

/* Whether anything of POOL may be written or deleted. POOL is NULL if it could never be read,
 * PROBLEM says why its newest version cannot be, or is NULL. Adds to FINDINGS why not. */
bool plan_may_touch(const struct pool_message *pool, const char *problem,
                    struct findings *findings);

#define PLAN_NOTHING UINT64_MAX /* for the content of an object that is deleted */

/* What a write by PLAN makes of its object, as contentions know it. */
uint64_t plan_content(const struct plan *plan);

void plan_clear(struct plan *plan);

#endif
