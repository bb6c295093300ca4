/* SPDX-License-Identifier: Apache-2.0 */
/* certpatcher: the only process that writes Certificates. What the reconciler requests is a hint:
 *
 *     INJECT -> request -> batch -> fetch -> verdict -> patch -> INJECT_RESULT
 *
 * What a person asks for comes from the supervisor, and is decided in the same way:
 *
 *     ADOPT -> adoption -> fetch -> patch -> ROW, PAGE_END
 */
#include "certpatcher/adoption.h"
#include "certpatcher/batches.h"
#include "certpatcher/results.h"
#include "common/base/backoff.h"
#include "common/base/delays.h"
#include "common/base/line.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/metric.h"
#include "common/worker/answer.h"
#include "common/worker/api_worker.h"

#include <stdlib.h>

enum {
    NAMES_LOGGED_MAX = 10 /* in one line */
};

struct certpatcher {
    struct worker *worker;
    struct task_shared shared;
    struct certificate_states states;
    struct mandate mandate;
    struct batches *batches;
    struct adoptions *adoptions;
    struct results results;
    struct event *report_timer; /* pending while a change waits to be reported */
};

static void start(struct worker *);
static void linked(struct worker *, enum role peer);
static void unlinked(struct worker *, enum role peer);
static void begin_anew(struct certpatcher *);
static void on_leading(struct message *, void *context);
static void on_inject(struct message *, void *context);
static void on_mandate_ended(void *context);
static void on_ended(const struct inject_message *, const struct task_result *, void *context);
static void on_adopt(struct message *, void *context);
static void on_adopted(const struct adopt_message *, const struct adoption_result *, void *context);
static void log_adopted(const struct certpatcher *, const struct adopt_message *,
                        const struct adoption_result *);
static void on_changed(void *certpatcher);
static void on_report(evutil_socket_t, short events, void *certpatcher);
static void report(struct certpatcher *);
static void measure(struct worker *);

static channel_handler *const handlers[MESSAGE_TYPES] = {
    [MESSAGE_LEADING] = on_leading, [MESSAGE_INJECT] = on_inject};
static channel_handler *const supervisor_handlers[MESSAGE_TYPES] = {[MESSAGE_ADOPT] = on_adopt};

static const struct worker_role role = {
    .role = ROLE_CERTPATCHER,
    .api = &api_worker,
    .shared_max = API_SHARED_MAX,
    .handlers = handlers,
    .supervisor_handlers = supervisor_handlers,
    .start = start,
    .linked = linked,
    .unlinked = unlinked,
    .measure = measure,
};

int main(int argc, char **argv)
{
    return worker_main(&role, argc, argv);
}

static void start(struct worker *worker)
{
    const struct settings_message *settings = &worker->settings.settings;
    struct certpatcher *certpatcher = memory_new(1, sizeof(*certpatcher));
    const struct batches_callbacks callbacks = {
        .ended = on_ended, .changed = on_changed, .context = certpatcher};

    certpatcher->worker = worker;
    certpatcher->report_timer = loop_timer(worker->base, on_report, certpatcher);
    certpatcher->shared = (struct task_shared){.api = worker->api,
                                               .states = &certpatcher->states,
                                               .settings = settings,
                                               .mandate = &certpatcher->mandate};
    mandate_init(&certpatcher->mandate, worker->base, on_mandate_ended, certpatcher);
    certpatcher->batches = batches_new(worker->base, &certpatcher->shared, &callbacks);
    certpatcher->adoptions = adoptions_new(&certpatcher->shared, on_adopted, certpatcher);
    certpatcher->results =
        (struct results){.states = &certpatcher->states, .dry_run = settings->dry_run};
    worker->state = certpatcher;
    report(certpatcher);
}

/* A new link may take the place of one whose end was not noticed. */
static void linked(struct worker *worker, enum role peer)
{
    (void)peer;
    begin_anew(worker->state);
}

static void unlinked(struct worker *worker, enum role peer)
{
    (void)peer;
    begin_anew(worker->state);
}

/* Nobody waits for the results any more. A new reconciler says whether it leads and requests again,
 * and every grace begins anew, because the names may have been needed in between. */
static void begin_anew(struct certpatcher *certpatcher)
{
    batches_drop_all(certpatcher->batches);
    mandate_forget(&certpatcher->mandate);
    certificate_states_forget_ages(&certpatcher->states);
    report(certpatcher);
}

static void on_leading(struct message *message, void *context)
{
    struct certpatcher *certpatcher = ((const struct worker_link *)context)->worker->state;

    mandate_set(&certpatcher->mandate, message->leading.until);
}

