/* SPDX-License-Identifier: Apache-2.0 */
/* The API server may hold something else by the time a patch arrives. The patch then fails its own
 * tests, and the task decides again from a fresh copy of the Certificate. */
#include "certpatcher/task.h"

#include "certpatcher/patch.h"
#include "certpatcher/patch_send.h"
#include "certpatcher/verdict.h"
#include "common/api/pause.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
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
    char *ledger_before; /* that the patch replaced, or NULL */
    unsigned attempts;
    struct api_call *call; /* under way, or NULL */
    int64_t patch_sent;
    unsigned patch_milliseconds;
    bool is_reissued;  /* by this task */
    bool is_beginning; /* within task_begin() */
    bool is_over;      /* it has ended there */
};

static void decide(struct task *, bool exists);
static struct verdict verdict_of_task(struct task *);
static void end_without_certificate(struct task *);
static void end_contested(struct task *);
static struct task_result decided_result(const struct task *);
static void send_names(struct task *);
static void send_patch(struct task *, const char *path, struct json_object *body, api_done *);
static void on_names_patched(const struct api_result *, void *context);
static bool is_overtaken(const struct task *, const struct api_result *);
static void end_refused(struct task *, const struct api_result *);
static void names_written(struct task *, const struct api_result *);
static void remember_written(struct task *, const struct certificate *now, bool is_done);
static void end_undone(struct task *);
static bool has_all(const struct certificate *, const struct text_list *added);
static void reissue_or_end(struct task *);
static void send_phase(struct task *);
static void on_phase_patched(const struct api_result *, void *context);
static void send_unmark(struct task *);
static void on_unmarked(const struct api_result *, void *context);
static void end_reissue(struct task *, const struct api_result *);
static void fetch_again(struct task *);
static void on_fetched_again(const struct api_result *, void *context);
static void forget(struct task *);
static void end(struct task *, struct task_result);
static void end_failed(struct task *, const struct api_result *);
static struct task_result failed_result(const struct api_result *);
static char *path_of(const struct task *);
static bool marks_for_reissue(const struct task *);
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
    const struct api_result fetched = fetcher_failure(fetcher, request->namespace);

    task->shared = shared;
    task->fetcher = fetcher;
    task->request = request;
    task->ended = ended;
    task->context = context;
    task->certificate = certificate_none();
    task->is_beginning = true;
    if (fetched.error != API_OK)
        end_failed(task, &fetched);
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
        reissue_or_end(task);
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

static struct task_result decided_result(const struct task *task)
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
    result.ledger_before = task->ledger_before != NULL ? task->ledger_before : "";
    result.ledger_after = verdict->plan.ledger;
    result.is_reissued = task->is_reissued;
    return result;
}

static void send_names(struct task *task)
{
    char *path = path_of(task);

    task->patch_sent = clock_milliseconds();
    send_patch(task, path,
               patch_names(&task->certificate, &task->verdict.plan, marks_for_reissue(task)),
               on_names_patched);
    free(path);
}

/* BODY is released. */
static void send_patch(struct task *task, const char *path, struct json_object *body,
                       api_done *done)
{
    task->call =
        patch_send(task->shared->api, path, body, task->shared->settings->dry_run, done, task);
}

static void on_names_patched(const struct api_result *result, void *context)
{
    struct task *task = context;

    task->call = NULL;
    task->patch_milliseconds = (unsigned)(clock_milliseconds() - task->patch_sent);
    if (result->error == API_OK)
        names_written(task, result);
    else if (!is_overtaken(task, result))
        end_refused(task, result);
    else if (task->attempts < ATTEMPTS_MAX)
        fetch_again(task);
    else
        end_refused(task, result);
}

/* A failed test comes as 422, a lost race inside the API server as 409. Where others refuse the
 * content, a webhook perhaps, that may come as 422 without causes too: it shows by the same version
 * being refused again and again. */
static bool is_overtaken(const struct task *task, const struct api_result *result)
{
    if (result->error == API_CONFLICT)
        return true;
    return result->error == API_INVALID && !api_is_content_refused(result) &&
           state_of(task)->refused_version !=
               task->certificate.message.certificate.resource_version;
}

/* By now it is no accident, so that more patches would only cost. */
static void end_refused(struct task *task, const struct api_result *refused)
{
    struct task_result result = failed_result(refused);

    if (api_is_content_refused(refused) ||
        (refused->error == API_INVALID && !is_overtaken(task, refused))) {
        result.outcome = INJECT_DENIED;
        result.seconds = WRITE_REFUSED_SECONDS;
    } else if (refused->error == API_INVALID) {
        state_of(task)->refused_version = task->certificate.message.certificate.resource_version;
    }
    end(task, result);
}

