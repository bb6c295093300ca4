/* SPDX-License-Identifier: Apache-2.0 */
/* The work on one Pool: look at everything that it depends on, decide, say what is wrong, carry
 * out. A round ends when all its writes have ended. */
#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/memory.h"
#include "common/objects/key.h"
#include "common/objects/object.h"
#include "common/objects/route_spec.h"
#include "reconciler/plan/decision.h"
#include "reconciler/plan/plan.h"
#include "reconciler/pool_state.h"
#include "reconciler/write/apply.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

/* The writes of one Pool that are under way. */
struct round {
    struct reconciler *reconciler;
    struct round *prev, *next;
    char *key;
    unsigned under_way;
    unsigned look_again; /* after so many seconds; 0: not by itself */
    bool failed;
    bool overtaken[KIND_COUNT]; /* what is written may have gone since */
};

struct write {
    struct round *round;
    enum kind kind;
    enum plan_action action;
    char *spec; /* of the TLSRoute that is written, or NULL */
};

/* How an action is spoken of; reason is that of the Event. */
static const struct {
    const char *done, *would, *failed, *reason;
} words[KIND_COUNT][PLAN_WAIT] = {
    [KIND_ROUTE] =
        {
            [PLAN_CREATE] = {"route created", "would create the route",
                             "cannot create the route; trying again", "RouteCreated"},
            [PLAN_CHANGE] = {"route changed", "would change the route",
                             "cannot change the route; trying again", "RouteUpdated"},
            [PLAN_DELETE] = {"route deleted", "would delete the route",
                             "cannot delete the route; trying again", "RouteDeleted"},
        },
    [KIND_SERVICE] =
        {
            [PLAN_CREATE] = {"Service created", "would create the Service",
                             "cannot create the Service; trying again", NULL},
            [PLAN_CHANGE] = {"Service changed", "would change the Service",
                             "cannot change the Service; trying again", NULL},
        },
};

static void note_decision(struct reconciler *, struct object *pool, const struct decision *);
static unsigned sooner(unsigned seconds, unsigned other_seconds);
static void carry_out(struct round *, const struct plan *, enum kind, const struct object *pool);
static bool was_pretended(const struct round *, const struct plan *, enum kind,
                          struct object *pool);
static void on_written(const struct api_result *, void *context);
static void succeed(struct write *, const struct api_result *);
static void remember(const struct write *, struct json_object *object);
static void fail(struct write *, const struct api_result *);
static void end_round(struct round *);
static void log_outcome(const struct write *, enum log_level, const char *text,
                        const struct api_result *);
static void tell_event(const struct write *);

void pool_work(const char *key, void *context)
{
    struct reconciler *reconciler = context;
    struct object *pool = store_find(&reconciler->store, KIND_POOL, key);
    struct round *round = memory_new(1, sizeof(*round));
    struct decision decision;

    round->reconciler = reconciler;
    round->key = memory_text(key);
    round->under_way = 1; /* this function */
    DL_APPEND(reconciler->rounds, round);
    if (pool != NULL) {
        struct pool_state *notes = pool_state_of(reconciler, pool);

        decision = decide(reconciler, pool, clock_seconds());
        note_decision(reconciler, pool, &decision);
        round->look_again = sooner(
            decision.look_again, pool_state_hold_back(notes, &decision.findings, clock_seconds()));
        pool_state_keep(notes, &decision.findings);
        pool_state_report(notes, pool, &decision.findings);
        carry_out(round, &decision.service, KIND_SERVICE, pool);
        carry_out(round, &decision.route, KIND_ROUTE, pool);
        decision_clear(&decision);
    }
    end_round(round);
}

void pool_overtaken(struct reconciler *reconciler, enum kind kind, const char *key)
{
    struct round *round;

    DL_FOREACH (reconciler->rounds, round) {
        if (key == NULL || strcmp(round->key, key) == 0)
            round->overtaken[kind] = true;
    }
}

/* Whoever stops or begins to yield frees or takes names for others. */
static void note_decision(struct reconciler *reconciler, struct object *pool,
                          const struct decision *decision)
{
    struct pool_state *notes = pool_state_of(reconciler, pool);

    if (decision->contender != NULL)
        memory_replace(&notes->contention.manager, decision->contender);
    if (notes->yields != decision->yields) {
        notes->yields = decision->yields;
        store_touch_rivals(&reconciler->store, pool);
    }
}

/* 0 is never. */
static unsigned sooner(unsigned one, unsigned other)
{
    return other > 0 && (one == 0 || other < one) ? other : one;
}

static void carry_out(struct round *round, const struct plan *plan, enum kind kind,
                      const struct object *pool)
{
    struct reconciler *reconciler = round->reconciler;
    const struct apply_target target = decision_target(reconciler, pool, kind);
    struct write *write;

    if (plan->action == PLAN_KEEP) /* what failed before is not needed any more */
        pool_state_failure(pool_state_of(reconciler, (struct object *)pool), kind, NULL);
    if (!plan_is_write(plan->action) ||
        (target.dry_run && was_pretended(round, plan, kind, (struct object *)pool)))
        return;
    write = memory_new(1, sizeof(*write));
    write->round = round;
    write->kind = kind;
    write->action = plan->action;
    round->under_way++;
    if (kind == KIND_ROUTE && plan->action != PLAN_DELETE)
        write->spec = route_spec_normal(json_at(plan->object, "spec"));
    apply_plan(reconciler->worker->api, plan, &target, on_written, write);
}

