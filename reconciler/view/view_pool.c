/* SPDX-License-Identifier: Apache-2.0 */
/* What is told about a Pool. */
#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/key.h"
#include "reconciler/view/view.h"

#include <stdlib.h>
#include <string.h>

static void add_demands(struct json_object *row, const struct object *pool);
static struct json_object *found_route(const struct reconciler *, const struct object *pool);
static struct json_object *found_service(const struct reconciler *, const struct object *pool);
static struct json_object *found_gateway(const struct reconciler *, const struct object *pool);
static struct json_object *servers_of(const struct reconciler *, const struct object *pool,
                                      struct json_object *row);
static struct json_object *findings_of(const struct findings *);
static struct json_object *reasons_of(const struct findings *);
static struct json_object *failures_of(const struct object *pool);
static struct json_object *work_of(const struct reconciler *, const struct object *pool);
static bool is_complete(const struct reconciler *);
static bool is_failed(const struct object *pool);

void view_pool(struct answer *answer, const struct reconciler *reconciler,
               const struct object *pool)
{
    struct decision decision = decide(reconciler, pool, clock_seconds());
    struct view_names names = view_names(reconciler, pool);
    struct json_object *row = view_row(pool);

    add_demands(row, pool);
    view_text(row, "state", view_pool_state(reconciler, pool, &decision));
    view_text(row, "route", plan_action_name(decision.route.action));
    view_text(row, "service", plan_action_name(decision.service.action));
    json_object_object_add(row, "reasons", reasons_of(&decision.findings));
    view_number(row, "namesWanted", names.wanted);
    view_number(row, "namesPresent", names.present);
    answer_row(answer, row);
    decision_clear(&decision);
}

void view_explain(struct answer *answer, const struct reconciler *reconciler,
                  const struct object *pool)
{
    struct decision decision = decide(reconciler, pool, clock_seconds());
    struct json_object *row = view_row(pool), *wanted = json_object_new_object();
    struct json_object *found = json_object_new_object(), *decided = json_object_new_object();

    view_text(row, "state", view_pool_state(reconciler, pool, &decision));
    add_demands(wanted, pool);
    json_object_object_add(row, "wanted", wanted);
    json_object_object_add(found, "gateway", found_gateway(reconciler, pool));
    json_object_object_add(found, "route", found_route(reconciler, pool));
    json_object_object_add(found, "service", found_service(reconciler, pool));
    json_object_object_add(found, "servers", servers_of(reconciler, pool, found));
    view_flag(found, "complete", is_complete(reconciler));
    json_object_object_add(row, "found", found);
    view_text(decided, "route", plan_action_name(decision.route.action));
    view_text(decided, "service", plan_action_name(decision.service.action));
    json_object_object_add(row, "decision", decided);
    json_object_object_add(row, "findings", findings_of(&decision.findings));
    json_object_object_add(row, "lastErrors", failures_of(pool));
    json_object_object_add(row, "work", work_of(reconciler, pool));
    answer_row(answer, row);
    decision_clear(&decision);
}

void view_graph(struct answer *answer, const struct reconciler *reconciler,
                const struct object *pool)
{
    struct decision decision = decide(reconciler, pool, clock_seconds());
    struct json_object *row = view_row(pool);

    add_demands(row, pool);
    view_text(row, "state", view_pool_state(reconciler, pool, &decision));
    json_object_object_add(row, "reasons", reasons_of(&decision.findings));
    json_object_object_add(row, "gateway", found_gateway(reconciler, pool));
    json_object_object_add(row, "route", found_route(reconciler, pool));
    json_object_object_add(row, "service", found_service(reconciler, pool));
    json_object_object_add(row, "servers", servers_of(reconciler, pool, row));
    answer_row(answer, row);
    decision_clear(&decision);
}

