/* The work on one Pool: look at everything that it depends on, decide, say what is wrong, carry
 * out. A round ends when all its writes have ended. */
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/object.h"
#include "common/route_spec.h"
#include "reconciler/apply.h"
#include "reconciler/conflict.h"
#include "reconciler/notes.h"
#include "reconciler/plan.h"
#include "reconciler/preflight.h"

#include <stdlib.h>
#include <string.h>

/* The writes of one Pool that are under way. */
struct round {
    struct reconciler *reconciler;
    char *key;
    unsigned under_way;
    unsigned look_again; /* after so many seconds; 0: not by itself */
    bool failed;
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

static struct plan plan_pool_route(struct reconciler *, struct object *pool, const char *key);
static struct plan plan_pool_service(const struct reconciler *, const struct object *pool,
                                     const char *key);
static void check_gateway(const struct reconciler *, const struct object *pool, struct findings *);
static void note_conflict(struct reconciler *, struct object *pool, struct route_case *);
static unsigned wait_in_contest(struct notes *, const struct object *route, struct plan *);
static unsigned sooner(unsigned seconds, unsigned other_seconds);
static void move_findings(struct findings *from, struct findings *to);
static void carry_out(struct round *, const struct plan *, enum kind, const struct object *pool);
static bool is_write(enum plan_action);
static bool was_pretended(const struct round *, const struct plan *, enum kind,
                          struct object *pool);
static void on_written(const struct api_result *, void *context);
static void succeed(struct write *, const struct api_result *);
static void remember(struct write *, struct json_object *object);
static void fail(struct write *, const struct api_result *);
static void end_round(struct round *);
static void log_outcome(const struct write *, enum log_level, const char *text,
                        const struct api_result *);
static void tell_event(const struct write *);
static const struct message *known(const struct object *object, enum message_type type);

void pool_work(const char *key, void *context)
{
    struct reconciler *reconciler = context;
    struct object *pool = store_find(&reconciler->store, KIND_POOL, key);
    struct round *round = memory_new(1, sizeof(*round));
    struct findings findings = {0};
    struct plan route, service;

    round->reconciler = reconciler;
    round->key = memory_text(key);
    round->under_way = 1; /* this function */
    if (pool != NULL) {
        route = plan_pool_route(reconciler, pool, key);
        service = plan_pool_service(reconciler, pool, key);
        round->look_again = wait_in_contest(
            notes_of(reconciler, pool), store_find(&reconciler->store, KIND_ROUTE, key), &route);
        move_findings(&route.findings, &findings);
        move_findings(&service.findings, &findings);
        check_gateway(reconciler, pool, &findings);
        certify_findings(reconciler, pool, &findings);
        round->look_again = sooner(round->look_again, notes_hold_back(notes_of(reconciler, pool),
                                                                      &findings, clock_seconds()));
        notes_tell(notes_of(reconciler, pool), pool, &findings);
        carry_out(round, &service, KIND_SERVICE, pool);
        carry_out(round, &route, KIND_ROUTE, pool);
        plan_clear(&route);
        plan_clear(&service);
    }
    end_round(round);
}

static struct plan plan_pool_route(struct reconciler *reconciler, struct object *pool,
                                   const char *key)
{
    const struct object *route = store_find(&reconciler->store, KIND_ROUTE, key);
    const struct message *pool_message = known(pool, MESSAGE_POOL);
    const struct message *route_message = known(route, MESSAGE_ROUTE);
    const char *version = reconciler->route_version;
    struct route_case situation = {
        .pool = pool_message != NULL ? &pool_message->pool : NULL,
        .pool_problem = pool->problem,
        .route = route_message != NULL ? &route_message->route : NULL,
        .route_problem = route != NULL ? route->problem : NULL,
        .api_known = version != NULL,
        .api_served = version != NULL && version[0] != '\0',
        .complete = reconciler_complete(reconciler, KIND_POOL) &&
                    reconciler_complete(reconciler, KIND_ROUTE),
    };

    note_conflict(reconciler, pool, &situation);
    return plan_route(&situation);
}

/* Whoever stops or begins to yield frees or takes names for others. */
static void note_conflict(struct reconciler *reconciler, struct object *pool,
                          struct route_case *situation)
{
    struct notes *notes = notes_of(reconciler, pool);
    const struct object *rival = NULL;
    bool yields = false;

    if (situation->pool != NULL && situation->pool->route_enabled && !situation->pool->deleting)
        rival = conflict_rival(&reconciler->store, pool, &yields);
    if (rival != NULL) {
        situation->rival = rival->key;
        situation->rival_hostname = rival->message.pool.hostname;
        situation->yields =
            yields && reconciler_settings(reconciler)->conflicts == CONFLICTS_OLDEST_WINS;
    }
    if (notes->yields != yields) {
        notes->yields = yields;
        store_touch_rivals(&reconciler->store, pool);
    }
}

static struct plan plan_pool_service(const struct reconciler *reconciler, const struct object *pool,
                                     const char *key)
{
    const struct object *service = store_find(&reconciler->store, KIND_SERVICE, key);
    const struct message *pool_message = known(pool, MESSAGE_POOL);
    const struct message *service_message = known(service, MESSAGE_SERVICE);
    const struct service_case situation = {
        .pool = pool_message != NULL ? &pool_message->pool : NULL,
        .pool_problem = pool->problem,
        .service = service_message != NULL ? &service_message->service : NULL,
        .policy = (enum services_policy)reconciler_settings(reconciler)->services,
        .complete = reconciler_complete(reconciler, KIND_POOL) &&
                    reconciler_complete(reconciler, KIND_SERVICE) &&
                    (service == NULL || service->problem == NULL),
    };

    return plan_service(&situation);
}

/* Not known, as where RBAC refuses to read them, is not missing. */
static void check_gateway(const struct reconciler *reconciler, const struct object *object,
                          struct findings *findings)
{
    const struct message *message = known(object, MESSAGE_POOL);
    const struct pool_message *pool = &object->message.pool;
    const struct object *gateway;
    char *key;

