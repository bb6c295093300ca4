/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions are pure and have no memory. What must not depend on how often they are made is here:
 * when a finding is old enough to be reported, and whether a failure is new. */
#include "reconciler/work/pool_state.h"

#include "common/base/delays.h"
#include "common/base/memory.h"
#include "reconciler/write/report.h"

#include <stdlib.h>
#include <string.h>

static bool is_unknown(const struct lists *, enum finding_reason);
static bool is_to_be_held(const struct pool_state *, const struct finding *);
static bool any_is_to_be_held(const struct pool_state *, const struct findings *);
static void remove_held(const struct pool_state *, struct findings *);
static bool is_unsatisfied(const struct pool_state *);
static struct pool_write *write_of(struct pool_state *, enum kind);
static bool replace_other(char **text, const char *now);
static void end_failure(struct pool_state *, enum kind, enum cause_end);
static void settle_writes(struct pool_state *);
static bool count_change(bool counted, bool now, size_t *total);

struct pool_state *pool_state_of(struct object *pool)
{
    struct pool_state *state = pool->state;

    if (state == NULL) {
        pool->state = state = memory_new(1, sizeof(*state));
        state->route_contention.rule = CONTENTION_ROUTE;
        state->service_contention.rule = CONTENTION_SERVICE;
    }
    return state;
}

struct contention *pool_state_contention(struct pool_state *state, enum kind kind)
{
    return kind == KIND_ROUTE ? &state->route_contention : &state->service_contention;
}

void pool_state_enter_term(struct pool_state *state, uint16_t term)
{
    if (state->term == term)
        return;
    state->term = term;
    contention_forget_observed(&state->route_contention);
    contention_forget_observed(&state->service_contention);
}

unsigned pool_state_hold_back(struct pool_state *state, struct findings *findings, time_t now)
{
    state->holds = any_is_to_be_held(state, findings);
    if (!state->holds) {
        state->held_since = 0;
        return 0;
    }
    if (state->held_since == 0)
        state->held_since = (uint32_t)now;
    state->holds = now - state->held_since < FINDING_HOLD_SECONDS;
    if (!state->holds)
        return 0;
    remove_held(state, findings);
    return FINDING_HOLD_SECONDS - (unsigned)(now - state->held_since);
}

void pool_state_keep(const struct pool_state *state, const struct lists *lists,
                     struct findings *findings)
{
    for (size_t i = 0; i < state->reported.count; i++) {
        const struct finding *finding = &state->reported.list[i];

        if (is_unknown(lists, finding->reason) && !findings_has_reason(findings, finding->reason))
            findings_copy(findings, finding);
    }
}

bool pool_state_failure(struct pool_state *state, enum kind kind, const char *failure)
{
    if (failure == NULL) {
        end_failure(state, kind, CAUSE_OVER);
        return false;
    }
    return replace_other(&write_of(state, kind)->failure, failure);
}

void pool_state_needless(struct pool_state *state, enum kind kind)
{
    end_failure(state, kind, CAUSE_GONE);
}

const char *pool_state_last_failure(const struct pool_state *state, enum kind kind)
{
    return state->writes != NULL ? state->writes[kind].failure : NULL;
}

struct cause_member *pool_state_failing(struct pool_state *state, enum kind kind)
{
    return &state->writes[kind].failing;
}

bool pool_state_pretend(struct pool_state *state, enum kind kind, const char *text)
{
    return replace_other(&write_of(state, kind)->pretended, text);
}

bool pool_state_has_failed(const struct pool_state *state)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        if (pool_state_last_failure(state, kind) != NULL)
            return true;
    }
    return false;
}

void pool_state_count(struct pool_state *state, struct pool_totals *totals)
{
    state->counted_unsatisfied =
        count_change(state->counted_unsatisfied, is_unsatisfied(state), &totals->unsatisfied);
    state->counted_holding = count_change(state->counted_holding, state->holds, &totals->holding);
}

void pool_state_free(struct pool_state *state, struct pool_totals *totals)
{
    count_change(state->counted_unsatisfied, false, &totals->unsatisfied);
    count_change(state->counted_holding, false, &totals->holding);
    report_forget(&state->reported, &state->logged);
    contention_clear(&state->route_contention);
    contention_clear(&state->service_contention);
    for (enum kind kind = 0; kind < KIND_COUNT && state->writes != NULL; kind++) {
        cause_log_leave(&state->writes[kind].failing, CAUSE_GONE);
        free(state->writes[kind].failure);
        free(state->writes[kind].pretended);
    }
    free(state->writes);
    free(state);
}

static struct pool_write *write_of(struct pool_state *state, enum kind kind)
{
    if (state->writes == NULL)
        state->writes = memory_new(KIND_COUNT, sizeof(*state->writes));
    return &state->writes[kind];
}

/* Returns whether *TEXT was another one than NOW. */
static bool replace_other(char **text, const char *now)
{
    bool is_new = *text == NULL || strcmp(*text, now) != 0;

    if (is_new)
        memory_replace(text, now);
    return is_new;
}

static void end_failure(struct pool_state *state, enum kind kind, enum cause_end end)
{
    if (state->writes == NULL)
        return;
    memory_replace(&state->writes[kind].failure, NULL);
    cause_log_leave(&state->writes[kind].failing, end);
    settle_writes(state);
}

/* All Pools fail while the API server is away. */
static void settle_writes(struct pool_state *state)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        if (state->writes[kind].failure != NULL || state->writes[kind].pretended != NULL)
            return;
    }
    free(state->writes);
    state->writes = NULL;
}

static bool is_unknown(const struct lists *lists, enum finding_reason reason)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        if (finding_is_read_from(reason, kind) && lists_are_relisting(lists, kind))
            return true;
    }
    return false;
}

static bool is_to_be_held(const struct pool_state *state, const struct finding *finding)
{
    return finding_is_held(finding->reason) && !findings_has(&state->reported, finding);
}

static bool any_is_to_be_held(const struct pool_state *state, const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (is_to_be_held(state, &findings->list[i]))
            return true;
    }
    return false;
}

static void remove_held(const struct pool_state *state, struct findings *findings)
{
    size_t kept = 0;

    for (size_t i = 0; i < findings->count; i++) {
        if (is_to_be_held(state, &findings->list[i])) {
            free(findings->list[i].text);
            free(findings->list[i].note);
        } else {
            findings->list[kept++] = findings->list[i];
        }
    }
    findings->count = kept;
}

static bool is_unsatisfied(const struct pool_state *state)
{
    for (size_t i = 0; i < state->reported.count; i++) {
        if (finding_is_warning(state->reported.list[i].reason))
            return true;
    }
    return pool_state_has_failed(state);
}

/* Returns NOW. */
static bool count_change(bool counted, bool now, size_t *total)
{
    if (now && !counted)
        (*total)++;
    else if (!now && counted)
        (*total)--;
    return now;
}
