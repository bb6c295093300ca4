/* The work on one injection: ask the certpatcher for a Pool's hostname in the Certificate of one of
 * its Servers, unless it has it. */
#include "common/injection.h"
#include "common/log.h"
#include "common/memory.h"
#include "reconciler/reconciler.h"

#include <stdlib.h>
#include <string.h>

static bool ask(struct reconciler *, const struct pool_message *, const struct server_message *,
                const struct certificate_message *);
static const struct message *find(const struct reconciler *, enum kind, const char *namespace,
                                  const char *name);
static char *injection_key(const char *namespace, const char *pool, const char *server);

void injection_add_all(struct reconciler *reconciler, const char *key)
{
    const struct object *pool = store_find(&reconciler->store, KIND_POOL, key);
    struct object *const *servers;
    size_t count;

    if (pool == NULL || pool->message.type != MESSAGE_POOL || !pool->message.pool.route_enabled ||
        !pool->message.pool.inject)
        return;
    servers = index_find(&reconciler->store.servers_of_pool, key, &count);
    for (size_t i = 0; i < count; i++) {
        char *injection = memory_format("%s/%s", key, servers[i]->message.server.name);

        queue_add(reconciler->injections, injection);
        free(injection);
    }
}

void injection_work(const char *key, void *context)
{
    struct reconciler *reconciler = context;
    char *parts = memory_text(key);
    const char *namespace = strtok(parts, "/");
    const char *pool_name = strtok(NULL, "/");
    const char *server_name = strtok(NULL, "/");
    const struct message *pool = find(reconciler, KIND_POOL, namespace, pool_name);
    const struct message *server = find(reconciler, KIND_SERVER, namespace, server_name);
    const struct message *certificate =
        server != NULL ? find(reconciler, KIND_CERTIFICATE, namespace, server->server.certificate)
                       : NULL;

    if (pool == NULL || certificate == NULL ||
        injection_refusal(&pool->pool, &server->server, &certificate->certificate) != NULL ||
        injection_present(&pool->pool, &certificate->certificate))
        queue_done(reconciler->injections, key);
    else if (!ask(reconciler, &pool->pool, &server->server, &certificate->certificate))
        queue_failed(reconciler->injections, key);
    free(parts);
    reconciler_report_soon(reconciler);
}

void injection_done(struct reconciler *reconciler, const struct inject_done_message *done)
{
    char *key = injection_key(done->namespace, done->pool, done->server);

    if (done->outcome == INJECT_ADDED || done->outcome == INJECT_PRESENT)
        queue_done(reconciler->injections, key);
    else
        queue_failed(reconciler->injections, key);
    free(key);
    reconciler_report_soon(reconciler);
}

static bool ask(struct reconciler *reconciler, const struct pool_message *pool,
                const struct server_message *server, const struct certificate_message *certificate)
{
    struct message message = message_of(MESSAGE_INJECT);

    message.inject.namespace = pool->namespace;
    message.inject.pool = pool->name;
    message.inject.server = server->name;
    message.inject.certificate = certificate->name;
    message.inject.hostname = pool->hostname;
    return worker_send(reconciler->worker, ROLE_CERTPATCHER, &message);
}

/* What is known of it, or NULL if nothing is. */
static const struct message *find(const struct reconciler *reconciler, enum kind kind,
                                  const char *namespace, const char *name)
{
    char *key = store_key(namespace, name);
    const struct object *object = store_find(&reconciler->store, kind, key);

    free(key);
    return object != NULL && object->message.type != MESSAGE_NONE ? &object->message : NULL;
}

static char *injection_key(const char *namespace, const char *pool, const char *server)
{
    return memory_format("%s/%s/%s", namespace, pool, server);
}
