/* SPDX-License-Identifier: Apache-2.0 */
/* Events come faster than requests can be sent, and some objects fail again and again. This evens
 * it out: what changes often is worked on once, and what fails does not hold up the rest. */
#include "reconciler/write/queue.h"

#include "common/api/pace.h"
#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/loop.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

enum state {
    STATE_READY,
    STATE_RUNNING,
    STATE_WAITING,
    STATE_COUNT
};

struct entry {
    struct queue *queue;
    char *key;
    enum state state;
    bool again; /* it was added while it was at work */
    unsigned failures;
    uint64_t ready_at, began;  /* monotonic microseconds */
    struct event *timer;       /* of one that waits */
    struct entry *next, *prev; /* among the ready */
    UT_hash_handle hh;
};

struct queue {
    struct event_base *base;
    struct pace pace;
    bool is_paced;
    bool is_measured;
    enum metric_queue name;
    queue_work *work;
    void *context;
    struct entry *entries;
    struct entry *ready; /* in order */
    size_t counts[STATE_COUNT];
    uint64_t failures;
    struct event *step;  /* begins work */
    struct event *pause; /* pending while nothing may begin */
};

static void finish(struct entry *);
static void back_off(struct entry *);
static void continue_later(struct entry *, unsigned milliseconds);
static void wait_for(struct entry *, const struct timeval *delay);
static void on_step(evutil_socket_t, short events, void *context);
static void on_retry(evutil_socket_t, short events, void *context);
static void make_ready(struct entry *);
static void set_state(struct entry *, enum state);
static struct entry *find(const struct queue *, const char *key);
static void drop(struct entry *);
static void count_begin(struct entry *);
static void count_end(const struct entry *, enum metric_result);
static void count_ready(struct entry *);

struct queue *queue_new(struct event_base *base, unsigned at_once, queue_work *work, void *context)
{
    struct queue *queue = memory_new(1, sizeof(*queue));

    queue->base = base;
    queue->pace = pace_new(at_once);
    queue->is_paced = true;
    queue->work = work;
    queue->context = context;
    queue->step = loop_timer(base, on_step, queue);
    queue->pause = loop_timer(base, on_step, queue);
    return queue;
}

struct queue *queue_new_unpaced(struct event_base *base, unsigned at_once, queue_work *work,
                                void *context)
{
    struct queue *queue = queue_new(base, at_once, work, context);

    queue->is_paced = false;
    queue->pace.limit = at_once;
    return queue;
}

void queue_measure(struct queue *queue, enum metric_queue name)
{
    queue->is_measured = true;
    queue->name = name;
}

void queue_add(struct queue *queue, const char *key)
{
    struct entry *entry = find(queue, key);

    if (entry == NULL) {
        entry = memory_new(1, sizeof(*entry));
        entry->queue = queue;
        entry->key = memory_text(key);
        entry->state = STATE_WAITING; /* until it is made ready */
        queue->counts[STATE_WAITING]++;
        HASH_ADD_KEYPTR(hh, queue->entries, entry->key, strlen(entry->key), entry);
        make_ready(entry);
    } else if (entry->state == STATE_RUNNING) {
        entry->again = true;
    } else if (entry->state == STATE_WAITING) {
        make_ready(entry);
    }
}

void queue_end(struct queue *queue, const char *key, struct retry retry)
{
    struct entry *entry = find(queue, key);

    if (entry == NULL || entry->state != STATE_RUNNING)
        return;
    switch (retry.when) {
    case RETRY_BACK_OFF:
        back_off(entry);
        break;
    case RETRY_LATER:
        continue_later(entry, retry.milliseconds);
        break;
    case RETRY_NOW:
        entry->again = true;
        finish(entry);
        break;
    case RETRY_NEVER:
        finish(entry);
        break;
    }
}

void queue_fail_running(struct queue *queue)
{
    struct entry *entry, *next;

    HASH_ITER (hh, queue->entries, entry, next)
        queue_end(queue, entry->key, (struct retry){.when = RETRY_BACK_OFF});
}

void queue_overloaded(struct queue *queue)
{
    pace_overloaded(&queue->pace);
}

void queue_pause(struct queue *queue, unsigned seconds)
{
    struct timeval now, end,
        delay = {.tv_sec = seconds < RETRY_AFTER_SECONDS_MAX ? seconds : RETRY_AFTER_SECONDS_MAX};

    if (event_pending(queue->pause, EV_TIMEOUT, &end)) {
        evutil_gettimeofday(&now, NULL);
        evutil_timersub(&end, &now, &end);
        if (evutil_timercmp(&end, &delay, >=))
            return;
    }
    event_add(queue->pause, &delay);
}

struct queue_counts queue_counts(const struct queue *queue)
{
    return (struct queue_counts){.ready = queue->counts[STATE_READY],
                                 .running = queue->counts[STATE_RUNNING],
                                 .waiting = queue->counts[STATE_WAITING],
                                 .failures = queue->failures};
}

