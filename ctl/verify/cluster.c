/* SPDX-License-Identifier: Apache-2.0 */
/* `verify` reads a few objects, one after the other. The API client of the daemon works in the
 * background: here each request is waited for, and its result is kept for the next Pool. */
#include "ctl/verify/cluster.h"

#include "common/api/api.h"
#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/kubeconfig/address.h"
#include "common/kubeconfig/credential.h"
#include "ctl/verify/dial.h"

#include <stdlib.h>
#include <string.h>

struct cluster {
    struct event_base *base;
    struct api *api;
    struct endpoint server; /* or the proxy on the way to it */
    struct event *dial;
    unsigned seconds;            /* time limit of a connection */
    struct json_object *results; /* by path, what has been read; null: it does not exist */
};

/* One request under way. */
struct reply {
    struct event_base *base;
    struct json_object *body; /* a new reference, or NULL */
    enum api_error error;
    char *message;
};

static struct endpoint endpoint_of_url(const char *url);
static void on_connection_wanted(void *cluster);
static void on_dial(evutil_socket_t, short events, void *cluster);
static char *default_path(char **path);
static struct json_object *read_all(struct cluster *, const char *path, char **problem);
static struct json_object *read_one(struct cluster *, const char *path, enum api_error *error,
                                    char **problem);
static void add_items(struct json_object *all, struct json_object *page);
static void on_done(const struct api_result *, void *context);

static const struct kubeconfig_named_by named_by = {"--kubeconfig or KUBECONFIG", "--context"};

char *cluster_open(const char *path, const char *context, unsigned seconds,
                   struct cluster **cluster)
{
    struct credential credential;
    char *default_file = NULL, *error = path == NULL ? default_path(&default_file) : NULL;
    struct cluster *new;

    if (error == NULL)
        error = credential_read_kubeconfig(path != NULL ? path : default_file, context, &named_by,
                                           &credential);
    free(default_file);
    if (error != NULL)
        return error;
    new = memory_new(1, sizeof(*new));
    new->base = loop_new();
    new->results = json_object_new_object();
    new->seconds = seconds;
    new->server = endpoint_of_url(credential.proxy != NULL ? credential.proxy : credential.server);
    new->dial = loop_timer(new->base, on_dial, new);
    new->api = api_new(new->base, &(struct api_settings){.server = credential.server,
                                                         .proxy = credential.proxy,
                                                         .connect = on_connection_wanted,
                                                         .context = new,
                                                         .ca_pem = credential.ca_pem,
                                                         .user_agent = "tlsroutectl",
                                                         .connect_seconds = seconds,
                                                         .request_seconds = seconds});
    api_set_identity(new->api, &(struct api_identity){.token = credential.token,
                                                      .certificate_pem = credential.certificate_pem,
                                                      .key_pem = credential.key_pem});
    credential_clear(&credential);
    *cluster = new;
    return NULL;
}

void cluster_close(struct cluster *cluster)
{
    if (cluster == NULL)
        return;
    api_free(cluster->api);
    event_free(cluster->dial);
    free(cluster->server.host);
    free(cluster->server.port);
    event_base_free(cluster->base);
    json_object_put(cluster->results);
    free(cluster);
}

struct json_object *cluster_get(struct cluster *cluster, enum kind kind, const char *namespace,
                                const char *name, char **problem)
{
    char *path = kind_path(kind, NULL, namespace, name);
    enum api_error error = API_OK;
    struct json_object *found;

    *problem = NULL;
    if (!json_object_object_get_ex(cluster->results, path, &found)) {
        found = name == NULL ? read_all(cluster, path, problem)
                             : read_one(cluster, path, &error, problem);
        if (error == API_NOT_FOUND) {
            free(*problem);
            *problem = NULL;
        }
        if (*problem == NULL)
            json_object_object_add(cluster->results, path, found);
    }
    free(path);
    return found;
}

static struct endpoint endpoint_of_url(const char *url)
{
    struct address address = address_of_url(url);
    struct endpoint endpoint = {memory_text(address.host), memory_format("%u", address.port)};

    address_clear(&address);
    return endpoint;
}

static void on_connection_wanted(void *context)
{
    struct cluster *cluster = context;

    event_active(cluster->dial, 0, 0);
}

/* It may block: there is nothing else to do. */
static void on_dial(evutil_socket_t unused, short events, void *context)
{
    struct cluster *cluster = context;
    int64_t deadline = clock_milliseconds() + 1000 * (int64_t)cluster->seconds;
    struct dial_addresses addresses = {0};
    char *problem = dial_look_up(&cluster->server, deadline, &addresses);
    int descriptor = -1;

    (void)unused;
    (void)events;
    for (size_t i = 0; i < addresses.count && descriptor < 0; i++) {
        free(problem);
        problem = NULL;
        descriptor = dial_connect(&addresses.items[i], deadline, &problem);
    }
    if (descriptor >= 0)
        api_connected(cluster->api, descriptor);
    else
        api_not_connected(cluster->api, problem != NULL ? problem : "its name has no address");
    dial_addresses_clear(&addresses);
    free(problem);
}

/* As kubectl, except that several files in KUBECONFIG are not merged. */
static char *default_path(char **path)
{
    const char *named = getenv("KUBECONFIG"), *home = getenv("HOME");

    if (named != NULL && strchr(named, ':') != NULL)
        return memory_text("KUBECONFIG names several files; choose one with --kubeconfig");
    if (named != NULL && named[0] != '\0')
        *path = memory_text(named);
    else if (home != NULL && home[0] != '\0')
        *path = memory_format("%s/.kube/config", home);
    else
        return memory_text("no kubeconfig found; give one with --kubeconfig");
    return NULL;
}

/* In pages, so that no response is too large. */
static struct json_object *read_all(struct cluster *cluster, const char *path, char **problem)
{
    struct json_object *all = json_object_new_array(), *page;
    char *more = memory_text("");
    enum api_error error;

    do {
        char *query =
            memory_format("%s?limit=500%s%s", path, more[0] != '\0' ? "&continue=" : "", more);

        page = read_one(cluster, query, &error, problem);
        free(query);
        free(more);
        more = kind_escape(json_text_at(page, "metadata.continue"));
        add_items(all, page);
        json_object_put(page);
    } while (more[0] != '\0');
    free(more);
    if (*problem == NULL)
        return all;
    json_object_put(all);
    return NULL;
}

/* A new reference, or NULL with *ERROR and *PROBLEM. */
static struct json_object *read_one(struct cluster *cluster, const char *path,
                                    enum api_error *error, char **problem)
{
    struct reply reply = {.base = cluster->base};

    api_send(cluster->api,
             &(struct api_request){
                 .method = "GET", .path = path, .on_done = on_done, .context = &reply});
    event_base_dispatch(cluster->base);
    *error = reply.error;
    if (reply.error != API_OK) {
        json_object_put(reply.body);
        reply.body = NULL;
        *problem = memory_format("cannot read %.*s: %s: %s", (int)strcspn(path, "?"), path,
                                 api_error_name(reply.error), reply.message);
    }
    free(reply.message);
    return reply.body;
}

static void add_items(struct json_object *all, struct json_object *page)
{
    struct json_object *items = json_at(page, "items");

    for (size_t i = 0; i < json_count(items); i++)
        json_object_array_add(all, json_object_get(json_item(items, i)));
}

static void on_done(const struct api_result *result, void *context)
{
    struct reply *reply = context;

    reply->error = result->error;
    reply->body = json_object_get(result->body);
    reply->message = memory_text(result->message);
    event_base_loopbreak(reply->base);
}
