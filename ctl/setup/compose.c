/* SPDX-License-Identifier: Apache-2.0 */
/* Administrators have tlsroutectl, but not always a program that composes manifests. The few
 * changes that packaging/kustomize makes are made here too; a test holds the results together. */
#include "ctl/setup/compose.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "ctl/setup/manifests.h"
#include "ctl/setup/yaml_objects.h"

#include <stdlib.h>
#include <string.h>

#define HOME "tlsrouted" /* the namespace in packaging/kustomize/base */

static void add_namespaced(struct json_object *objects, struct json_object *base,
                           const struct compose_choice *, const char *namespace);
static struct json_object *in_namespace(struct json_object *object, const char *namespace,
                                        const char *home);
static void narrow_kind(struct json_object *object);
static struct json_object *rules_of_role(struct json_object *rules);
static bool is_for_cluster_only(struct json_object *rule);
static void set_subjects(struct json_object *object, const char *home);
static void add_policies(struct json_object *objects, const char *namespace);
static void limit_policy(struct json_object *policy, const char *namespace);
static void add_suffix(struct json_object *object, const char *member, const char *suffix);
static struct json_object *selector_of(const char *namespace);
static void allow_reissue(struct json_object *objects);
static bool has_kind(struct json_object *object, const char *kind);
static struct json_object *copy_of(struct json_object *value);

struct json_object *compose_objects(const struct compose_choice *choice)
{
    struct json_object *base = yaml_objects(manifests_base), *objects = json_object_new_array();

    if (choice->may_reissue)
        allow_reissue(base);
    if (choice->namespaces.count == 0) {
        for (size_t i = 0; i < json_count(base); i++)
            json_object_array_add(objects, json_object_get(json_item(base, i)));
        add_policies(objects, NULL);
    }
    TEXT_LIST_FOREACH (namespace, &choice->namespaces)
        add_namespaced(objects, base, choice, namespace);
    json_object_put(base);
    return objects;
}

const char *compose_home(const struct compose_choice *choice)
{
    return choice->namespaces.count == 0 ? HOME : text_list_next(&choice->namespaces, NULL);
}

bool compose_is_policy(struct json_object *object)
{
    return has_kind(object, "ValidatingAdmissionPolicy") ||
           has_kind(object, "ValidatingAdmissionPolicyBinding");
}

/* All of BASE goes into the namespace of the accounts, into others only the rights that workers
 * have outside of it. */
static void add_namespaced(struct json_object *objects, struct json_object *base,
                           const struct compose_choice *choice, const char *namespace)
{
    const char *home = compose_home(choice);
    bool is_home = strcmp(namespace, home) == 0;

    for (size_t i = 0; i < json_count(base); i++) {
        struct json_object *object = json_item(base, i);
        bool is_wide = has_kind(object, "ClusterRole") || has_kind(object, "ClusterRoleBinding");

        if (!has_kind(object, "Namespace") && (is_home || is_wide))
            json_object_array_add(objects, in_namespace(object, namespace, home));
    }
    add_policies(objects, namespace);
}

/* A new reference. */
static struct json_object *in_namespace(struct json_object *object, const char *namespace,
                                        const char *home)
{
    struct json_object *copy = copy_of(object);

    json_put_text(json_at(copy, "metadata"), "namespace", namespace);
    narrow_kind(copy);
    set_subjects(copy, home);
    return copy;
}

/* Makes a ClusterRole a Role, and a ClusterRoleBinding a RoleBinding. */
static void narrow_kind(struct json_object *object)
{
    if (has_kind(object, "ClusterRole")) {
        json_put_text(object, "kind", "Role");
        json_object_object_add(object, "rules", rules_of_role(json_at(object, "rules")));
    } else if (has_kind(object, "ClusterRoleBinding")) {
        json_put_text(object, "kind", "RoleBinding");
        json_put_text(json_at(object, "roleRef"), "kind", "Role");
    }
}

/* Without what no Role can grant. A new reference. */
static struct json_object *rules_of_role(struct json_object *rules)
{
    struct json_object *kept = json_object_new_array();

    for (size_t i = 0; i < json_count(rules); i++) {
        struct json_object *rule = json_item(rules, i);

        if (!is_for_cluster_only(rule))
            json_object_array_add(kept, json_object_get(rule));
    }
    return kept;
}

static bool is_for_cluster_only(struct json_object *rule)
{
    struct json_object *first = json_item(json_at(rule, "resources"), 0);
    const char *resource = json_object_get_string(first);

    return strcmp(resource, "gatewayclasses") == 0 ||
           strcmp(resource, "customresourcedefinitions") == 0;
}

static void set_subjects(struct json_object *object, const char *home)
{
    struct json_object *subjects = json_at(object, "subjects");

    for (size_t i = 0; i < json_count(subjects); i++)
        json_put_text(json_item(subjects, i), "namespace", home);
}

/* NAMESPACE: where they are in force; NULL: everywhere. */
static void add_policies(struct json_object *objects, const char *namespace)
{
    struct json_object *policies = yaml_objects(manifests_policies);

    for (size_t i = 0; i < json_count(policies); i++) {
        struct json_object *policy = json_item(policies, i);

        if (namespace != NULL)
            limit_policy(policy, namespace);
        json_object_array_add(objects, json_object_get(policy));
    }
    json_object_put(policies);
}

/* Makes a policy, or the binding of one, one for NAMESPACE, named after it. */
static void limit_policy(struct json_object *policy, const char *namespace)
{
    char *suffix = memory_format("-%s", namespace);

    add_suffix(json_at(policy, "metadata"), "name", suffix);
    if (has_kind(policy, "ValidatingAdmissionPolicyBinding")) {
        add_suffix(json_at(policy, "spec"), "policyName", suffix);
        json_object_object_add(json_at(policy, "spec"), "matchResources", selector_of(namespace));
    }
    free(suffix);
}

static void add_suffix(struct json_object *object, const char *member, const char *suffix)
{
    char *text = memory_format("%s%s", json_text_at(object, member), suffix);

    json_put_text(object, member, text);
    free(text);
}

/* A new reference. */
static struct json_object *selector_of(const char *namespace)
{
    struct json_object *labels = json_object_new_object(), *selector = json_object_new_object();
    struct json_object *resources = json_object_new_object();

    json_put_text(labels, "kubernetes.io/metadata.name", namespace);
    json_object_object_add(selector, "matchLabels", labels);
    json_object_object_add(resources, "namespaceSelector", selector);
    return resources;
}

/* As packaging/kustomize/reissue does. */
static void allow_reissue(struct json_object *objects)
{
    struct json_object *rule = yaml_objects("apiGroups: [openvox.voxpupuli.org]\n"
                                            "resources: [certificates/status]\n"
                                            "verbs: [patch]\n");

    for (size_t i = 0; i < json_count(objects); i++) {
        struct json_object *object = json_item(objects, i);

        if (has_kind(object, "ClusterRole") &&
            strcmp(json_text_at(object, "metadata.name"), "tlsrouted-certpatcher") == 0)
            json_object_array_add(json_at(object, "rules"), json_object_get(json_item(rule, 0)));
    }
    json_object_put(rule);
}

static bool has_kind(struct json_object *object, const char *kind)
{
    return strcmp(json_text_at(object, "kind"), kind) == 0;
}

/* A new reference. */
static struct json_object *copy_of(struct json_object *value)
{
    struct json_object *copy = NULL;

    if (json_object_deep_copy(value, &copy, NULL) != 0)
        memory_out();
    return copy;
}
