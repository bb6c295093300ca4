/* SPDX-License-Identifier: Apache-2.0 */
#include "reconciler/pool_state.h"

#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/memory.h"
#include "common/objects/key.h"

#include <stdlib.h>
#include <string.h>

static bool is_unknown(const struct pool_state *, enum finding_reason);
static bool has_reason(const struct findings *, enum finding_reason);
static bool is_to_be_held(const struct pool_state *, const struct finding *);
static void set_holds(struct pool_state *, bool holds);
static void tell(struct pool_state *, const struct object *pool, const struct finding *);
static void count(struct pool_state *);

struct pool_state *pool_state_of(struct reconciler *reconciler, struct object *pool)
{
    if (pool->notes == NULL) {
        struct pool_state *notes = memory_new(1, sizeof(*notes));

        notes->reconciler = reconciler;
        pool->notes = notes;
    }
    return pool->notes;
}

unsigned pool_state_hold_back(struct pool_state *notes, struct findings *findings, time_t now)
{
    size_t kept = 0;
    bool held = false;

    for (size_t i = 0; i < findings->count; i++)
        held = held || is_to_be_held(notes, &findings->list[i]);
    if (held && notes->held_since == 0)
        notes->held_since = now;
    if (!held || now - notes->held_since >= FINDING_HOLD_SECONDS) {
        set_holds(notes, false);
        if (!held)
            notes->held_since = 0;
        return 0;
    }
    for (size_t i = 0; i < findings->count; i++) {
        if (is_to_be_held(notes, &findings->list[i]))
            free(findings->list[i].text);
        else
            findings->list[kept++] = findings->list[i];
    }
    findings->count = kept;
    set_holds(notes, true);
    return FINDING_HOLD_SECONDS - (unsigned)(now - notes->held_since);
}

void pool_state_keep(const struct pool_state *notes, struct findings *findings)
{
    for (size_t i = 0; i < notes->told.count; i++) {
        const struct finding *finding = &notes->told.list[i];

        if (is_unknown(notes, finding->reason) && !has_reason(findings, finding->reason))
            findings_add(findings, finding->reason, memory_text(finding->text));
    }
}

static bool is_unknown(const struct pool_state *notes, enum finding_reason reason)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        if (finding_is_read_from(reason, kind) &&
            store_is_relisting(&notes->reconciler->store, kind))
            return true;
    }
    return false;
}

static bool has_reason(const struct findings *findings, enum finding_reason reason)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->list[i].reason == reason)
            return true;
    }
    return false;
}

void pool_state_report(struct pool_state *notes, struct object *pool, struct findings *findings)
{
    char *namespace = key_namespace(pool->key);

    for (size_t i = 0; i < findings->count; i++) {
        if (!findings_has(&notes->told, &findings->list[i]))
            tell(notes, pool, &findings->list[i]);
    }
    for (size_t i = 0; i < notes->told.count; i++) {
        const struct finding *finding = &notes->told.list[i];

        if (findings_has(findings, finding))
            continue;
        notes->reconciler->news++;
        log_info("resolved", LOG_TEXT("namespace", namespace),
                 LOG_TEXT("name", key_name(pool->key)),
                 LOG_TEXT("reason", finding_name(finding->reason)), LOG_TEXT("was", finding->text));
    }
    findings_clear(&notes->told);
    notes->told = *findings;
    findings->count = 0;
    count(notes);
    free(namespace);
}

bool pool_state_failure(struct pool_state *notes, enum kind kind, const char *failure)
{
    char **known = &notes->failure[kind];
    bool news = failure != NULL && (*known == NULL || strcmp(*known, failure) != 0);

    if (news || failure == NULL)
        memory_replace(known, failure);
    count(notes);
    return news;
}

void pool_state_free(void *context)
{
    struct pool_state *notes = context;

    if (notes->unsatisfied)
        notes->reconciler->unsatisfied--;
    set_holds(notes, false);
    findings_clear(&notes->told);
    contention_clear(&notes->contention);
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        free(notes->failure[kind]);
        free(notes->pretended[kind]);
    }
    free(notes);
}

static bool is_to_be_held(const struct pool_state *notes, const struct finding *finding)
{
    return finding_may_pass(finding->reason) && !findings_has(&notes->told, finding);
}

static void set_holds(struct pool_state *notes, bool holds)
{
    if (notes->holds != holds)
        notes->reconciler->holding += holds ? 1 : (size_t)-1;
    notes->holds = holds;
}

static void tell(struct pool_state *notes, const struct object *pool, const struct finding *finding)
{
    char *namespace = key_namespace(pool->key);
    bool warning = finding_is_warning(finding->reason);

    notes->reconciler->news++;
    LOG_EVENT(warning ? LOG_WARNING : LOG_INFO, finding->text, LOG_TEXT("namespace", namespace),
              LOG_TEXT("name", key_name(pool->key)),
              LOG_TEXT("reason", finding_name(finding->reason)), (struct log_field){.name = NULL});
    if (warning && notes->reconciler->events != NULL && pool->message.type == MESSAGE_POOL)
        events_record(notes->reconciler->events, &pool->message.pool, true,
                      finding_name(finding->reason), finding->text);
    free(namespace);
}

static void count(struct pool_state *notes)
{
    bool unsatisfied = false;

    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        unsatisfied = unsatisfied || notes->failure[kind] != NULL;
    for (size_t i = 0; i < notes->told.count; i++)
        unsatisfied = unsatisfied || finding_is_warning(notes->told.list[i].reason);
    if (unsatisfied != notes->unsatisfied)
        notes->reconciler->unsatisfied += unsatisfied ? 1 : (size_t)-1;
    notes->unsatisfied = unsatisfied;
}