/* Another tlsrouted may write now, and names may be needed that this one does not hear of. */
static void on_mandate_ended(void *context)
{
    struct certpatcher *certpatcher = context;

    log_info("this tlsrouted does not lead any more, so requests are given up",
             LOG_NUMBER("requests", batches_pending(certpatcher->batches)));
    batches_stand_down(certpatcher->batches);
    adoptions_stand_down(certpatcher->adoptions);
    certificate_states_forget_ages(&certpatcher->states);
    report(certpatcher);
}

static void on_inject(struct message *message, void *context)
{
    struct certpatcher *certpatcher = ((const struct worker_link *)context)->worker->state;

    batches_add(certpatcher->batches, message);
}

static void on_ended(const struct inject_message *request, const struct task_result *result,
                     void *context)
{
    struct certpatcher *certpatcher = context;
    struct message message = message_of(MESSAGE_INJECT_RESULT);
    char *detail = line_of(result->outcome == INJECT_DENIED ? result->reason : result->manager,
                           MESSAGE_BOUND(inject_result, detail));

    results_add(&certpatcher->results, request, result);
    message.inject_result.ticket = request->ticket;
    message.inject_result.namespace = request->namespace;
    message.inject_result.certificate = request->certificate;
    message.inject_result.outcome = result->outcome;
    message.inject_result.retry_seconds = result->seconds;
    message.inject_result.detail = detail;
    worker_send(certpatcher->worker, ROLE_RECONCILER, &message);
    free(detail);
}

static void on_adopt(struct message *message, void *context)
{
    struct certpatcher *certpatcher = ((const struct worker *)context)->state;

    adoptions_add(certpatcher->adoptions, message);
}

static void on_adopted(const struct adopt_message *request, const struct adoption_result *result,
                       void *context)
{
    struct certpatcher *certpatcher = context;
    const struct query_message query = {.ticket = request->ticket};
    char *problem =
        result->problem != NULL ? line_of(result->problem, MESSAGE_BOUND(page_end, problem)) : NULL;
    struct answer answer = {
        .supervisor = certpatcher->worker->supervisor, .query = &query, .problem = problem};
    struct json_object *row;

    log_adopted(certpatcher, request, result);
    if (problem == NULL) {
        row = json_object_new_object();
        json_object_object_add(row, "adopted", json_object_new_uint64(result->adopted->count));
        json_object_object_add(row, "refused", json_object_new_uint64(result->refused));
        json_object_object_add(row, "dryRun",
                               json_object_new_boolean(certpatcher->results.dry_run));
        if (result->refusal != NULL)
            json_object_object_add(row, "reason", json_object_new_string(result->refusal));
        answer_row(&answer, row);
    }
    answer_end(&answer);
    free(problem);
}

static void log_adopted(const struct certpatcher *certpatcher, const struct adopt_message *request,
                        const struct adoption_result *result)
{
    char *names;

    if (result->adopted->count == 0)
        return;
    names = text_list_line(result->adopted, NAMES_LOGGED_MAX);
    log_info(certpatcher->results.dry_run ? "would take names of the Certificate into the ledger"
                                          : "names of the Certificate were taken into the ledger",
             LOG_TEXT("namespace", request->namespace), LOG_TEXT("name", request->certificate),
             LOG_TEXT("hostnames", names), LOG_NUMBER("count", result->adopted->count));
    free(names);
}

/* Of many requests, each would change what is reported: that waits, unless they have all ended. */
static void on_changed(void *context)
{
    struct certpatcher *certpatcher = context;
    const struct timeval delay = backoff_timeval(REPORT_MILLISECONDS);

    if (batches_pending(certpatcher->batches) == 0)
        report(certpatcher);
    else if (!event_pending(certpatcher->report_timer, EV_TIMEOUT, NULL))
        event_add(certpatcher->report_timer, &delay);
}

static void on_report(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    report(context);
}

static void report(struct certpatcher *certpatcher)
{
    unsigned pending = batches_pending(certpatcher->batches);
    struct worker_report state = {.healthy = true, .idle = pending == 0};

    results_summary(&certpatcher->results, pending, batches_pause(certpatcher->batches),
                    state.summary, sizeof(state.summary));
    event_del(certpatcher->report_timer);
    worker_report(certpatcher->worker, &state);
}

/* With what is left of a pause, which nothing else brings up to date. */
static void measure(struct worker *worker)
{
    struct certpatcher *certpatcher = worker->state;

    metric_set(METRIC_QUEUE_DEPTH, METRIC_QUEUE_CERTIFICATES, 0,
               batches_pending(certpatcher->batches));
    metric_set(METRIC_QUEUE_PAUSE, METRIC_QUEUE_CERTIFICATES, 0,
               batches_pause(certpatcher->batches) * 1000ull);
    report(certpatcher);
}
