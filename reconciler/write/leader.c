/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes the Lease in time. Every decision about it is in lease.c; what is here are the
 * requests, the timers, and the certainty that two never lead at once, not even when a process was
 * stopped for a while or an answer was long in coming. */
#include "reconciler/write/leader.h"

#include "common/api/remedy.h"
#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "common/objects/contention.h"
#include "reconciler/write/lease.h"

#include <stdlib.h>
#include <string.h>

enum {
    TRIES = 5,          /* within the duration of the Lease */
    TRIES_TO_RENEW = 3, /* after so many without success it no longer leads: two more pass before
                          anybody else may acquire the Lease */
    TRIES_TO_RELEASE = 3
};

struct leader {
    struct api *api;
    const struct settings_message *settings;
    const struct leader_callbacks *callbacks;
    void *context;
    char *collection, *path;     /* of the Lease, NULL if none is configured */
    struct event *next_try;      /* pending while no request is under way */
    struct event *deadline;      /* pending while it leads */
    struct json_object *lease;   /* as last observed, or NULL if it does not exist */
    struct json_object *deleted; /* as it was before somebody deleted it, until there is one */
    /* in monotonic milliseconds: */
    int64_t changed_at;  /* a change of LEASE was last observed */
    int64_t informed_at; /* it was last known who holds the Lease, or 0 */
    int64_t request_at;  /* the request under way began */
    int64_t renewed_at;  /* the last successful renewal began */
    bool leads;
    unsigned releases;            /* 0: it does not end; otherwise the tries to release the Lease */
    char *failure;                /* that has been logged, or NULL */
    struct contention contention; /* over the Lease */
    bool is_overtaken;            /* somebody else wrote LEASE since it was observed ... */
    bool has_lost_it;             /* ... while this process led */
    bool is_contested;            /* and the log has said so */
};

static void on_next_try(evutil_socket_t, short events, void *leader);
static void on_deadline(evutil_socket_t, short events, void *leader);
static void read_lease(struct leader *);
static void on_read(const struct api_result *, void *leader);
static void observe(struct leader *, struct json_object *lease);
static void log_deleted(const struct leader *);
static void compete(struct leader *);
static void stand_by(struct leader *);
static void hold_lease(struct leader *);
static void on_held(const struct api_result *, void *leader);
static void overtaken(struct leader *);
static void look_who(struct leader *);
static void report_contention(struct leader *);
static uint64_t identity_of(const struct leader *);
static void end_contention(struct leader *);
static bool counts(const struct value *entry);
static void renewed(struct leader *);
static void begin_to_lead(struct leader *, int64_t milliseconds);
static void write_lease(struct leader *, struct json_object *lease, api_done *done);
static enum log_level level_of_change(const struct leader *);
static void release_lease(struct leader *);
static void on_released(const struct api_result *, void *leader);
static void stop_leading(struct leader *, const char *reason);
static void fail(struct leader *, const struct api_result *);
static void log_failure(struct leader *, const char *failure, const struct api_result *);
static const char *lease_remedy(const struct api_result *);
static void try_later(struct leader *);
static int64_t interval_of(const struct leader *);

struct leader *leader_new(struct event_base *base, struct api *api,
                          const struct settings_message *settings,
                          const struct leader_callbacks *callbacks, void *context)
{
    struct leader *leader = memory_new(1, sizeof(*leader));
    char *namespace, *name;

    leader->api = api;
    leader->settings = settings;
    leader->callbacks = callbacks;
    leader->context = context;
    leader->contention.rule = CONTENTION_LEASE;
    if (settings->lease_namespace[0] == '\0')
        return leader;
    namespace = kind_escape(settings->lease_namespace);
    name = kind_escape(settings->lease_name);
    leader->collection =
        memory_format("/apis/coordination.k8s.io/v1/namespaces/%s/leases", namespace);
    leader->path = memory_format("%s/%s", leader->collection, name);
    free(name);
    free(namespace);
    leader->next_try = loop_timer(base, on_next_try, leader);
    leader->deadline = loop_timer(base, on_deadline, leader);
    read_lease(leader);
    return leader;
}

/* By the clock and not by the timer, which is late in a process that was stopped for a while. */
bool leader_leads(const struct leader *leader)
{
    return leader->path == NULL || (leader->leads && clock_milliseconds() - leader->renewed_at <
                                                         interval_of(leader) * TRIES_TO_RENEW);
}

bool leader_is_contested(const struct leader *leader)
{
    return leader->is_contested;
}

