/* SPDX-License-Identifier: Apache-2.0 */
/* certpatcher: the only process that writes Certificates. What the reconciler asks for is a hint;
 * what waits is gathered into a batch, read once for all of it, and decided again. */
#include "certpatcher/outcomes.h"
#include "certpatcher/task.h"
#include "common/api/pace.h"
#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/metric.h"
#include "common/objects/hostname.h"
#include "common/objects/key.h"
#include "common/worker/api_worker.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum {
    PATCHES_AT_ONCE = 32,
    BATCH_MAX = 2048,
    WAITING_MAX = 4096, /* the reconciler asks at most 2048 things at a time */
    /* From the start of one batch to the next: reads are shared the better the longer one waits. */
    SMALL_BATCH = 4,
};

/* A request that waits for its turn, or whose task is at work. */
struct request {
    struct certpatcher *certpatcher;
    struct message asked;
    struct task *task;
    struct request *next, *prev;
};

struct certpatcher {
    struct worker *worker;
    struct task_setting setting;
    struct records records;
    struct request *waiting, *ready, *working; /* for a batch, read, being decided and patched */
    unsigned waiting_count, ready_count, working_count;
    struct fetcher *fetcher; /* of the batch, NULL while there is none */
    unsigned batch_size;
    bool batch_is_read;
    int64_t batch_began, batch_read;
    struct event *next_batch;
    struct event *pause; /* pending while no patch may begin */
    struct pace pace;
    struct outcomes outcomes;
    bool is_pumping;
};

static void start(struct worker *);
static void unlinked(struct worker *, enum role peer);
static void on_certify(struct message *, void *context);
static bool asks_for_nothing(const struct inject_message *);
static void forget_ages(struct certpatcher *, const struct inject_message *);
static bool serves(const struct certpatcher *, const char *namespace);
static void begin_batch_soon(struct certpatcher *);
static void on_next_batch(evutil_socket_t, short events, void *context);
static void take_into_batch(struct request *);
static void on_ready(struct fetcher *, void *context);
static void on_pause_over(evutil_socket_t, short events, void *context);
static void pump(struct certpatcher *);
static void put_back(struct certpatcher *);
static void on_ended(const struct inject_message *, const struct task_result *, void *context);
static void note_pace(struct certpatcher *, const struct task_result *);
static void answer(struct certpatcher *, const struct inject_message *, const struct task_result *);
static void answer_without_task(struct certpatcher *, const struct inject_message *,
                                enum inject_outcome, const char *reason);
static void count(const struct task_result *);
static void measure(struct worker *);
static void drop_all(struct request **list, unsigned *count);
static void drop(struct request *);
static void report(struct certpatcher *);

static channel_handler *const handlers[MESSAGE_TYPES] = {[MESSAGE_INJECT] = on_certify};

static const struct worker_role role = {
    .role = ROLE_CERTPATCHER,
    .api = &api_worker,
    .handlers = handlers,
    .start = start,
    .unlinked = unlinked,
    .measure = measure,
};

int main(int argc, char **argv)
{
    return worker_main(&role, argc, argv);
}

static void start(struct worker *worker)
{
    struct certpatcher *certpatcher = memory_new(1, sizeof(*certpatcher));

    certpatcher->worker = worker;
    certpatcher->setting = (struct task_setting){.api = worker->api,
                                                 .records = &certpatcher->records,
                                                 .settings = &worker->settings.settings};
    certpatcher->outcomes = (struct outcomes){.records = &certpatcher->records,
                                              .dry_run = worker->settings.settings.dry_run};
    certpatcher->pace = pace_new(PATCHES_AT_ONCE);
    certpatcher->next_batch = loop_timer(worker->base, on_next_batch, certpatcher);
    certpatcher->pause = loop_timer(worker->base, on_pause_over, certpatcher);
    worker->state = certpatcher;
    report(certpatcher);
}

/* Nobody waits for the answers any more; a new reconciler asks again, and every grace begins anew:
 * the names may have been needed meanwhile. */