const char *view_pool_state(const struct reconciler *reconciler, const struct object *pool,
                            const struct decision *decision)
{
    bool writes = plan_is_write(decision->route.action) || plan_is_write(decision->service.action);
    const struct message *message = known(pool, MESSAGE_POOL);
    bool wrong = is_failed(pool);

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
    if (writes || decision->route.action == PLAN_WAIT || view_names(reconciler, pool).missing > 0)
        return "pending";
    return message->pool.route_enabled ? "ok" : "off";
}

struct view_names view_names(const struct reconciler *reconciler, const struct object *pool)
{
    struct view_names names = {0};
    size_t count;
    struct object *const *servers = store_servers_of_pool(&reconciler->store, pool->key, &count);
    const struct message *message = known(pool, MESSAGE_POOL);

    if (message == NULL || !message->pool.route_enabled || !message->pool.inject)
        return names;
    for (size_t i = 0; i < count; i++) {
        const struct object *certificate = view_certificate_of(reconciler, servers[i]);
        const struct message *read = known(certificate, MESSAGE_CERTIFICATE);
        bool present = view_has_name(certificate, pool);

        names.wanted++;
        names.present += present;
        names.missing += !present && read != NULL && !read->certificate.deleting;
    }
    return names;
}

const struct object *view_certificate_of(const struct reconciler *reconciler,
                                         const struct object *server)
{
    const struct server_message *message = &server->message.server;
    char *key = key_of(message->namespace, message->certificate);
    const struct object *certificate = store_find(&reconciler->store, KIND_CERTIFICATE, key);

    free(key);
    return certificate;
}

bool view_has_name(const struct object *certificate, const struct object *pool)
{
    const struct message *message = known(certificate, MESSAGE_CERTIFICATE);

    return message != NULL && known(pool, MESSAGE_POOL) != NULL &&
           (text_list_has_name(&message->certificate.names, pool->message.pool.hostname) ||
            text_list_has_name(&message->certificate.effective, pool->message.pool.hostname));
}

/* As the Pool has it. */
static void add_demands(struct json_object *row, const struct object *object)
{
    const struct pool_message *pool = &object->message.pool;
    char *gateway;

    if (known(object, MESSAGE_POOL) == NULL)
        return;
    gateway = store_gateway_key(pool);
    view_flag(row, "routeEnabled", pool->route_enabled);
    view_text(row, "hostname", pool->hostname);
    view_text(row, "gatewayRef", pool->gateway_name[0] != '\0' ? gateway : "");
    view_text(row, "section", pool->section_name);
    view_number(row, "port", pool->service_port);
    view_flag(row, "inject", pool->inject);
    free(gateway);
}

static struct json_object *found_route(const struct reconciler *reconciler,
                                       const struct object *pool)
{
    const struct object *route = store_find(&reconciler->store, KIND_ROUTE, pool->key);
    struct json_object *found;

    if (route == NULL)
        return NULL;
    found = json_object_new_object();
    view_text(found, "problem", route->problem);
    if (known(route, MESSAGE_ROUTE) == NULL)
        return found;
    view_flag(found, "ours",
              known(pool, MESSAGE_POOL) != NULL &&
                  strcmp(route->message.route.controller_uid, pool->message.pool.uid) == 0);
    view_text(found, "owner", route->message.route.controller_name);
    view_text(found, "otherManager", route->message.route.other_manager);
    view_texts(found, "refusals", &route->message.route.refusals, SIZE_MAX);
    return found;
}

static struct json_object *found_service(const struct reconciler *reconciler,
                                         const struct object *pool)
{
    const struct object *service = store_find(&reconciler->store, KIND_SERVICE, pool->key);
    struct json_object *found;

    if (known(service, MESSAGE_SERVICE) == NULL)
        return NULL;
    found = json_object_new_object();
    view_flag(found, "ours",
              known(pool, MESSAGE_POOL) != NULL &&
                  strcmp(service->message.service.controller_uid, pool->message.pool.uid) == 0);
    view_texts(found, "ports", &service->message.service.ports, SIZE_MAX);
    return found;
}

