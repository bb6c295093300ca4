/* SPDX-License-Identifier: Apache-2.0 */
/* Events come faster than requests can be sent, and some objects fail again and again. This evens
 * it out: what changes often is worked on once, what fails does not hold up the rest, and a
 * namespace in which much happens waits for itself only. */
#include "reconciler/write/queue.h"

#include "common/api/pace.h"
#include "common/api/pause.h"
#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/base/transient.h"

#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

enum state {
    STATE_READY,
    STATE_RUNNING,
    STATE_WAITING,
    STATE_COUNT
};

/* Served in turn, but the first one more often. */
enum lane {
    LANE_CHANGED,   /* what has changed itself, or is tried again */
    LANE_RECHECKED, /* what is looked at again because of others */
    LANE_COUNT
};

enum {
    CHANGED_IN_TURN = 4,     /* keys of the first lane before one of the second */
    STEP_KEYS = 32,          /* begun before the loop turns, and */
    STEP_MICROSECONDS = 5000 /* the time for it */
};

struct entry {
    struct queue *queue;
    enum state state;
    bool again;           /* it was added while it was at work */
    enum lane lane;       /* that it is ready in, or will be */
    enum lane again_lane; /* likewise, once more */
    struct share *share;  /* while it is ready */
    unsigned failures;
    uint64_t ready_at, began;  /* monotonic microseconds */
    struct event *timer;       /* of one that waits */
    struct entry *next, *prev; /* in its share */
    UT_hash_handle hh;
    char key[];
};

/* The ready keys of one namespace in one lane; there is at least one. */
struct share {
    char *namespace;
    struct entry *ready;       /* in order */
    struct share *next, *prev; /* in turn */
    UT_hash_handle hh;
};

struct lane_shares {
    struct share *by_namespace;
    struct share *in_turn;
};

struct queue {
    struct event_base *base;
    struct pace pace;
    struct pause pause;
    bool is_paced;
    bool is_held;
    bool is_measured;
    enum metric_queue name;
    queue_work *work;
    void *context;
    struct entry *beginning; /* or NULL: what ends now waited for nobody's answer */
    struct entry *entries;
    struct transients memory; /* of the entries: all Pools may come at once */
    struct lane_shares lanes[LANE_COUNT];
    unsigned changed_in_turn; /* keys of the first lane since one of the second */
    size_t counts[STATE_COUNT];
    uint64_t failures;
    struct event *step;      /* begins work */
    struct event *pause_end; /* pending while nothing may begin */
};

static void add(struct queue *, const char *key, enum lane);
static void finish(struct entry *);
static void back_off(struct entry *, unsigned min_milliseconds);
static void continue_later(struct entry *, unsigned milliseconds);
static void wait_for(struct entry *, unsigned milliseconds);
static void on_step(evutil_socket_t, short events, void *context);
static void on_retry(evutil_socket_t, short events, void *context);
static bool may_begin(const struct queue *);
static void begin(struct queue *, struct entry *);
static void step_soon(struct queue *);
static void make_ready(struct entry *);
static void line_up(struct entry *);
static struct entry *take_next(struct queue *);
static void take(struct entry *);
static void drop_share(struct lane_shares *, struct share *);
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
    queue->pause_end = loop_timer(base, on_step, queue);
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
    add(queue, key, LANE_CHANGED);
}

void queue_recheck(struct queue *queue, const char *key)
{
    add(queue, key, LANE_RECHECKED);
}

