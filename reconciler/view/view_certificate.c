/* SPDX-License-Identifier: Apache-2.0 */
/* A Certificate's row compares the names it has with those it needs, as the work does it. */
#include "reconciler/view/view_certificate.h"

#include "reconciler/plan/certificate_plan.h"

#include <stdlib.h>

enum {
    NAMES_MAX = 100 /* in one list of a row */
};

static const char *state_of(const struct object *certificate, const struct injection_plan *,
                            const struct injection_state *);
static const char *contending_manager(const struct injection_state *);
static struct json_object *servers_of(const struct world *, const struct object *certificate);

void view_certificate(struct answer *answer, const struct view_sources *sources,
                      const struct object *certificate)
{
    struct json_object *row = row_of(certificate);
    const struct injection_state *state =
        injection_states_find(&sources->injections->states, certificate->key);
    struct injection_plan plan = {0};

    if (certificate->problem == NULL && object_message(certificate, MESSAGE_CERTIFICATE) != NULL) {
        plan = plan_certificate(sources->world, certificate);
        row_number(row, "namesWanted", plan.wanted);
        row_number(row, "namesPresent", plan.present);
        row_number(row, "namesInjected", plan.injected);
        row_texts(row, "names", &certificate->message.certificate.names, NAMES_MAX);
        row_texts(row, "missing", &plan.added, NAMES_MAX);
        row_texts(row, "withdrawing", &plan.removed, NAMES_MAX);
        row_texts(row, "leftOut", &plan.left_out, NAMES_MAX);
        row_text(row, "contender", contending_manager(state));
        json_object_object_add(row, "servers", servers_of(sources->world, certificate));
    }
    row_text(row, "state", state_of(certificate, &plan, state));
    answer_row(answer, row);
    injection_plan_clear(&plan);
}

static const char *state_of(const struct object *certificate, const struct injection_plan *plan,
                            const struct injection_state *state)
{
    if (certificate->problem != NULL || object_message(certificate, MESSAGE_CERTIFICATE) == NULL)
        return "unreadable";
    if (certificate->message.certificate.deleting)
        return "deleting";
    if (contending_manager(state) != NULL)
        return "contested";
    if (state != NULL && state->denial != NULL)
        return "denied";
    if (plan->left_out.count > 0)
        return "full";
    if (plan->added.count > 0)
        return "pending";
    if (plan->removed.count > 0)
        return "withdrawing";
    return plan->wanted > 0 ? "ok" : "off";
}

static const char *contending_manager(const struct injection_state *state)
{
    return state != NULL ? state->contending_manager : NULL;
}

static struct json_object *servers_of(const struct world *world, const struct object *certificate)
{
    struct json_object *list = json_object_new_array();
    size_t count;
    struct object *const *servers =
        relations_servers_of_certificate(&world->store.relations, certificate->key, &count);
    const struct object **sorted = row_sorted(servers, count);

    for (size_t i = 0; i < count && i < ROW_SERVERS_MAX; i++)
        json_object_array_add(list, json_object_new_string(sorted[i]->message.server.name));
    free(sorted);
    return list;
}
