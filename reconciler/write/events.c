/* SPDX-License-Identifier: Apache-2.0 */
/* Each Event costs the API server a write, for one hour of life. So Events have names that follow
 * from what they say, are sent after everything else and slowly, and are counted instead of
 * repeated. The namespaces have their turns: where much goes wrong in one, the Events of the others
 * neither wait for it nor are given up for it. */
#include "reconciler/write/events.h"

#include "common/api/remedy.h"
#include "common/base/backoff.h"
#include "common/base/cause_log.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/json.h"
#include "common/base/line.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/base/transient.h"
#include "common/message/kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uthash.h>
#include <utlist.h>

enum {
    PER_TICK = 5, /* Events sent: 20 a second */
    BURST = 25,
    AT_ONCE = 2, /* requests under way: routes come first */
    REMEMBERED_MAX = 4096,
    TRIES_MAX = 8,   /* of one Event, for some minutes */
    PASSING_MAX = 1, /* of them that are not worth a line, such as of a server that ends */
    NAME_MAX = 230,  /* of the object's name within the Event's */
    NOTE_MAX = 1000,
};

/* A namespace, as long as there is a series of it. */
struct share {
    struct events *events;
    char *namespace;
    uint64_t served; /* the number of its newest request, counted over all namespaces; 0: none */
    size_t count;    /* series that are remembered */
    struct cause_member failing; /* for the log */
    UT_hash_handle hh;
};

/* What is sent is made of this. Its texts lie behind it. */
struct description {
    enum kind kind;
    bool is_warning;
    const char *reason;     /* constant */
    struct timespec time;   /* since 1970 */
    const char *event;      /* its name */
    const char *name, *uid; /* of the object */
    const char *note;
};

/* What an Event is known by, without room for other bytes. Nobody can make an Event in another
 * namespace pass for one that is known. */
struct series_key {
    struct share *share;
    uint64_t hash; /* of all that it says */
};

/* One Event, which is a series if it happens more than once. Thousands are remembered, each for an
 * hour. Times are in monotonic seconds. */
struct series {
    struct series_key key;
    struct description *description; /* until it has been sent; then NULL */
    unsigned count;
    uint32_t sent, last;
    uint32_t pending_since;
    uint32_t not_before; /* is it sent again */
    unsigned failures;   /* in a row */
    bool created;
    bool pending; /* in the list of those to be sent */
    bool under_way;
    bool again; /* counted while it was under way */
    struct series *next, *prev;
    UT_hash_handle hh; /* in order of creation */
};

struct events {
    struct api *api;
    events_is_busy *is_busy;
    const void *context;
    struct event *timer;
    struct series *all;
    struct series *pending;
    struct share *shares;
    struct transients descriptions; /* of all Pools at once, after a start */
    uint64_t served;                /* requests so far */
    unsigned tokens;
    unsigned under_way;
    char instance[128];
};

static uint64_t hash_of(const char *const *parts, size_t count);
static struct series *find_current(struct events *, const struct series_key *);
static struct series *add(struct events *, const struct series_key *);
static uint32_t now(void);
static void describe(struct series *, const struct event_details *);
static const char *next_text(char **at, const char *text);
static void forget_description(struct series *);
static struct share *share_of(struct events *, const char *namespace);
static void make_pending(struct series *);
static void on_tick(evutil_socket_t, short events, void *context);
static void tick_later(struct events *);
static struct series *next_in_turn(const struct events *);
static void send_one(struct series *);
static void on_sent(const struct api_result *, void *context);
static bool try_again(struct series *, const struct api_result *);
static void log_failure(struct series *, const struct api_result *);
static struct json_object *body_of(const struct series *);
static struct json_object *regarding(const struct series *);
static struct json_object *count_of(const struct series *);
static void forget_old(struct events *);
static struct series *oldest_of_largest(const struct events *);
static void forget(struct series *);

struct events *events_new(struct event_base *base, struct api *api, events_is_busy *is_busy,
                          const void *context)
{
    struct events *events = memory_new(1, sizeof(*events));
    char host[64] = "";

    gethostname(host, sizeof(host) - 1);
    snprintf(events->instance, sizeof(events->instance), FIELD_MANAGER "-%s-%ld", host,
             (long)getpid());
    events->api = api;
    events->is_busy = is_busy;
    events->context = context;
    events->tokens = BURST;
    events->timer = loop_timer(base, on_tick, events);
    return events;
}

