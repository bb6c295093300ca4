/* SPDX-License-Identifier: Apache-2.0 */
#include "watcher/discovery.h"

#include "common/base/backoff.h"
#include "common/base/delays.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "watcher/crd_watch.h"

#include <stdlib.h>
#include <string.h>

/* Best first. (Gateway API releases 1.0 to 1.6) */
static const char *const candidates[] = {"v1", "v1alpha3", "v1alpha2"};

/* After a hint discovery lags behind for a moment, so it is asked more than once. */
static const uint32_t looks[] = {DISCOVERY_FIRST_MILLISECONDS, DISCOVERY_SECOND_MILLISECONDS,
                                 DISCOVERY_THIRD_MILLISECONDS};

/* The whole discovery document, which has an ETag, so that asking whether it has changed costs next
 * to nothing. (Kubernetes API concepts, "Aggregated discovery") */
static const char aggregated_path[] = "/apis";
static const char aggregated_type[] =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

enum {
    PASSING_FAILURES = 2, /* an API server that has just started answers oddly for a moment */
    LOOKS = sizeof(looks) / sizeof(looks[0])
};

struct discovery {
    struct api *api;
    struct api_call *call;
    struct event *timer;
    struct crd_watch *crd;
    discovery_changed *changed;
    void *context;
    struct json_object *group; /* the answer to the first question */
    size_t next;               /* candidate to ask for */
    const char *candidate;     /* asked for now */
    const char *version;       /* the last answer, NULL before the first */
    size_t looks_left;         /* after a hint */
    char *etag;                /* of the whole document when it was last asked for, or NULL */
    unsigned failures;
    enum api_error logged;
};

static void on_timer(evutil_socket_t, short events, void *context);
static void ask_whether_changed(struct discovery *);
static void on_document(const struct api_result *, void *context);
static void ask_for_group(struct discovery *);
static void on_group(const struct api_result *, void *context);
static void ask_for_next_version(struct discovery *);
static void on_resources(const struct api_result *, void *context);
static void answer(struct discovery *, const char *version);
static void try_again(struct discovery *, const struct api_result *);
static void ask(struct discovery *, const char *version, api_done *done);
static void on_crd_changed(void *context);
static void ask_after(struct discovery *, uint32_t milliseconds);

struct discovery *discovery_new(struct event_base *base, struct api *api,
                                discovery_changed *changed, void *context)
{
    struct discovery *discovery = memory_new(1, sizeof(*discovery));

    discovery->api = api;
    discovery->changed = changed;
    discovery->context = context;
    discovery->timer = loop_timer(base, on_timer, discovery);
    discovery->crd = crd_watch_new(base, api, on_crd_changed, discovery);
    event_active(discovery->timer, EV_TIMEOUT, 0);
    return discovery;
}

void discovery_free(struct discovery *discovery)
{
    if (discovery == NULL)
        return;
    crd_watch_free(discovery->crd);
    if (discovery->call != NULL)
        api_cancel(discovery->call);
    event_free(discovery->timer);
    json_object_put(discovery->group);
    free(discovery->etag);
    free(discovery);
}

void discovery_check_soon(struct discovery *discovery)
{
    discovery->looks_left = LOOKS;
    if (discovery->call == NULL)
        ask_after(discovery, looks[0]);
}

const char *discovery_candidate(struct json_object *group, size_t *next)
{
    struct json_object *versions = json_at(group, "versions");

    if (!json_object_is_type(versions, json_type_array))
        return NULL;
    while (*next < sizeof(candidates) / sizeof(candidates[0])) {
        const char *candidate = candidates[(*next)++];

        for (size_t i = 0; i < json_count(versions); i++) {
            struct json_object *version = json_item(versions, i);

            if (strcmp(json_text_at(version, "version"), candidate) == 0)
                return candidate;
        }
    }
    return NULL;
}

bool discovery_has_routes(struct json_object *resources)
{
    struct json_object *list = json_at(resources, "resources");

    if (!json_object_is_type(list, json_type_array))
        return false;
    for (size_t i = 0; i < json_count(list); i++) {
        const char *name = json_text_at(json_item(list, i), "name");

        if (strcmp(name, kind_names(KIND_ROUTE)->plural) == 0)
            return true;
    }
    return false;
}

