/* SPDX-License-Identifier: Apache-2.0 */
#include "certpatcher/task.h"

#include "certpatcher/patch.h"
#include "common/base/clock.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "common/objects/json_patch.h"
#include "common/objects/key.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOOKS_MAX = 4, /* the first and three more */
};

struct task {
    const struct task_setting *setting;
    struct fetcher *fetcher;
    const struct inject_message *asked;
    task_ended *ended;
    void *context;
    struct fetched fetched;
    bool exists;
    struct injection_demands demands;
    struct injection_plan plan;
    char *inputs; /* of reverts.h */
    size_t refused;
    const char *refusal; /* the first one */
    unsigned looks;
    struct api_call *call; /* under way, or NULL */
    int64_t sent;
    unsigned milliseconds;
    bool is_over; /* ended within task_begin() */
    bool begins;
};

static void decide(struct task *);
static void make_plan(struct task *, struct record *);
static void count_refusals(struct task *, const struct injection_inputs *);
static void refuse(struct task *, const char *refusal);
static bool has_to_write(const struct task *);
static void end_as_planned(struct task *);
static enum inject_outcome planned_outcome(const struct task *);
static void send_patch(struct task *);
static void patch(struct task *, const char *path, struct json_object *body, api_done *);
static void on_patched(const struct api_result *, void *context);
static void written(struct task *, const struct api_result *);
static void look_again(struct task *);
static void on_looked(const struct api_result *, void *context);
static void on_reissued(const struct api_result *, void *context);
static void forget(struct task *);
static void end(struct task *, struct task_result);
static void end_failed(struct task *, const char *what, const struct api_result *);
static char *path_of(const struct task *);
static struct record *record_of_task(const struct task *);