struct queue_entry queue_find(const struct queue *queue, const char *key)
{
    static const enum queue_place places[] = {[STATE_READY] = QUEUE_READY,
                                              [STATE_RUNNING] = QUEUE_RUNNING,
                                              [STATE_WAITING] = QUEUE_WAITING};
    const struct entry *entry = find(queue, key);
    struct queue_entry found = {0};
    struct timeval now, end;

    if (entry == NULL)
        return found;
    found.place = places[entry->state];
    found.failures = entry->failures;
    if (entry->timer != NULL && event_pending(entry->timer, EV_TIMEOUT, &end)) {
        evutil_gettimeofday(&now, NULL);
        if (evutil_timercmp(&end, &now, >)) {
            evutil_timersub(&end, &now, &end);
            found.milliseconds = (unsigned)(end.tv_sec * 1000 + end.tv_usec / 1000);
        }
    }
    return found;
}

static void on_step(evutil_socket_t socket, short events, void *context)
{
    struct queue *queue = context;

    (void)socket;
    (void)events;
    while (queue->ready != NULL && queue->counts[STATE_RUNNING] < queue->pace.limit &&
           !event_pending(queue->pause, EV_TIMEOUT, NULL)) {
        struct entry *entry = queue->ready;

        DL_DELETE(queue->ready, entry);
        set_state(entry, STATE_RUNNING);
        entry->again = false;
        count_begin(entry);
        queue->work(entry->key, queue->context); /* may end it, and with it the entry */
    }
}

static void finish(struct entry *entry)
{
    struct queue *queue = entry->queue;

    entry->failures = 0;
    count_end(entry, METRIC_RESULT_SUCCESS);
    if (queue->is_paced)
        pace_ended(&queue->pace, (unsigned)((metric_now() - entry->began) / 1000));
    if (entry->again)
        make_ready(entry);
    else
        drop(entry);
    event_active(queue->step, 0, 0);
}

/* What happened in the meantime is worth a quick try. */
static void back_off(struct entry *entry)
{
    struct timeval delay;

    count_end(entry, METRIC_RESULT_ERROR);
    entry->failures = entry->again ? 1 : entry->failures + 1;
    entry->queue->failures++;
    delay = backoff_time(&backoff_queue, entry->failures);
    wait_for(entry, &delay);
}

static void continue_later(struct entry *entry, unsigned milliseconds)
{
    const struct timeval delay = backoff_timeval(milliseconds);

    entry->failures = 0;
    count_end(entry, METRIC_RESULT_LATER);
    if (entry->again)
        make_ready(entry);
    else
        wait_for(entry, &delay);
}

static void wait_for(struct entry *entry, const struct timeval *delay)
{
    set_state(entry, STATE_WAITING);
    if (entry->timer == NULL)
        entry->timer = loop_timer(entry->queue->base, on_retry, entry);
    event_add(entry->timer, delay);
    event_active(entry->queue->step, 0, 0);
}

static void on_retry(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    make_ready(context);
}

static void make_ready(struct entry *entry)
{
    if (entry->timer != NULL)
        event_del(entry->timer);
    set_state(entry, STATE_READY);
    count_ready(entry);
    DL_APPEND(entry->queue->ready, entry);
    event_active(entry->queue->step, 0, 0);
}

static void set_state(struct entry *entry, enum state state)
{
    entry->queue->counts[entry->state]--;
    entry->state = state;
    entry->queue->counts[state]++;
}

static struct entry *find(const struct queue *queue, const char *key)
{
    struct entry *entry;

    HASH_FIND_STR(queue->entries, key, entry);
    return entry;
}

static void drop(struct entry *entry)
{
    HASH_DEL(entry->queue->entries, entry);
    entry->queue->counts[entry->state]--;
    if (entry->timer != NULL)
        event_free(entry->timer);
    free(entry->key);
    free(entry);
}

static void count_ready(struct entry *entry)
{
    entry->ready_at = metric_now();
    if (!entry->queue->is_measured)
        return;
    metric_add(METRIC_QUEUE_ADDS, entry->queue->name, 0, 1);
    if (entry->failures > 0)
        metric_add(METRIC_QUEUE_RETRIES, entry->queue->name, 0, 1);
}

static void count_begin(struct entry *entry)
{
    entry->began = metric_now();
    if (entry->queue->is_measured)
        metric_observe(METRIC_QUEUE_LATENCY, entry->queue->name, entry->began - entry->ready_at);
}

static void count_end(const struct entry *entry, enum metric_result result)
{
    if (!entry->queue->is_measured)
        return;
    metric_add(METRIC_RECONCILES, entry->queue->name, result, 1);
    metric_observe(METRIC_RECONCILE_DURATION, entry->queue->name, metric_now() - entry->began);
}
