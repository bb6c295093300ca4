/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt at a Pool: from a decision to the end of all its writes. When it is worked on again
 * follows from the outcome of the attempt. (plan/retry.c) */
#include "reconciler/work/pools.h"

#include "common/api/pause.h"
#include "common/api/remedy.h"
#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/objects/key.h"
#include "common/objects/object.h"
#include "reconciler/write/apply.h"
#include "reconciler/write/report.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum {
    AT_ONCE = API_PARALLEL_MAX,
    ANNOUNCE_AT_ONCE = 256
};

struct attempt {
    struct pools *pools;
    struct attempt *prev, *next;
    char *key;
    unsigned parts; /* that have not ended: the decision, and each write */
    struct pool_outcome outcome;
    bool gone[KIND_COUNT]; /* the object that is written may have gone since */
};

struct write {
    struct attempt *attempt;
    enum kind kind;
    enum plan_action action;
    uint64_t desired; /* what is written, as contentions know it */
};

/* How an action is reported. REASON is that of its Event, or NULL. */
static const struct {
    const char *done, *would, *failed, *works, *reason;
} texts[KIND_COUNT][PLAN_ACTIONS] = {
    [KIND_ROUTE] =
        {
            [PLAN_CREATE] = {"TLSRoute created", "would create the TLSRoute",
                             "cannot create the TLSRoute; trying again",
                             "TLSRoutes can be created again", "RouteCreated"},
            [PLAN_CHANGE] = {"TLSRoute changed", "would change the TLSRoute",
                             "cannot change the TLSRoute; trying again",
                             "TLSRoutes can be changed again", "RouteUpdated"},
            [PLAN_DELETE] = {"TLSRoute deleted", "would delete the TLSRoute",
                             "cannot delete the TLSRoute; trying again",
                             "TLSRoutes can be deleted again", "RouteDeleted"},
        },
    [KIND_SERVICE] =
        {
            [PLAN_CREATE] = {"Service created", "would create the Service",
                             "cannot create the Service; trying again",
                             "Services can be created again", NULL},
            [PLAN_CHANGE] = {"Service changed", "would change the Service",
                             "cannot change the Service; trying again",
                             "Services can be changed again", NULL},
        },
};

static void update_conflicts(struct pools *, const char *key);
static void on_announce(evutil_socket_t, short events, void *pools);
static void work(const char *key, void *pools);
static void attend_to(struct attempt *, struct object *pool);
static void remember_dispute(struct attempt *, struct object *pool, enum kind,
                             const struct dispute *);
static void observe(struct contention *, const struct message *);
static const char *content_of(const struct message *);
static void report(struct attempt *, struct object *pool, struct findings *);
static void carry_out(struct attempt *, const struct plan *, enum kind, struct object *pool);
static bool is_first_try(const struct attempt *);
static void reserve_hostname(const struct write *, bool reserved);
static bool was_pretended(struct object *pool, const struct plan *, enum kind);
static void on_written(const struct api_result *, void *context);
static void slow_down(const struct write *, const struct api_result *);
static void succeed(struct write *, const struct api_result *);
static void remember_success(const struct write *, const struct api_result *);
static bool remember_object(const struct write *, const struct api_result *);
static void distrust(const struct write *, const char *problem);
static void fail(struct write *, const struct api_result *);
static void end_part(struct attempt *);
static struct object *pool_of(const struct attempt *);
static void log_failure(const struct write *, enum log_level, const char *text,
                        const struct api_result *, struct cause_member *);
static void log_outcome(const struct write *, enum log_level, const char *text,
                        const struct api_result *);
static void record_event(const struct write *);

void pools_init(struct pools *pools, struct event_base *base)
{
    pools->conflicts = (struct conflicts){.changed = pools_recheck, .context = pools};
    pools->announce = loop_timer(base, on_announce, pools);
    pools->awaited = (struct awaited){.due = pools_recheck, .context = pools};
    awaited_init(&pools->awaited, base);
    pools->queue = queue_new(base, AT_ONCE, work, pools);
    queue_measure(pools->queue, METRIC_QUEUE_POOLS);
}

