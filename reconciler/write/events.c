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
#include "common/message/kind.h"
#include "common/objects/key.h"

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
    char *namespace;
    uint64_t served; /* the number of its newest request, counted over all namespaces; 0: none */
    size_t count;    /* series that are remembered */
    struct cause_member failing; /* for the log */
    UT_hash_handle hh;
};

/* One Event, which is a series if it happens more than once. Thousands are remembered: what is sent
 * is made of this each time. */
struct series {
    struct events *events;
    struct share *share;
    char *key; /* "namespace/name" of the Event */
    enum kind kind;
    const char *reason; /* constant */
    char *name, *uid;   /* of the object, like the note, until it has been sent */
    char *note;
    bool is_warning;
    struct timespec began; /* since 1970 */
    unsigned count;
    bool created;
    bool pending; /* in the list of those to be sent */
    bool under_way;
    bool again; /* counted while it was under way */
    time_t sent, last;
    unsigned failures; /* in a row */
    time_t not_before; /* is it sent again */
    struct series *next, *prev;
    UT_hash_handle hh; /* in order of creation */
};

struct events {
    struct api *api;
    struct event *timer;
    struct series *all;
    struct series *pending;
    struct share *shares;
    uint64_t served; /* requests so far */
    unsigned tokens;
    unsigned under_way;
    char instance[128];
};

static struct series *find_current(struct events *, const char *key);
static struct series *add(struct events *, char *key, const struct event_details *);
static void describe(struct series *, const struct event_details *);
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

struct events *events_new(struct event_base *base, struct api *api)
{
    struct events *events = memory_new(1, sizeof(*events));
    char host[64] = "";

    gethostname(host, sizeof(host) - 1);
    snprintf(events->instance, sizeof(events->instance), FIELD_MANAGER "-%s-%ld", host,
             (long)getpid());
    events->api = api;
    events->tokens = BURST;
    events->timer = loop_timer(base, on_tick, events);
    return events;
}

void events_record(struct events *events, const struct event_details *details)
{
    char *name = events_name(details);
    char *key = key_of(details->object->namespace, name);
    struct series *series = find_current(events, key);

    free(name);
    if (series == NULL)
        series = add(events, key, details);
    else
        free(key);
    describe(series, details);
    series->count++;
    series->last = clock_seconds();
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
    uint64_t hash =
        14695981039346656037u; /* FNV-1a: spreads well, and nothing depends on secrecy */

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        for (const char *byte = parts[i]; *byte != '\0'; byte++)
            hash = (hash ^ (unsigned char)*byte) * 1099511628211u;
        hash *= 1099511628211u; /* the end of a part counts */
    }
    while (length > 0 && strchr(".-", object->name[length - 1]) != NULL)
        length--; /* a dot cannot follow these in a name */
    return memory_format("%.*s.%016llx", (int)length, object->name, (unsigned long long)hash);
}

/* After an hour of silence the same is another Event. */
static struct series *find_current(struct events *events, const char *key)
{
    struct series *series;

    HASH_FIND_STR(events->all, key, series);
    if (series == NULL || series->under_way ||
        clock_seconds() - series->last <= EVENTS_REMEMBER_SECONDS)
        return series;
    forget(series);
    return NULL;
}

/* KEY is taken over. */
static struct series *add(struct events *events, char *key, const struct event_details *details)
{
    struct series *series = memory_new(1, sizeof(*series));

    forget_old(events);
    series->events = events;
    series->key = key;
    series->share = share_of(events, details->object->namespace);
    series->share->count++;
    series->kind = details->kind;
    series->reason = details->reason;
    series->is_warning = details->warning;
    clock_gettime(CLOCK_REALTIME, &series->began);
    HASH_ADD_KEYPTR(hh, events->all, series->key, strlen(series->key), series);
    return series;
}

/* Whoever records it again says it again. */
static void describe(struct series *series, const struct event_details *details)
{
    if (series->name != NULL)
        return;
    series->name = memory_text(details->object->name);
    series->uid = memory_text(details->object->uid);
    series->note = line_of(details->note, NOTE_MAX);
}

static void forget_description(struct series *series)
{
    memory_replace(&series->name, NULL);
    memory_replace(&series->uid, NULL);
    memory_replace(&series->note, NULL);
}

static struct share *share_of(struct events *events, const char *namespace)
{
    struct share *share;

    HASH_FIND_STR(events->shares, namespace, share);
    if (share == NULL) {
        share = memory_new(1, sizeof(*share));
        share->namespace = memory_text(namespace);
        HASH_ADD_KEYPTR(hh, events->shares, share->namespace, strlen(share->namespace), share);
    }
    return share;
}

