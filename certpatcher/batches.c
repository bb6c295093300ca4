/* SPDX-License-Identifier: Apache-2.0 */
/* A larger batch shares its reads among more requests, but a batch that waits longer writes names
 * later. When a batch begins, and how many of its tasks run at a time, is decided here alone.
 *
 *     waiting -> (batch begins, fetcher) -> ready -> (pace, pause) -> running -> ended
 */
#include "certpatcher/batches.h"

#include "certpatcher/request.h"
#include "common/api/pace.h"
#include "common/api/pause.h"
#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/objects/key.h"

#include <malloc.h>
#include <stdlib.h>
#include <utlist.h>

enum {
    RUNNING_MAX = API_PARALLEL_MAX,
    WAITING_MAX = 4096, /* the reconciler has at most 2048 requests at a time */
    BATCH_MAX = 2048,   /* requests in a batch */
    SMALL_BATCH = 4,    /* requests; soon after such a batch the next one may begin */
};

struct job {
    struct batches *batches;
    struct message message; /* INJECT */
    struct task *task;      /* of a running one, once it waits for the API server */
    struct job *next, *prev;
};

struct jobs {
    struct job *list;
    unsigned count;
};

struct batches {
    const struct task_shared *shared;
    struct batches_callbacks callbacks;
    struct jobs waiting; /* for a batch */
    struct jobs ready;   /* of the batch, without a task so far */
    struct jobs running;
    struct fetcher *fetcher; /* of the batch, NULL while there is none */
    bool is_fetched;
    unsigned size;   /* of the batch, or the last one */
    int64_t gathers; /* since when WAITING has had something */
    int64_t began, fetched;
    struct event *next_batch; /* pending until the next batch begins */
    struct pause pause;
    struct event *pause_end; /* pending while nothing new may begin */
    bool is_pause_logged;    /* and nothing has been written since */
    struct pace pace;
    bool is_running_tasks;
};

static void forget_ages(struct batches *, const struct inject_message *);
static void end_at_once(struct batches *, const struct inject_message *, enum inject_outcome,
                        const char *reason);
static void schedule_batch(struct batches *);
static int64_t earlier(int64_t a, int64_t b);
static int64_t later(int64_t a, int64_t b);
static void on_next_batch(evutil_socket_t, short events, void *context);
static void take_into_batch(struct job *);
static void on_fetched(void *context);
static void on_pause_over(evutil_socket_t, short events, void *context);
static bool is_paused(const struct batches *);
static void run_tasks(struct batches *);
static void run_task(struct batches *);
static void put_back(struct batches *);
static void end_batch(struct batches *);
static void on_ended(const struct inject_message *, const struct task_result *, void *context);
static void adapt_pace(struct batches *, const struct inject_message *, const struct task_result *);
static void pause_all(struct batches *, const char *key, const struct task_result *);
static void move(struct job *, struct jobs *from, struct jobs *to);
static void stand_down(struct batches *, struct jobs *);
static void drop(struct job *, struct jobs *);
static void drop_jobs(struct jobs *);

struct batches *batches_new(struct event_base *base, const struct task_shared *shared,
                            const struct batches_callbacks *callbacks)
{
    struct batches *batches = memory_new(1, sizeof(*batches));

    batches->shared = shared;
    batches->callbacks = *callbacks;
    batches->pace = pace_new(RUNNING_MAX);
    batches->next_batch = loop_timer(base, on_next_batch, batches);
    batches->pause_end = loop_timer(base, on_pause_over, batches);
    return batches;
}

void batches_add(struct batches *batches, struct message *message)
{
    const struct inject_message *request = &message->inject;
    const char *refusal =
        request_refusal(request->namespace, request->certificate, batches->shared->settings);
    struct job *job;

    if (refusal != NULL) {
        end_at_once(batches, request, INJECT_REFUSED, refusal);
    } else if (batches->waiting.count >= WAITING_MAX) {
        end_at_once(batches, request, INJECT_FAILED, "too many requests at once");
    } else if (request_is_empty(request)) {
        forget_ages(batches, request);
        end_at_once(batches, request, INJECT_UNCHANGED, "");
    } else if (!mandate_holds(batches->shared->mandate)) {
        end_at_once(batches, request, INJECT_STOOD_DOWN, "");
    } else {
        job = memory_new(1, sizeof(*job));
        job->batches = batches;
        job->message = *message;
        message->storage = NULL; /* taken over */
        if (batches->waiting.list == NULL)
            batches->gathers = clock_milliseconds();
        DL_APPEND(batches->waiting.list, job);
        batches->waiting.count++;
        schedule_batch(batches);
    }
    batches->callbacks.changed(batches->callbacks.context);
}

