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

/* One object, and what becomes of it. */
struct step {
    struct json_object *object; /* borrowed */
    enum change change;
    const char *note; /* why, or NULL; a constant */
};

static char *check_namespaces(const struct setup *);
static char *plan_all(const struct setup *, struct json_object *objects, struct step *steps);
static char *take(const struct setup *, struct step *);
static char *apply_one(const struct setup *, struct step *, bool is_dry);
static struct exchange send_patch(const struct setup *, struct json_object *object,
                                  const struct exchange *before, bool is_dry, bool is_forced);
static bool is_right(const struct setup *, struct json_object *object,
                     const struct exchange *before);
static struct json_object *marked(struct json_object *object, struct json_object *before);
static bool can_be_skipped(const struct setup *, struct step *, enum api_error);
static char *problem_of(const struct setup *, struct json_object *object, const struct exchange *);

/* Everybody may read its version; what matters is that there is an answer. */
char *setup_reach(const struct setup *setup)
{
    struct exchange answer = exchange_send(setup->connection, "GET", "/version", NULL, NULL);
    char *problem = NULL;

    if (api_error_is_global(answer.error))
        problem = memory_format("cannot use the API server %s: %s: %s; look at what --kubeconfig "
                                "and --context name",
                                connection_server(setup->connection)->url,
                                api_error_name(answer.error), answer.message);
    exchange_clear(&answer);
    return problem;
}

char *setup_apply(const struct setup *setup, struct json_object *objects)
{
    struct step *steps = memory_new(json_count(objects), sizeof(*steps));
    char *problem = check_namespaces(setup), *refused;

    if (problem == NULL && (refused = plan_all(setup, objects, steps)) != NULL) {
        problem = memory_format("nothing was changed: %s", refused);
        free(refused);
    }
    for (size_t i = 0; i < json_count(objects) && problem == NULL; i++)
        problem = take(setup, &steps[i]);
    free(steps);
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

/* What has to be done about each of the objects, from the API server's own word on it. */
static char *plan_all(const struct setup *setup, struct json_object *objects, struct step *steps)
{
    char *problem = NULL;

    for (size_t i = 0; i < json_count(objects) && problem == NULL; i++) {
        steps[i].object = json_item(objects, i);
        problem = apply_one(setup, &steps[i], true);
    }
    return problem;
}

/* An object that is right is not written at all. */
static char *take(const struct setup *setup, struct step *step)
{
    const bool is_due = step->change == CHANGE_CREATED || step->change == CHANGE_CHANGED;
    char *problem = is_due && !setup->is_dry ? apply_one(setup, step, false) : NULL;

    if (problem == NULL)
        report_object(setup->is_dry, step->change, step->object, step->note);
    return problem;
}

/* In a dry run, what an object needs may not exist either: its namespace, or the Role of a
 * binding. */
static char *apply_one(const struct setup *setup, struct step *step, bool is_dry)
{
    char *path = resource_path(step->object), *problem = NULL;
    struct exchange before = exchange_send(setup->connection, "GET", path, NULL, NULL);
    struct exchange after = {.error = before.error};

    if (before.error == API_OK || before.error == API_NOT_FOUND)
        after = send_patch(setup, step->object, &before, is_dry, setup->is_forced);
    if (after.error == API_CONFLICT && is_right(setup, step->object, &before))
        step->change = CHANGE_NONE;
    else if (can_be_skipped(setup, step, after.error))
        step->change = CHANGE_SKIPPED;
    else if (is_dry && after.error == API_NOT_FOUND)
        step->change = CHANGE_CREATED;
    else if (after.error != API_OK)
        problem = problem_of(setup, step->object, after.message != NULL ? &after : &before);
    else if (before.body == NULL)
        step->change = CHANGE_CREATED;
    else
        step->change = resource_differs(before.body, after.body) ? CHANGE_CHANGED : CHANGE_NONE;
    exchange_clear(&before);
    exchange_clear(&after);
    free(path);
    return problem;
}

/* A server-side apply: of what others have set in the object, it changes nothing. */
static struct exchange send_patch(const struct setup *setup, struct json_object *object,
                                  const struct exchange *before, bool is_dry, bool is_forced)
{
    char *path = resource_path(object);
    char *query = memory_format("%s?fieldManager=" MARK_MANAGER "&fieldValidation=Strict%s%s", path,
                                is_dry ? "&dryRun=All" : "", is_forced ? "&force=true" : "");
    struct json_object *manifest = marked(object, before->body);
    struct exchange after =
        exchange_send(setup->connection, "PATCH", query, "application/apply-patch+yaml", manifest);

    json_object_put(manifest);
    free(query);
    free(path);
    return after;
}

/* Whether OBJECT is as it should be, whoever has made it so. The API server finds a conflict also
 * in what it has itself added to a field that somebody else has set. */
static bool is_right(const struct setup *setup, struct json_object *object,
                     const struct exchange *before)
{
    struct exchange taken_over = send_patch(setup, object, before, true, true);
    bool is_same = taken_over.error == API_OK && !resource_differs(before->body, taken_over.body);

    exchange_clear(&taken_over);
    return is_same;
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
static bool can_be_skipped(const struct setup *setup, struct step *step, enum api_error error)
{
    if (!compose_is_policy(step->object))
        return false;
    if (error == API_NOT_FOUND)
        step->note = "this API server has no admission policies; Kubernetes 1.30 or later has";
    else if (error == API_FORBIDDEN && setup->choice.namespaces.count > 0)
        step->note = "only a cluster administrator may create it, with the same command";
    return step->note != NULL;
}

static char *problem_of(const struct setup *setup, struct json_object *object,
                        const struct exchange *exchange)
{
    char *title = resource_title(object), *problem;

    if (exchange->error == API_FORBIDDEN && strstr(exchange->message, "being terminated") != NULL)
        problem = memory_format("cannot write %s: the namespace %s is being deleted; run this "
                                "again once it has gone",
                                title, json_text_at(object, "metadata.namespace"));
    else if (exchange->error == API_FORBIDDEN)
        problem = memory_format("this user may not write %s (%s); use a kubeconfig or context of "
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
