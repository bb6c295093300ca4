/* SPDX-License-Identifier: Apache-2.0 */
/* What nobody wants is shown too: a person who moves in sees what is left over. */
#include "reconciler/view/view_adoption.h"

#include "common/base/json.h"
#include "reconciler/plan/certificate_plan.h"

enum {
    NAMES_MAX = 100, /* in a row */
    POOLS_MAX = 3    /* of one name */
};

static struct json_object *names_of(const struct adoption_plan *);

void view_adoption(struct answer *answer, const struct view_sources *sources,
                   const struct object *certificate)
{
    struct json_object *row = row_of(certificate);
    struct adoption_plan plan = {0};

    if (certificate->problem == NULL && object_message(certificate, MESSAGE_CERTIFICATE) != NULL)
        plan = plan_adoption(sources->world, certificate);
    json_object_object_add(row, "names", names_of(&plan));
    answer_row(answer, row);
    adoption_plan_clear(&plan);
}

/* Those that can be adopted are first: where there are more than fit, the others can wait. */
static struct json_object *names_of(const struct adoption_plan *plan)
{
    struct json_object *names = json_object_new_array();

    for (int refused = 0; refused <= 1; refused++) {
        for (size_t i = 0; i < plan->count && json_count(names) < NAMES_MAX; i++) {
            const struct adoption_name *name = &plan->names[i];
            struct json_object *element;

            if ((name->refusal != NULL) != (refused == 1))
                continue;
            element = json_object_new_object();
            row_text(element, "hostname", name->name);
            row_texts(element, "pools", &name->pools, POOLS_MAX);
            row_text(element, "reason", name->refusal);
            json_object_array_add(names, element);
        }
    }
    return names;
}
