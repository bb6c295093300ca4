/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for names are shared with the certpatcher, which decides again from what it has read
 * itself. This gathers what they need from the reconciler's own view of the cluster. */
#include "reconciler/plan/certificate_plan.h"

#include "common/objects/key.h"

#include <stdlib.h>

static void gather(const struct world *, const struct object *certificate,
                   struct injection_demands *);
static void gather_server(const struct world *, const struct object *server,
                          struct injection_demands *);
static void gather_ledger(const struct world *, const struct certificate_message *,
                          struct injection_demands *);

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
    struct injection_plan plan;

    gather(world, certificate, &demands);
    plan = injection_plan(&inputs);
    injection_demands_clear(&demands);
    return plan;
}

static void gather(const struct world *world, const struct object *certificate,
                   struct injection_demands *demands)
{
    size_t count;
    struct object *const *servers =
        relations_servers_of_certificate(&world->store.relations, certificate->key, &count);

    for (size_t i = 0; i < count; i++)
        gather_server(world, servers[i], demands);
    gather_ledger(world, &certificate->message.certificate, demands);
}

static void gather_server(const struct world *world, const struct object *server,
                          struct injection_demands *demands)
{
    const struct server_message *message = &server->message.server;

    if (server->problem != NULL)
        demands->unknown = "a Server of the Certificate cannot be understood";
    TEXT_LIST_FOREACH (name, &message->pools) {
        char *key = key_of(message->namespace, name);
        const struct object *pool = store_find(&world->store, KIND_POOL, key);

        if (pool != NULL && pool->problem != NULL)
            demands->unknown = "a Pool of the Certificate cannot be understood";
        else if (pool != NULL && pool->message.type == MESSAGE_POOL)
            injection_demand_add(demands, message, &pool->message.pool);
        free(key);
    }
}

static void gather_ledger(const struct world *world, const struct certificate_message *certificate,
                          struct injection_demands *demands)
{
    struct ledger ledger;

    ledger_read(certificate->ledger, &ledger);
    for (size_t i = 0; i < ledger.count; i++) {
        TEXT_LIST_FOREACH (name, &ledger.entries[i].pools) {
            char *key = key_of(certificate->namespace, name);
            const struct object *pool = store_find(&world->store, KIND_POOL, key);

            if (pool != NULL && pool->problem != NULL)
                demands->unknown = "a Pool of the Certificate cannot be understood";
            else if (pool != NULL && pool->message.type == MESSAGE_POOL)
                injection_pool_add(demands, &pool->message.pool);
            free(key);
        }
    }
    ledger_clear(&ledger);
}
