/* SPDX-License-Identifier: Apache-2.0 */
/* TLSRoutes are shown as they are, ours and others', so that one sees who has a name. */
#include "reconciler/view/view_route.h"

#include "common/base/json.h"
#include "common/objects/abbreviation.h"
#include "reconciler/plan/decision.h"

#include <string.h>

static const char *state_of(const struct object *route, bool ours, const struct route_answer *);
static bool is_ours(const struct world *, const struct object *route);
static void add_spec(struct json_object *row, const char *spec);

void view_route(struct answer *answer, const struct view_sources *sources,
                const struct object *route)
{
    struct json_object *row = row_of(route);
    bool ours = is_ours(sources->world, route);
    struct route_answer said = decision_route_answer(sources->world, route);

    row_text(row, "state", state_of(route, ours, &said));
    if (object_message(route, MESSAGE_ROUTE) != NULL) {
        const struct route_message *message = &route->message.route;

        add_spec(row, message->spec);
        row_flag(row, "ours", ours);
        row_text(row, "owner", message->controller_name);
        row_text(row, "otherManager", message->other_manager);
        row_texts(row, "refusals", &said.refusals, SIZE_MAX);
    }
    route_answer_clear(&said);
    answer_row(answer, row);
}

static const char *state_of(const struct object *route, bool ours,
                            const struct route_answer *answer)
{
    const struct route_message *message = &route->message.route;

    if (route->problem != NULL || object_message(route, MESSAGE_ROUTE) == NULL)
        return "unreadable";
    if (message->deleting)
        return "deleting";
    if (!ours)
        return "foreign";
    if (answer->refusals.count > 0)
        return "refused";
    return answer->waiting != NULL ? "pending" : "ok";
}

static bool is_ours(const struct world *world, const struct object *route)
{
    const struct message *pool =
        object_message(store_find(&world->store, KIND_POOL, route->key), MESSAGE_POOL);

    return route->problem == NULL && object_message(route, MESSAGE_ROUTE) != NULL && pool != NULL &&
           strcmp(route->message.route.controller_uid, pool->pool.uid) == 0;
}

/* A spec that is not in normal form is not one of ours: its hostnames are not known. */
static void add_spec(struct json_object *row, const char *text)
{
    struct json_object *spec = abbreviation_decode(text);
    struct json_object *parent = json_item(json_at(spec, "parentRefs"), 0);

    json_object_object_add(row, "hostnames", json_object_get(json_at(spec, "hostnames")));
    row_text(row, "gateway", parent != NULL ? json_text_at(parent, "name") : NULL);
    json_object_put(spec);
}
