/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody who may not create one of the objects is to learn that before others have been created:
 * the API server checks all of them first. Objects that exist are not marked as ours. */
#include "common/base/json.h"
#include "common/base/memory.h"
#include "ctl/setup/exchange.h"
#include "ctl/setup/mark.h"
#include "ctl/setup/report.h"
#include "ctl/setup/resource.h"
#include "ctl/setup/setup.h"

#include <stdlib.h>
#include <string.h>

static char *check_namespaces(const struct setup *);
static char *apply_all(const struct setup *, struct json_object *objects, bool is_dry);
static char *apply_one(const struct setup *, struct json_object *object, bool is_dry, enum change *,
                       const char **note);
static struct exchange send_patch(const struct setup *, struct json_object *object,
                                  const struct exchange *before, bool is_dry);
static struct json_object *marked(struct json_object *object, struct json_object *before);
static bool can_be_skipped(const struct setup *, struct json_object *object, enum api_error,
                           const char **note);
static char *problem_of(const struct setup *, struct json_object *object, const struct exchange *);

char *setup_apply(const struct setup *setup, struct json_object *objects)
{
    char *problem = check_namespaces(setup);

    if (problem == NULL)
        problem = apply_all(setup, objects, true);
    if (problem == NULL && !setup->is_dry)
        problem = apply_all(setup, objects, false);
    return problem;
}

/* Those that it is to serve have to exist. Who may not read one may still write in it. */
static char *check_namespaces(const struct setup *setup)
{
    char *problem = NULL;

    TEXT_LIST_FOREACH (namespace, &setup->choice.namespaces) {
        char *path = memory_format("/api/v1/namespaces/%s", namespace);
        struct exchange found = exchange_send(setup->connection, "GET", path, NULL, NULL);

        if (problem == NULL && found.is_absent)
            problem = memory_format("there is no namespace %s; create it: kubectl create namespace "
                                    "%s",
                                    namespace, namespace);
        exchange_clear(&found);
        free(path);
    }
    return problem;
}

/* Prints the last pass only: the one that changes something, unless the run is dry. */
static char *apply_all(const struct setup *setup, struct json_object *objects, bool is_dry)
{
    char *problem = NULL;

    for (size_t i = 0; i < json_count(objects) && problem == NULL; i++) {
        struct json_object *object = json_item(objects, i);
        enum change change = CHANGE_NONE;
        const char *note = NULL;

        problem = apply_one(setup, object, is_dry, &change, &note);
        if (problem == NULL && is_dry == setup->is_dry)
            report_object(setup->is_dry, change, object, note);
    }
    return problem;
}

/* In a dry run, what an object needs may not exist either: its namespace, or the Role of a
 * binding. */
static char *apply_one(const struct setup *setup, struct json_object *object, bool is_dry,
                       enum change *change, const char **note)
{
    char *path = resource_path(object), *problem = NULL;
    struct exchange before = exchange_send(setup->connection, "GET", path, NULL, NULL);
    struct exchange after = {.error = before.error};

    if (before.error == API_OK || before.error == API_NOT_FOUND)
        after = send_patch(setup, object, &before, is_dry);
    if (can_be_skipped(setup, object, after.error, note))
        *change = CHANGE_SKIPPED;
    else if (is_dry && after.error == API_NOT_FOUND)
        *change = CHANGE_CREATED;
    else if (after.error != API_OK)
        problem = problem_of(setup, object, after.message != NULL ? &after : &before);
    else if (before.body == NULL)
        *change = CHANGE_CREATED;
    else
        *change = resource_differs(before.body, after.body) ? CHANGE_CHANGED : CHANGE_NONE;
    exchange_clear(&before);
    exchange_clear(&after);
    free(path);
    return problem;
}

/* A server-side apply: of what others have set in the object, it changes nothing. */
static struct exchange send_patch(const struct setup *setup, struct json_object *object,
                                  const struct exchange *before, bool is_dry)
{
    char *path = resource_path(object);
    char *query = memory_format("%s?fieldManager=" MARK_MANAGER "&fieldValidation=Strict%s%s", path,
                                is_dry ? "&dryRun=All" : "", setup->is_forced ? "&force=true" : "");
    struct json_object *manifest = marked(object, before->body);
    struct exchange after =
        exchange_send(setup->connection, "PATCH", query, "application/apply-patch+yaml", manifest);

    json_object_put(manifest);
    free(query);
    free(path);
    return after;
}

/* OBJECT, with the mark if it does not exist (BEFORE is NULL) or has it already. A new reference.
 */
static struct json_object *marked(struct json_object *object, struct json_object *before)
{
    const char *manager = json_text_member(before, "metadata.labels", MARK_LABEL);
    struct json_object *manifest = NULL, *labels;

    if (json_object_deep_copy(object, &manifest, NULL) != 0)
        memory_out();
    if (before != NULL && (manager == NULL || strcmp(manager, MARK_MANAGER) != 0))
        return manifest;
    labels = json_object_new_object();
    json_put_text(labels, MARK_LABEL, MARK_MANAGER);
    json_object_object_add(json_at(manifest, "metadata"), "labels", labels);
    return manifest;
}

/* The rights hold without the policies, which narrow them. An administrator of namespaces cannot
 * create them. */
static bool can_be_skipped(const struct setup *setup, struct json_object *object,
                           enum api_error error, const char **note)
{
    if (!compose_is_policy(object))
        return false;
    if (error == API_NOT_FOUND)
        *note = "this API server has no admission policies; Kubernetes 1.30 or later has";
    else if (error == API_FORBIDDEN && setup->choice.namespaces.count > 0)
        *note = "only a cluster administrator may create it, with the same command";
    return *note != NULL;
}

static char *problem_of(const struct setup *setup, struct json_object *object,
                        const struct exchange *exchange)
{
    char *title = resource_title(object), *problem;

    if (exchange->error == API_FORBIDDEN)
        problem = memory_format(
            "nothing was changed: this user may not write %s (%s); use a kubeconfig or context of "
            "an administrator, print the objects for one with --output yaml%s",
            title, exchange->message,
            setup->choice.namespaces.count == 0
                ? ", or have rights in some namespaces only with --namespace"
                : "");
    else if (exchange->error == API_CONFLICT)
        problem = memory_format("somebody else has set fields of %s (%s); if it is to be as "
                                "tlsrouted needs it, use --force",
                                title, exchange->message);
    else
        problem = memory_format("cannot write %s: %s: %s", title, api_error_name(exchange->error),
                                exchange->message);
    free(title);
    return problem;
}
