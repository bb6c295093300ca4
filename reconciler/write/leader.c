/* SPDX-License-Identifier: Apache-2.0 */
#include "reconciler/write/leader.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "reconciler/write/lease.h"

#include <stdlib.h>
#include <string.h>

enum {
    TURNS = 5,         /* tries within the duration */
    TURNS_TO_RENEW = 3 /* after so many without success it leads no more: two are the distance to
                          whoever may take the Lease then */
};

struct leader {
    struct api *api;
    const struct settings_message *settings;
    const struct leader_callbacks *callbacks;
    void *context;
    char *collection, *path;   /* of the Lease, NULL if there is none to be held */
    struct event *turn;        /* pending when no request is under way */
    struct event *deadline;    /* pending while it leads */
    struct json_object *lease; /* as last seen, or NULL */
    int64_t changed_at;        /* LEASE, for what we can see; monotonic milliseconds */
    int64_t informed_at;       /* last, or 0; likewise */
    int64_t asked_at;          /* the request that is under way began; likewise */
    int64_t renewed_at;        /* the last renewal began */
    bool leads;
    bool releases;
    char *complaint;
};

static void on_turn(evutil_socket_t, short events, void *leader);
static void on_deadline(evutil_socket_t, short events, void *leader);
static void look(struct leader *);
static void on_seen(const struct api_result *, void *leader);
static void see(struct leader *, struct json_object *lease);
static void decide(struct leader *);
static void hold(struct leader *);
static void on_held(const struct api_result *, void *leader);
static void renewed(struct leader *);
static void send_lease(struct leader *, struct json_object *lease, api_done *done);
static void give_back(struct leader *);
static void on_released(const struct api_result *, void *leader);
static void end(struct leader *, const char *reason);
static void fail(struct leader *, const struct api_result *);
static void complain(struct leader *, const char *complaint, const struct api_result *);
static void turn_later(struct leader *);
static int64_t turn_of(const struct leader *);

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
    if (settings->lease_namespace[0] == '\0')
        return leader;
    namespace = kind_escape(settings->lease_namespace);
    name = kind_escape(settings->lease_name);
    leader->collection =
        memory_format("/apis/coordination.k8s.io/v1/namespaces/%s/leases", namespace);
    leader->path = memory_format("%s/%s", leader->collection, name);
    free(name);
    free(namespace);
    leader->turn = loop_timer(base, on_turn, leader);
    leader->deadline = loop_timer(base, on_deadline, leader);
    look(leader);
    return leader;
}

/* A process that was stopped for a while finds its timers late, but not this. */
bool leader_leads(const struct leader *leader)
{
    return leader->path == NULL || (leader->leads && clock_milliseconds() - leader->renewed_at <
                                                         turn_of(leader) * TURNS_TO_RENEW);
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
            clock_milliseconds() - leader->informed_at < turn_of(leader) * TURNS);
}

bool leader_release(struct leader *leader)
{
    if (leader->path == NULL || leader->releases || !leader_leads(leader))
        return false;
    leader->releases = true;
    end(leader, "it ends");
    if (event_pending(leader->turn, EV_TIMEOUT, NULL)) {
        event_del(leader->turn);
        give_back(leader);
    }
    return true;
}

static void on_turn(evutil_socket_t descriptor, short events, void *context)
{
    struct leader *leader = context;

    (void)descriptor;
    (void)events;
    if (leader->leads && leader->lease != NULL)
        hold(leader);
    else
        look(leader);
}

static void on_deadline(evutil_socket_t descriptor, short events, void *context)
{
    (void)descriptor;
    (void)events;
    end(context, "the Lease could not be renewed in time");
}

static void look(struct leader *leader)
{
    leader->asked_at = clock_milliseconds();
    api_send(leader->api, &(struct api_request){.method = "GET",
                                                .path = leader->path,
                                                .is_urgent = true,
                                                .on_done = on_seen,
                                                .context = leader});
}

static void on_seen(const struct api_result *result, void *context)
{
    struct leader *leader = context;

    if (result->error == API_OK)
        see(leader, result->body);
    if (leader->releases) {
        give_back(leader);
    } else if (result->error == API_OK) {
        decide(leader);
    } else if (result->error == API_NOT_FOUND) {
        see(leader, NULL);
        hold(leader);
    } else {
        fail(leader, result);
    }
}

/* Only what it says counts, not who writes it: somebody else's labels keep nobody in office. */
static void see(struct leader *leader, struct json_object *lease)
{
    const char *before = json_encode(json_at(leader->lease, "spec"));

    if (leader->lease == NULL || lease == NULL ||
        strcmp(before, json_encode(json_at(lease, "spec"))) != 0)
        leader->changed_at = clock_milliseconds();
    json_object_put(leader->lease);
    leader->lease = json_object_get(lease);
}

