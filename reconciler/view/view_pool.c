/* SPDX-License-Identifier: Apache-2.0 */
/* People ask about Pools, so these rows join all that is known around one: what it asks for, what
 * exists, what is decided and why, and what the work on it is at. */
#include "reconciler/view/view_pool.h"

#include "common/base/json.h"
#include "common/objects/key.h"

#include <stdlib.h>
#include <string.h>

/* The Servers of a Pool whose Certificate should have its hostname, those where it has, and those
 * where it exists and does not have it. */
struct names {
    size_t wanted, present, missing;
};

static const char *state_of(const struct view_sources *, const struct object *pool,
                            const struct decision *);
static struct names names_of(const struct view_sources *, const struct object *pool);
static bool has_name(const struct object *certificate, const struct object *pool);
static void add_demands(struct json_object *row, const struct object *pool);
static struct json_object *found_route(const struct view_sources *, const struct object *pool);
static struct json_object *found_service(const struct view_sources *, const struct object *pool);
static struct json_object *found_gateway(const struct view_sources *, const struct object *pool);
static struct json_object *servers_of(const struct view_sources *, const struct object *pool,
                                      struct json_object *row);
static struct json_object *findings_of(const struct findings *);
static struct json_object *reasons_of(const struct findings *);
static struct json_object *failures_of(const struct object *pool);
static struct json_object *work_of(const struct view_sources *, const struct object *pool);

void view_pool(struct answer *answer, const struct view_sources *sources, const struct object *pool)
{
    struct decision decision = pools_decide(sources->pools, pool);
    struct names names = names_of(sources, pool);
    struct json_object *row = row_of(pool);

    add_demands(row, pool);
    row_text(row, "state", state_of(sources, pool, &decision));
    row_text(row, "route", plan_action_name(decision.route.action));
    row_text(row, "service", plan_action_name(decision.service.action));
    json_object_object_add(row, "reasons", reasons_of(&decision.findings));
    row_number(row, "namesWanted", names.wanted);
    row_number(row, "namesPresent", names.present);
    answer_row(answer, row);
    decision_clear(&decision);
}

void view_explain(struct answer *answer, const struct view_sources *sources,
                  const struct object *pool)
{
    struct decision decision = pools_decide(sources->pools, pool);
    struct json_object *row = row_of(pool), *wanted = json_object_new_object();
    struct json_object *found = json_object_new_object(), *decided = json_object_new_object();

    row_text(row, "state", state_of(sources, pool, &decision));
    add_demands(wanted, pool);
    json_object_object_add(row, "wanted", wanted);
    json_object_object_add(found, "gateway", found_gateway(sources, pool));
    json_object_object_add(found, "route", found_route(sources, pool));
    json_object_object_add(found, "service", found_service(sources, pool));
    json_object_object_add(found, "servers", servers_of(sources, pool, found));
    row_flag(found, "complete",
             world_knows_routes(sources->world) && world_is_complete(sources->world, KIND_POOL));
    json_object_object_add(row, "found", found);
    row_text(decided, "route", plan_action_name(decision.route.action));
    row_text(decided, "service", plan_action_name(decision.service.action));
    json_object_object_add(row, "decision", decided);
    json_object_object_add(row, "findings", findings_of(&decision.findings));
    json_object_object_add(row, "lastErrors", failures_of(pool));
    json_object_object_add(row, "work", work_of(sources, pool));
    answer_row(answer, row);
    decision_clear(&decision);
}

void view_graph(struct answer *answer, const struct view_sources *sources,
                const struct object *pool)
{
    struct decision decision = pools_decide(sources->pools, pool);
    struct json_object *row = row_of(pool);

    add_demands(row, pool);
    row_text(row, "state", state_of(sources, pool, &decision));
    json_object_object_add(row, "reasons", reasons_of(&decision.findings));
    json_object_object_add(row, "gateway", found_gateway(sources, pool));
    json_object_object_add(row, "route", found_route(sources, pool));
    json_object_object_add(row, "service", found_service(sources, pool));
    json_object_object_add(row, "servers", servers_of(sources, pool, row));
    answer_row(answer, row);
    decision_clear(&decision);
}