uint64_t leader_until(const struct leader *leader)
{
    if (leader->path == NULL)
        return UINT64_MAX;
    return leader_leads(leader)
               ? (uint64_t)(leader->renewed_at + interval_of(leader) * TRIES_TO_RENEW)
               : 0;
}

enum leadership leader_state(const struct leader *leader)
{
    if (leader->path == NULL)
        return LEADERSHIP_ALONE;
    return leader_leads(leader) ? LEADERSHIP_LEADER : LEADERSHIP_STANDBY;
}

bool leader_is_informed(const struct leader *leader)
{
    return leader->path == NULL ||
           (leader->informed_at > 0 &&
            clock_milliseconds() - leader->informed_at < interval_of(leader) * TRIES);
}

bool leader_release(struct leader *leader)
{
    if (leader->path == NULL || leader->releases > 0 || !leader_leads(leader))
        return false;
    leader->releases = 1;
    stop_leading(leader, "this process ends");
    if (event_pending(leader->next_try, EV_TIMEOUT, NULL)) {
        event_del(leader->next_try);
        release_lease(leader);
    }
    return true;
}

static void on_next_try(evutil_socket_t descriptor, short events, void *context)
{
    struct leader *leader = context;

    (void)descriptor;
    (void)events;
    if (leader->leads && leader->lease != NULL && !leader->is_overtaken)
        hold_lease(leader);
    else
        read_lease(leader);
}

static void on_deadline(evutil_socket_t descriptor, short events, void *context)
{
    (void)descriptor;
    (void)events;
    stop_leading(context, "the Lease could not be renewed in time");
}

static void read_lease(struct leader *leader)
{
    leader->request_at = clock_milliseconds();
    api_send(leader->api, &(struct api_request){.method = "GET",
                                                .path = leader->path,
                                                .is_urgent = true,
                                                .on_done = on_read,
                                                .context = leader});
}

static void on_read(const struct api_result *result, void *context)
{
    struct leader *leader = context;

    if (result->error == API_OK || result->error == API_NOT_FOUND) {
        observe(leader, result->error == API_OK ? result->body : NULL);
        look_who(leader);
    }
    if (leader->releases > 0)
        release_lease(leader);
    else if (result->error == API_OK || result->error == API_NOT_FOUND)
        compete(leader);
    else
        fail(leader, result);
}

/* Only the spec counts: a holder that is gone is not kept in place by somebody who writes labels.
 */
static void observe(struct leader *leader, struct json_object *lease)
{
    const char *before = json_encode(json_at(leader->lease, "spec"));

    if (lease != NULL &&
        (leader->lease == NULL || strcmp(before, json_encode(json_at(lease, "spec"))) != 0))
        leader->changed_at = clock_milliseconds();
    if (leader->lease != NULL && lease == NULL)
        log_deleted(leader);
    if (leader->lease != NULL || lease != NULL) {
        json_object_put(leader->deleted);
        leader->deleted = lease == NULL ? json_object_get(leader->lease) : NULL;
    }
    json_object_put(leader->lease);
    leader->lease = json_object_get(lease);
}

static void log_deleted(const struct leader *leader)
{
    LOG_EVENT(level_of_change(leader),
              "somebody has deleted the Lease; its holder creates it again, or if that is gone, "
              "another once it would have expired",
              LOG_TEXT("namespace", leader->settings->lease_namespace),
              LOG_TEXT("name", leader->settings->lease_name),
              LOG_TEXT("holder", lease_holder(leader->lease)), (struct log_field){.name = NULL});
}

/* The holder of a Lease that was deleted does not know yet, and goes on writing. */
static void compete(struct leader *leader)
{
    if (lease_decide(leader->lease != NULL ? leader->lease : leader->deleted,
                     leader->settings->identity, clock_milliseconds() - leader->changed_at,
                     (unsigned)leader->settings->lease_seconds) == LEASE_WAIT)
        stand_by(leader);
    else
        hold_lease(leader);
}

static void stand_by(struct leader *leader)
{
    if (leader->leads)
        stop_leading(leader, "another has acquired the Lease");
    if (leader->informed_at == 0)
        log_info("this is a standby", LOG_TEXT("holder", lease_holder(leader->lease)));
    leader->informed_at = clock_milliseconds();
    memory_replace(&leader->failure, NULL);
    end_contention(leader);
    leader->callbacks->changed(leader->context);
    try_later(leader);
}