void queue_end(struct queue *queue, const char *key, struct retry retry)
{
    struct entry *entry = find(queue, key);

    if (entry == NULL || entry->state != STATE_RUNNING)
        return;
    switch (retry.when) {
    case RETRY_BACK_OFF:
        back_off(entry, retry.milliseconds);
        break;
    case RETRY_LATER:
        continue_later(entry, retry.milliseconds);
        break;
    case RETRY_NOW:
        entry->again = true;
        entry->again_lane = LANE_CHANGED;
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

bool queue_pause(struct queue *queue, const char *key, unsigned seconds)
{
    const int64_t now = clock_milliseconds();
    bool is_new = pause_left(&queue->pause, now) == 0;
    struct timeval left;

    if (!pause_begin(&queue->pause, key, seconds, now))
        return false;
    left = backoff_timeval(pause_left(&queue->pause, now));
    event_add(queue->pause_end, &left);
    return is_new;
}

void queue_hold(struct queue *queue, bool held)
{
    queue->is_held = held;
    step_soon(queue);
}

struct queue_counts queue_counts(const struct queue *queue)
{
    return (struct queue_counts){.ready = queue->counts[STATE_READY],
                                 .running = queue->counts[STATE_RUNNING],
                                 .waiting = queue->counts[STATE_WAITING],
                                 .failures = queue->failures,
                                 .pause_milliseconds =
                                     pause_left(&queue->pause, clock_milliseconds())};
}

size_t queue_depth(const struct queue *queue)
{
    return queue->counts[STATE_READY] + queue->counts[STATE_RUNNING];
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
    if (entry->state == STATE_READY)
        found.milliseconds = pause_left(&queue->pause, clock_milliseconds());
    if (entry->timer != NULL && event_pending(entry->timer, EV_TIMEOUT, &end)) {
        evutil_gettimeofday(&now, NULL);
        if (evutil_timercmp(&end, &now, >)) {
            evutil_timersub(&end, &now, &end);
            found.milliseconds = (unsigned)(end.tv_sec * 1000 + end.tv_usec / 1000);
        }
    }
    return found;
}

static void add(struct queue *queue, const char *key, enum lane lane)
{
    struct entry *entry = find(queue, key);

    if (entry == NULL) {
        entry = transient_take(&queue->memory, sizeof(*entry) + strlen(key) + 1);
        entry->queue = queue;
        strcpy(entry->key, key);
        entry->state = STATE_WAITING; /* until it is made ready */
        entry->lane = lane;
        queue->counts[STATE_WAITING]++;
        HASH_ADD_KEYPTR(hh, queue->entries, entry->key, strlen(entry->key), entry);
        make_ready(entry);
    } else if (entry->state == STATE_RUNNING) {
        entry->again_lane = entry->again && entry->again_lane < lane ? entry->again_lane : lane;
        entry->again = true;
    } else if (entry->state == STATE_WAITING) {
        entry->lane = lane;
        make_ready(entry);
    } else if (lane < entry->lane) {
        take(entry);
        entry->lane = lane;
        line_up(entry);
    }
}

/* A bounded piece of work; then the loop turns, so that messages and heartbeats do not wait. */
static void on_step(evutil_socket_t socket, short events, void *context)
{
    struct queue *queue = context;
    uint64_t end = metric_now() + STEP_MICROSECONDS;

    (void)socket;
    (void)events;
    for (unsigned i = 0; i < STEP_KEYS && may_begin(queue) && (i == 0 || metric_now() < end); i++)
        begin(queue, take_next(queue));
    if (may_begin(queue))
        step_soon(queue);
}

static bool may_begin(const struct queue *queue)
{
    return !queue->is_held && queue->counts[STATE_READY] > 0 &&
           queue->counts[STATE_RUNNING] < queue->pace.limit &&
           !event_pending(queue->pause_end, EV_TIMEOUT, NULL);
}

static void begin(struct queue *queue, struct entry *entry)
{
    set_state(entry, STATE_RUNNING);
    entry->again = false;
    count_begin(entry);
    queue->beginning = entry;
    queue->work(entry->key, queue->context); /* may end it, and with it the entry */
    queue->beginning = NULL;
}

/* By a timer: what is made active at once would be called before anything else is looked at. */
static void step_soon(struct queue *queue)
{
    static const struct timeval at_once = {0, 0};

    if (!event_pending(queue->step, EV_TIMEOUT, NULL))
        event_add(queue->step, &at_once);
}

static void finish(struct entry *entry)
{
    struct queue *queue = entry->queue;

    entry->failures = 0;
    pause_served(&queue->pause, entry->key);
    count_end(entry, METRIC_RESULT_SUCCESS);
    if (queue->is_paced && entry != queue->beginning)
        pace_ended(&queue->pace, (unsigned)queue->counts[STATE_RUNNING],
                   metric_now() - entry->began);
    if (entry->again) {
        entry->lane = entry->again_lane;
        make_ready(entry);
    } else {
        drop(entry);
    }
    step_soon(queue);
}

/* What happened in the meantime is worth a quick try. */
static void back_off(struct entry *entry, unsigned min_milliseconds)
{
    unsigned milliseconds;

    count_end(entry, METRIC_RESULT_ERROR);
    entry->failures = entry->again ? 1 : entry->failures + 1;
    entry->queue->failures++;
    milliseconds = backoff_delay(&backoff_queue, entry->failures, backoff_random());
    if (milliseconds < min_milliseconds && !entry->again)
        milliseconds = min_milliseconds;
    wait_for(entry, milliseconds);
}

static void continue_later(struct entry *entry, unsigned milliseconds)
{
    entry->failures = 0;
    count_end(entry, METRIC_RESULT_LATER);
    if (entry->again) {
        entry->lane = entry->again_lane;
        make_ready(entry);
    } else {
        wait_for(entry, milliseconds);
    }
}

static void wait_for(struct entry *entry, unsigned milliseconds)
{
    const struct timeval delay = backoff_timeval(milliseconds);

    set_state(entry, STATE_WAITING);
    if (entry->timer == NULL)
        entry->timer = loop_timer(entry->queue->base, on_retry, entry);
    event_add(entry->timer, &delay);
    step_soon(entry->queue);
}

static void on_retry(evutil_socket_t socket, short events, void *context)
{
    struct entry *entry = context;

    (void)socket;
    (void)events;
    entry->lane = LANE_CHANGED;
    make_ready(entry);
}

static void make_ready(struct entry *entry)
{
    if (entry->timer != NULL)
        event_del(entry->timer);
    set_state(entry, STATE_READY);
    count_ready(entry);
    line_up(entry);
    step_soon(entry->queue);
}

/* At the end of its namespace's share of its lane; a share that is new is the last in turn. */
static void line_up(struct entry *entry)
{
    struct lane_shares *shares = &entry->queue->lanes[entry->lane];
    size_t length = strcspn(entry->key, "/");
    struct share *share;

    HASH_FIND(hh, shares->by_namespace, entry->key, length, share);
    if (share == NULL) {
        share = memory_new(1, sizeof(*share));
        share->namespace = memory_bytes(entry->key, length);
        HASH_ADD_KEYPTR(hh, shares->by_namespace, share->namespace, length, share);
        DL_APPEND(shares->in_turn, share);
    }
    entry->share = share;
    DL_APPEND(share->ready, entry);
}

/* There is one. Its namespace is the last in turn afterwards. */
static struct entry *take_next(struct queue *queue)
{
    const struct lane_shares *changed = &queue->lanes[LANE_CHANGED],
                             *rechecked = &queue->lanes[LANE_RECHECKED];
    bool is_others_turn = changed->in_turn == NULL ||
                          (rechecked->in_turn != NULL && queue->changed_in_turn >= CHANGED_IN_TURN);
    struct lane_shares *shares = &queue->lanes[is_others_turn ? LANE_RECHECKED : LANE_CHANGED];
    struct share *share = shares->in_turn;
    struct entry *entry = share->ready;

    queue->changed_in_turn = is_others_turn ? 0 : queue->changed_in_turn + 1;
    DL_DELETE(shares->in_turn, share);
    DL_APPEND(shares->in_turn, share);
    take(entry);
    return entry;
}

/* Takes ENTRY, which is ready, out of its share. */
static void take(struct entry *entry)
{
    struct share *share = entry->share;

    DL_DELETE(share->ready, entry);
    entry->share = NULL;
    if (share->ready == NULL)
        drop_share(&entry->queue->lanes[entry->lane], share);
}

static void drop_share(struct lane_shares *shares, struct share *share)
{
    HASH_DEL(shares->by_namespace, share);
    DL_DELETE(shares->in_turn, share);
    free(share->namespace);
    free(share);
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
    transient_return(&entry->queue->memory, entry);
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