/* "unreadable", "deleting", "paused", "wrong" (there is a warning, or the last write failed),
 * "pending" (something is to be written, or waited for), "off" (it asks for no route) or "ok". */
static const char *state_of(const struct view_sources *sources, const struct object *pool,
                            const struct decision *decision)
{
    bool writes = plan_is_write(decision->route.action) || plan_is_write(decision->service.action);
    const struct message *message = object_message(pool, MESSAGE_POOL);
    const struct pool_state *state = pool->state;
    bool wrong = state != NULL && pool_state_has_failed(state);

    for (size_t i = 0; i < decision->findings.count; i++)
        wrong = wrong || finding_is_warning(decision->findings.list[i].reason);
    if (pool->problem != NULL || message == NULL)
        return "unreadable";
    if (message->pool.deleting)
        return "deleting";
    if (message->pool.paused)
        return "paused";
    if (wrong)
        return "wrong";
    if (writes || decision->route.action == PLAN_WAIT || decision->is_awaited ||
        names_of(sources, pool).missing > 0)
        return "pending";
    return message->pool.route_enabled ? "ok" : "off";
}

static struct names names_of(const struct view_sources *sources, const struct object *pool)
{
    struct names names = {0};
    size_t count;
    struct object *const *servers =
        relations_servers_of_pool(&sources->world->store.relations, pool->key, &count);
    const struct message *message = object_message(pool, MESSAGE_POOL);

    if (message == NULL || !message->pool.route_enabled || !message->pool.inject)
        return names;
    for (size_t i = 0; i < count; i++) {
        const struct object *certificate =
            world_certificate(sources->world, &servers[i]->message.server);
        const struct message *read = object_message(certificate, MESSAGE_CERTIFICATE);
        bool present = has_name(certificate, pool);

        names.wanted++;
        names.present += present;
        names.missing += !present && read != NULL && !read->certificate.deleting;
    }
    return names;
}

static bool has_name(const struct object *certificate, const struct object *pool)
{
    const struct message *message = object_message(certificate, MESSAGE_CERTIFICATE);

    return message != NULL && object_message(pool, MESSAGE_POOL) != NULL &&
           (text_list_has_name(&message->certificate.names, pool->message.pool.hostname) ||
            text_list_has_name(&message->certificate.effective, pool->message.pool.hostname));
}

/* As the Pool has it. */
static void add_demands(struct json_object *row, const struct object *object)
{
    const struct pool_message *pool = &object->message.pool;
    char *gateway;

    if (object_message(object, MESSAGE_POOL) == NULL)
        return;
    gateway = object_gateway_key(pool);
    row_flag(row, "routeEnabled", pool->route_enabled);
    row_text(row, "hostname", pool->hostname);
    row_text(row, "gatewayRef", pool->gateway_name[0] != '\0' ? gateway : "");
    row_text(row, "section", pool->section_name);
    row_number(row, "port", pool->service_port);
    row_flag(row, "inject", pool->inject);
    free(gateway);
}

static struct json_object *found_route(const struct view_sources *sources,
                                       const struct object *pool)
{
    const struct object *route = store_find(&sources->world->store, KIND_ROUTE, pool->key);
    struct route_answer answer;
    struct json_object *found;

    if (route == NULL)
        return NULL;
    found = json_object_new_object();
    row_text(found, "problem", route->problem);
    if (object_message(route, MESSAGE_ROUTE) == NULL)
        return found;
    row_flag(found, "ours",
             object_message(pool, MESSAGE_POOL) != NULL &&
                 strcmp(route->message.route.controller_uid, pool->message.pool.uid) == 0);
    row_text(found, "owner", route->message.route.controller_name);
    row_text(found, "otherManager", route->message.route.other_manager);
    answer = decision_route_answer(sources->world, route);
    row_texts(found, "refusals", &answer.refusals, SIZE_MAX);
    route_answer_clear(&answer);
    return found;
}

static struct json_object *found_service(const struct view_sources *sources,
                                         const struct object *pool)
{
    const struct object *service = store_find(&sources->world->store, KIND_SERVICE, pool->key);
    struct json_object *found;

    if (object_message(service, MESSAGE_SERVICE) == NULL)
        return NULL;
    found = json_object_new_object();
    row_flag(found, "ours",
             object_message(pool, MESSAGE_POOL) != NULL &&
                 strcmp(service->message.service.controller_uid, pool->message.pool.uid) == 0);
    row_texts(found, "ports", &service->message.service.ports, SIZE_MAX);
    return found;
}