static void hold_lease(struct leader *leader)
{
    struct json_object *held;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    held = lease_held(leader->lease, leader->settings->lease_name, leader->settings->identity,
                      (unsigned)leader->settings->lease_seconds, &now);
    write_lease(leader, held, on_held);
    json_object_put(held);
}

/* Where somebody else wrote or deleted it first, what is there now decides. */
static void on_held(const struct api_result *result, void *context)
{
    struct leader *leader = context;
    bool others_were_first =
        result->error == API_CONFLICT || (result->error == API_NOT_FOUND && leader->lease != NULL);

    if (result->error == API_OK)
        observe(leader, result->body);
    if (leader->releases > 0) {
        release_lease(leader);
    } else if (others_were_first) {
        overtaken(leader);
    } else if (result->error == API_OK) {
        struct arena arena = {0};
        const struct managers managers = managers_of(value_of_json(&arena, result->body), counts);

        contention_observe(&leader->contention, &managers, NULL);
        arena_clear(&arena);
        renewed(leader);
        try_later(leader);
    } else {
        fail(leader, result);
    }
}

/* At first the Lease is read again at once, later as often as it is renewed: that leaves a try or
 * two before this process has to stop. Where several compete for a Lease that nobody holds, all but
 * one are overtaken, and nobody is to blame. */
static void overtaken(struct leader *leader)
{
    const uint64_t identity = identity_of(leader);
    time_t now = clock_seconds();
    bool is_too_soon = contention_delay(&leader->contention, identity, now) > 0;

    leader->is_overtaken = true;
    leader->has_lost_it = leader_leads(leader);
    contention_disturbed(&leader->contention, identity, now);
    if (is_too_soon)
        try_later(leader);
    else
        read_lease(leader);
}

/* The Lease has been read: it may show who has overtaken us. */
static void look_who(struct leader *leader)
{
    struct contention *contention = &leader->contention;
    struct arena arena = {0};
    struct managers managers;
    const char *manager;

    if (!leader->is_overtaken)
        return;
    leader->is_overtaken = false;
    managers = managers_of(value_of_json(&arena, leader->lease), counts);
    manager = contention_evidence(contention, &managers);
    if (manager != NULL && (contention->manager == NULL || !leader->is_contested))
        memory_replace(&contention->manager, manager);
    arena_clear(&arena);
    if (leader->has_lost_it && !leader->is_contested &&
        contention_remaining(contention, identity_of(leader), false, clock_seconds()) > 0)
        report_contention(leader);
}

static void report_contention(struct leader *leader)
{
    const char *manager = leader->contention.manager, *holder = lease_holder(leader->lease);

    leader->is_contested = true;
    log_warning("somebody keeps changing or deleting the Lease while this is the leader, so it may "
                "change hands for no reason; let only tlsrouted write it",
                LOG_TEXT("namespace", leader->settings->lease_namespace),
                LOG_TEXT("name", leader->settings->lease_name),
                LOG_TEXT("manager", manager != NULL ? manager : "somebody"),
                LOG_TEXT("holder", holder[0] != '\0' ? holder : NULL));
    leader->callbacks->changed(leader->context);
}

/* As contentions know it. */
static uint64_t identity_of(const struct leader *leader)
{
    return contention_digest(leader->settings->identity);
}

static void end_contention(struct leader *leader)
{
    if (!leader->is_contested ||
        contention_remaining(&leader->contention, identity_of(leader), false, clock_seconds()) > 0)
        return;
    leader->is_contested = false;
    log_info("nobody else changes the Lease any more",
             LOG_TEXT("namespace", leader->settings->lease_namespace),
             LOG_TEXT("name", leader->settings->lease_name));
    leader->callbacks->changed(leader->context);
}

static bool counts(const struct value *entry)
{
    return value_at(entry, "subresource") == NULL;
}

/* The time counts from the beginning of the request: that is when others may have seen it. */
static void renewed(struct leader *leader)
{
    bool led = leader_leads(leader);
    int64_t left;

    leader->renewed_at = leader->request_at;
    leader->informed_at = clock_milliseconds();
    memory_replace(&leader->failure, NULL);
    end_contention(leader);
    left = leader->renewed_at + interval_of(leader) * TRIES_TO_RENEW - leader->informed_at;
    if (left <= 0) {
        stop_leading(leader, "the Lease could not be renewed in time");
        return;
    }
    begin_to_lead(leader, left);
    if (led)
        return;
    LOG_EVENT(level_of_change(leader), "this is the leader now",
              LOG_TEXT("identity", leader->settings->identity), (struct log_field){.name = NULL});
    leader->callbacks->changed(leader->context);
    leader->callbacks->begins(leader->context);
}