void events_record(struct events *events, const struct event_details *details)
{
    const struct object_head *object = details->object;
    const char *const parts[] = {object->name, object->uid, details->reason, details->note};
    const struct series_key key = {.share = share_of(events, object->namespace),
                                   .hash = hash_of(parts, sizeof(parts) / sizeof(parts[0]))};
    struct series *series = find_current(events, &key);

    if (series == NULL)
        series = add(events, &key);
    describe(series, details);
    series->count++;
    series->last = now();
    if (series->under_way)
        series->again = true;
    else
        make_pending(series);
}

bool events_are_sent(const struct events *events)
{
    const struct series *series;

    DL_FOREACH (events->pending, series) {
        if (!series->created && series->failures == 0)
            return false;
    }
    return events->under_way == 0;
}

char *events_name(const struct event_details *details)
{
    const struct object_head *object = details->object;
    const char *const parts[] = {object->uid, details->reason, details->note};
    size_t length = strnlen(object->name, NAME_MAX);
    uint64_t hash = hash_of(parts, sizeof(parts) / sizeof(parts[0]));

    while (length > 0 && strchr(".-", object->name[length - 1]) != NULL)
        length--; /* a dot cannot follow these in a name */
    return memory_format("%.*s.%016llx", (int)length, object->name, (unsigned long long)hash);
}

/* FNV-1a: spreads well, and nothing depends on secrecy. The end of a part counts. */
static uint64_t hash_of(const char *const *parts, size_t count)
{
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < count; i++) {
        for (const char *byte = parts[i]; *byte != '\0'; byte++)
            hash = (hash ^ (unsigned char)*byte) * 1099511628211u;
        hash *= 1099511628211u;
    }
    return hash;
}

/* After an hour of silence the same is another Event. */
static struct series *find_current(struct events *events, const struct series_key *key)
{
    struct series *series;

    HASH_FIND(hh, events->all, key, sizeof(*key), series);
    if (series == NULL || series->under_way || now() - series->last <= EVENTS_REMEMBER_SECONDS)
        return series;
    key->share->count++; /* it stays for the next one */
    forget(series);
    key->share->count--;
    return NULL;
}

static struct series *add(struct events *events, const struct series_key *key)
{
    struct series *series = memory_new(1, sizeof(*series));

    key->share->count++;
    series->key = *key;
    forget_old(events);
    HASH_ADD(hh, events->all, key, sizeof(series->key), series);
    return series;
}

static uint32_t now(void)
{
    return (uint32_t)clock_seconds();
}

/* Whoever records it again says it again. */
static void describe(struct series *series, const struct event_details *details)
{
    struct description *description = series->description;

    char *event, *note, *texts;

    if (description != NULL)
        return;
    event = events_name(details);
    note = line_of(details->note, NOTE_MAX);
    series->description = description =
        transient_take(&series->key.share->events->descriptions,
                       sizeof(*description) + strlen(event) + strlen(details->object->name) +
                           strlen(details->object->uid) + strlen(note) + 4);
    texts = (char *)(description + 1);
    description->kind = details->kind;
    description->is_warning = details->warning;
    description->reason = details->reason;
    clock_gettime(CLOCK_REALTIME, &description->time);
    description->event = next_text(&texts, event);
    description->name = next_text(&texts, details->object->name);
    description->uid = next_text(&texts, details->object->uid);
    description->note = next_text(&texts, note);
    free(note);
    free(event);
}

/* Copies TEXT to *AT, which is behind it then. */
static const char *next_text(char **at, const char *text)
{
    char *copy = *at;

    *at = stpcpy(copy, text) + 1;
    return copy;
}

static void forget_description(struct series *series)
{
    if (series->description != NULL)
        transient_return(&series->key.share->events->descriptions, series->description);
    series->description = NULL;
}

static struct share *share_of(struct events *events, const char *namespace)
{
    struct share *share;

    HASH_FIND_STR(events->shares, namespace, share);
    if (share == NULL) {
        share = memory_new(1, sizeof(*share));
        share->events = events;
        share->namespace = memory_text(namespace);
        HASH_ADD_KEYPTR(hh, events->shares, share->namespace, strlen(share->namespace), share);
    }
    return share;
}

