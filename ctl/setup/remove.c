/* SPDX-License-Identifier: Apache-2.0 */
/* What `setup` did not create belongs to somebody else, even if it has the same name. A namespace
 * takes all with it that is in it: it stays if others use it. */
#include "common/base/json.h"
#include "common/base/memory.h"
#include "ctl/setup/exchange.h"
#include "ctl/setup/mark.h"
#include "ctl/setup/report.h"
#include "ctl/setup/resource.h"
#include "ctl/setup/setup.h"

#include <stdlib.h>
#include <string.h>

static char *remove_one(const struct setup *, struct json_object *object);
static char *delete_found(const struct setup *, struct json_object *object,
                          struct json_object *found);
static struct json_object *options_of(struct json_object *found, bool is_dry);
static const char *user_of_namespace(const struct setup *, const char *namespace);
static bool has_objects(const struct setup *, const char *namespace, const char *plural);
static bool comes_by_itself(struct json_object *item);

/* What somebody may have put into the namespace of the accounts. */
static const char *const used_for[] = {"pods",    "services",        "configmaps",
                                       "secrets", "serviceaccounts", "persistentvolumeclaims"};

/* What every namespace has. */
static const char *const by_itself[] = {"kube-root-ca.crt", "default"};

char *setup_remove(const struct setup *setup, struct json_object *objects)
{
    char *problem = NULL;

    for (size_t i = json_count(objects); i > 0 && problem == NULL; i--)
        problem = remove_one(setup, json_item(objects, i - 1));
    return problem;
}

static char *remove_one(const struct setup *setup, struct json_object *object)
{
    char *path = resource_path(object), *problem = NULL;
    struct exchange found = exchange_send(setup->connection, "GET", path, NULL, NULL);
    const char *manager = json_text_member(found.body, "metadata.labels", MARK_LABEL);
    const char *user = NULL;

    if (manager != NULL && strcmp(json_text_at(object, "kind"), "Namespace") == 0)
        user = user_of_namespace(setup, json_text_at(object, "metadata.name"));
    if (found.error == API_FORBIDDEN && compose_is_policy(object))
        report_object(setup->is_dry, CHANGE_LEFT, object, "this user may not read it");
    else if (found.error != API_OK && found.error != API_NOT_FOUND)
        problem = memory_format("cannot read %s: %s: %s", path, api_error_name(found.error),
                                found.message);
    else if (found.body != NULL && (manager == NULL || strcmp(manager, MARK_MANAGER) != 0))
        report_object(setup->is_dry, CHANGE_LEFT, object, "tlsroutectl setup did not create it");
    else if (user != NULL)
        report_object(setup->is_dry, CHANGE_LEFT, object, user);
    else if (found.body != NULL && json_text_at(found.body, "metadata.deletionTimestamp")[0] == 0)
        problem = delete_found(setup, object, found.body);
    exchange_clear(&found);
    free(path);
    return problem;
}

static char *delete_found(const struct setup *setup, struct json_object *object,
                          struct json_object *found)
{
    char *path = resource_path(object), *problem = NULL;
    struct json_object *options = options_of(found, setup->is_dry);
    struct exchange done = exchange_send(setup->connection, "DELETE", path, NULL, options);

    if (done.error == API_OK || done.error == API_NOT_FOUND)
        report_object(setup->is_dry, CHANGE_REMOVED, object, NULL);
    else
        problem = memory_format("cannot delete %s: %s: %s", path, api_error_name(done.error),
                                done.message);
    exchange_clear(&done);
    json_object_put(options);
    free(path);
    return problem;
}

/* It has to be what was looked at. With these in the body, the API server ignores what the query of
 * a DELETE says. A new reference. */
static struct json_object *options_of(struct json_object *found, bool is_dry)
{
    struct json_object *options = json_object_new_object(), *only = json_object_new_object();
    struct json_object *dry = json_object_new_array();

    json_put_text(only, "uid", json_text_at(found, "metadata.uid"));
    json_put_text(only, "resourceVersion", json_text_at(found, "metadata.resourceVersion"));
    json_put_text(options, "apiVersion", "v1");
    json_put_text(options, "kind", "DeleteOptions");
    json_object_object_add(options, "preconditions", only);
    if (is_dry)
        json_object_array_add(dry, json_object_new_string("All"));
    json_object_object_add(options, "dryRun", dry);
    return options;
}

/* NULL, or why it has to stay (a constant). */
static const char *user_of_namespace(const struct setup *setup, const char *namespace)
{
    for (size_t i = 0; i < sizeof(used_for) / sizeof(used_for[0]); i++) {
        if (has_objects(setup, namespace, used_for[i]))
            return "there are objects of others in it";
    }
    return NULL;
}

/* What cannot be read may be there. */
static bool has_objects(const struct setup *setup, const char *namespace, const char *plural)
{
    char *path = memory_format("/api/v1/namespaces/%s/%s", namespace, plural);
    struct exchange list = exchange_list(setup->connection, path);
    struct json_object *items = json_at(list.body, "items");
    bool found = list.error != API_OK;

    for (size_t i = 0; i < json_count(items) && !found; i++)
        found = !comes_by_itself(json_item(items, i));
    exchange_clear(&list);
    free(path);
    return found;
}

/* Or from `setup`, which in a dry run has not been deleted. */
static bool comes_by_itself(struct json_object *item)
{
    const char *manager = json_text_member(item, "metadata.labels", MARK_LABEL);

    for (size_t i = 0; i < sizeof(by_itself) / sizeof(by_itself[0]); i++) {
        if (strcmp(json_text_at(item, "metadata.name"), by_itself[i]) == 0)
            return true;
    }
    return manager != NULL && strcmp(manager, MARK_MANAGER) == 0;
}