static void on_timer(evutil_socket_t socket, short events, void *context)
{
    struct discovery *discovery = context;

    (void)socket;
    (void)events;
    if (discovery->call != NULL)
        return;
    if (discovery->version != NULL && discovery->looks_left == 0 && discovery->failures == 0)
        ask_whether_changed(discovery);
    else
        ask_for_group(discovery);
}

static void ask_whether_changed(struct discovery *discovery)
{
    const struct api_request request = {.method = "GET",
                                        .path = aggregated_path,
                                        .accept = aggregated_type,
                                        .if_none_match = discovery->etag,
                                        .on_done = on_document,
                                        .context = discovery};

    discovery->call = api_send(discovery->api, &request);
}

/* Its ETag says that something has changed; what, the group's own documents say, whose 404 is the
 * only one that counts. */
static void on_document(const struct api_result *result, void *context)
{
    struct discovery *discovery = context;

    discovery->call = NULL;
    if (result->error == API_NOT_MODIFIED) {
        ask_after(discovery, DISCOVERY_POLL_MILLISECONDS);
        return;
    }
    memory_replace(&discovery->etag,
                   result->error == API_OK && result->etag[0] != '\0' ? result->etag : NULL);
    ask_for_group(discovery);
}

static void ask_for_group(struct discovery *discovery)
{
    discovery->next = 0;
    ask(discovery, NULL, on_group);
}

static void ask(struct discovery *discovery, const char *version, api_done *done)
{
    char *path = memory_format("/apis/%s%s%s", GATEWAY_GROUP, version != NULL ? "/" : "",
                               version != NULL ? version : "");
    const struct api_request request = {
        .method = "GET", .path = path, .on_done = done, .context = discovery};

    discovery->call = api_send(discovery->api, &request);
    free(path);
}

static void on_group(const struct api_result *result, void *context)
{
    struct discovery *discovery = context;

    discovery->call = NULL;
    if (result->error == API_NOT_FOUND) {
        answer(discovery, "");
    } else if (result->error != API_OK) {
        try_again(discovery, result);
    } else {
        json_object_put(discovery->group);
        discovery->group = json_object_get(result->body);
        ask_for_next_version(discovery);
    }
}

static void ask_for_next_version(struct discovery *discovery)
{
    discovery->candidate = discovery_candidate(discovery->group, &discovery->next);
    if (discovery->candidate == NULL)
        answer(discovery, "");
    else
        ask(discovery, discovery->candidate, on_resources);
}

static void on_resources(const struct api_result *result, void *context)
{
    struct discovery *discovery = context;

    discovery->call = NULL;
    if (result->error == API_OK && discovery_has_routes(result->body))
        answer(discovery, discovery->candidate);
    else if (result->error == API_OK || result->error == API_NOT_FOUND)
        ask_for_next_version(discovery);
    else
        try_again(discovery, result);
}

/* VERSION is a constant. */
static void answer(struct discovery *discovery, const char *version)
{
    bool news = discovery->version == NULL || strcmp(discovery->version, version) != 0;

    discovery->version = version;
    discovery->failures = 0;
    discovery->logged = API_OK;
    if (discovery->looks_left > 0)
        ask_after(discovery, looks[LOOKS - discovery->looks_left--]);
    else if (!crd_watch_is_up(discovery->crd))
        ask_after(discovery, DISCOVERY_POLL_MILLISECONDS);
    if (news)
        discovery->changed(version, discovery->context);
}

static void try_again(struct discovery *discovery, const struct api_result *result)
{
    const struct timeval delay = backoff_time(&backoff_discovery, ++discovery->failures);

    if (!api_error_is_global(result->error) && result->error != discovery->logged &&
        discovery->failures > PASSING_FAILURES) {
        log_warning("cannot find out which TLSRoute version is served; trying again",
                    LOG_TEXT("reason", result->message));
        discovery->logged = result->error;
    }
    event_add(discovery->timer, &delay);
}

static void on_crd_changed(void *context)
{
    discovery_check_soon(context);
}

static void ask_after(struct discovery *discovery, uint32_t milliseconds)
{
    const struct timeval delay = backoff_timeval(milliseconds);

    event_add(discovery->timer, &delay);
}