static void make_pending(struct series *series)
{
    struct events *events = series->key.share->events;

    if (!series->pending) {
        series->pending = true;
        series->pending_since = now();
        DL_APPEND(events->pending, series);
    }
    tick_later(events);
}

static void tick_later(struct events *events)
{
    const struct timeval delay = backoff_timeval(EVENTS_TICK_MILLISECONDS);

    if (!event_pending(events->timer, EV_TIMEOUT, NULL))
        event_add(events->timer, &delay);
}

static void on_tick(evutil_socket_t socket, short flags, void *context)
{
    struct events *events = context;
    struct series *series;

    (void)socket;
    (void)flags;
    if (events->tokens < BURST)
        events->tokens += PER_TICK;
    while (events->tokens > 0 && events->under_way < AT_ONCE &&
           (series = next_in_turn(events)) != NULL) {
        DL_DELETE(events->pending, series);
        series->pending = false;
        events->tokens--;
        send_one(series);
    }
    if (events->pending != NULL)
        tick_later(events);
}

/* The first one that is due, of the namespace that has waited longest for its turn; or NULL. */
static struct series *next_in_turn(const struct events *events)
{
    struct series *series, *next = NULL;
    const uint32_t time = now();
    const uint32_t wait = events->is_busy(events->context) ? EVENTS_YIELD_SECONDS : 0;

    DL_FOREACH (events->pending, series) {
        bool due = time >= series->not_before && time - series->pending_since >= wait &&
                   (!series->created || time - series->sent >= EVENTS_SERIES_SECONDS);

        if (due && (next == NULL || series->key.share->served < next->key.share->served))
            next = series;
    }
    return next;
}

/* Nothing in the response is of interest, so it is not decoded. */
static void send_one(struct series *series)
{
    struct share *share = series->key.share;
    struct events *events = share->events;
    char *collection =
        memory_format("/apis/events.k8s.io/v1/namespaces/%s/events", share->namespace);
    char *path =
        memory_format("%s/%s?fieldManager=" FIELD_MANAGER, collection, series->description->event);
    struct json_object *body = series->created ? count_of(series) : body_of(series);
    const struct api_request create = {.method = "POST",
                                       .path = collection,
                                       .body = body,
                                       .wants_text = true,
                                       .on_done = on_sent,
                                       .context = series};
    const struct api_request count = {.method = "PATCH",
                                      .path = path,
                                      .content_type = "application/merge-patch+json",
                                      .body = body,
                                      .wants_text = true,
                                      .on_done = on_sent,
                                      .context = series};

    share->served = ++events->served;
    series->under_way = true;
    series->again = false;
    series->sent = now();
    events->under_way++;
    api_send(events->api, series->created ? &count : &create);
    json_object_put(body);
    free(path);
    free(collection);
}

/* An Event that exists already is from before a restart: this is one more of it. One that is gone
 * has expired. Neither is worth more than one further try. */
static void on_sent(const struct api_result *result, void *context)
{
    struct series *series = context;
    struct events *events = series->key.share->events;

    events->under_way--;
    series->under_way = false;
    if (result->error == API_OK) {
        series->created = true;
        series->failures = 0;
        cause_log_leave(&series->key.share->failing, CAUSE_OVER);
    } else if (!series->created && result->error == API_CONFLICT) {
        bool is_ours = series->failures > 0; /* it was written, though that failed */

        series->created = true;
        series->count += is_ours ? 0 : 1;
        series->again = series->again || !is_ours;
        series->failures = 0;
    } else if (series->created && result->error == API_NOT_FOUND) {
        series->created = false;
        series->again = true;
    } else {
        bool is_tried_again = try_again(series, result);

        if (!is_tried_again || series->failures > PASSING_MAX)
            log_failure(series, result);
        series->again = series->again || is_tried_again;
    }
    if (series->again) {
        make_pending(series);
        return;
    }
    forget_description(series);
    if (events->pending != NULL)
        tick_later(events);
}