void pools_lead(struct pools *pools)
{
    pools->terms++;
}

/* Who has a hostname has to be known before anything is decided: with the object, not with the
 * work on it. */
void pools_touched(const char *key, void *context)
{
    struct pools *pools = context;

    update_conflicts(pools, key);
    queue_add(pools->queue, key);
}

/* There may be many: what depends on a Gateway is brought up to date with the work. */
void pools_recheck(const char *key, void *context)
{
    const struct pools *pools = context;

    queue_recheck(pools->queue, key);
}

void pools_forget(void *state, void *context)
{
    struct pools *pools = context;
    struct pool_state *pool_state = state;

    awaited_set(&pools->awaited, &pool_state->awaited, NULL, false);
    pool_state_free(pool_state, &pools->totals);
}

void pools_overtaken(struct pools *pools, enum kind kind, const char *key)
{
    struct attempt *attempt;

    DL_FOREACH (pools->attempts, attempt) {
        if (key == NULL || strcmp(attempt->key, key) == 0)
            attempt->gone[kind] = true;
    }
}

struct decision pools_decide(const struct pools *pools, const struct object *pool)
{
    static const struct contention none = {0};
    const struct pool_state *state = pool->state;
    struct findings certificates = {0};

    injection_states_findings(pools->injections, &pools->world->store.relations, pool,
                              &certificates);
    return decide(&(struct decision_inputs){
        .world = pools->world,
        .conflicts = &pools->conflicts,
        .pool = pool,
        .route_contention = state != NULL ? &state->route_contention : &none,
        .service_contention = state != NULL ? &state->service_contention : &none,
        .certificates = &certificates,
        .awaited_since = state != NULL ? state->awaited.since : 0,
        .now = clock_seconds(),
    });
}

static void update_conflicts(struct pools *pools, const char *key)
{
    conflicts_update(&pools->conflicts, pools->world, key);
    on_announce(-1, 0, pools);
}

/* A bounded number at a time: thousands may want one hostname. */
static void on_announce(evutil_socket_t socket, short events, void *context)
{
    static const struct timeval at_once = {0, 0};
    struct pools *pools = context;
    bool is_due = (events & EV_TIMEOUT) != 0;

    (void)socket;
    if (conflicts_announce(&pools->conflicts, is_due ? ANNOUNCE_AT_ONCE : 0) &&
        !event_pending(pools->announce, EV_TIMEOUT, NULL))
        event_add(pools->announce, &at_once);
}

/* A standby has nothing to do: when it begins to lead, all Pools are touched. */
static void work(const char *key, void *context)
{
    struct pools *pools = context;
    struct attempt *attempt;
    struct object *pool;

    if (!leader_leads(pools->leader)) {
        queue_end(pools->queue, key, (struct retry){.when = RETRY_NEVER});
        return;
    }
    update_conflicts(pools, key);
    attempt = memory_new(1, sizeof(*attempt));
    attempt->pools = pools;
    attempt->key = memory_text(key);
    attempt->parts = 1;
    DL_APPEND(pools->attempts, attempt);
    pool = pool_of(attempt);
    if (pool != NULL)
        attend_to(attempt, pool);
    end_part(attempt);
}

static void attend_to(struct attempt *attempt, struct object *pool)
{
    struct pools *pools = attempt->pools;
    struct decision decision;

    pool_state_enter_term(pool_state_of(pool), pools->terms);
    decision = pools_decide(pools, pool);
    attempt->outcome.contention_seconds =
        retry_sooner(decision.route_dispute.seconds, decision.service_dispute.seconds);
    remember_dispute(attempt, pool, KIND_ROUTE, &decision.route_dispute);
    remember_dispute(attempt, pool, KIND_SERVICE, &decision.service_dispute);
    duplicate_check(&pools->duplicate, clock_seconds());
    awaited_set(&pools->awaited, &pool_state_of(pool)->awaited, pool->key, decision.is_awaited);
    report(attempt, pool, &decision.findings);
    carry_out(attempt, &decision.service, KIND_SERVICE, pool);
    carry_out(attempt, &decision.route, KIND_ROUTE, pool);
    pool_state_count(pool_state_of(pool), &pools->totals);
    decision_clear(&decision);
}