static void unlinked(struct worker *worker, enum role peer)
{
    struct certpatcher *certpatcher = worker->state;

    (void)peer;
    drop_all(&certpatcher->waiting, &certpatcher->waiting_count);
    drop_all(&certpatcher->ready, &certpatcher->ready_count);
    drop_all(&certpatcher->working, &certpatcher->working_count);
    if (certpatcher->fetcher != NULL)
        fetcher_free(certpatcher->fetcher);
    certpatcher->fetcher = NULL;
    event_del(certpatcher->next_batch);
    records_forget_ages(&certpatcher->records);
    report(certpatcher);
}

static void on_certify(struct message *message, void *context)
{
    struct certpatcher *certpatcher = ((const struct worker_link *)context)->worker->state;
    const struct inject_message *asked = &message->inject;
    struct request *request;

    if (!serves(certpatcher, asked->namespace)) {
        answer_without_task(certpatcher, asked, INJECT_REFUSED, "its namespace is not served");
    } else if (object_name_problem(asked->certificate) != NULL) {
        answer_without_task(certpatcher, asked, INJECT_REFUSED, "no object can have that name");
    } else if (certpatcher->waiting_count >= WAITING_MAX) {
        answer_without_task(certpatcher, asked, INJECT_FAILED, "too many requests at once");
    } else if (asks_for_nothing(asked)) {
        forget_ages(certpatcher, asked);
        answer_without_task(certpatcher, asked, INJECT_UNCHANGED, "");
    } else {
        request = memory_new(1, sizeof(*request));
        request->certpatcher = certpatcher;
        request->asked = *message;
        message->storage = NULL; /* taken over */
        DL_APPEND(certpatcher->waiting, request);
        certpatcher->waiting_count++;
        begin_batch_soon(certpatcher);
    }
    report(certpatcher);
}

static bool asks_for_nothing(const struct inject_message *asked)
{
    return asked->add.count + asked->withdraw.count == 0 && !asked->record;
}

/* A name that nobody asks to be withdrawn is needed again: the next grace is a new one. */
static void forget_ages(struct certpatcher *certpatcher, const struct inject_message *asked)
{
    static const struct text_list none = {0};
    char *key = key_of(asked->namespace, asked->certificate);
    struct record *record = record_of(&certpatcher->records, key, "");

    record_set_ages(&certpatcher->records, record, &none, clock_milliseconds());
    record_tidy(&certpatcher->records, record, clock_milliseconds());
    free(key);
}

static bool serves(const struct certpatcher *certpatcher, const char *namespace)
{
    const struct text_list *namespaces = &certpatcher->setting.settings->namespaces;

    return namespaces->count > 0 ? text_list_has(namespaces, namespace)
                                 : label_name_problem(namespace) == NULL;
}

static void begin_batch_soon(struct certpatcher *certpatcher)
{
    bool small = certpatcher->batch_size <= SMALL_BATCH;
    int64_t due =
                certpatcher->batch_began + (small ? BATCH_SMALL_MILLISECONDS : BATCH_MILLISECONDS),
            now = clock_milliseconds();
    unsigned delay = BATCH_GATHER_MILLISECONDS;
    struct timeval time;

    if (certpatcher->fetcher != NULL || certpatcher->waiting == NULL ||
        event_pending(certpatcher->next_batch, EV_TIMEOUT, NULL) ||
        event_pending(certpatcher->pause, EV_TIMEOUT, NULL))
        return;
    if (due > now + delay)
        delay = (unsigned)(due - now);
    time = backoff_timeval(delay);
    event_add(certpatcher->next_batch, &time);
}