struct task *task_begin(const struct task_setting *setting, struct fetcher *fetcher,
                        const struct inject_message *asked, task_ended *ended, void *context)
{
    struct task *task = memory_new(1, sizeof(*task));
    enum api_error error;
    const char *failure = fetcher_failure(fetcher, asked->namespace, &error);

    task->setting = setting;
    task->fetcher = fetcher;
    task->asked = asked;
    task->ended = ended;
    task->context = context;
    task->begins = true;
    task->fetched.message = message_of(MESSAGE_NONE);
    if (failure != NULL) {
        end_failed(task, NULL, &(struct api_result){.error = error, .message = failure});
    } else {
        task->exists = fetcher_take(fetcher, asked->namespace, asked->certificate, &task->fetched);
        decide(task);
    }
    task->begins = false;
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

static void decide(struct task *task)
{
    const struct fetched *fetched = &task->fetched;
    struct record *record;
    unsigned delay;

    task->looks++;
    if (!task->exists) {
        task->refused = task->asked->add.count + task->asked->withdraw.count;
        end(task, (struct task_result){.outcome = INJECT_REFUSED,
                                       .reason = "there is no such Certificate",
                                       .is_gone = true});
        return;
    }
    if (fetched->problem != NULL) {
        end(task, (struct task_result){.outcome = INJECT_FAILED, .reason = fetched->problem});
        return;
    }
    record = record_of_task(task);
    make_plan(task, record);
    delay = task->plan.added.count > 0 ? contention_delay(&record->contention, task->inputs,
                                                          &task->plan.added, clock_seconds())
                                       : 0;
    if (!has_to_write(task))
        end_as_planned(task);
    else if (delay > 0)
        end(task, (struct task_result){.outcome = INJECT_CONTESTED,
                                       .reason = "somebody removes our names again and again",
                                       .manager = fetched->manager,
                                       .seconds = delay});
    else
        send_patch(task);
}

static void make_plan(struct task *task, struct record *record)
{
    const struct settings_message *settings = task->setting->settings;
    const struct certificate_message *certificate = &task->fetched.message.certificate;
    int64_t now = clock_milliseconds();
    size_t age_count;
    struct injection_age *ages = record_ages(record, now, &age_count);
    const struct injection_inputs inputs = {
        .certificate = certificate,
        .demands = &task->demands,
        .add = &task->asked->add,
        .withdraw = &task->asked->withdraw,
        .ages = ages,
        .age_count = age_count,
        .never = settings->withdraw == WITHDRAW_NEVER,
        .grace = (unsigned)settings->grace,
        .max_names = (unsigned)settings->max_names,
    };

    fetcher_gather(task->fetcher, certificate, &task->demands);
    task->plan = injection_plan(&inputs);
    task->inputs = contention_inputs(certificate, &task->demands);
    contention_observe(&record->contention, task->inputs);
    count_refusals(task, &inputs);
    record_set_ages(task->setting->records, record, &task->plan.waiting, now);
    free(ages);
}

/* Where only certain Pools are served, the reconciler cannot know that another one needs a name. */
static void count_refusals(struct task *task, const struct injection_inputs *inputs)
{
    bool sees_all = task->setting->settings->pool_selector[0] == '\0';

    task->refused = 0;
    task->refusal = NULL;
    TEXT_LIST_FOREACH (name, &task->asked->add)
        refuse(task, injection_refuses_add(inputs, name));
    TEXT_LIST_FOREACH (name, &task->asked->withdraw) {
        const char *refusal = injection_refuses_withdrawal(inputs, name);

        if (sees_all || refusal == NULL || strcmp(refusal, INJECTION_NEEDED) != 0)
            refuse(task, refusal);
    }
}

/* REFUSAL may be NULL. */
static void refuse(struct task *task, const char *refusal)
{
    if (refusal == NULL)
        return;
    if (task->refusal == NULL)
        task->refusal = refusal;
    task->refused++;
}

/* A ledger that changes by itself is written only if that was asked for. */
static bool has_to_write(const struct task *task)
{
    return task->plan.added.count + task->plan.removed.count > 0 ||
           (task->asked->record && task->plan.ledger_changes);
}

static void end_as_planned(struct task *task)
{
    enum inject_outcome outcome = planned_outcome(task);

    end(task, (struct task_result){
                  .outcome = outcome,
                  .reason = task->refusal != NULL ? task->refusal : "",
                  .seconds = task->plan.look_again,
                  .added = &task->plan.added,
                  .removed = &task->plan.removed,
                  .left_out = task->plan.left_out.count,
              });
}

/* What could not be read may be known later: that is no refusal. */
static enum inject_outcome planned_outcome(const struct task *task)
{
    if (task->plan.waiting.count > 0)
        return INJECT_WAITING;
    if (has_to_write(task))
        return INJECT_WRITTEN;
    if (task->refusal == NULL)
        return INJECT_UNCHANGED;
    return task->refusal == task->demands.unknown ? INJECT_FAILED : INJECT_REFUSED;
}

static void send_patch(struct task *task)
{
    char *path = path_of(task);

    task->sent = clock_milliseconds();
    patch(task, path, patch_names(&task->fetched, &task->plan), on_patched);
    free(path);
}

/* BODY is released. */
static void patch(struct task *task, const char *path, struct json_object *body, api_done *done)
{
    char *managed = memory_format("%s?fieldManager=" FIELD_MANAGER "%s", path,
                                  task->setting->settings->dry_run ? "&dryRun=All" : "");
    const struct api_request request = {.method = "PATCH",
                                        .path = managed,
                                        .content_type = JSON_PATCH_TYPE,
                                        .body = body,
                                        .on_done = done,
                                        .context = task};

    task->call = api_send(task->setting->api, &request);
    json_object_put(body);
    free(managed);
}

/* A failed test comes as 422, a lost race inside the API server as 409. */
static void on_patched(const struct api_result *result, void *context)
{
    struct task *task = context;

    task->call = NULL;
    task->milliseconds = (unsigned)(clock_milliseconds() - task->sent);
    if (result->error == API_OK)
        written(task, result);
    else if ((result->error == API_CONFLICT || result->error == API_INVALID) &&
             task->looks < LOOKS_MAX)
        look_again(task);
    else
        end_failed(task, "Certificate", result);
}

static void written(struct task *task, const struct api_result *result)
{
    const struct settings_message *settings = task->setting->settings;
    struct fetched now;
    char *path, *status;

    if (task->plan.added.count > 0 && !settings->dry_run)
        contention_written(&record_of_task(task)->contention, task->inputs, &task->plan.added,
                           clock_seconds());
    if (settings->reissue != REISSUE_PENDING || settings->dry_run || task->plan.added.count == 0) {
        end_as_planned(task);
        return;
    }
    fetched_of(result->body, &now);
    if (now.problem == NULL && now.is_signed) {
        path = path_of(task);
        status = memory_format("%s/status", path);
        patch(task, status, patch_phase(&now), on_reissued);
        free(status);
        free(path);
    } else {
        end_as_planned(task);
    }
    fetched_clear(&now);
}

static void look_again(struct task *task)
{
    char *path = path_of(task);
    const struct api_request request = {
        .method = "GET", .path = path, .on_done = on_looked, .context = task};

    forget(task);
    task->call = api_send(task->setting->api, &request);
    free(path);
}

static void on_looked(const struct api_result *result, void *context)
{
    struct task *task = context;

    task->call = NULL;
    if (result->error != API_OK && result->error != API_NOT_FOUND) {
        end_failed(task, "Certificate", result);
        return;
    }
    task->exists = result->error == API_OK;
    if (task->exists)
        fetched_of(result->body, &task->fetched);
    decide(task);
}

/* The names are in the Certificate either way. A failed test means that it is signed no more. */
static void on_reissued(const struct api_result *result, void *context)
{
    struct task *task = context;
    char *reason = memory_text(result->message);
    bool failed = result->error != API_OK && result->error != API_INVALID &&
                  result->error != API_CONFLICT && result->error != API_NOT_FOUND;

    task->call = NULL;
    end(task, (struct task_result){
                  .outcome = planned_outcome(task),
                  .reason = "",
                  .seconds = task->plan.look_again,
                  .added = &task->plan.added,
                  .removed = &task->plan.removed,
                  .left_out = task->plan.left_out.count,
                  .reissue_failed = failed ? reason : NULL,
              });
    free(reason);
}

static void forget(struct task *task)
{
    fetched_clear(&task->fetched);
    injection_demands_clear(&task->demands);
    injection_plan_clear(&task->plan);
    free(task->inputs);
    task->inputs = NULL;
}

static void end(struct task *task, struct task_result result)
{
    static const struct text_list none = {0};

    result.refused = task->refused;
    result.milliseconds = task->milliseconds;
    if (result.added == NULL)
        result.added = result.removed = &none;
    result.ledger_before =
        task->plan.ledger != NULL ? task->fetched.message.certificate.ledger : "";
    result.ledger_after = task->plan.ledger != NULL ? task->plan.ledger : "";
    if (result.manager == NULL)
        result.manager = "";
    if (result.outcome == INJECT_REFUSED && result.reason[0] == '\0' && task->refusal != NULL)
        result.reason = task->refusal;
    task->ended(task->asked, &result, task->context);
    forget(task);
    task->is_over = true;
    if (!task->begins)
        free(task);
}

/* WHAT is named before the message, unless it is NULL. */
static void end_failed(struct task *task, const char *what, const struct api_result *result)
{
    char *reason = memory_format("%s%s%s", what != NULL ? what : "", what != NULL ? ": " : "",
                                 result->message);

    end(task,
        (struct task_result){
            .outcome = api_error_is_global(result->error) ? INJECT_API_UNAVAILABLE : INJECT_FAILED,
            .error = result->error,
            .reason = reason,
            .retry_after = result->retry_after,
        });
    free(reason);
}

static char *path_of(const struct task *task)
{
    return kind_path(KIND_CERTIFICATE, NULL, task->asked->namespace, task->asked->certificate);
}

static struct record *record_of_task(const struct task *task)
{
    char *key = key_of(task->asked->namespace, task->asked->certificate);
    struct record *record =
        record_of(task->setting->records, key, task->fetched.message.certificate.uid);

    free(key);
    return record;
}
