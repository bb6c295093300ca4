/* The work on one Pool's TLSRoute: look, decide, carry out, remember what was said. */
#include "common/log.h"
#include "common/memory.h"
#include "common/object.h"
#include "reconciler/apply.h"
#include "reconciler/plan.h"
#include "reconciler/reconciler.h"

#include <stdlib.h>
#include <string.h>

/* What the log has been told about a Pool, so that it is told once. */
struct notes {
    struct finding findings[FINDINGS_MAX];
    size_t finding_count;
    char *failure; /* of the last write, or NULL */
};

/* A write under way. */
struct write {
    struct reconciler *reconciler;
    char *key;
    enum route_action action;
};

/* How an action is spoken of. */
static const struct {
    const char *done, *failed;
} words[] = {
    [ROUTE_CREATE] = {"route created", "cannot create the route; trying again"},
    [ROUTE_CHANGE] = {"route changed", "cannot change the route; trying again"},
    [ROUTE_DELETE] = {"route deleted", "cannot delete the route; trying again"},
};

static struct route_case look(const struct reconciler *, const char *key);
static const char *same_hostname(const struct reconciler *, const struct object *pool);
static void begin_write(struct reconciler *, const char *key, const struct route_plan *,
                        const struct route_case *);
static void on_written(const struct api_result *, void *context);
static void remember_route(struct reconciler *, const struct api_result *);
static void write_failed(struct write *, const struct api_result *);
static void write_succeeded(struct write *, const struct api_result *);
static void log_write_result(enum log_level, const char *message, const struct write *,
                             const struct api_result *);
static void tell_findings(struct object *pool, struct route_plan *);
static bool has_finding(const struct finding *, size_t count, const struct finding *);
static void clear_findings(struct notes *);
static struct notes *notes_of(struct object *pool);

void route_work(const char *key, void *context)
{
    struct reconciler *reconciler = context;
    struct route_case situation = look(reconciler, key);
    struct route_plan plan = plan_route(&situation);
    struct object *pool = store_find(&reconciler->store, KIND_POOL, key);

    if (pool != NULL)
        tell_findings(pool, &plan);
    injection_add_all(reconciler, key);
    if (plan.action == ROUTE_KEEP || plan.action == ROUTE_WAIT)
        queue_done(reconciler->routes, key);
    else
        begin_write(reconciler, key, &plan, &situation);
    route_plan_clear(&plan);
    reconciler_report_soon(reconciler);
}

void route_notes_free(void *context)
{
    struct notes *notes = context;

    clear_findings(notes);
    free(notes->failure);
    free(notes);
}

static struct route_case look(const struct reconciler *reconciler, const char *key)
{
    const struct object *pool = store_find(&reconciler->store, KIND_POOL, key);
    const struct object *route = store_find(&reconciler->store, KIND_ROUTE, key);
    struct route_case situation = {
        .api_known = reconciler->route_version != NULL,
        .api_served = reconciler->route_version != NULL && reconciler->route_version[0] != '\0',
        .complete = reconciler_complete(reconciler, KIND_POOL) &&
                    reconciler_complete(reconciler, KIND_ROUTE),
    };

    if (pool != NULL) {
        situation.pool_problem = pool->problem;
        if (pool->message.type == MESSAGE_POOL) {
            situation.pool = &pool->message.pool;
            situation.same_hostname = same_hostname(reconciler, pool);
        }
    }
    if (route != NULL) {
        situation.route_problem = route->problem;
        if (route->message.type == MESSAGE_ROUTE)
            situation.route = &route->message.route;
    }
    return situation;
}

/* The first by name of the others, so that the same one is named each time. */
static const char *same_hostname(const struct reconciler *reconciler, const struct object *pool)
{
    const struct pool_message *own = &pool->message.pool;
    char *key = store_key(own->namespace, own->hostname);
    const char *first = NULL;
    size_t count;
    struct object *const *others = index_find(&reconciler->store.pools_of_hostname, key, &count);

    for (size_t i = 0; i < count; i++) {
        const char *name = others[i]->message.pool.name;

        if (others[i] != pool && (first == NULL || strcmp(name, first) < 0))
            first = name;
    }
    free(key);
    return first;
}

static void begin_write(struct reconciler *reconciler, const char *key,
                        const struct route_plan *plan, const struct route_case *situation)
{
    struct write *write = memory_new(1, sizeof(*write));

    write->reconciler = reconciler;
    write->key = memory_text(key);
    write->action = plan->action;
    apply_plan(reconciler->worker->api, plan, situation->pool, situation->route,
               reconciler->route_version, on_written, write);
}