/* Where Gateways cannot be read, it is not known whether this one exists. */
static struct json_object *found_gateway(const struct view_sources *sources,
                                         const struct object *pool)
{
    char *key;
    struct json_object *found;

    if (object_message(pool, MESSAGE_POOL) == NULL || pool->message.pool.gateway_name[0] == '\0')
        return NULL;
    key = object_gateway_key(&pool->message.pool);
    found = json_object_new_object();
    row_text(found, "name", key);
    if (world_knows_gateways(sources->world))
        row_flag(found, "exists", store_find(&sources->world->store, KIND_GATEWAY, key) != NULL);
    else
        row_text(found, "exists", NULL);
    free(key);
    return found;
}

/* ROW says how many more there are than it can name. */
static struct json_object *servers_of(const struct view_sources *sources, const struct object *pool,
                                      struct json_object *row)
{
    struct json_object *list = json_object_new_array();
    size_t count;
    struct object *const *servers =
        relations_servers_of_pool(&sources->world->store.relations, pool->key, &count);
    const struct object **sorted = row_sorted(servers, count);

    for (size_t i = 0; i < count && i < ROW_SERVERS_MAX; i++) {
        const struct object *certificate =
            world_certificate(sources->world, &sorted[i]->message.server);
        struct json_object *server = json_object_new_object();

        row_text(server, "name", sorted[i]->message.server.name);
        row_text(server, "certificate", sorted[i]->message.server.certificate);
        row_flag(server, "certificateExists", certificate != NULL);
        row_flag(server, "hasName", has_name(certificate, pool));
        json_object_array_add(list, server);
    }
    row_number(row, "moreServers", count > ROW_SERVERS_MAX ? count - ROW_SERVERS_MAX : 0);
    free(sorted);
    return list;
}

static struct json_object *findings_of(const struct findings *findings)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        struct json_object *shown = json_object_new_object();

        row_text(shown, "reason", finding_name(finding->reason));
        row_text(shown, "severity", finding_is_warning(finding->reason) ? "warning" : "info");
        row_text(shown, "text", finding->text);
        json_object_array_add(list, shown);
    }
    return list;
}

/* Each once, though several findings may have it. */
static struct json_object *reasons_of(const struct findings *findings)
{
    struct json_object *list = json_object_new_array();
    bool named[FINDING_REASONS] = {false};

    for (size_t i = 0; i < findings->count; i++) {
        enum finding_reason reason = findings->list[i].reason;

        if (!named[reason])
            json_object_array_add(list, json_object_new_string(finding_name(reason)));
        named[reason] = true;
    }
    return list;
}

static struct json_object *failures_of(const struct object *pool)
{
    const struct pool_state *state = pool->state;
    struct json_object *list = json_object_new_array();

    for (enum kind kind = 0; kind < KIND_COUNT && state != NULL; kind++) {
        struct json_object *failure;

        if (pool_state_last_failure(state, kind) == NULL)
            continue;
        failure = json_object_new_object();
        row_text(failure, "kind", kind_names(kind)->name);
        row_text(failure, "text", pool_state_last_failure(state, kind));
        json_object_array_add(list, failure);
    }
    return list;
}

static struct json_object *work_of(const struct view_sources *sources, const struct object *pool)
{
    static const char *const places[QUEUE_PLACES] = {[QUEUE_ABSENT] = "nothing to do",
                                                     [QUEUE_READY] = "queued",
                                                     [QUEUE_RUNNING] = "at work",
                                                     [QUEUE_WAITING] = "waiting"};
    struct queue_entry entry = queue_find(sources->pools->queue, pool->key);
    struct json_object *work = json_object_new_object();

    row_text(work, "state", places[entry.place]);
    row_number(work, "failures", entry.failures);
    if (entry.place == QUEUE_WAITING || entry.milliseconds > 0)
        row_number(work, "nextTrySeconds", (entry.milliseconds + 999) / 1000);
    else
        row_text(work, "nextTrySeconds", NULL);
    return work;
}