void batches_drop_all(struct batches *batches)
{
    drop_jobs(&batches->waiting);
    drop_jobs(&batches->ready);
    drop_jobs(&batches->running);
    if (batches->fetcher != NULL)
        fetcher_free(batches->fetcher);
    batches->fetcher = NULL;
    event_del(batches->next_batch);
}

void batches_stand_down(struct batches *batches)
{
    stand_down(batches, &batches->waiting);
    stand_down(batches, &batches->ready);
    stand_down(batches, &batches->running);
    batches_drop_all(batches);
    batches->callbacks.changed(batches->callbacks.context);
}

unsigned batches_pending(const struct batches *batches)
{
    return batches->waiting.count + batches->ready.count + batches->running.count;
}

unsigned batches_pause(const struct batches *batches)
{
    return pause_left(&batches->pause, clock_milliseconds());
}

/* A name that nobody wants withdrawn any more is needed again: its next grace begins anew. */
static void forget_ages(struct batches *batches, const struct inject_message *request)
{
    static const struct text_list none = {0};
    struct certificate_states *states = batches->shared->states;
    char *key = key_of(request->namespace, request->certificate);
    struct certificate_state *state = certificate_state_of(states, key, "");

    certificate_state_set_unneeded(states, state, &none, clock_milliseconds());
    certificate_state_tidy(states, state, clock_milliseconds());
    free(key);
}

static void end_at_once(struct batches *batches, const struct inject_message *request,
                        enum inject_outcome outcome, const char *reason)
{
    struct task_result result = task_result_of(outcome, reason);

    if (outcome == INJECT_REFUSED)
        result.refused = request->add.count + request->withdraw.count;
    batches->callbacks.ended(request, &result, batches->callbacks.context);
}

/* After each request: those of one cause come in a row, and shall share what is fetched. Where many
 * have come more will, though the reconciler may be at work on Pools in between. */