static void make_pending(struct series *series)
{
    if (!series->pending) {
        series->pending = true;
        DL_APPEND(series->events->pending, series);
    }
    tick_later(series->events);
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
    time_t now = clock_seconds();

    DL_FOREACH (events->pending, series) {
        bool due = now >= series->not_before &&
                   (!series->created || now - series->sent >= EVENTS_SERIES_SECONDS);

        if (due && (next == NULL || series->share->served < next->share->served))
            next = series;
    }
    return next;
}

/* Nothing in the response is of interest, so it is not decoded. */
static void send_one(struct series *series)
{
    struct events *events = series->events;
    char *collection =
        memory_format("/apis/events.k8s.io/v1/namespaces/%s/events", series->share->namespace);
    char *path =
        memory_format("%s/%s?fieldManager=" FIELD_MANAGER, collection, key_name(series->key));
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

    series->share->served = ++events->served;
    series->under_way = true;
    series->again = false;
    series->sent = clock_seconds();
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
    struct events *events = series->events;

    events->under_way--;
    series->under_way = false;
    if (result->error == API_OK) {
        series->created = true;
        series->failures = 0;
        cause_log_leave(&series->share->failing, CAUSE_OVER);
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
    series->not_before = clock_seconds() + backoff_time(&backoff_event, series->failures).tv_sec;
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
        &series->share->failing,
        &(struct cause_details){
            .level = LOG_WARNING,
            .text = needs_rights ? "cannot write an Event; allow the reconciler's account to "
                                   "create and patch events in events.k8s.io (packaging/kustomize)"
                                 : "cannot write an Event; what it says is in this log, too",
            .over = "Events can be written again",
            .who = {LOG_TEXT("namespace", series->share->namespace)},
            .why = {LOG_TEXT("error", api_error_name(result->error)),
                    LOG_TEXT("reason", result->message)},
            .remedy = needs_rights ? NULL : api_remedy(result->error, result->message),
        });
}

static struct json_object *body_of(const struct series *series)
{
    struct json_object *body = json_object_new_object();
    struct json_object *metadata = json_object_new_object();

    json_put_text(body, "apiVersion", "events.k8s.io/v1");
    json_put_text(body, "kind", "Event");
    json_put_text(metadata, "name", key_name(series->key));
    json_put_text(metadata, "namespace", series->share->namespace);
    json_object_object_add(body, "metadata", metadata);
    json_put_time(body, "eventTime", &series->began);
    json_put_text(body, "reportingController", FIELD_MANAGER);
    json_put_text(body, "reportingInstance", series->events->instance);
    json_put_text(body, "action", "Reconcile");
    json_put_text(body, "reason", series->reason);
    json_put_text(body, "type", series->is_warning ? "Warning" : "Normal");
    json_put_text(body, "note", series->note);
    json_object_object_add(body, "regarding", regarding(series));
    return body;
}

static struct json_object *regarding(const struct series *series)
{
    struct json_object *reference = json_object_new_object();

    json_put_text(reference, "apiVersion", OPENVOX_GROUP "/" OPENVOX_VERSION);
    json_put_text(reference, "kind", kind_names(series->kind)->name);
    json_put_text(reference, "namespace", series->share->namespace);
    json_put_text(reference, "name", series->name);
    json_put_text(reference, "uid", series->uid);
    return reference;
}

static struct json_object *count_of(const struct series *series)
{
    struct json_object *patch = json_object_new_object();
    struct json_object *member = json_object_new_object();
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    json_object_object_add(member, "count", json_object_new_int64(series->count));
    json_put_time(member, "lastObservedTime", &now);
    json_object_object_add(patch, "series", member);
    return patch;
}

/* From the oldest on those that are long past, and where there are too many, those of the namespace
 * that has most of them. */
static void forget_old(struct events *events)
{
    struct series *series, *next;
    time_t now = clock_seconds();

    HASH_ITER (hh, events->all, series, next) {
        if (now - series->last <= EVENTS_REMEMBER_SECONDS)
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
        if (!series->under_way && (found == NULL || series->share->count > found->share->count))
            found = series;
    }
    return found;
}

static void forget(struct series *series)
{
    if (series->pending)
        DL_DELETE(series->events->pending, series);
    HASH_DEL(series->events->all, series);
    if (--series->share->count == 0) {
        cause_log_leave(&series->share->failing, CAUSE_GONE);
        HASH_DEL(series->events->shares, series->share);
        free(series->share->namespace);
        free(series->share);
    }
    forget_description(series);
    free(series->key);
    free(series);
}