/* A dry run changes nothing, so the same plan comes again with every look. */
static bool was_pretended(const struct round *round, const struct plan *plan, enum kind kind,
                          struct object *pool)
{
    char **pretended = &pool_state_of(round->reconciler, pool)->pretended[kind];
    char *text = memory_format("%d %s", plan->action, json_encode(plan->object));
    bool same = *pretended != NULL && strcmp(*pretended, text) == 0;

    if (!same)
        memory_replace(pretended, text);
    free(text);
    return same;
}

static void on_written(const struct api_result *result, void *context)
{
    struct write *write = context;
    struct round *round = write->round;

    if (api_error_is_overload(result->error))
        queue_overloaded(round->reconciler->pools);
    if (result->retry_after > 0)
        queue_pause(round->reconciler->pools, result->retry_after);
    if (result->error == API_OK || (result->error == API_NOT_FOUND && write->action == PLAN_DELETE))
        succeed(write, result);
    else
        fail(write, result);
    free(write->spec);
    free(write);
    end_round(round);
}

static void succeed(struct write *write, const struct api_result *result)
{
    struct reconciler *reconciler = write->round->reconciler;
    struct object *pool = store_find(&reconciler->store, KIND_POOL, write->round->key);
    bool dry_run = reconciler_settings(reconciler)->dry_run;

    if (pool != NULL)
        pool_state_failure(pool_state_of(reconciler, pool), write->kind, NULL);
    if (pool != NULL && write->action == PLAN_DELETE)
        contention_clear(&pool_state_of(reconciler, pool)->contention);
    if (result->error != API_OK)
        return;
    if (pool != NULL && write->spec != NULL && !dry_run)
        contention_written(&pool_state_of(reconciler, pool)->contention, write->spec,
                           clock_seconds());
    log_outcome(write, LOG_INFO,
                dry_run ? words[write->kind][write->action].would
                        : words[write->kind][write->action].done,
                NULL);
    if (dry_run)
        return;
    tell_event(write);
    if (write->action != PLAN_DELETE)
        remember(write, result->body);
}

/* The watch brings it too, later: until then a second look must not find the old state. Where the
 * watch has been faster, it may even be gone again. */
static void remember(const struct write *write, struct json_object *object)
{
    const struct round *round = write->round;
    struct reconciler *reconciler = round->reconciler;
    struct message message;
    char *problem;

    if (round->overtaken[write->kind]) {
        queue_add(reconciler->pools, round->key);
        return;
    }
    problem = object_decode(write->kind, object, &message);
    if (problem == NULL)
        store_put(&reconciler->store, &message);
    message_clear(&message);
    free(problem);
}

/* A conflict is ordinary: somebody else was faster, and the watch will tell. */
static void fail(struct write *write, const struct api_result *result)
{
    struct reconciler *reconciler = write->round->reconciler;
    struct object *pool = store_find(&reconciler->store, KIND_POOL, write->round->key);

    write->round->failed = true;
    if (result->error == API_CONFLICT)
        log_outcome(write, LOG_INFO, "somebody else was faster; looking again", result);
    else if (api_is_terminating(result))
        log_outcome(write, LOG_DEBUG, "its namespace or CRD is going; looking again", result);
    else if (!api_error_is_global(result->error) && pool != NULL &&
             pool_state_failure(pool_state_of(reconciler, pool), write->kind, result->message))
        log_outcome(write, LOG_WARNING, words[write->kind][write->action].failed, result);
}

/* One part of ROUND has ended; with the last one it ends. */
static void end_round(struct round *round)
{
    struct reconciler *reconciler = round->reconciler;

    reconciler_report_soon(reconciler);
    if (--round->under_way > 0)
        return;
    if (round->failed)
        queue_failed(reconciler->pools, round->key);
    else if (round->look_again > 0)
        queue_later(reconciler->pools, round->key, round->look_again * 1000);
    else
        queue_done(reconciler->pools, round->key);
    DL_DELETE(reconciler->rounds, round);
    free(round->key);
    free(round);
}

static void log_outcome(const struct write *write, enum log_level level, const char *text,
                        const struct api_result *result)
{
    char *namespace = key_namespace(write->round->key);
    const struct log_field fields[] = {
        LOG_TEXT("namespace", namespace),
        LOG_TEXT("name", key_name(write->round->key)),
        LOG_TEXT("error", result != NULL ? api_error_name(result->error) : NULL),
        LOG_TEXT("reason", result != NULL ? result->message : NULL),
        {.name = NULL},
    };

    log_write(level, text, fields);
    free(namespace);
}

static void tell_event(const struct write *write)
{
    const struct reconciler *reconciler = write->round->reconciler;
    const struct object *pool = store_find(&reconciler->store, KIND_POOL, write->round->key);
    const char *reason = words[write->kind][write->action].reason;

    if (reason == NULL || known(pool, MESSAGE_POOL) == NULL)
        return;
    events_record(reconciler->events, &pool->message.pool, false, reason,
                  words[write->kind][write->action].done);
}
