/* SPDX-License-Identifier: Apache-2.0 */
/* The API server may hold something else by the time a patch arrives. The patch then fails its own
 * tests, and the task decides again from a fresh copy of the Certificate. */
#include "certpatcher/task.h"

#include "certpatcher/patch.h"
#include "certpatcher/verdict.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "common/objects/json_patch.h"
#include "common/objects/key.h"

#include <stdlib.h>

enum {
    ATTEMPTS_MAX = 4
};

struct task {
    const struct task_shared *shared;
    struct fetcher *fetcher;
    const struct inject_message *request;
    task_ended *ended;
    void *context;
    struct certificate certificate;
    struct verdict verdict;
    unsigned attempts;
    struct api_call *call; /* under way, or NULL */
    int64_t patch_sent;
    unsigned patch_milliseconds;
    bool is_beginning; /* within task_begin() */
    bool is_over;      /* it has ended there */
};

static void decide(struct task *, bool exists);
static struct verdict verdict_of_task(struct task *);
static void end_without_certificate(struct task *);
static void end_contested(struct task *);
static void end_as_decided(struct task *, const char *reissue_failed);
static void send_names(struct task *);
static void send_patch(struct task *, const char *path, struct json_object *body, api_done *);
static void on_names_patched(const struct api_result *, void *context);
static bool is_overtaken(const struct api_result *);
static void names_written(struct task *, const struct api_result *);
static void remember_written(struct task *, const struct api_result *);
static void send_phase(struct task *, const struct certificate *);
static void on_phase_patched(const struct api_result *, void *context);
static void fetch_again(struct task *);
static void on_fetched_again(const struct api_result *, void *context);
static void forget(struct task *);
static void end(struct task *, struct task_result);
static void end_failed(struct task *, const struct api_result *, const char *reason);
static char *path_of(const struct task *);
static struct certificate_state *state_of(const struct task *);

struct task_result task_result_of(enum inject_outcome outcome, const char *reason)
{
    static const struct text_list none = {0};

    return (struct task_result){
        .outcome = outcome,
        .reason = reason,
        .manager = "",
        .seconds = outcome == INJECT_REFUSED ? INJECTION_REFUSED_SECONDS : 0,
        .added = &none,
        .removed = &none,
        .ledger_before = "",
        .ledger_after = "",
    };
}

struct task *task_begin(const struct task_shared *shared, struct fetcher *fetcher,
                        const struct inject_message *request, task_ended *ended, void *context)
{
    struct task *task = memory_new(1, sizeof(*task));
    struct api_result failed = {0};
    const char *failure = fetcher_failure(fetcher, request->namespace, &failed.error);

    task->shared = shared;
    task->fetcher = fetcher;
    task->request = request;
    task->ended = ended;
    task->context = context;
    task->certificate = certificate_none();
    task->is_beginning = true;
    if (failure != NULL)
        end_failed(task, &failed, failure);
    else
        decide(task,
               fetcher_take(fetcher, request->namespace, request->certificate, &task->certificate));
    task->is_beginning = false;
    if (!task->is_over)
        return task;
    free(task);
    return NULL;
}

void task_cancel(struct task *task)
{
    if (task->call != NULL)
        api_cancel(task->call);
    forget(task);
    free(task);
}

static void decide(struct task *task, bool exists)
{
    task->attempts++;
    if (!mandate_holds(task->shared->mandate)) {
        end(task, task_result_of(INJECT_STOOD_DOWN, ""));
        return;
    }
    if (!exists) {
        end_without_certificate(task);
        return;
    }
    if (task->certificate.problem != NULL) {
        end(task, task_result_of(INJECT_FAILED, task->certificate.problem));
        return;
    }
    task->verdict = verdict_of_task(task);
    if (!task->verdict.writes)
        end_as_decided(task, NULL);
    else if (task->verdict.contested_seconds > 0)
        end_contested(task);
    else
        send_names(task);
}

static struct verdict verdict_of_task(struct task *task)
{
    const struct verdict_inputs inputs = {
        .request = task->request,
        .certificate = &task->certificate.message.certificate,
        .settings = task->shared->settings,
        .states = task->shared->states,
        .state = state_of(task),
        .now = clock_milliseconds(),
    };
    struct injection_demands demands = {0};
    struct verdict verdict;

    fetcher_gather(task->fetcher, inputs.certificate, &demands);
    verdict = verdict_of(&inputs, &demands);
    injection_demands_clear(&demands);
    return verdict;
}

static void end_without_certificate(struct task *task)
{
    struct task_result result = task_result_of(INJECT_REFUSED, "there is no such Certificate");

    result.refused = task->request->add.count + task->request->withdraw.count;
    result.is_gone = true;
    end(task, result);
}

static void end_contested(struct task *task)
{
    const struct managers managers = certificate_managers(&task->certificate);
    struct task_result result = task_result_of(INJECT_CONTESTED, "");

    result.manager = name_contention_manager(&state_of(task)->contention, &managers);
    result.seconds = task->verdict.contested_seconds;
    end(task, result);
}

static void end_as_decided(struct task *task, const char *reissue_failed)
{
    const struct verdict *verdict = &task->verdict;
    struct task_result result =
        task_result_of(verdict->outcome, verdict->refusal != NULL ? verdict->refusal : "");

    if (verdict->outcome == INJECT_WAITING)
        result.seconds = verdict->plan.recheck_seconds < AGES_CONFIRM_SECONDS
                             ? verdict->plan.recheck_seconds
                             : AGES_CONFIRM_SECONDS;
    result.added = &verdict->plan.added;
    result.removed = &verdict->plan.removed;
    result.ledger_before = task->certificate.message.certificate.ledger;
    result.ledger_after = verdict->plan.ledger;
    result.reissue_failed = reissue_failed;
    end(task, result);
}

