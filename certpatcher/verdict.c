/* SPDX-License-Identifier: Apache-2.0 */
/* A request is a hint: the names in it narrow the plan that the objects call for, and never widen
 * it. Anything beyond that plan is refused and counted, because an honest reconciler rarely
 * requests it.
 */
#include "certpatcher/verdict.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

static void count_refusals(struct verdict *, const struct inject_message *,
                           const struct injection *, bool serves_all_pools);
static void refuse(struct verdict *, const char *refusal);
static bool is_to_be_written(const struct injection_plan *, const struct inject_message *);
static enum inject_outcome outcome_of(const struct verdict *, const char *unknown);
static unsigned contested_seconds(const struct verdict *, const struct verdict_inputs *);

struct verdict verdict_of(const struct verdict_inputs *inputs,
                          const struct injection_demands *demands)
{
    const struct settings_message *settings = inputs->settings;
    size_t age_count;
    struct injection_age *ages = certificate_state_ages(inputs->state, inputs->now, &age_count);
    const struct injection_inputs injection_inputs = {
        .certificate = inputs->certificate,
        .demands = demands,
        .add = &inputs->request->add,
        .withdraw = &inputs->request->withdraw,
        .ages = ages,
        .age_count = age_count,
        .never = settings->withdraw == WITHDRAW_NEVER,
        .grace = (unsigned)settings->grace,
        .max_names = (unsigned)settings->max_names,
    };
    struct injection injection = injection_begin(&injection_inputs);
    struct verdict verdict = {.plan = injection_plan(&injection)};

    count_refusals(&verdict, inputs->request, &injection, settings->pool_selector[0] == '\0');
    verdict.writes = is_to_be_written(&verdict.plan, inputs->request);
    verdict.outcome = outcome_of(&verdict, demands->unknown);
    verdict.contention_inputs = name_contention_inputs(inputs->certificate, demands);
    verdict.contested_seconds = contested_seconds(&verdict, inputs);
    certificate_state_set_unneeded(inputs->states, inputs->state, &verdict.plan.waiting,
                                   inputs->now);
    injection_end(&injection);
    free(ages);
    return verdict;
}

void verdict_clear(struct verdict *verdict)
{
    injection_plan_clear(&verdict->plan);
    free(verdict->contention_inputs);
    *verdict = (struct verdict){0};
}

/* Where only certain Pools are served, the reconciler cannot know that another one needs a name. */
static void count_refusals(struct verdict *verdict, const struct inject_message *request,
                           const struct injection *injection, bool serves_all_pools)
{
    TEXT_LIST_FOREACH (name, &request->add)
        refuse(verdict, injection_refuses_add(injection, name));
    TEXT_LIST_FOREACH (name, &request->withdraw) {
        const char *refusal = injection_refuses_withdrawal(injection, name);

        if (serves_all_pools || refusal == NULL || strcmp(refusal, INJECTION_NEEDED) != 0)
            refuse(verdict, refusal);
    }
}

/* REFUSAL may be NULL. */
static void refuse(struct verdict *verdict, const char *refusal)
{
    if (refusal == NULL)
        return;
    if (verdict->refusal == NULL)
        verdict->refusal = refusal;
    verdict->refused++;
}

/* A ledger that changes by itself is written only on request. */
static bool is_to_be_written(const struct injection_plan *plan,
                             const struct inject_message *request)
{
    return plan->added.count + plan->removed.count > 0 || (request->record && plan->ledger_changes);
}

/* What is not known now may be known later: UNKNOWN is no refusal. */
static enum inject_outcome outcome_of(const struct verdict *verdict, const char *unknown)
{
    if (verdict->plan.waiting.count > 0)
        return INJECT_WAITING;
    if (verdict->writes)
        return INJECT_WRITTEN;
    if (verdict->refusal == NULL)
        return INJECT_UNCHANGED;
    return verdict->refusal == unknown ? INJECT_FAILED : INJECT_REFUSED;
}

static unsigned contested_seconds(const struct verdict *verdict,
                                  const struct verdict_inputs *inputs)
{
    struct name_contention *contention = &inputs->state->contention;

    name_contention_observe(contention, verdict->contention_inputs);
    if (verdict->plan.added.count == 0)
        return 0;
    return name_contention_delay(contention, verdict->contention_inputs, &verdict->plan.added,
                                 (time_t)(inputs->now / 1000));
}
