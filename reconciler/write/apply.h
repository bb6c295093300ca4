/* SPDX-License-Identifier: Apache-2.0 */
/* Turns a plan into the one request that carries it out. */
#ifndef TLSROUTED_RECONCILER_WRITE_APPLY_H
#define TLSROUTED_RECONCILER_WRITE_APPLY_H

#include "common/api/api.h"
#include "reconciler/plan/plan.h"
#include "reconciler/world/world.h"

/* The object that a plan is about: it has the Pool's name and namespace and is controlled by it. */
struct apply_target {
    enum kind kind;      /* KIND_ROUTE or KIND_SERVICE */
    const char *version; /* of its API; NULL: the kind's own */
    const struct pool_message *pool;
    const struct object_head *existing; /* the object, for CHANGE and DELETE, ... */
    const struct object_owner *owner;   /* ... and who owns it; else NULL */
    bool dry_run;                       /* the server only says what it would do */
    bool is_guarded;                    /* a change is only made in the version that is known */
};

/* The object of KIND that a plan for POOL is about. Valid until the world changes. */
struct apply_target apply_target_of(const struct world *world, const struct object *pool,
                                    enum kind kind);

/* Sends what PLAN says (CREATE, CHANGE or DELETE) about TARGET. DONE is called with the result and
 * CONTEXT.
 *
 * Nobody else's object can be changed by a race: a change is a JSON Patch (RFC 6902) that tests the
 * uid and the owner, a delete has uid and resourceVersion as preconditions. */
void apply_plan(struct api *api, const struct plan *plan, const struct apply_target *target,
                api_done *done, void *context);

/* Pure: the body of each of the requests. New references. */
struct json_object *apply_create_body(const struct plan *plan, const struct apply_target *target);
struct json_object *apply_change_body(const struct plan *plan, const struct apply_target *target);
struct json_object *apply_delete_body(const struct apply_target *target);

#endif