/* Where Gateways cannot be read it is not known whether there is one. */
static struct json_object *found_gateway(const struct reconciler *reconciler,
                                         const struct object *pool)
{
    char *key;
    struct json_object *found;

    if (known(pool, MESSAGE_POOL) == NULL || pool->message.pool.gateway_name[0] == '\0')
        return NULL;
    key = store_gateway_key(&pool->message.pool);
    found = json_object_new_object();
    view_text(found, "name", key);
    if (store_complete(&reconciler->store, KIND_GATEWAY, 1))
        view_flag(found, "exists", store_find(&reconciler->store, KIND_GATEWAY, key) != NULL);
    else
        view_text(found, "exists", NULL);
    free(key);
    return found;
}

/* ROW is told if there are more than it can name. */
static struct json_object *servers_of(const struct reconciler *reconciler,
                                      const struct object *pool, struct json_object *row)
{
    struct json_object *list = json_object_new_array();
    size_t count;
    struct object *const *servers = store_servers_of_pool(&reconciler->store, pool->key, &count);
    const struct object **sorted = view_sorted(servers, count);

    for (size_t i = 0; i < count && i < VIEW_SERVERS_MAX; i++) {
        const struct object *certificate = view_certificate_of(reconciler, sorted[i]);
        struct json_object *server = json_object_new_object();

        view_text(server, "name", sorted[i]->message.server.name);
        view_text(server, "certificate", sorted[i]->message.server.certificate);
        view_flag(server, "certificateExists", certificate != NULL);
        view_flag(server, "hasName", view_has_name(certificate, pool));
        json_object_array_add(list, server);
    }
    view_number(row, "moreServers", count > VIEW_SERVERS_MAX ? count - VIEW_SERVERS_MAX : 0);
    free(sorted);
    return list;
}

static struct json_object *findings_of(const struct findings *findings)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        struct json_object *told = json_object_new_object();

        view_text(told, "reason", finding_name(finding->reason));
        view_text(told, "severity", finding_is_warning(finding->reason) ? "warning" : "info");
        view_text(told, "text", finding->text);
        json_object_array_add(list, told);
    }
    return list;
}

/* Each once, though there may be several findings with it. */
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
    const struct pool_state *notes = pool->notes;
    struct json_object *list = json_object_new_array();

    for (enum kind kind = 0; kind < KIND_COUNT && notes != NULL; kind++) {
        struct json_object *failure;

        if (notes->failure[kind] == NULL)
            continue;
        failure = json_object_new_object();
        view_text(failure, "kind", kind_names(kind)->name);
        view_text(failure, "text", notes->failure[kind]);
        json_object_array_add(list, failure);
    }
    return list;
}

static struct json_object *work_of(const struct reconciler *reconciler, const struct object *pool)
{
    static const char *const places[QUEUE_PLACES] = {[QUEUE_ABSENT] = "nothing to do",
                                                     [QUEUE_READY] = "queued",
                                                     [QUEUE_RUNNING] = "at work",
                                                     [QUEUE_WAITING] = "waiting"};
    struct queue_entry entry = queue_find(reconciler->pools, pool->key);
    struct json_object *work = json_object_new_object();

    view_text(work, "state", places[entry.place]);
    view_number(work, "failures", entry.failures);
    if (entry.place == QUEUE_WAITING)
        view_number(work, "nextTrySeconds", (entry.milliseconds + 999) / 1000);
    else
        view_text(work, "nextTrySeconds", NULL);
    return work;
}

/* Whether what is not known does not exist, as far as a TLSRoute depends on it. */
static bool is_complete(const struct reconciler *reconciler)
{
    const char *version = reconciler->route_version;

    return version != NULL && reconciler_complete(reconciler, KIND_POOL) &&
           (version[0] == '\0' || reconciler_complete(reconciler, KIND_ROUTE));
}

static bool is_failed(const struct object *pool)
{
    const struct pool_state *notes = pool->notes;
    bool failed = false;

    for (enum kind kind = 0; kind < KIND_COUNT && notes != NULL; kind++)
        failed = failed || notes->failure[kind] != NULL;
    return failed;
}
