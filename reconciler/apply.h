/* From a plan to the one request that carries it out. */
#ifndef TLSROUTED_RECONCILER_APPLY_H
#define TLSROUTED_RECONCILER_APPLY_H

#include "common/api.h"
#include "reconciler/plan.h"

/* Sends what PLAN says (CREATE, CHANGE or DELETE) about the TLSRoute of POOL, in the API VERSION;
 * ROUTE is the existing one for CHANGE and DELETE. DONE is called with the result and CONTEXT.
 *
 * Nobody else's object can be changed by a race: a change is a JSON Patch (RFC 6902) that tests the
 * uid and the owner, a delete has uid and resourceVersion as preconditions. */
void apply_plan(struct api *api, const struct route_plan *plan, const struct pool_message *pool,
                const struct route_message *route, const char *version, api_done *done,
                void *context);

/* Pure: the body of each of the requests. New references. */
struct json_object *apply_create_body(const struct route_plan *plan,
                                      const struct pool_message *pool, const char *version);
struct json_object *apply_change_body(const struct route_plan *plan,
                                      const struct pool_message *pool,
                                      const struct route_message *route);
struct json_object *apply_delete_body(const struct route_message *route);

#endif