static void on_written(const struct api_result *result, void *context)
{
    struct write *write = context;
    struct reconciler *reconciler = write->reconciler;

    if (result->retry_after > 0)
        queue_pause(reconciler->routes, result->retry_after);
    if (result->error == API_OK ||
        (result->error == API_NOT_FOUND && write->action == ROUTE_DELETE))
        write_succeeded(write, result);
    else
        write_failed(write, result);
    reconciler_report_soon(reconciler);
    free(write->key);
    free(write);
}

static void write_succeeded(struct write *write, const struct api_result *result)
{
    struct object *pool = store_find(&write->reconciler->store, KIND_POOL, write->key);

    if (result->error == API_OK)
        log_write_result(LOG_INFO, words[write->action].done, write, NULL);
    if (pool != NULL)
        memory_replace(&notes_of(pool)->failure, NULL);
    if (result->error == API_OK && write->action != ROUTE_DELETE)
        remember_route(write->reconciler, result);
    queue_done(write->reconciler->routes, write->key);
}

/* The watch brings it too, later: until then a second look must not find the old state. */
static void remember_route(struct reconciler *reconciler, const struct api_result *result)
{
    struct message message;
    char *problem = object_decode(KIND_ROUTE, result->body, &message);

    if (problem == NULL) {
        struct message copy = message_copy(&message);

        store_put(&reconciler->store, &copy);
        message_clear(&copy);
    }
    message_clear(&message);
    free(problem);
}

/* A conflict is ordinary: somebody else was faster, and the watch will tell. */
static void write_failed(struct write *write, const struct api_result *result)
{
    struct object *pool = store_find(&write->reconciler->store, KIND_POOL, write->key);
    struct notes *notes = pool != NULL ? notes_of(pool) : NULL;

    if (result->error == API_CONFLICT) {
        log_write_result(LOG_INFO, "somebody else changed the route; looking again", write, result);
    } else if (!api_error_is_global(result->error) && notes != NULL &&
               (notes->failure == NULL || strcmp(notes->failure, result->message) != 0)) {
        log_write_result(LOG_WARNING, words[write->action].failed, write, result);
        memory_replace(&notes->failure, result->message);
    }
    queue_failed(write->reconciler->routes, write->key);
}

static void log_write_result(enum log_level level, const char *message, const struct write *write,
                             const struct api_result *result)
{
    const char *slash = strchr(write->key, '/');
    char *namespace = memory_bytes(write->key, (size_t)(slash - write->key));
    const struct log_field fields[] = {
        LOG_TEXT("namespace", namespace),
        LOG_TEXT("name", slash + 1),
        LOG_TEXT("error", result != NULL ? api_error_name(result->error) : NULL),
        LOG_TEXT("reason", result != NULL ? result->message : NULL),
        {.name = NULL},
    };

    log_write(level, message, fields);
    free(namespace);
}

/* Takes the findings over from PLAN. Each is told once when it comes and once when it goes. */
static void tell_findings(struct object *pool, struct route_plan *plan)
{
    struct notes *notes = notes_of(pool);
    const char *name = strchr(pool->key, '/') + 1;
    char *namespace = memory_bytes(pool->key, (size_t)(name - 1 - pool->key));

    for (size_t i = 0; i < plan->finding_count; i++) {
        const struct finding *finding = &plan->findings[i];

        if (!has_finding(notes->findings, notes->finding_count, finding))
            log_warning(finding->text, LOG_TEXT("namespace", namespace), LOG_TEXT("name", name),
                        LOG_TEXT("reason", finding_reason_name(finding->reason)));
    }
    for (size_t i = 0; i < notes->finding_count; i++) {
        const struct finding *finding = &notes->findings[i];

        if (!has_finding(plan->findings, plan->finding_count, finding))
            log_info("resolved", LOG_TEXT("namespace", namespace), LOG_TEXT("name", name),
                     LOG_TEXT("reason", finding_reason_name(finding->reason)),
                     LOG_TEXT("was", finding->text));
    }
    clear_findings(notes);
    memcpy(notes->findings, plan->findings, sizeof(notes->findings));
    notes->finding_count = plan->finding_count;
    plan->finding_count = 0;
    free(namespace);
}

static bool has_finding(const struct finding *findings, size_t count, const struct finding *finding)
{
    for (size_t i = 0; i < count; i++) {
        if (findings[i].reason == finding->reason && strcmp(findings[i].text, finding->text) == 0)
            return true;
    }
    return false;
}

static void clear_findings(struct notes *notes)
{
    for (size_t i = 0; i < notes->finding_count; i++)
        free(notes->findings[i].text);
    notes->finding_count = 0;
}

static struct notes *notes_of(struct object *pool)
{
    if (pool->notes == NULL)
        pool->notes = memory_new(1, sizeof(struct notes));
    return pool->notes;
}