static void begin_to_lead(struct leader *leader, int64_t milliseconds)
{
    const struct timeval delay = {.tv_sec = milliseconds / 1000,
                                  .tv_usec = milliseconds % 1000 * 1000};

    leader->leads = true;
    event_add(leader->deadline, &delay);
    leader->callbacks->renewed(leader->context);
}

static void write_lease(struct leader *leader, struct json_object *lease, api_done *done)
{
    bool exists = leader->lease != NULL;
    char *path =
        memory_format("%s?fieldManager=" FIELD_MANAGER, exists ? leader->path : leader->collection);

    leader->request_at = clock_milliseconds();
    api_send(leader->api, &(struct api_request){.method = exists ? "PUT" : "POST",
                                                .path = path,
                                                .body = lease,
                                                .is_urgent = true,
                                                .on_done = done,
                                                .context = leader});
    free(path);
}

/* In a contention it may change hands for as long as that goes on, and all of it has one cause. */
static enum log_level level_of_change(const struct leader *leader)
{
    return leader->is_contested ? LOG_DEBUG : LOG_INFO;
}

static void release_lease(struct leader *leader)
{
    struct json_object *released;
    struct timespec now;

    if (strcmp(lease_holder(leader->lease), leader->settings->identity) != 0) {
        leader->callbacks->released(leader->context);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    released = lease_released(leader->lease, &now);
    write_lease(leader, released, on_released);
    json_object_put(released);
}

/* Where somebody else wrote it first, it may still be held by this process, and else there is
 * nothing to release. */
static void on_released(const struct api_result *result, void *context)
{
    struct leader *leader = context;
    bool others_were_first = result->error == API_CONFLICT || result->error == API_NOT_FOUND;

    if (others_were_first && leader->releases++ < TRIES_TO_RELEASE) {
        read_lease(leader);
        return;
    }
    if (result->error != API_OK)
        log_warning("cannot release the Lease; a standby has to wait until it expires",
                    LOG_TEXT("reason", result->message));
    leader->callbacks->released(leader->context);
}

static void stop_leading(struct leader *leader, const char *reason)
{
    event_del(leader->deadline);
    if (!leader->leads)
        return;
    leader->leads = false;
    leader->callbacks->renewed(leader->context);
    LOG_EVENT(level_of_change(leader), "no longer the leader", LOG_TEXT("reason", reason),
              (struct log_field){.name = NULL});
    leader->callbacks->changed(leader->context);
}

/* What concerns the API server as a whole is logged by its client. */
static void fail(struct leader *leader, const struct api_result *result)
{
    char *failure = memory_format("%s: %s", api_error_name(result->error), result->message);

    if (!api_error_is_global(result->error))
        log_failure(leader, failure, result);
    free(failure);
    leader->callbacks->changed(leader->context);
    try_later(leader);
}

/* Once for each. */
static void log_failure(struct leader *leader, const char *failure, const struct api_result *result)
{
    const struct settings_message *settings = leader->settings;

    if (leader->failure == NULL || strcmp(failure, leader->failure) != 0)
        log_warning(result->error == API_FORBIDDEN
                        ? "not allowed to read and write the Lease, so nothing is done; grant the "
                          "rights in packaging/kustomize"
                        : "cannot read and write the Lease, so nothing is done; trying again",
                    LOG_TEXT("namespace", settings->lease_namespace),
                    LOG_TEXT("name", settings->lease_name),
                    LOG_TEXT("error", api_error_name(result->error)),
                    LOG_TEXT("reason", result->message), LOG_TEXT("remedy", lease_remedy(result)));
    memory_replace(&leader->failure, failure);
}

static const char *lease_remedy(const struct api_result *result)
{
    if (result->error == API_NOT_FOUND)
        return "create the namespace that lease.namespace names";
    return api_remedy(result->error, result->message);
}

/* With jitter, so that those who wait do not all come at the same moment. */
static void try_later(struct leader *leader)
{
    uint32_t interval = (uint32_t)interval_of(leader);
    const struct timeval delay = backoff_timeval(interval + backoff_random() % (interval / 5 + 1));

    event_add(leader->next_try, &delay);
}

/* Between two tries, in milliseconds. */
static int64_t interval_of(const struct leader *leader)
{
    return (int64_t)leader->settings->lease_seconds * 1000 / TRIES;
}