static void decide(struct leader *leader)
{
    int64_t now = clock_milliseconds();

    if (lease_decide(leader->lease, leader->settings->identity, now - leader->changed_at,
                     (unsigned)leader->settings->lease_seconds) != LEASE_WAIT) {
        hold(leader);
        return;
    }
    if (leader->leads)
        end(leader, "another has taken the Lease");
    if (leader->informed_at == 0)
        log_info("this is a standby", LOG_TEXT("holder", lease_holder(leader->lease)));
    leader->informed_at = now;
    complain(leader, NULL, NULL);
    leader->callbacks->changed(leader->context);
    turn_later(leader);
}

static void hold(struct leader *leader)
{
    struct json_object *held;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    held = lease_held(leader->lease, leader->settings->lease_name, leader->settings->identity,
                      (unsigned)leader->settings->lease_seconds, &now);
    send_lease(leader, held, on_held);
    json_object_put(held);
}

/* Somebody was faster, or it has gone: what is there now decides. */
static void on_held(const struct api_result *result, void *context)
{
    struct leader *leader = context;
    bool was_faster =
        result->error == API_CONFLICT || (result->error == API_NOT_FOUND && leader->lease != NULL);

    if (result->error == API_OK)
        see(leader, result->body);
    if (leader->releases) {
        give_back(leader);
    } else if (was_faster) {
        look(leader);
    } else if (result->error == API_OK) {
        renewed(leader);
        turn_later(leader);
    } else {
        fail(leader, result);
    }
}

/* What was looked at while it did not lead was dropped, however short that was. */
static void renewed(struct leader *leader)
{
    bool led = leader_leads(leader);
    int64_t left;

    leader->renewed_at = leader->asked_at;
    leader->informed_at = clock_milliseconds();
    complain(leader, NULL, NULL);
    left = leader->renewed_at + turn_of(leader) * TURNS_TO_RENEW - leader->informed_at;
    if (left <= 0) { /* the answer was too long in coming */
        end(leader, "the Lease could not be renewed in time");
        return;
    }
    leader->leads = true;
    event_add(leader->deadline,
              &(struct timeval){.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000});
    if (led)
        return;
    log_info("this is the leader now", LOG_TEXT("identity", leader->settings->identity));
    leader->callbacks->changed(leader->context);
    leader->callbacks->begins(leader->context);
}

static void send_lease(struct leader *leader, struct json_object *lease, api_done *done)
{
    bool exists = leader->lease != NULL;
    char *path =
        memory_format("%s?fieldManager=" FIELD_MANAGER, exists ? leader->path : leader->collection);

    leader->asked_at = clock_milliseconds();
    api_send(leader->api, &(struct api_request){.method = exists ? "PUT" : "POST",
                                                .path = path,
                                                .body = lease,
                                                .is_urgent = true,
                                                .on_done = done,
                                                .context = leader});
    free(path);
}

static void give_back(struct leader *leader)
{
    struct json_object *released;
    struct timespec now;

    if (strcmp(lease_holder(leader->lease), leader->settings->identity) != 0) {
        leader->callbacks->released(leader->context);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    released = lease_released(leader->lease, &now);
    send_lease(leader, released, on_released);
    json_object_put(released);
}

static void on_released(const struct api_result *result, void *context)
{
    struct leader *leader = context;

    if (result->error != API_OK)
        log_warning("cannot give the Lease back; others have to wait for its end",
                    LOG_TEXT("reason", result->message));
    leader->callbacks->released(leader->context);
}

static void end(struct leader *leader, const char *reason)
{
    event_del(leader->deadline);
    if (!leader->leads)
        return;
    leader->leads = false;
    log_info("not the leader any more", LOG_TEXT("reason", reason));
    leader->callbacks->changed(leader->context);
}

static void fail(struct leader *leader, const struct api_result *result)
{
    char *complaint = memory_format("%s: %s", api_error_name(result->error), result->message);

    if (!api_error_is_global(result->error))
        complain(leader, complaint, result);
    free(complaint);
    leader->callbacks->changed(leader->context);
    turn_later(leader);
}

/* Once for each; NULL: all is well. */
static void complain(struct leader *leader, const char *complaint, const struct api_result *result)
{
    const struct settings_message *settings = leader->settings;

    if (complaint != NULL &&
        (leader->complaint == NULL || strcmp(complaint, leader->complaint) != 0))
        log_warning(result->error == API_FORBIDDEN
                        ? "may not read and write the Lease, so nothing is done; give it the "
                          "rights in packaging/kustomize"
                        : "cannot read and write the Lease, so nothing is done",
                    LOG_TEXT("namespace", settings->lease_namespace),
                    LOG_TEXT("name", settings->lease_name),
                    LOG_TEXT("error", api_error_name(result->error)),
                    LOG_TEXT("reason", result->message));
    if (complaint != NULL || leader->complaint != NULL)
        memory_replace(&leader->complaint, complaint);
}

/* Those who wait do not all come at the same moment. */
static void turn_later(struct leader *leader)
{
    uint32_t turn = (uint32_t)turn_of(leader);
    const struct timeval delay = backoff_timeval(turn + backoff_random() % (turn / 5 + 1));

    event_add(leader->turn, &delay);
}

static int64_t turn_of(const struct leader *leader)
{
    return (int64_t)leader->settings->lease_seconds * 1000 / TURNS;
}