static void on_next_batch(evutil_socket_t socket, short events, void *context)
{
    struct certpatcher *certpatcher = context;
    struct worker *worker = certpatcher->worker;
    bool everywhere = certpatcher->setting.settings->namespaces.count == 0;
    struct request *request, *next;

    (void)socket;
    (void)events;
    if (certpatcher->fetcher != NULL || certpatcher->waiting == NULL)
        return;
    certpatcher->fetcher = fetcher_new(worker->api, everywhere, on_ready, certpatcher);
    certpatcher->batch_began = clock_milliseconds();
    certpatcher->batch_size = 0;
    certpatcher->batch_is_read = false;
    DL_FOREACH_SAFE (certpatcher->waiting, request, next) {
        if (certpatcher->batch_size < BATCH_MAX)
            take_into_batch(request);
    }
    fetcher_begin(certpatcher->fetcher);
}

/* A second request about one Certificate waits for the next batch. */
static void take_into_batch(struct request *request)
{
    struct certpatcher *certpatcher = request->certpatcher;
    const struct inject_message *asked = &request->asked.inject;

    if (!fetcher_want(certpatcher->fetcher, asked->namespace, asked->certificate))
        return;
    DL_DELETE(certpatcher->waiting, request);
    certpatcher->waiting_count--;
    DL_APPEND(certpatcher->ready, request);
    certpatcher->ready_count++;
    certpatcher->batch_size++;
}

static void on_ready(struct fetcher *fetcher, void *context)
{
    struct certpatcher *certpatcher = context;

    (void)fetcher;
    certpatcher->batch_is_read = true;
    certpatcher->batch_read = clock_milliseconds();
    pump(certpatcher);
}

static void on_pause_over(evutil_socket_t socket, short events, void *context)
{
    struct certpatcher *certpatcher = context;

    (void)socket;
    (void)events;
    if (certpatcher->fetcher == NULL)
        begin_batch_soon(certpatcher);
    else if (certpatcher->batch_is_read)
        pump(certpatcher);
}

/* Begins what may begin now. A task that ends at once comes back here through on_ended(). */
static void pump(struct certpatcher *certpatcher)
{
    if (certpatcher->is_pumping)
        return;
    certpatcher->is_pumping = true;
    if (clock_milliseconds() - certpatcher->batch_read > BATCH_FRESH_MILLISECONDS)
        put_back(certpatcher);
    while (certpatcher->ready != NULL && certpatcher->working_count < certpatcher->pace.limit &&
           !event_pending(certpatcher->pause, EV_TIMEOUT, NULL)) {
        struct request *request = certpatcher->ready;
        struct task *task;

        DL_DELETE(certpatcher->ready, request);
        certpatcher->ready_count--;
        DL_APPEND(certpatcher->working, request);
        certpatcher->working_count++;
        task = task_begin(&certpatcher->setting, certpatcher->fetcher, &request->asked.inject,
                          on_ended, request);
        if (task != NULL)
            request->task = task;
    }
    certpatcher->is_pumping = false;
    if (certpatcher->ready == NULL && certpatcher->working == NULL) {
        fetcher_free(certpatcher->fetcher);
        certpatcher->fetcher = NULL;
        begin_batch_soon(certpatcher);
    }
    report(certpatcher);
}

/* What was read long ago is no ground for a decision: these go into the next batch. */
static void put_back(struct certpatcher *certpatcher)
{
    DL_CONCAT(certpatcher->ready, certpatcher->waiting);
    certpatcher->waiting = certpatcher->ready;
    certpatcher->waiting_count += certpatcher->ready_count;
    certpatcher->ready = NULL;
    certpatcher->ready_count = 0;
}

static void on_ended(const struct inject_message *asked, const struct task_result *result,
                     void *context)
{
    struct request *request = context;
    struct certpatcher *certpatcher = request->certpatcher;

    note_pace(certpatcher, result);
    outcomes_log(&certpatcher->outcomes, asked, result);
    answer(certpatcher, asked, result);
    DL_DELETE(certpatcher->working, request);
    certpatcher->working_count--;
    drop(request);
    pump(certpatcher);
}