    if (message == NULL || pool->deleting || pool->paused || !pool->route_enabled ||
        pool->gateway_name[0] == '\0' || !store_complete(&reconciler->store, KIND_GATEWAY, 1))
        return;
    key = store_gateway_key(pool);
    gateway = store_find(&reconciler->store, KIND_GATEWAY, key);
    free(key);
    if (gateway == NULL || known(gateway, MESSAGE_GATEWAY) != NULL)
        preflight(pool, gateway != NULL ? &gateway->message.gateway : NULL, findings);
}

/* Somebody else keeps changing the route: then it is put back ever more slowly, which turns the
 * plan into waiting. Returns the seconds after which to look again, or 0. */
static unsigned wait_in_contest(struct notes *notes, const struct object *route, struct plan *plan)
{
    struct contest *contest = &notes->contest;
    unsigned wait, going_on;
    char *spec;

    if (plan->object == NULL && plan->action != PLAN_WAIT)
        return 0;
    if (is_write(plan->action) && route != NULL && route->message.type == MESSAGE_ROUTE &&
        route->message.route.other_manager[0] != '\0')
        memory_replace(&contest->manager, route->message.route.other_manager);
    spec = plan->object != NULL ? route_spec_normal(json_at(plan->object, "spec"))
                                : memory_text(contest->written != NULL ? contest->written : "");
    wait = is_write(plan->action) ? contest_delay(contest, spec, clock_seconds()) : 0;
    going_on = contest_going_on(contest, spec, is_write(plan->action), clock_seconds());
    free(spec);
    if (wait > 0)
        plan->action = PLAN_WAIT;
    if (wait > 0 || going_on > 0)
        findings_add(&plan->findings, FINDING_ROUTE_CONTESTED,
                     memory_format("%s keeps changing or deleting the TLSRoute; it is put back "
                                   "more and more slowly; let only one of both manage it",
                                   contest->manager != NULL ? contest->manager : "somebody"));
    return wait > 0 ? wait : going_on;
}

/* 0 is never. */
static unsigned sooner(unsigned one, unsigned other)
{
    return other > 0 && (one == 0 || other < one) ? other : one;
}

static void move_findings(struct findings *from, struct findings *to)
{
    for (size_t i = 0; i < from->count; i++)
        findings_add(to, from->list[i].reason, from->list[i].text);
    from->count = 0;
}

static void carry_out(struct round *round, const struct plan *plan, enum kind kind,
                      const struct object *pool)
{
    struct reconciler *reconciler = round->reconciler;
    const struct object *existing = store_find(&reconciler->store, kind, round->key);
    const struct apply_target target = {
        .kind = kind,
        .version = kind == KIND_ROUTE ? reconciler->route_version : NULL,
        .pool = &pool->message.pool,
        .existing = existing != NULL ? &existing->message.route : NULL,
        .dry_run = reconciler_settings(reconciler)->dry_run,
    };
    struct write *write;

    if (plan->action == PLAN_KEEP) /* what failed before is not needed any more */
        notes_failure(notes_of(reconciler, (struct object *)pool), kind, NULL);
    if (!is_write(plan->action) ||
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

static bool is_write(enum plan_action action)
{
    return action == PLAN_CREATE || action == PLAN_CHANGE || action == PLAN_DELETE;
}

/* A dry run changes nothing, so the same plan comes again with every look. */
static bool was_pretended(const struct round *round, const struct plan *plan, enum kind kind,
                          struct object *pool)
{
    char **pretended = &notes_of(round->reconciler, pool)->pretended[kind];
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
        notes_failure(notes_of(reconciler, pool), write->kind, NULL);
    if (pool != NULL && write->action == PLAN_DELETE)
        contest_clear(&notes_of(reconciler, pool)->contest);
    if (result->error != API_OK)
        return;
    if (pool != NULL && write->spec != NULL && !dry_run)
        contest_written(&notes_of(reconciler, pool)->contest, write->spec, clock_seconds());
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
static void remember(struct write *write, struct json_object *object)
{
    struct reconciler *reconciler = write->round->reconciler;
    struct object *pool = store_find(&reconciler->store, KIND_POOL, write->round->key);
    const char *gone = pool != NULL ? notes_of(reconciler, pool)->gone[write->kind] : NULL;
    struct message message;
    char *problem;

    if (gone != NULL && strcmp(gone, json_text_at(object, "metadata.uid")) == 0) {
        queue_add(reconciler->pools, write->round->key);
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
             notes_failure(notes_of(reconciler, pool), write->kind, result->message))
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
    free(round->key);
    free(round);
}

static void log_outcome(const struct write *write, enum log_level level, const char *text,
                        const struct api_result *result)
{
    const char *key = write->round->key, *slash = strchr(key, '/');
    char *namespace = memory_bytes(key, (size_t)(slash - key));
    const struct log_field fields[] = {
        LOG_TEXT("namespace", namespace),
        LOG_TEXT("name", slash + 1),
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
    events_tell(reconciler->events, &pool->message.pool, false, reason,
                words[write->kind][write->action].done);
}

/* What is known of OBJECT, which may be NULL. */
static const struct message *known(const struct object *object, enum message_type type)
{
    return object != NULL && object->message.type == type ? &object->message : NULL;
}
