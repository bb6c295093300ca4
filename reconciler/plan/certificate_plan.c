/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for names are shared with the certpatcher, which decides again from what it has read
 * itself. This gathers what they need from the reconciler's own view of the cluster. */
#include "reconciler/plan/certificate_plan.h"

#include "common/objects/key.h"

#include <stdlib.h>

/* What is looked up for one Certificate. */
struct lookup_context {
    const struct world *world;
    struct object *const *servers; /* that use it */
    size_t count;
};

static void gather(const struct world *, const struct object *certificate,
                   struct injection_demands *);
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
