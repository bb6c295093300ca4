#include "watcher/discovery.h"

#include "common/backoff.h"
#include "common/json.h"
#include "common/kind.h"
#include "common/log.h"
#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

/* Best first. (Gateway API releases 1.0 to 1.6) */
static const char *const candidates[] = {"v1", "v1alpha3", "v1alpha2"};

static const struct backoff retry = {.first = 500, .most = 30000};

struct discovery {
    struct api *api;
    struct api_call *call;
    struct event *timer;
    discovery_known *known;
    void *context;
    struct json_object *group; /* the answer to the first question */
    size_t next;               /* candidate to ask for */
    const char *version;       /* asked for now */
    unsigned failures;
    enum api_error logged;
};

static void ask_for_group(evutil_socket_t, short events, void *context);
static void on_group(const struct api_result *, void *context);
static void ask_for_next_version(struct discovery *);
static void on_resources(const struct api_result *, void *context);
static void try_again(struct discovery *, const struct api_result *);
static void ask(struct discovery *, const char *version, api_done *done);

struct discovery *discovery_new(struct event_base *base, struct api *api, discovery_known *known,
                                void *context)
{
    struct discovery *discovery = memory_new(1, sizeof(*discovery));

    discovery->api = api;
    discovery->known = known;
    discovery->context = context;
    discovery->timer = evtimer_new(base, ask_for_group, discovery);
    event_active(discovery->timer, EV_TIMEOUT, 0);
    return discovery;
}

void discovery_free(struct discovery *discovery)
{
    if (discovery == NULL)
        return;
    if (discovery->call != NULL)
        api_cancel(discovery->call);
    event_free(discovery->timer);
    json_object_put(discovery->group);
    free(discovery);
}

const char *discovery_candidate(struct json_object *group, size_t *next)
{
    struct json_object *versions = json_at(group, "versions");

    if (!json_object_is_type(versions, json_type_array))
        return NULL;
    while (*next < sizeof(candidates) / sizeof(candidates[0])) {
        const char *candidate = candidates[(*next)++];

        for (size_t i = 0; i < json_object_array_length(versions); i++) {
            struct json_object *version = json_object_array_get_idx(versions, i);

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
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const char *name = json_text_at(json_object_array_get_idx(list, i), "name");

        if (strcmp(name, kind_names(KIND_ROUTE)->plural) == 0)
            return true;
    }
    return false;
}

static void ask_for_group(evutil_socket_t socket, short events, void *context)
{
    struct discovery *discovery = context;

    (void)socket;
    (void)events;
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
        discovery->known("", discovery->context);
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
    discovery->version = discovery_candidate(discovery->group, &discovery->next);
    if (discovery->version == NULL)
        discovery->known("", discovery->context);
    else
        ask(discovery, discovery->version, on_resources);
}

static void on_resources(const struct api_result *result, void *context)
{
    struct discovery *discovery = context;

    discovery->call = NULL;
    if (result->error == API_OK && discovery_has_routes(result->body))
        discovery->known(discovery->version, discovery->context);
    else if (result->error == API_OK || result->error == API_NOT_FOUND)
        ask_for_next_version(discovery);
    else
        try_again(discovery, result);
}

static void try_again(struct discovery *discovery, const struct api_result *result)
{
    const struct timeval delay = backoff_time(&retry, ++discovery->failures);

    if (!api_error_is_global(result->error) && result->error != discovery->logged)
        log_warning("cannot find out which TLSRoute version is served; routes wait; trying again",
                    LOG_TEXT("reason", result->message));
    discovery->logged = result->error;
    event_add(discovery->timer, &delay);
}