/* Who it was, and how the object stands now. While a contention goes on, the name that was said
 * first stays. */
static void remember_dispute(struct attempt *attempt, struct object *pool, enum kind kind,
                             const struct dispute *dispute)
{
    struct pools *pools = attempt->pools;
    struct contention *contention = pool_state_contention(pool_state_of(pool), kind);
    const struct object *object = store_find(&pools->world->store, kind, pool->key);
    const struct message *message =
        object_message(object, kind == KIND_ROUTE ? MESSAGE_ROUTE : MESSAGE_SERVICE);

    contention_differs(contention, dispute->differs, clock_seconds());
    if (dispute->manager != NULL && (contention->manager == NULL || dispute->seconds == 0))
        memory_replace(&contention->manager, dispute->manager);
    if (pools->world->settings->dry_run || !world_is_complete(pools->world, kind))
        return;
    if (message != NULL) {
        const struct managers managers = decision_managers(message_owner(message));

        if (contention_shows_duplicate(contention, &managers, content_of(message)))
            duplicate_noticed(&pools->duplicate, attempt->key, clock_seconds());
    }
    observe(contention, message);
}

/* MESSAGE: the object, or NULL. */
static void observe(struct contention *contention, const struct message *message)
{
    struct managers managers;

    if (message == NULL) {
        contention_observe(contention, NULL, NULL);
        return;
    }
    managers = decision_managers(message_owner(message));
    contention_observe(contention, &managers, content_of(message));
}

/* The spec of a TLSRoute has to be there. Labels of a Service can be removed without a trace. */
static const char *content_of(const struct message *message)
{
    return message->type == MESSAGE_ROUTE ? message->route.spec : NULL;
}

static void report(struct attempt *attempt, struct object *pool, struct findings *findings)
{
    struct pools *pools = attempt->pools;
    struct pool_state *state = pool_state_of(pool);

    attempt->outcome.held_seconds = pool_state_hold_back(state, findings, clock_seconds());
    pool_state_keep(state, &pools->world->store.lists, findings);
    pools->totals.reports +=
        report_findings(pool, &state->reported, &state->logged, findings, pools->events);
}

static void carry_out(struct attempt *attempt, const struct plan *plan, enum kind kind,
                      struct object *pool)
{
    struct pools *pools = attempt->pools;
    struct apply_target target = apply_target_of(pools->world, pool, kind);
    struct write *write;

    if (plan->action == PLAN_KEEP) { /* what failed before is no longer needed */
        pool_state_needless(pool_state_of(pool), kind);
    }
    if (!plan_is_write(plan->action) || (target.dry_run && was_pretended(pool, plan, kind)))
        return;
    write = memory_new(1, sizeof(*write));
    write->attempt = attempt;
    write->kind = kind;
    write->action = plan->action;
    attempt->parts++;
    write->desired = plan_content(plan);
    target.is_guarded = target.is_guarded || is_first_try(attempt);
    reserve_hostname(write, true);
    apply_plan(pools->api, plan, &target, on_written, write);
}

/* Whoever is overtaken notices that there is another tlsrouted. A TLSRoute whose status others
 * write all the time must not keep its spec from being written, so that is tried only once. */
static bool is_first_try(const struct attempt *attempt)
{
    return queue_find(attempt->pools->queue, attempt->key).failures == 0;
}

/* Its Pool has the hostname from the moment that it is written, or another Pool that comes first
 * could be given it too. */
static void reserve_hostname(const struct write *write, bool reserved)
{
    struct pools *pools = write->attempt->pools;

    if (write->kind != KIND_ROUTE || write->action == PLAN_DELETE)
        return;
    conflicts_reserve(&pools->conflicts, write->attempt->key, reserved);
    on_announce(-1, 0, pools);
}

