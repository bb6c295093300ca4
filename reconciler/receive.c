/* SPDX-License-Identifier: Apache-2.0 */
/* The first step of every way through the reconciler. A message is put where it is remembered; the
 * relations between objects say what has to be worked on because of it. Nothing is decided here. */
#include "reconciler/receive.h"

#include "common/base/cause_log.h"
#include "common/objects/key.h"
#include "reconciler/status.h"

#include <stdlib.h>

enum {
    NAMED_MAX = 3 /* objects with a line each, before there is one for all */
};

static struct reconciler *reconciler_of(void *link);

/* TLSRoutes that are no longer served are gone, as if each had been deleted. */
void receive_route_api(struct message *message, void *context)
{
    struct reconciler *reconciler = reconciler_of(context);
    const char *version = message->route_api.version;

    if (version[0] == '\0')
        pools_overtaken(&reconciler->pools, KIND_ROUTE, NULL);
    world_set_route_version(&reconciler->world, version);
    gather_update(&reconciler->gather);
    reconciler_recheck(reconciler);
}

/* Objects that the list does not bring are gone, and nobody says so by name. */
void receive_resync_begin(struct message *message, void *context)
{
    struct reconciler *reconciler = reconciler_of(context);
    enum kind kind = (enum kind)message->resync_begin.kind;

    pools_overtaken(&reconciler->pools, kind, NULL);
    store_resync_begin(&reconciler->world.store, kind, message->resync_begin.namespace);
    gather_update(&reconciler->gather);
}

void receive_resync_end(struct message *message, void *context)
{
    struct reconciler *reconciler = reconciler_of(context);

    store_resync_end(&reconciler->world.store, (enum kind)message->resync_end.kind,
                     message->resync_end.namespace);
    reconciler_walk(-1, 0, reconciler);
}

/* With the last list of a kind, all that waited for it can go on. */
void receive_list_read(enum kind kind, void *context)
{
    struct reconciler *reconciler = context;

    gather_update(&reconciler->gather);
    if (world_is_complete(&reconciler->world, kind))
        reconciler_recheck(reconciler);
    status_changed(reconciler);
}

void receive_object(struct message *message, void *context)
{
    struct reconciler *reconciler = reconciler_of(context);

    store_put(&reconciler->world.store, message);
    status_changed(reconciler);
}

/* For a Pool and its TLSRoute there is a finding, which says the same. */
void receive_unreadable(struct message *message, void *context)
{
    const struct unreadable_message *unreadable = &message->unreadable;
    struct reconciler *reconciler = reconciler_of(context);
    bool is_new = store_unreadable(&reconciler->world.store, unreadable);

    status_changed(reconciler);
    if (is_new && unreadable->kind != KIND_POOL && unreadable->kind != KIND_ROUTE)
        cause_log_happened(&(struct cause_details){
            .level = LOG_WARNING,
            .text = "an object cannot be read, so it is left alone",
            .who = {LOG_TEXT("kind", kind_names((enum kind)unreadable->kind)->name),
                    LOG_TEXT("namespace", unreadable->namespace),
                    LOG_TEXT("name", unreadable->name)},
            .why = {LOG_TEXT("reason", unreadable->problem)},
            .named_max = NAMED_MAX,
        });
}

void receive_gone(struct message *message, void *context)
{
    struct reconciler *reconciler = reconciler_of(context);
    const struct gone_message *gone = &message->gone;
    char *key = key_of(gone->namespace, gone->name);

    pools_overtaken(&reconciler->pools, (enum kind)gone->kind, key);
    store_remove(&reconciler->world.store, (enum kind)gone->kind, key, gone->uid);
    status_changed(reconciler);
    free(key);
}

void receive_inject_result(struct message *message, void *context)
{
    injections_result(&reconciler_of(context)->injections, &message->inject_result);
}

/* A new certpatcher knows nothing of what the old one was asked for. Its link may take the place of
 * one whose end was not noticed. */
void receive_linked(struct worker *worker, enum role peer)
{
    struct reconciler *reconciler = worker->state;

    if (peer != ROLE_CERTPATCHER)
        return;
    injections_unlinked(&reconciler->injections);
    injections_lead(&reconciler->injections);
    reconciler_recheck(reconciler);
}

void receive_unlinked(struct worker *worker, enum role peer)
{
    struct reconciler *reconciler = worker->state;

    if (peer == ROLE_CERTPATCHER)
        injections_unlinked(&reconciler->injections);
    else
        world_reader_lost(&reconciler->world);
    status_changed(reconciler);
}

void receive_resync(struct worker *worker)
{
    reconciler_recheck(worker->state);
}

static struct reconciler *reconciler_of(void *link)
{
    return ((const struct worker_link *)link)->worker->state;
}
