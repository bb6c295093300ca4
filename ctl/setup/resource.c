/* SPDX-License-Identifier: Apache-2.0 */
/* A path needs the plural of a kind, which only discovery or a table knows. There are few kinds
 * here, and they do not change: a table. */
#include "ctl/setup/resource.h"

#include "common/base/json.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *plural_of(const char *kind);
static bool is_kept_by_server(const char *member);
static size_t count_members(struct json_object *metadata);

static const struct {
    const char *kind, *plural;
} kinds[] = {
    {"Namespace", "namespaces"},
    {"ServiceAccount", "serviceaccounts"},
    {"Secret", "secrets"},
    {"Role", "roles"},
    {"RoleBinding", "rolebindings"},
    {"ClusterRole", "clusterroles"},
    {"ClusterRoleBinding", "clusterrolebindings"},
    {"ValidatingAdmissionPolicy", "validatingadmissionpolicies"},
    {"ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings"},
};

/* Of the metadata. */
static const char *const kept_by_server[] = {"managedFields", "resourceVersion", "generation",
                                             "creationTimestamp", "uid"};

char *resource_path(struct json_object *object)
{
    const char *version = json_text_at(object, "apiVersion");
    const char *plural = plural_of(json_text_at(object, "kind"));
    const char *name = json_text_at(object, "metadata.name");
    const char *namespace = json_text_at(object, "metadata.namespace");
    const char *root = strchr(version, '/') != NULL ? "apis" : "api";

    if (namespace[0] == '\0')
        return memory_format("/%s/%s/%s/%s", root, version, plural, name);
    return memory_format("/%s/%s/namespaces/%s/%s/%s", root, version, namespace, plural, name);
}

char *resource_title(struct json_object *object)
{
    const char *namespace = json_text_at(object, "metadata.namespace");

    return memory_format("%s %s%s%s", json_text_at(object, "kind"), namespace,
                         namespace[0] != '\0' ? "/" : "", json_text_at(object, "metadata.name"));
}

bool resource_differs(struct json_object *before, struct json_object *after)
{
    struct json_object *old = json_at(before, "metadata"), *new = json_at(after, "metadata");

    if (json_object_object_length(before) != json_object_object_length(after) ||
        count_members(old) != count_members(new))
        return true;
    json_object_object_foreach(before, member, value)
    {
        if (strcmp(member, "metadata") != 0 && !json_object_equal(value, json_at(after, member)))
            return true;
    }
    json_object_object_foreach(new, name, item)
    {
        struct json_object *other = NULL;

        if (!is_kept_by_server(name) &&
            (!json_object_object_get_ex(old, name, &other) || !json_object_equal(item, other)))
            return true;
    }
    return false;
}

static size_t count_members(struct json_object *metadata)
{
    size_t count = 0;

    json_object_object_foreach(metadata, member, value)
    {
        (void)value;
        count += !is_kept_by_server(member);
    }
    return count;
}

static const char *plural_of(const char *kind)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].kind, kind) == 0)
            return kinds[i].plural;
    }
    abort(); /* packaging/kustomize has a kind that this table has not */
}

static bool is_kept_by_server(const char *member)
{
    for (size_t i = 0; i < sizeof(kept_by_server) / sizeof(kept_by_server[0]); i++) {
        if (strcmp(kept_by_server[i], member) == 0)
            return true;
    }
    return false;
}