static void schedule_batch(struct batches *batches)
{
    const int64_t gather = batches->waiting.count > SMALL_BATCH ? BATCH_GATHER_MANY_MILLISECONDS
                                                                : BATCH_GATHER_MILLISECONDS;
    const bool was_small = batches->size <= SMALL_BATCH;
    const int64_t now = clock_milliseconds();
    const int64_t last = batches->gathers + BATCH_GATHER_LONGEST_MILLISECONDS;
    int64_t due = batches->began + (was_small ? BATCH_SMALL_MILLISECONDS : BATCH_MILLISECONDS);
    struct timeval delay;

    if (batches->fetcher != NULL || batches->waiting.list == NULL || is_paused(batches))
        return;
    due = later(due, earlier(now + gather, last));
    delay = backoff_timeval((uint32_t)later(due - now, 0));
    event_add(batches->next_batch, &delay);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void on_next_batch(evutil_socket_t socket, short events, void *context)
{
    struct batches *batches = context;
    bool all_namespaces = batches->shared->settings->namespaces.count == 0;
    struct job *job, *next;

    (void)socket;
    (void)events;
    if (batches->fetcher != NULL || batches->waiting.list == NULL)
        return;
    batches->fetcher = fetcher_new(batches->shared->api, all_namespaces, on_fetched, batches);
    batches->began = clock_milliseconds();
    batches->size = 0;
    batches->is_fetched = false;
    DL_FOREACH_SAFE (batches->waiting.list, job, next) {
        if (batches->size < BATCH_MAX)
            take_into_batch(job);
    }
    batches->gathers = batches->began; /* from now on those that are left */
    fetcher_begin(batches->fetcher);
}

/* A second request for one Certificate waits for the next batch. */
static void take_into_batch(struct job *job)
{
    struct batches *batches = job->batches;
    const struct inject_message *request = &job->message.inject;

    if (!fetcher_want(batches->fetcher, request->namespace, request->certificate))
        return;
    move(job, &batches->waiting, &batches->ready);
    batches->size++;
}

static void on_fetched(void *context)
{
    struct batches *batches = context;

    batches->is_fetched = true;
    batches->fetched = clock_milliseconds();
    run_tasks(batches);
}

static void on_pause_over(evutil_socket_t socket, short events, void *context)
{
    struct batches *batches = context;

    (void)socket;
    (void)events;
    batches->gathers = clock_milliseconds();
    if (batches->fetcher == NULL)
        schedule_batch(batches);
    else if (batches->is_fetched)
        run_tasks(batches);
}

static bool is_paused(const struct batches *batches)
{
    return event_pending(batches->pause_end, EV_TIMEOUT, NULL);
}

/* Begins the tasks that may begin now. One that ends at once comes back here through on_ended(). */
static void run_tasks(struct batches *batches)
{
    if (batches->is_running_tasks)
        return;
    batches->is_running_tasks = true;
    if (clock_milliseconds() - batches->fetched > BATCH_FRESH_MILLISECONDS)
        put_back(batches);
    while (batches->ready.list != NULL && batches->running.count < batches->pace.limit &&
           !is_paused(batches))
        run_task(batches);
    batches->is_running_tasks = false;
    if (batches->ready.list == NULL && batches->running.list == NULL)
        end_batch(batches);
    batches->callbacks.changed(batches->callbacks.context);
}

static void run_task(struct batches *batches)
{
    struct job *job = batches->ready.list;
    struct task *task;

    move(job, &batches->ready, &batches->running);
    task = task_begin(batches->shared, batches->fetcher, &job->message.inject, on_ended, job);
    if (task != NULL)
        job->task = task; /* else the job is gone */
}

/* What was fetched too long ago is no ground for a decision: the rest goes into the next batch. */
static void put_back(struct batches *batches)
{
    DL_CONCAT(batches->ready.list, batches->waiting.list);
    batches->waiting.list = batches->ready.list;
    batches->waiting.count += batches->ready.count;
    batches->ready = (struct jobs){0};
}

/* What was fetched may have been much, and may not be needed again for days. */
static void end_batch(struct batches *batches)
{
    fetcher_free(batches->fetcher);
    batches->fetcher = NULL;
    if (batches->waiting.count == 0)
        malloc_trim(0);
    schedule_batch(batches);
}

static void on_ended(const struct inject_message *request, const struct task_result *result,
                     void *context)
{
    struct job *job = context;
    struct batches *batches = job->batches;

    adapt_pace(batches, request, result);
    batches->callbacks.ended(request, result, batches->callbacks.context);
    drop(job, &batches->running);
    run_tasks(batches);
}

static void adapt_pace(struct batches *batches, const struct inject_message *request,
                       const struct task_result *result)
{
    char *key = key_of(request->namespace, request->certificate);

    if (api_error_is_overload(result->error))
        pace_overloaded(&batches->pace);
    else if (result->patch_milliseconds > 0)
        pace_ended(&batches->pace, batches->running.count, result->patch_milliseconds * 1000ull);
    if (result->outcome == INJECT_WRITTEN) {
        pause_served(&batches->pause, key);
        batches->is_pause_logged = false;
    }
    if (result->pause > 0)
        pause_all(batches, key, result);
    free(key);
}

/* One line about pauses, until something has been written. */
static void pause_all(struct batches *batches, const char *key, const struct task_result *result)
{
    const int64_t now = clock_milliseconds();
    struct timeval left;

    if (!pause_begin(&batches->pause, key, result->pause, now))
        return;
    left = backoff_timeval(pause_left(&batches->pause, now));
    event_add(batches->pause_end, &left);
    if (batches->is_pause_logged)
        return;
    batches->is_pause_logged = true;
    log_info("the API server asks for a pause (Retry-After); no Certificates are changed until it "
             "is over",
             LOG_NUMBER("seconds", result->pause), LOG_TEXT("reason", result->reason));
}

static void move(struct job *job, struct jobs *from, struct jobs *to)
{
    DL_DELETE(from->list, job);
    from->count--;
    DL_APPEND(to->list, job);
    to->count++;
}

static void stand_down(struct batches *batches, struct jobs *jobs)
{
    struct job *job, *next;

    DL_FOREACH_SAFE (jobs->list, job, next) {
        if (job->task != NULL)
            task_cancel(job->task);
        job->task = NULL;
        end_at_once(batches, &job->message.inject, INJECT_STOOD_DOWN, "");
        drop(job, jobs);
    }
}

static void drop(struct job *job, struct jobs *jobs)
{
    DL_DELETE(jobs->list, job);
    jobs->count--;
    message_clear(&job->message);
    free(job);
}

static void drop_jobs(struct jobs *jobs)
{
    struct job *job, *next;

    DL_FOREACH_SAFE (jobs->list, job, next) {
        if (job->task != NULL)
            task_cancel(job->task);
        drop(job, jobs);
    }
}
