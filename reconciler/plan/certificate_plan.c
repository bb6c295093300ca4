/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for names are shared with the certpatcher, which decides again from what it has read
 * itself. This gathers what they need from the reconciler's own view of the cluster. */
#include "reconciler/plan/certificate_plan.h"

#include "common/base/memory.h"
#include "common/objects/key.h"

#include <stdlib.h>
#include <string.h>

/* What is looked up for one Certificate. */
struct lookup_context {
    const struct world *world;
    struct object *const *servers; /* that use it */
    size_t count;
};

static bool asks_for_names(const struct object *pool);
static char *missing_text(const struct world *, const struct object *server, size_t others);
static void gather(const struct world *, const struct object *certificate,
                   struct injection_demands *);
static void add_adoption_name(struct adoption_plan *, const struct injection *,
                              const struct text_set *adopted, const char *name);
static const struct server_message *lookup_server(void *context, size_t index);
static enum pool_lookup lookup_pool(void *context, const char *namespace, const char *name,
                                    const struct pool_message **);

/* As if names were withdrawn at once: how long a name has not been needed is for the certpatcher to
 * say. */
struct injection_plan plan_certificate(const struct world *world, const struct object *certificate)
{
    struct injection_demands demands = {0};
    const struct injection_inputs inputs = {
        .certificate = &certificate->message.certificate,
        .demands = &demands,
        .never = world->settings->withdraw == WITHDRAW_NEVER,
        .max_names = (unsigned)world->settings->max_names,
    };
    struct injection injection = injection_begin(&inputs);
    struct injection_plan plan;

    gather(world, certificate, &demands);
    plan = injection_plan(&injection);
    injection_end(&injection);
    injection_demands_clear(&demands);
    return plan;
}

bool plan_reissue(const struct world *world, const struct object *certificate)
{
    const struct certificate_message *message = &certificate->message.certificate;

    return message->reissue && !message->deleting && !world->settings->dry_run &&
           world->settings->reissue == REISSUE_PENDING;
}

void plan_missing_certificates(const struct world *world, const struct object *pool,
                               struct findings *findings)
{
    const struct object *first = NULL;
    size_t count, missing = 0;
    struct object *const *servers =
        relations_servers_of_pool(&world->store.relations, pool->key, &count);

    if (!asks_for_names(pool) || !world_knows_certificates(world))
        return;
    for (size_t i = 0; i < count; i++) {
        const struct object *certificate = world_certificate(world, &servers[i]->message.server);

        if (certificate != NULL && certificate->problem == NULL)
            continue;
        missing++;
        if (first == NULL || strcmp(servers[i]->key, first->key) < 0)
            first = servers[i];
    }
    if (first != NULL)
        findings_add(findings, FINDING_CERTIFICATE_MISSING,
                     missing_text(world, first, missing - 1));
}

static bool asks_for_names(const struct object *pool)
{
    const struct message *message = object_message(pool, MESSAGE_POOL);

    return message != NULL && message->pool.route_enabled && message->pool.inject &&
           !message->pool.deleting && !message->pool.paused;
}

static char *missing_text(const struct world *world, const struct object *server, size_t others)
{
    const struct server_message *message = &server->message.server;
    const struct object *certificate = world_certificate(world, message);
    char *more = others > 0 ? memory_format(" (the same with %zu more of its Servers)", others)
                            : memory_text("");
    char *text;

    if (message->certificate[0] == '\0')
        text =
            memory_format("the Server %s names no Certificate that could get the hostname%s; name "
                          "one in its spec.certificateRef",
                          message->name, more);
    else if (certificate == NULL)
        text = memory_format("the Certificate %s of the Server %s does not exist, so it cannot get "
                             "the hostname%s; create it, or correct spec.certificateRef of the "
                             "Server",
                             message->certificate, message->name, more);
    else
        text = memory_format("the Certificate %s of the Server %s cannot be read, so it cannot get "
                             "the hostname%s; correct it: %s",
                             message->certificate, message->name, more, certificate->problem);
    free(more);
    return text;
}

struct adoption_plan plan_adoption(const struct world *world, const struct object *certificate)
{
    static const struct text_list none = {0};
    const struct certificate_message *message = &certificate->message.certificate;
    struct injection_demands demands = {0};
    const struct injection_inputs inputs = {.certificate = message,
                                            .demands = &demands,
                                            .add = &none,
                                            .withdraw = &none,
                                            .adopt = &message->names};
    struct injection injection = injection_begin(&inputs);
    struct adoption_plan plan = {.names = memory_new(message->names.count, sizeof(*plan.names))};
    struct injection_plan injections;
    struct text_set adopted;

    gather(world, certificate, &demands);
    injections = injection_plan(&injection);
    adopted = text_set_of(&injections.adopted);
    TEXT_LIST_FOREACH (name, &message->names) {
        if (ledger_find(&demands.ledger, name) == NULL &&
            text_set_find(&injection.names, name) == name) /* each once */
            add_adoption_name(&plan, &injection, &adopted, name);
    }
    text_set_clear(&adopted);
    injection_plan_clear(&injections);
    injection_end(&injection);
    injection_demands_clear(&demands);
    return plan;
}

void adoption_plan_clear(struct adoption_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        text_list_clear(&plan->names[i].pools);
    free(plan->names);
    *plan = (struct adoption_plan){0};
}

static void add_adoption_name(struct adoption_plan *plan, const struct injection *injection,
                              const struct text_set *adopted, const char *name)
{
    const struct injection_demands *demands = injection->inputs->demands;
    const struct injection_demand *demand = injection_demands_find(demands, name);
    const char *refusal = injection_refuses_adoption(injection, name);
    size_t count = demand != NULL ? injection_demands_same(demands, demand) : 0;
    struct adoption_name *added = &plan->names[plan->count++];

    if (refusal == NULL && text_set_find(adopted, name) == NULL)
        refusal = "the ledger is full";
    *added = (struct adoption_name){.name = name, .refusal = refusal};
    for (size_t i = 0; i < count; i++)
        text_list_add(&added->pools, demand[i].pool);
}

static void gather(const struct world *world, const struct object *certificate,
                   struct injection_demands *demands)
{
    struct lookup_context context = {.world = world};
    struct injection_lookup lookup = {
        .server = lookup_server, .pool = lookup_pool, .context = &context};

    context.servers =
        relations_servers_of_certificate(&world->store.relations, certificate->key, &context.count);
    for (size_t i = 0; i < context.count; i++)
        lookup.unreadable_server |= context.servers[i]->problem != NULL;
    injection_gather(&certificate->message.certificate, &lookup, demands);
}

/* One that cannot be understood any more is as it last was. */
static const struct server_message *lookup_server(void *context, size_t index)
{
    const struct lookup_context *known = context;

    return index < known->count ? &known->servers[index]->message.server : NULL;
}

static enum pool_lookup lookup_pool(void *context, const char *namespace, const char *name,
                                    const struct pool_message **pool)
{
    const struct lookup_context *known = context;
    char *key = key_of(namespace, name);
    const struct object *object = store_find(&known->world->store, KIND_POOL, key);

    free(key);
    if (object == NULL)
        return POOL_ABSENT;
    if (object->problem != NULL)
        return POOL_UNREADABLE;
    if (object->message.type != MESSAGE_POOL)
        return POOL_ABSENT;
    *pool = &object->message.pool;
    return POOL_FOUND;
}
