/* SPDX-License-Identifier: Apache-2.0 */
/* Discovery lags behind the CRDs, and answers oddly while an API server starts: it is asked more
 * than once, and only a clear answer counts. */
#include "watcher/discovery.h"

#include "common/api/remedy.h"
#include "common/base/backoff.h"
#include "common/base/cause_log.h"
#include "common/base/delays.h"
#include "common/base/json.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "watcher/crd_watch.h"

#include <stdlib.h>
#include <string.h>

/* Best first. (Gateway API releases 1.0 to 1.6) */
static const char *const candidates[] = {"v1", "v1alpha3", "v1alpha2"};

/* How long to wait before each of the checks that follow a hint. */
static const uint32_t waits[] = {DISCOVERY_FIRST_MILLISECONDS, DISCOVERY_SECOND_MILLISECONDS,
                                 DISCOVERY_THIRD_MILLISECONDS};

/* The whole discovery document has an ETag, so that it costs next to nothing to find out whether it
 * has changed. (Kubernetes API concepts, "Aggregated discovery") */
static const char document_path[] = "/apis";
static const char document_type[] =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

enum {
    PASSING_MAX = 2, /* failures in a row that are not worth a line */
    CHECKS = sizeof(waits) / sizeof(waits[0])
};

struct discovery {
    struct api *api;
    struct api_call *call;
    struct event *timer;
    struct crd_watch *crd;
    discovery_changed *changed;
    void *context;
    struct json_object *group;   /* the APIGroup document of this check */
    size_t next;                 /* number of the next candidate */
    const char *candidate;       /* whose resources are being fetched */
    const char *version;         /* the result of the last check, NULL before the first */
    size_t checks_left;          /* after a hint */
    char *etag;                  /* of the whole document when it was last fetched, or NULL */
    unsigned failures;           /* in a row */
    unsigned passing;            /* of these, those that others do not log */
    enum api_error logged;       /* the failure that lasts; API_OK: none, or not logged */
    struct cause_member failing; /* likewise, for the log */
};

static void on_timer(evutil_socket_t, short events, void *context);
static void fetch_document(struct discovery *);
static void on_document(const struct api_result *, void *context);
static void fetch_group(struct discovery *);
static void on_group(const struct api_result *, void *context);
static void fetch_next_version(struct discovery *);
static void on_resources(const struct api_result *, void *context);
static void conclude(struct discovery *, const char *version);
static void retry(struct discovery *, const struct api_result *);
static void fetch(struct discovery *, const char *version, api_done *done);
static void on_crd_changed(void *context);
static void check_in(struct discovery *, uint32_t milliseconds);

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

void discovery_check_soon(struct discovery *discovery)
{
    discovery->checks_left = CHECKS;
    if (discovery->call == NULL)
        check_in(discovery, waits[0]);
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
    if (discovery->version != NULL && discovery->checks_left == 0 && discovery->failures == 0)
        fetch_document(discovery);
    else
        fetch_group(discovery);
}

static void fetch_document(struct discovery *discovery)
{
    const struct api_request request = {.method = "GET",
                                        .path = document_path,
                                        .accept = document_type,
                                        .if_none_match = discovery->etag,
                                        .on_done = on_document,
                                        .context = discovery};

    discovery->call = api_send(discovery->api, &request);
}

/* The ETag says whether something has changed. What has, the documents of the group say: only their
 * 404 counts. */
static void on_document(const struct api_result *result, void *context)
{
    struct discovery *discovery = context;

    discovery->call = NULL;
    if (result->error == API_NOT_MODIFIED) {
        check_in(discovery, DISCOVERY_POLL_MILLISECONDS);
        return;
    }
    memory_replace(&discovery->etag,
                   result->error == API_OK && result->etag[0] != '\0' ? result->etag : NULL);
    fetch_group(discovery);
}

static void fetch_group(struct discovery *discovery)
{
    discovery->next = 0;
    fetch(discovery, NULL, on_group);
}

static void fetch(struct discovery *discovery, const char *version, api_done *done)
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
        conclude(discovery, "");
    } else if (result->error != API_OK) {
        retry(discovery, result);
    } else {
        json_object_put(discovery->group);
        discovery->group = json_object_get(result->body);
        fetch_next_version(discovery);
    }
}

static void fetch_next_version(struct discovery *discovery)
{
    discovery->candidate = discovery_candidate(discovery->group, &discovery->next);
    if (discovery->candidate == NULL)
        conclude(discovery, "");
    else
        fetch(discovery, discovery->candidate, on_resources);
}

static void on_resources(const struct api_result *result, void *context)
{
    struct discovery *discovery = context;

    discovery->call = NULL;
    if (result->error == API_OK && discovery_has_routes(result->body))
        conclude(discovery, discovery->candidate);
    else if (result->error == API_OK || result->error == API_NOT_FOUND)
        fetch_next_version(discovery);
    else
        retry(discovery, result);
}

/* VERSION is a constant. */
static void conclude(struct discovery *discovery, const char *version)
{
    bool has_changed = discovery->version == NULL || strcmp(discovery->version, version) != 0;

    discovery->version = version;
    discovery->failures = discovery->passing = 0;
    discovery->logged = API_OK;
    cause_log_leave(&discovery->failing, CAUSE_OVER);
    if (discovery->checks_left > 0)
        check_in(discovery, waits[CHECKS - discovery->checks_left--]);
    else if (!crd_watch_is_up(discovery->crd))
        check_in(discovery, DISCOVERY_POLL_MILLISECONDS);
    if (has_changed)
        discovery->changed(version, discovery->context);
}

static void retry(struct discovery *discovery, const struct api_result *result)
{
    const struct timeval delay = backoff_time(&backoff_discovery, ++discovery->failures);

    if (!api_error_is_global(result->error) && ++discovery->passing > PASSING_MAX &&
        result->error != discovery->logged) {
        cause_log_join(&discovery->failing,
                       &(struct cause_details){
                           .level = LOG_WARNING,
                           .text = "cannot find out which TLSRoute version is served; trying again",
                           .over = "it is known again which TLSRoute version is served",
                           .why = {LOG_TEXT("error", api_error_name(result->error)),
                                   LOG_TEXT("reason", result->message)},
                           .remedy = api_remedy(result->error, result->message),
                       });
        discovery->logged = result->error;
    }
    event_add(discovery->timer, &delay);
}

static void on_crd_changed(void *context)
{
    discovery_check_soon(context);
}

static void check_in(struct discovery *discovery, uint32_t milliseconds)
{
    const struct timeval delay = backoff_timeval(milliseconds);

    event_add(discovery->timer, &delay);
}