static void send_names(struct task *task)
{
    char *path = path_of(task);

    task->patch_sent = clock_milliseconds();
    send_patch(task, path, patch_names(&task->certificate, &task->verdict.plan), on_names_patched);
    free(path);
}

/* BODY is released. */
static void send_patch(struct task *task, const char *path, struct json_object *body,
                       api_done *done)
{
    char *managed = memory_format("%s?fieldManager=" FIELD_MANAGER "%s", path,
                                  task->shared->settings->dry_run ? "&dryRun=All" : "");
    const struct api_request request = {.method = "PATCH",
                                        .path = managed,
                                        .content_type = JSON_PATCH_TYPE,
                                        .body = body,
                                        .wants_text = true,
                                        .on_done = done,
                                        .context = task};

    task->call = api_send(task->shared->api, &request);
    json_object_put(body);
    free(managed);
}

static void on_names_patched(const struct api_result *result, void *context)
{
    struct task *task = context;

    task->call = NULL;
    task->patch_milliseconds = (unsigned)(clock_milliseconds() - task->patch_sent);
    if (result->error == API_OK)
        names_written(task, result);
    else if (is_overtaken(result) && task->attempts < ATTEMPTS_MAX)
        fetch_again(task);
    else
        end_failed(task, result, result->message);
}

/* A failed test comes as 422, a lost race inside the API server as 409. */
static bool is_overtaken(const struct api_result *result)
{
    return result->error == API_CONFLICT || result->error == API_INVALID;
}

static void names_written(struct task *task, const struct api_result *result)
{
    const struct settings_message *settings = task->shared->settings;
    const struct text_list *added = &task->verdict.plan.added;
    struct certificate now;

    if (!settings->dry_run)
        remember_written(task, result);
    if (added->count == 0 || settings->dry_run || settings->reissue != REISSUE_PENDING) {
        end_as_decided(task, NULL);
        return;
    }
    certificate_read(result->text, result->size, &now);
    if (now.problem == NULL && now.is_signed && mandate_holds(task->shared->mandate))
        send_phase(task, &now);
    else
        end_as_decided(task, NULL);
    certificate_clear(&now);
}

static void remember_written(struct task *task, const struct api_result *result)
{
    struct name_contention *contention = &state_of(task)->contention;
    const struct verdict *verdict = &task->verdict;
    struct certificate now;
    struct managers managers;

    certificate_read(result->text, result->size, &now);
    managers = certificate_managers(&now);
    if (verdict->plan.added.count > 0)
        name_contention_written(contention, verdict->contention_inputs, &verdict->plan.added,
                                clock_seconds());
    name_contention_left(contention, now.problem == NULL ? &managers : NULL);
    certificate_clear(&now);
}

static void send_phase(struct task *task, const struct certificate *certificate)
{
    char *path = path_of(task), *status = memory_format("%s/status", path);

    send_patch(task, status, patch_phase(certificate), on_phase_patched);
    free(status);
    free(path);
}

/* The names are in the Certificate either way. A failed test means that it is no longer signed. */
static void on_phase_patched(const struct api_result *result, void *context)
{
    struct task *task = context;
    bool failed =
        result->error != API_OK && result->error != API_NOT_FOUND && !is_overtaken(result);

    task->call = NULL;
    end_as_decided(task, failed ? result->message : NULL);
}

static void fetch_again(struct task *task)
{
    char *path = path_of(task);
    const struct api_request request = {.method = "GET",
                                        .path = path,
                                        .wants_text = true,
                                        .on_done = on_fetched_again,
                                        .context = task};

    forget(task);
    task->call = api_send(task->shared->api, &request);
    free(path);
}

static void on_fetched_again(const struct api_result *result, void *context)
{
    struct task *task = context;

    task->call = NULL;
    if (result->error == API_OK)
        certificate_read(result->text, result->size, &task->certificate);
    if (result->error == API_OK || result->error == API_NOT_FOUND)
        decide(task, result->error == API_OK);
    else
        end_failed(task, result, result->message);
}

static void forget(struct task *task)
{
    certificate_clear(&task->certificate);
    verdict_clear(&task->verdict);
}

static void end(struct task *task, struct task_result result)
{
    if (result.refused == 0)
        result.refused = task->verdict.refused;
    result.patch_milliseconds = task->patch_milliseconds;
    task->ended(task->request, &result, task->context);
    forget(task);
    task->is_over = true;
    if (!task->is_beginning)
        free(task);
}

static void end_failed(struct task *task, const struct api_result *failed, const char *reason)
{
    bool unavailable = api_error_is_global(failed->error);
    struct task_result result =
        task_result_of(unavailable ? INJECT_API_UNAVAILABLE : INJECT_FAILED, reason);

    result.error = failed->error;
    result.retry_after = failed->retry_after;
    end(task, result);
}

static char *path_of(const struct task *task)
{
    return kind_path(KIND_CERTIFICATE, NULL, task->request->namespace, task->request->certificate);
}

static struct certificate_state *state_of(const struct task *task)
{
    char *key = key_of(task->request->namespace, task->request->certificate);
    struct certificate_state *state =
        certificate_state_of(task->shared->states, key, task->certificate.message.certificate.uid);

    free(key);
    return state;
}