/* A dry run changes nothing, so that every decision comes to the same plan again. */
static bool was_pretended(struct object *pool, const struct plan *plan, enum kind kind)
{
    char *text = memory_format("%d %s", plan->action, json_encode(plan->object));
    bool is_new = pool_state_pretend(pool_state_of(pool), kind, text);

    free(text);
    return !is_new;
}

static void on_written(const struct api_result *result, void *context)
{
    struct write *write = context;
    struct attempt *attempt = write->attempt;
    struct object *pool = pool_of(attempt);

    slow_down(write, result);
    if (result->error == API_OK || (result->error == API_NOT_FOUND && write->action == PLAN_DELETE))
        succeed(write, result);
    else
        fail(write, result);
    reserve_hostname(write, false);
    if (pool != NULL && pool->state != NULL)
        pool_state_count(pool->state, &attempt->pools->totals);
    free(write);
    end_part(attempt);
}

/* What the server says of itself concerns all Pools. One line about pauses, until something has
 * been written. */
static void slow_down(const struct write *write, const struct api_result *result)
{
    struct attempt *attempt = write->attempt;
    struct pools *pools = attempt->pools;
    unsigned seconds = pause_wanted(result);

    if (api_error_is_overload(result->error))
        queue_overloaded(pools->queue);
    if (result->retry_after > attempt->outcome.pause_seconds)
        attempt->outcome.pause_seconds = result->retry_after;
    if (result->error == API_OK)
        pools->is_pause_logged = false;
    if (seconds == 0 || !queue_pause(pools->queue, attempt->key, seconds) || pools->is_pause_logged)
        return;
    pools->is_pause_logged = true;
    log_info("the API server asks for a pause (Retry-After); no TLSRoutes and Services are written "
             "until it is over",
             LOG_NUMBER("seconds", seconds), LOG_TEXT("reason", result->message));
}

static void succeed(struct write *write, const struct api_result *result)
{
    bool dry_run = write->attempt->pools->world->settings->dry_run;

    if (result->error == API_OK && !dry_run && write->action != PLAN_DELETE &&
        !remember_object(write, result))
        return;
    remember_success(write, result);
    if (result->error != API_OK)
        return;
    log_outcome(write, LOG_INFO,
                dry_run ? texts[write->kind][write->action].would
                        : texts[write->kind][write->action].done,
                NULL);
    if (dry_run)
        return;
    record_event(write);
}

static void remember_success(const struct write *write, const struct api_result *result)
{
    struct object *pool = pool_of(write->attempt);
    struct contention *contention;

    if (pool == NULL)
        return;
    contention = pool_state_contention(pool_state_of(pool), write->kind);
    pool_state_failure(pool_state_of(pool), write->kind, NULL);
    if (result->error == API_OK && !write->attempt->pools->world->settings->dry_run)
        contention_written(contention, write->desired, clock_seconds());
    if (write->action == PLAN_DELETE)
        observe(contention, NULL);
}

/* The watcher brings the object too, but later: until then a second decision must not find the old
 * one. Where the watcher has been faster, the object may even be gone again. Returns false if there
 * is no object in the response, so that nobody knows whether it was written. */
static bool remember_object(const struct write *write, const struct api_result *result)
{
    struct attempt *attempt = write->attempt;
    struct object *pool = pool_of(attempt);
    struct message message;
    char *problem = object_read(write->kind, result->text, result->size, &message);
    bool is_object = problem == NULL;

    if (pool != NULL && problem == NULL)
        observe(pool_state_contention(pool_state_of(pool), write->kind), &message);
    else if (pool != NULL)
        contention_forget_observed(pool_state_contention(pool_state_of(pool), write->kind));
    if (attempt->gone[write->kind])
        attempt->outcome.overtaken = true;
    else if (is_object)
        store_put(&attempt->pools->world->store, &message);
    else
        distrust(write, problem);
    message_clear(&message);
    free(problem);
    return is_object || attempt->gone[write->kind];
}