/* Whatever answers 200: only what the Certificate now says has been written. */
static void names_written(struct task *task, const struct api_result *result)
{
    const struct text_list *added = &task->verdict.plan.added;
    bool dry_run = task->shared->settings->dry_run, is_done;
    struct certificate now;

    certificate_read(result->text, result->size, &now);
    is_done = now.problem == NULL && (dry_run || has_all(&now, added));
    if (!dry_run)
        remember_written(task, &now, is_done);
    if (now.problem != NULL) {
        end_failed(task, &(struct api_result){.error = API_PROTOCOL, .message = now.problem});
    } else if (!is_done) {
        end_undone(task);
    } else {
        if (marks_for_reissue(task))
            state_of(task)->is_reissued = false;
        memory_replace(&task->ledger_before, task->certificate.message.certificate.ledger);
        certificate_clear(&task->certificate);
        task->certificate = now;
        now = certificate_none();
        reissue_or_end(task);
    }
    certificate_clear(&now);
}

/* NOW is what the Certificate says after the write, or unreadable. */
static void remember_written(struct task *task, const struct certificate *now, bool is_done)
{
    struct name_contention *contention = &state_of(task)->contention;
    const struct verdict *verdict = &task->verdict;
    const struct managers managers = certificate_managers(now);

    if (is_done && verdict->plan.added.count > 0)
        name_contention_written(contention, verdict->contention_inputs, &verdict->plan.added,
                                clock_seconds());
    name_contention_left(contention, now->problem == NULL ? &managers : NULL);
}

/* An admission webhook may change what is written. */
static void end_undone(struct task *task)
{
    struct task_result result = task_result_of(
        INJECT_DENIED, "the names were gone as soon as they were written: look for a mutating "
                       "admission webhook that changes spec.dnsAltNames");

    result.seconds = WRITE_REFUSED_SECONDS;
    end(task, result);
}

static bool has_all(const struct certificate *certificate, const struct text_list *added)
{
    struct text_set names = text_set_of(&certificate->message.certificate.names);
    bool found = true;

    TEXT_LIST_FOREACH (name, added)
        found = found && text_set_find(&names, name) != NULL;
    text_set_clear(&names);
    return found;
}

/* What remains to be done stands in the Certificate. */
static void reissue_or_end(struct task *task)
{
    const struct settings_message *settings = task->shared->settings;

    if (settings->reissue != REISSUE_PENDING || settings->dry_run ||
        !task->certificate.message.certificate.reissue || !mandate_holds(task->shared->mandate))
        end(task, decided_result(task));
    else if (task->certificate.is_signed && !state_of(task)->is_reissued)
        send_phase(task);
    else
        send_unmark(task);
}

static void send_phase(struct task *task)
{
    char *path = path_of(task), *status = memory_format("%s/status", path);

    send_patch(task, status, patch_phase(&task->certificate), on_phase_patched);
    free(status);
    free(path);
}

static void on_phase_patched(const struct api_result *result, void *context)
{
    struct task *task = context;

    task->call = NULL;
    if (result->error != API_OK) {
        end_reissue(task, result);
        return;
    }
    task->is_reissued = state_of(task)->is_reissued = true;
    send_unmark(task);
}

static void send_unmark(struct task *task)
{
    char *path = path_of(task);

    send_patch(task, path, patch_unmark(&task->certificate), on_unmarked);
    free(path);
}

static void on_unmarked(const struct api_result *result, void *context)
{
    struct task *task = context;

    task->call = NULL;
    if (result->error == API_OK)
        state_of(task)->is_reissued = false;
    end_reissue(task, result);
}

/* The names are in the Certificate either way. As long as its mark is there too, the request is not
 * fulfilled, and is made again. A failed test means that somebody else was faster: what is there
 * then decides. */
static void end_reissue(struct task *task, const struct api_result *last)
{
    struct task_result result = decided_result(task), failed = failed_result(last);

    if (last->error != API_OK) {
        result.outcome = api_is_content_refused(last) ? INJECT_DENIED : failed.outcome;
        result.error = failed.error;
        result.retry_after = failed.retry_after;
        result.pause = failed.pause;
        result.seconds =
            result.outcome == INJECT_DENIED ? WRITE_REFUSED_SECONDS : failed.retry_after;
        result.is_overtaken = is_overtaken(task, last);
        result.is_gone = last->error == API_NOT_FOUND;
        if (failed.outcome == INJECT_FAILED)
            result.reissue_failed = last->message;
    }
    end(task, result);
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
    if (result->error == API_OK || api_is_object_absent(result))
        decide(task, result->error == API_OK);
    else
        end_failed(task, result);
}

static void forget(struct task *task)
{
    certificate_clear(&task->certificate);
    verdict_clear(&task->verdict);
    memory_replace(&task->ledger_before, NULL);
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

static void end_failed(struct task *task, const struct api_result *failed)
{
    end(task, failed_result(failed));
}

static struct task_result failed_result(const struct api_result *failed)
{
    bool unavailable = api_error_is_global(failed->error);
    struct task_result result =
        task_result_of(unavailable ? INJECT_API_UNAVAILABLE : INJECT_FAILED, failed->message);

    result.error = failed->error;
    result.retry_after = result.seconds = failed->retry_after;
    result.pause = pause_wanted(failed);
    return result;
}

/* Whether the names to be written come too late for the certificate that there is. */
static bool marks_for_reissue(const struct task *task)
{
    const struct settings_message *settings = task->shared->settings;

    return settings->reissue == REISSUE_PENDING && !settings->dry_run &&
           task->verdict.plan.added.count > 0 && task->certificate.is_requested;
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
