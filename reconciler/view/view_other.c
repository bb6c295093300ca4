/* SPDX-License-Identifier: Apache-2.0 */
/* What is told about TLSRoutes and Certificates. */
#include "common/base/json.h"
#include "common/base/memory.h"
#include "reconciler/view/view.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAMES_SHOWN = 100
};

static const char *route_state(const struct reconciler *, const struct object *route, bool *ours);
static void add_spec(struct json_object *row, const char *spec);
static const char *certificate_state(const struct object *, const struct injection_plan *,
                                     const struct injections_state *);
static struct json_object *servers_of(const struct reconciler *, const struct object *certificate);

void view_route(struct answer *answer, const struct reconciler *reconciler,
                const struct object *route)
{
    struct json_object *row = view_row(route);
    bool ours = false;
    const char *state = route_state(reconciler, route, &ours);

    view_text(row, "state", state);
    if (known(route, MESSAGE_ROUTE) != NULL) {
        const struct route_message *message = &route->message.route;

        add_spec(row, message->spec);
        view_flag(row, "ours", ours);
        view_text(row, "owner", message->controller_name);
        view_text(row, "otherManager", message->other_manager);
        view_texts(row, "refusals", &message->refusals, SIZE_MAX);
    }
    answer_row(answer, row);
}

static const char *route_state(const struct reconciler *reconciler, const struct object *route,
                               bool *ours)
{
    const struct message *pool =
        known(store_find(&reconciler->store, KIND_POOL, route->key), MESSAGE_POOL);
    const struct route_message *message = &route->message.route;

    if (route->problem != NULL || known(route, MESSAGE_ROUTE) == NULL)
        return "unreadable";
    *ours = pool != NULL && strcmp(message->controller_uid, pool->pool.uid) == 0;
    if (message->deleting)
        return "deleting";
    if (!*ours)
        return "foreign";
    return message->refusals.count > 0 ? "refused" : "ok";
}

/* What is not in normal form is not one of ours: its hostnames are not known. */
static void add_spec(struct json_object *row, const char *text)
{
    const char *problem;
    struct json_object *spec = json_decode(text, strlen(text), &problem);
    struct json_object *parent = json_item(json_at(spec, "parentRefs"), 0);

    json_object_object_add(row, "hostnames", json_object_get(json_at(spec, "hostnames")));
    view_text(row, "gateway", parent != NULL ? json_text_at(parent, "name") : NULL);
    json_object_put(spec);
}

void view_certificate(struct answer *answer, const struct reconciler *reconciler,
                      const struct object *certificate)
{
    struct json_object *row = view_row(certificate);
    const struct injections_state state = injections_state(reconciler, certificate->key);
    struct injection_plan plan = {0};

    if (certificate->problem == NULL && known(certificate, MESSAGE_CERTIFICATE) != NULL) {
        plan = injections_plan(reconciler, certificate);
        view_number(row, "namesWanted", plan.wanted);
        view_number(row, "namesPresent", plan.present);
        view_number(row, "namesInjected", plan.injected);
        view_texts(row, "names", &certificate->message.certificate.names, NAMES_SHOWN);
        view_texts(row, "missing", &plan.added, NAMES_SHOWN);
        view_texts(row, "withdrawing", &plan.removed, NAMES_SHOWN);
        view_texts(row, "leftOut", &plan.left_out, NAMES_SHOWN);
        view_text(row, "contender", state.contender);
        json_object_object_add(row, "servers", servers_of(reconciler, certificate));
    }
    view_text(row, "state", certificate_state(certificate, &plan, &state));
    answer_row(answer, row);
    injection_plan_clear(&plan);
}

static const char *certificate_state(const struct object *certificate,
                                     const struct injection_plan *plan,
                                     const struct injections_state *state)
{
    if (certificate->problem != NULL || known(certificate, MESSAGE_CERTIFICATE) == NULL)
        return "unreadable";
    if (certificate->message.certificate.deleting)
        return "deleting";
    if (state->contender != NULL)
        return "contested";
    if (plan->left_out.count > 0)
        return "full";
    if (plan->added.count > 0)
        return "pending";
    if (plan->removed.count > 0)
        return "withdrawing";
    return plan->wanted > 0 ? "ok" : "off";
}

static struct json_object *servers_of(const struct reconciler *reconciler,
                                      const struct object *certificate)
{
    struct json_object *list = json_object_new_array();
    size_t count;
    struct object *const *servers =
        store_servers_of_certificate(&reconciler->store, certificate->key, &count);
    const struct object **sorted = view_sorted(servers, count);

    for (size_t i = 0; i < count && i < VIEW_SERVERS_MAX; i++)
        json_object_array_add(list, json_object_new_string(sorted[i]->message.server.name));
    free(sorted);
    return list;
}