static void distrust(const struct write *write, const char *problem)
{
    struct object *pool = pool_of(write->attempt);
    struct api_result result = {.error = API_PROTOCOL, .message = problem};

    write->attempt->outcome.failed = true;
    if (pool != NULL && pool_state_failure(pool_state_of(pool), write->kind, problem))
        log_failure(write, LOG_WARNING,
                    "the response to a write is not the object that was written; trying again",
                    &result, pool_state_failing(pool_state_of(pool), write->kind));
}

/* A conflict is ordinary: somebody else wrote first, and the watcher will bring it. */
static void fail(struct write *write, const struct api_result *result)
{
    struct object *pool = pool_of(write->attempt);

    if (api_is_content_refused(result))
        write->attempt->outcome.refused = true;
    else
        write->attempt->outcome.failed = true;
    if (result->error == API_FOREIGN && pool != NULL) /* the client logs it, without the Pool */
        pool_state_failure(pool_state_of(pool), write->kind, result->message);
    if (pool != NULL && api_error_is_global(result->error)) /* it may have been carried out */
        contention_forget_observed(pool_state_contention(pool_state_of(pool), write->kind));
    if (result->error == API_CONFLICT)
        log_failure(write, LOG_DEBUG, "somebody else wrote first; trying again", result, NULL);
    else if (api_is_terminating(result))
        log_outcome(write, LOG_DEBUG, "its namespace or CRD is being deleted; trying again",
                    result);
    else if (!api_error_is_global(result->error) && pool != NULL &&
             pool_state_failure(pool_state_of(pool), write->kind, result->message))
        log_failure(write, LOG_WARNING, texts[write->kind][write->action].failed, result,
                    pool_state_failing(pool_state_of(pool), write->kind));
}

/* Many Pools may fail for one cause, such as a webhook that does not answer. MEMBER is NULL for
 * what only happens. */
static void log_failure(const struct write *write, enum log_level level, const char *text,
                        const struct api_result *result, struct cause_member *member)
{
    const char *key = write->attempt->key;
    char *namespace = key_namespace(key);
    const struct cause_details details = {
        .level = level,
        .text = text,
        .over = texts[write->kind][write->action].works,
        .who = {LOG_TEXT("namespace", namespace), LOG_TEXT("name", key_name(key))},
        .why = {LOG_TEXT("error", api_error_name(result->error)),
                LOG_TEXT("reason", result->message)},
        .remedy = api_remedy(result->error, result->message),
    };

    if (member != NULL)
        cause_log_join(member, &details);
    else
        cause_log_happened(&details);
    free(namespace);
}

/* With its last part the attempt ends. */
static void end_part(struct attempt *attempt)
{
    struct pools *pools = attempt->pools;

    pools->changed(pools->context);
    if (--attempt->parts > 0)
        return;
    queue_end(pools->queue, attempt->key, retry_pool(&attempt->outcome));
    DL_DELETE(pools->attempts, attempt);
    free(attempt->key);
    free(attempt);
}

/* The Pool, or NULL if it is gone. */
static struct object *pool_of(const struct attempt *attempt)
{
    return store_find(&attempt->pools->world->store, KIND_POOL, attempt->key);
}

static void log_outcome(const struct write *write, enum log_level level, const char *text,
                        const struct api_result *result)
{
    const char *key = write->attempt->key;
    char *namespace = key_namespace(key);
    const struct log_field fields[] = {
        LOG_TEXT("namespace", namespace),
        LOG_TEXT("name", key_name(key)),
        LOG_TEXT("error", result != NULL ? api_error_name(result->error) : NULL),
        LOG_TEXT("reason", result != NULL ? result->message : NULL),
        {.name = NULL},
    };

    log_write(level, text, fields);
    free(namespace);
}

static void record_event(const struct write *write)
{
    const struct object *pool = pool_of(write->attempt);
    const char *reason = texts[write->kind][write->action].reason;

    if (reason == NULL || object_message(pool, MESSAGE_POOL) == NULL)
        return;
    events_record(write->attempt->pools->events,
                  &(struct event_details){.kind = KIND_POOL,
                                          .object = message_head(&pool->message),
                                          .reason = reason,
                                          .note = texts[write->kind][write->action].done});
}