static void note_pace(struct certpatcher *certpatcher, const struct task_result *result)
{
    if (api_error_is_overload(result->error))
        pace_overloaded(&certpatcher->pace);
    else if (result->milliseconds > 0)
        pace_ended(&certpatcher->pace, result->milliseconds);
    if (result->retry_after > 0) {
        const struct timeval delay = {.tv_sec = result->retry_after < RETRY_AFTER_SECONDS_MAX
                                                    ? result->retry_after
                                                    : RETRY_AFTER_SECONDS_MAX};

        event_add(certpatcher->pause, &delay);
    }
}

static void answer(struct certpatcher *certpatcher, const struct inject_message *asked,
                   const struct task_result *result)
{
    struct message message = message_of(MESSAGE_INJECT_RESULT);
    char *bounded = memory_format("%.1000s", result->reason);

    message.inject_result.namespace = asked->namespace;
    message.inject_result.certificate = asked->certificate;
    message.inject_result.outcome = result->outcome;
    message.inject_result.retry_seconds =
        result->outcome == INJECT_REFUSED ? (unsigned)INJECTION_REFUSED_SECONDS : result->seconds;
    message.inject_result.manager = result->manager;
    message.inject_result.left_out = result->left_out;
    message.inject_result.message = bounded;
    worker_send(certpatcher->worker, ROLE_RECONCILER, &message);
    count(result);
    free(bounded);
}

static void count(const struct task_result *result)
{
    static const enum metric_result results[INJECT_OUTCOMES] = {
        [INJECT_WRITTEN] = METRIC_RESULT_SUCCESS,       [INJECT_UNCHANGED] = METRIC_RESULT_SUCCESS,
        [INJECT_WAITING] = METRIC_RESULT_LATER,         [INJECT_REFUSED] = METRIC_RESULT_REFUSED,
        [INJECT_CONTESTED] = METRIC_RESULT_LATER,       [INJECT_FAILED] = METRIC_RESULT_ERROR,
        [INJECT_API_UNAVAILABLE] = METRIC_RESULT_ERROR,
    };

    metric_add(METRIC_RECONCILES, METRIC_QUEUE_CERTIFICATES, results[result->outcome], 1);
    metric_add(METRIC_NAMES_INJECTED, 0, 0, result->added->count);
    metric_add(METRIC_NAMES_WITHDRAWN, 0, 0, result->removed->count);
    if (result->outcome == INJECT_REFUSED)
        metric_add(METRIC_REFUSED, 0, 0, 1);
}

static void measure(struct worker *worker)
{
    const struct certpatcher *certpatcher = worker->state;

    metric_set(METRIC_QUEUE_DEPTH, METRIC_QUEUE_CERTIFICATES, 0,
               certpatcher->waiting_count + certpatcher->ready_count + certpatcher->working_count);
}

static void answer_without_task(struct certpatcher *certpatcher, const struct inject_message *asked,
                                enum inject_outcome outcome, const char *reason)
{
    static const struct text_list none = {0};
    const struct task_result result = {
        .outcome = outcome,
        .reason = reason,
        .manager = "",
        .ledger_before = "",
        .ledger_after = "",
        .added = &none,
        .removed = &none,
        .refused = outcome == INJECT_REFUSED ? asked->add.count + asked->withdraw.count : 0,
    };

    outcomes_log(&certpatcher->outcomes, asked, &result);
    answer(certpatcher, asked, &result);
}

static void drop_all(struct request **list, unsigned *count)
{
    struct request *request, *next;

    DL_FOREACH_SAFE (*list, request, next) {
        DL_DELETE(*list, request);
        if (request->task != NULL)
            task_cancel(request->task);
        drop(request);
    }
    *count = 0;
}

static void drop(struct request *request)
{
    message_clear(&request->asked);
    free(request);
}

static void report(struct certpatcher *certpatcher)
{
    unsigned at_work =
        certpatcher->waiting_count + certpatcher->ready_count + certpatcher->working_count;
    struct worker_report state = {.healthy = true, .idle = at_work == 0};

    outcomes_summary(&certpatcher->outcomes, at_work, state.summary, sizeof(state.summary));
    worker_report(certpatcher->worker, &state);
}
