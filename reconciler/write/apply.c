/* SPDX-License-Identifier: Apache-2.0 */
/* Each request carries its own preconditions, so that it cannot hit an object other than the one
 * that the plan was made for. The bodies are made apart from the sending: they are shown, too. */
#include "reconciler/write/apply.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "common/objects/json_patch.h"

#include <stdio.h>
#include <stdlib.h>

static struct json_object *metadata_of(const struct plan *plan, const struct apply_target *target);
static struct json_object *owner_reference(const struct pool_message *pool);
static char *api_version(const struct apply_target *target);
static void add_guard(struct json_object *patch, const struct object_head *existing);

struct apply_target apply_target_of(const struct world *world, const struct object *pool,
                                    enum kind kind)
{
    const struct object *existing = store_find(&world->store, kind, pool->key);

    return (struct apply_target){
        .kind = kind,
        .version = kind == KIND_ROUTE ? world->route_version : NULL,
        .pool = &pool->message.pool,
        .existing = existing != NULL ? message_head(&existing->message) : NULL,
        .owner = existing != NULL ? message_owner(&existing->message) : NULL,
        .dry_run = world->settings->dry_run,
        .is_guarded = kind == KIND_SERVICE,
    };
}

void apply_plan(struct api *api, const struct plan *plan, const struct apply_target *target,
                api_done *done, void *context)
{
    const struct pool_message *pool = target->pool;
    bool create = plan->action == PLAN_CREATE, delete = plan->action == PLAN_DELETE;
    char *path =
        kind_path(target->kind, target->version, pool->namespace, create ? NULL : pool->name);
    char *query = memory_format("%s?%s%s", path, delete ? "" : "fieldManager=" FIELD_MANAGER,
                                target->dry_run && !delete ? "&dryRun=All" : "");
    struct api_request request = {
        .path = query, .wants_text = true, .on_done = done, .context = context};

    if (create) {
        request.method = "POST";
        request.body = apply_create_body(plan, target);
    } else if (delete) {
        request.method = "DELETE";
        request.body = apply_delete_body(target);
    } else if (plan->action == PLAN_CHANGE) {
        request.method = "PATCH";
        request.content_type = JSON_PATCH_TYPE;
        request.body = apply_change_body(plan, target);
    } else {
        abort();
    }
    api_send(api, &request);
    json_object_put(request.body);
    free(query);
    free(path);
}

struct json_object *apply_create_body(const struct plan *plan, const struct apply_target *target)
{
    struct json_object *body = json_object_new_object();
    struct json_object *spec = json_at(plan->object, "spec");
    char *version = api_version(target);

    json_put_text(body, "apiVersion", version);
    json_put_text(body, "kind", kind_names(target->kind)->name);
    json_object_object_add(body, "metadata", metadata_of(plan, target));
    json_object_object_add(body, "spec", json_object_get(spec));
    free(version);
    return body;
}

struct json_object *apply_change_body(const struct plan *plan, const struct apply_target *target)
{
    struct json_object *patch = json_object_new_array();
    char owner[64];

    snprintf(owner, sizeof(owner), "/metadata/ownerReferences/%llu/uid",
             (unsigned long long)target->owner->controller_index);
    json_patch_add(patch, "test", "/metadata/uid", json_object_new_string(target->existing->uid));
    json_patch_add(patch, "test", owner, json_object_new_string(target->pool->uid));
    if (target->is_guarded)
        add_guard(patch, target->existing);
    if (target->kind == KIND_ROUTE)
        json_patch_add(patch, "replace", "/spec", json_object_get(json_at(plan->object, "spec")));
    for (size_t i = 0; i < json_count(plan->changes); i++)
        json_object_array_add(patch, json_object_get(json_item(plan->changes, i)));
    return patch;
}

/* meta/v1 DeleteOptions. */
struct json_object *apply_delete_body(const struct apply_target *target)
{
    struct json_object *body = json_object_new_object();
    struct json_object *preconditions = json_object_new_object();
    char *version = memory_format("%llu", (unsigned long long)target->existing->resource_version);

    json_put_text(body, "apiVersion", "v1");
    json_put_text(body, "kind", "DeleteOptions");
    json_put_text(preconditions, "uid", target->existing->uid);
    json_put_text(preconditions, "resourceVersion", version);
    json_object_object_add(body, "preconditions", preconditions);
    if (target->dry_run) { /* with a body the server ignores the query */
        struct json_object *stages = json_object_new_array();

        json_object_array_add(stages, json_object_new_string("All"));
        json_object_object_add(body, "dryRun", stages);
    }
    free(version);
    return body;
}

static struct json_object *metadata_of(const struct plan *plan, const struct apply_target *target)
{
    struct json_object *metadata = json_object_new_object();
    struct json_object *planned = json_at(plan->object, "metadata");
    struct json_object *owners = json_object_new_array();

    json_put_text(metadata, "name", target->pool->name);
    json_put_text(metadata, "namespace", target->pool->namespace);
    json_object_array_add(owners, owner_reference(target->pool));
    json_object_object_add(metadata, "ownerReferences", owners);
    if (planned != NULL) {
        json_object_object_foreach(planned, member, value)
        {
            json_object_object_add(metadata, member, json_object_get(value));
        }
    }
    return metadata;
}

/* Without blockOwnerDeletion: it would need update on pools/finalizers, and garbage collection
 * works without it. */
static struct json_object *owner_reference(const struct pool_message *pool)
{
    struct json_object *owner = json_object_new_object();

    json_put_text(owner, "apiVersion", OPENVOX_GROUP "/" OPENVOX_VERSION);
    json_put_text(owner, "kind", kind_names(KIND_POOL)->name);
    json_put_text(owner, "name", pool->name);
    json_put_text(owner, "uid", pool->uid);
    json_object_object_add(owner, "controller", json_object_new_boolean(true));
    return owner;
}

static char *api_version(const struct apply_target *target)
{
    const struct kind_names *names = kind_names(target->kind);
    const char *version = target->version != NULL ? target->version : names->version;

    return memory_format("%s%s%s", names->group, names->group[0] != '\0' ? "/" : "", version);
}

/* With another version the API server answers that there is a conflict. (Kubernetes API concepts,
 * "Resource versions") */
static void add_guard(struct json_object *patch, const struct object_head *existing)
{
    char *version = memory_format("%llu", (unsigned long long)existing->resource_version);

    json_patch_add(patch, "replace", "/metadata/resourceVersion", json_object_new_string(version));
    free(version);
}