/* What was refused would be refused again, but a server that is away or busy comes back. */
static bool try_again(struct series *series, const struct api_result *result)
{
    bool may_pass = api_error_is_global(result->error) || api_error_is_overload(result->error);

    if (!may_pass || ++series->failures >= TRIES_MAX) {
        series->failures = 0;
        return false;
    }
    series->not_before = now() + (uint32_t)backoff_time(&backoff_event, series->failures).tv_sec;
    return true;
}

/* Once, until one could be written again. */
static void log_failure(struct series *series, const struct api_result *result)
{
    bool needs_rights;

    if (api_error_is_global(result->error) || api_is_terminating(result))
        return;
    needs_rights = api_is_rbac_refusal(result->status, result->message);
    cause_log_join(
        &series->key.share->failing,
        &(struct cause_details){
            .level = LOG_WARNING,
            .text = needs_rights ? "cannot write an Event; allow the reconciler's account to "
                                   "create and patch events in events.k8s.io (packaging/kustomize)"
                                 : "cannot write an Event; what it says is in this log, too",
            .over = "Events can be written again",
            .who = {LOG_TEXT("namespace", series->key.share->namespace)},
            .why = {LOG_TEXT("error", api_error_name(result->error)),
                    LOG_TEXT("reason", result->message)},
            .remedy = needs_rights ? NULL : api_remedy(result->error, result->message),
        });
}

static struct json_object *body_of(const struct series *series)
{
    const struct description *description = series->description;
    const struct share *share = series->key.share;
    struct json_object *body = json_object_new_object();
    struct json_object *metadata = json_object_new_object();

    json_put_text(body, "apiVersion", "events.k8s.io/v1");
    json_put_text(body, "kind", "Event");
    json_put_text(metadata, "name", description->event);
    json_put_text(metadata, "namespace", share->namespace);
    json_object_object_add(body, "metadata", metadata);
    json_put_time(body, "eventTime", &description->time);
    json_put_text(body, "reportingController", FIELD_MANAGER);
    json_put_text(body, "reportingInstance", share->events->instance);
    json_put_text(body, "action", "Reconcile");
    json_put_text(body, "reason", description->reason);
    json_put_text(body, "type", description->is_warning ? "Warning" : "Normal");
    json_put_text(body, "note", description->note);
    json_object_object_add(body, "regarding", regarding(series));
    return body;
}

static struct json_object *regarding(const struct series *series)
{
    struct json_object *reference = json_object_new_object();

    json_put_text(reference, "apiVersion", OPENVOX_GROUP "/" OPENVOX_VERSION);
    json_put_text(reference, "kind", kind_names(series->description->kind)->name);
    json_put_text(reference, "namespace", series->key.share->namespace);
    json_put_text(reference, "name", series->description->name);
    json_put_text(reference, "uid", series->description->uid);
    return reference;
}

static struct json_object *count_of(const struct series *series)
{
    struct json_object *patch = json_object_new_object();
    struct json_object *member = json_object_new_object();
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    json_object_object_add(member, "count", json_object_new_int64(series->count));
    json_put_time(member, "lastObservedTime", &time);
    json_object_object_add(patch, "series", member);
    return patch;
}

/* From the oldest on those that are long past, and where there are too many, those of the namespace
 * that has most of them. */
static void forget_old(struct events *events)
{
    struct series *series, *next;
    const uint32_t time = now();

    HASH_ITER (hh, events->all, series, next) {
        if (time - series->last <= EVENTS_REMEMBER_SECONDS)
            break;
        if (!series->under_way)
            forget(series);
    }
    while (HASH_COUNT(events->all) >= REMEMBERED_MAX &&
           (series = oldest_of_largest(events)) != NULL)
        forget(series);
}

/* NULL if all are under way. */
static struct series *oldest_of_largest(const struct events *events)
{
    struct series *series, *next, *found = NULL;

    HASH_ITER (hh, events->all, series, next) {
        if (!series->under_way &&
            (found == NULL || series->key.share->count > found->key.share->count))
            found = series;
    }
    return found;
}

static void forget(struct series *series)
{
    struct share *share = series->key.share;
    struct events *events = share->events;

    forget_description(series);
    if (series->pending)
        DL_DELETE(events->pending, series);
    HASH_DEL(events->all, series);
    if (--share->count == 0) {
        cause_log_leave(&share->failing, CAUSE_GONE);
        HASH_DEL(events->shares, share);
        free(share->namespace);
        free(share);
    }
    free(series);
}
