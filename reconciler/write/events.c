/* SPDX-License-Identifier: Apache-2.0 */
#include "reconciler/write/events.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/base/utf8.h"
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
    NAME_MAX = 230, /* of the Pool's name within the Event's */
    NOTE_MAX = 1000,
};

/* One Event, or one series. */
struct told {
    struct events *events;
    char *key; /* "namespace/name" of the Event */
    char *namespace, *name;
    struct json_object *body; /* for the first time */
    unsigned count;
    bool created;
    bool pending; /* in the list of those to be sent */
    bool under_way;
    bool again; /* counted while it was under way */
    time_t sent, last;
    struct told *next, *prev;
    UT_hash_handle hh; /* in order of creation */
};

struct events {
    struct api *api;
    struct event *timer;
    struct told *all;
    struct told *pending;
    unsigned tokens;
    unsigned under_way;
    bool complained;
    char instance[128];
};

static struct told *add(struct events *, char *key, enum kind, const struct object_head *,
                        bool warning, const char *reason, const char *note);
static void make_pending(struct told *);
static void on_tick(evutil_socket_t, short events, void *context);
static void tick_later(struct events *);
static void send_one(struct told *);
static void on_sent(const struct api_result *, void *context);
static struct json_object *body_of(const struct events *, const char *name, enum kind,
                                   const struct object_head *, bool warning, const char *reason,
                                   const char *note);
static struct json_object *series_of(const struct told *);
static void forget_old(struct events *);
static void forget(struct told *);
static void add_time(struct json_object *, const char *member);

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

void events_free(struct events *events)
{
    while (events->all != NULL)
        forget(events->all);
    event_free(events->timer);
    free(events);
}

void events_record(struct events *events, const struct pool_message *pool, bool warning,
                   const char *reason, const char *note)
{
    events_record_on(events, KIND_POOL, &pool->head, warning, reason, note);
}

void events_record_on(struct events *events, enum kind kind, const struct object_head *object,
                      bool warning, const char *reason, const char *note)
{
    char *name = events_name(object, reason, note);
    char *key = key_of(object->namespace, name);
    struct told *told;

    free(name);
    HASH_FIND_STR(events->all, key, told);
    if (told != NULL && clock_seconds() - told->last > EVENTS_REMEMBER_SECONDS &&
        !told->under_way) {
        forget(told);
        told = NULL;
    }
    if (told == NULL)
        told = add(events, key, kind, object, warning, reason, note);
    else
        free(key);
    told->count++;
    told->last = clock_seconds();
    if (told->under_way)
        told->again = true;
    else
        make_pending(told);
}

bool events_are_sent(const struct events *events)
{
    const struct told *told;

    DL_FOREACH (events->pending, told) {
        if (!told->created)
            return false;
    }
    return events->under_way == 0;
}

char *events_name(const struct object_head *object, const char *reason, const char *note)
{
    const char *const parts[] = {object->uid, reason, note};
    size_t length = strnlen(object->name, NAME_MAX);
    uint64_t hash =
        14695981039346656037u; /* FNV-1a: spreads well, and nothing depends on secrecy */

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        for (const char *byte = parts[i]; *byte != '\0'; byte++)
            hash = (hash ^ (unsigned char)*byte) * 1099511628211u;
        hash *= 1099511628211u; /* the end of a part counts */
    }
    while (length > 0 && strchr(".-", object->name[length - 1]) != NULL)
        length--; /* no name goes on with a dot after these */
    return memory_format("%.*s.%016llx", (int)length, object->name, (unsigned long long)hash);
}

static struct told *add(struct events *events, char *key, enum kind kind,
                        const struct object_head *object, bool warning, const char *reason,
                        const char *note)
{
    struct told *told = memory_new(1, sizeof(*told));

    forget_old(events);
    told->events = events;
    told->key = key;
    told->namespace = memory_text(object->namespace);
    told->name = memory_text(key_name(key));
    told->body = body_of(events, told->name, kind, object, warning, reason, note);
    HASH_ADD_KEYPTR(hh, events->all, told->key, strlen(told->key), told);
    return told;
}

static void make_pending(struct told *told)
{
    if (!told->pending) {
        told->pending = true;
        DL_APPEND(told->events->pending, told);
    }
    tick_later(told->events);
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
    struct told *told, *next;

    (void)socket;
    (void)flags;
    if (events->tokens < BURST)
        events->tokens += PER_TICK;
    DL_FOREACH_SAFE (events->pending, told, next) {
        if (events->tokens == 0 || events->under_way >= AT_ONCE)
            break;
        if (told->created && clock_seconds() - told->sent < EVENTS_SERIES_SECONDS)
            continue;
        DL_DELETE(events->pending, told);
        told->pending = false;
        events->tokens--;
        send_one(told);
    }
    if (events->pending != NULL)
        tick_later(events);
}

