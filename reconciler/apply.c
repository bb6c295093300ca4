#include "reconciler/apply.h"

#include "common/json_patch.h"
#include "common/kind.h"
#include "common/memory.h"

#include <stdio.h>
#include <stdlib.h>

static void add_text(struct json_object *object, const char *member, const char *text);
static struct json_object *owner_reference(const struct pool_message *pool);

void apply_plan(struct api *api, const struct route_plan *plan, const struct pool_message *pool,
                const struct route_message *route, const char *version, api_done *done,
                void *context)
{
    bool create = plan->action == ROUTE_CREATE;
    char *path = kind_path(KIND_ROUTE, version, pool->namespace, create ? NULL : pool->name);
    char *managed = memory_format("%s?fieldManager=" FIELD_MANAGER, path);
    struct api_request request = {.path = managed, .on_done = done, .context = context};

    switch (plan->action) {
    case ROUTE_CREATE:
        request.method = "POST";
        request.body = apply_create_body(plan, pool, version);
        break;
    case ROUTE_CHANGE:
        request.method = "PATCH";
        request.content_type = JSON_PATCH_TYPE;
        request.body = apply_change_body(plan, pool, route);
        break;
    case ROUTE_DELETE:
        request.method = "DELETE";
        request.path = path; /* a delete has no field manager */
        request.body = apply_delete_body(route);
        break;
    case ROUTE_KEEP:
    case ROUTE_WAIT:
        abort();
    }
    api_send(api, &request);
    json_object_put(request.body);
    free(managed);
    free(path);
}

struct json_object *apply_create_body(const struct route_plan *plan,
                                      const struct pool_message *pool, const char *version)
{
    struct json_object *body = json_object_new_object();
    struct json_object *metadata = json_object_new_object();
    struct json_object *labels = json_object_new_object();
    struct json_object *owners = json_object_new_array();
    char *api_version = memory_format("%s/%s", GATEWAY_GROUP, version);

    add_text(body, "apiVersion", api_version);
    add_text(body, "kind", kind_names(KIND_ROUTE)->name);
    add_text(metadata, "name", pool->name);
    add_text(metadata, "namespace", pool->namespace);
    add_text(labels, "app.kubernetes.io/managed-by", FIELD_MANAGER);
    json_object_object_add(metadata, "labels", labels);
    json_object_array_add(owners, owner_reference(pool));
    json_object_object_add(metadata, "ownerReferences", owners);
    json_object_object_add(body, "metadata", metadata);
    json_object_object_add(body, "spec", json_object_get(plan->spec));
    free(api_version);
    return body;
}

struct json_object *apply_change_body(const struct route_plan *plan,
                                      const struct pool_message *pool,
                                      const struct route_message *route)
{
    struct json_object *patch = json_object_new_array();
    char owner[64];

    snprintf(owner, sizeof(owner), "/metadata/ownerReferences/%llu/uid",
             (unsigned long long)route->controller_index);
    json_patch_add(patch, "test", "/metadata/uid", json_object_new_string(route->uid));
    json_patch_add(patch, "test", owner, json_object_new_string(pool->uid));
    json_patch_add(patch, "replace", "/spec", json_object_get(plan->spec));
    return patch;
}

/* meta/v1 DeleteOptions. */
struct json_object *apply_delete_body(const struct route_message *route)
{
    struct json_object *body = json_object_new_object();
    struct json_object *preconditions = json_object_new_object();
    char *version = memory_format("%llu", (unsigned long long)route->resource_version);

    add_text(body, "apiVersion", "v1");
    add_text(body, "kind", "DeleteOptions");
    add_text(preconditions, "uid", route->uid);
    add_text(preconditions, "resourceVersion", version);
    json_object_object_add(body, "preconditions", preconditions);
    free(version);
    return body;
}

/* Without blockOwnerDeletion: it would need update on pools/finalizers, and garbage collection
 * works without it. */
static struct json_object *owner_reference(const struct pool_message *pool)
{
    struct json_object *owner = json_object_new_object();

    add_text(owner, "apiVersion", OPENVOX_GROUP "/" OPENVOX_VERSION);
    add_text(owner, "kind", kind_names(KIND_POOL)->name);
    add_text(owner, "name", pool->name);
    add_text(owner, "uid", pool->uid);
    json_object_object_add(owner, "controller", json_object_new_boolean(true));
    return owner;
}

static void add_text(struct json_object *object, const char *member, const char *text)
{
    json_object_object_add(object, member, json_object_new_string(text));
}