static void send_one(struct told *told)
{
    struct events *events = told->events;
    char *collection =
        memory_format("/apis/events.k8s.io/v1/namespaces/%s/events", told->namespace);
    char *path = memory_format("%s/%s?fieldManager=" FIELD_MANAGER, collection, told->name);
    struct json_object *series = series_of(told);
    const struct api_request create = {.method = "POST",
                                       .path = collection,
                                       .body = told->body,
                                       .on_done = on_sent,
                                       .context = told};
    const struct api_request count = {.method = "PATCH",
                                      .path = path,
                                      .content_type = "application/merge-patch+json",
                                      .body = series,
                                      .on_done = on_sent,
                                      .context = told};

    told->under_way = true;
    told->again = false;
    told->sent = clock_seconds();
    events->under_way++;
    api_send(events->api, told->created ? &count : &create);
    json_object_put(series);
    free(path);
    free(collection);
}

/* An Event that is there already is from before a restart: this is one more of it. One that is gone
 * has expired. Neither is worth more than one further try. */
static void on_sent(const struct api_result *result, void *context)
{
    struct told *told = context;
    struct events *events = told->events;

    events->under_way--;
    told->under_way = false;
    if (result->error == API_OK) {
        told->created = true;
        events->complained = false;
    } else if (!told->created && result->error == API_CONFLICT) {
        told->created = true;
        told->count++;
        told->again = true;
    } else if (told->created && result->error == API_NOT_FOUND) {
        told->created = false;
        told->again = true;
    } else if (!events->complained && !api_error_is_global(result->error) &&
               !api_is_terminating(result)) {
        events->complained = true;
        log_warning("cannot write an Event; the reconciler's account needs create and patch on "
                    "events of events.k8s.io (packaging/kustomize)",
                    LOG_TEXT("namespace", told->namespace), LOG_TEXT("reason", result->message));
    }
    if (told->again)
        make_pending(told);
    else if (events->pending != NULL)
        tick_later(events);
}

static struct json_object *body_of(const struct events *events, const char *name, enum kind kind,
                                   const struct object_head *object, bool warning,
                                   const char *reason, const char *note)
{
    struct json_object *body = json_object_new_object();
    struct json_object *metadata = json_object_new_object();
    struct json_object *regarding = json_object_new_object();
    char *bounded = memory_format("%.*s", (int)utf8_prefix(note, NOTE_MAX), note);

    json_put_text(body, "apiVersion", "events.k8s.io/v1");
    json_put_text(body, "kind", "Event");
    json_put_text(metadata, "name", name);
    json_put_text(metadata, "namespace", object->namespace);
    json_object_object_add(body, "metadata", metadata);
    add_time(body, "eventTime");
    json_put_text(body, "reportingController", FIELD_MANAGER);
    json_put_text(body, "reportingInstance", events->instance);
    json_put_text(body, "action", "Reconcile");
    json_put_text(body, "reason", reason);
    json_put_text(body, "type", warning ? "Warning" : "Normal");
    json_put_text(body, "note", bounded);
    json_put_text(regarding, "apiVersion", OPENVOX_GROUP "/" OPENVOX_VERSION);
    json_put_text(regarding, "kind", kind_names(kind)->name);
    json_put_text(regarding, "namespace", object->namespace);
    json_put_text(regarding, "name", object->name);
    json_put_text(regarding, "uid", object->uid);
    json_object_object_add(body, "regarding", regarding);
    free(bounded);
    return body;
}

static struct json_object *series_of(const struct told *told)
{
    struct json_object *patch = json_object_new_object();
    struct json_object *series = json_object_new_object();

    json_object_object_add(series, "count", json_object_new_int64(told->count));
    add_time(series, "lastObservedTime");
    json_object_object_add(patch, "series", series);
    return patch;
}

/* From the oldest on: those that are long past, and, where there are too many, any that rest. */
static void forget_old(struct events *events)
{
    struct told *told, *next;
    time_t now = clock_seconds();

    HASH_ITER (hh, events->all, told, next) {
        bool full = HASH_COUNT(events->all) >= REMEMBERED_MAX;

        if (!full && now - told->last <= EVENTS_REMEMBER_SECONDS)
            return;
        if (!told->under_way)
            forget(told);
    }
}

static void forget(struct told *told)
{
    if (told->pending)
        DL_DELETE(told->events->pending, told);
    HASH_DEL(told->events->all, told);
    json_object_put(told->body);
    free(told->namespace);
    free(told->name);
    free(told->key);
    free(told);
}

static void add_time(struct json_object *object, const char *member)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    json_put_time(object, member, &now);
}
