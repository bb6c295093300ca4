/* SPDX-License-Identifier: Apache-2.0 */
/* The API client of the daemon works in the background, and is given its connections by another
 * process: here each request is waited for, and names are looked up in between. */
#include "ctl/connect/connection.h"

#include "common/api/api.h"
#include "common/base/clock.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/kubeconfig/address.h"
#include "common/kubeconfig/credential.h"
#include "ctl/connect/dial.h"
#include "ctl/connect/login.h"

#include <stdlib.h>
#include <string.h>

struct connection {
    struct event_base *base;
    struct api *api;
    struct endpoint endpoint; /* the server, or the proxy on the way to it */
    struct event *dial;
    unsigned seconds; /* time limit of a connection */
    struct connection_server server;
};

/* A request that is waited for. */
struct waiting {
    struct event_base *base;
    const struct api_request *request;
};

static struct connection *open_with(struct credential *, unsigned seconds);
static struct endpoint endpoint_of_url(const char *url);
static void on_connection_wanted(void *connection);
static void on_dial(evutil_socket_t, short events, void *connection);
static void on_done(const struct api_result *, void *waiting);
static char *default_path(char **path);

static const struct kubeconfig_named_by named_by = {"--kubeconfig or KUBECONFIG", "--context"};

char *connection_open(const char *path, const char *context, unsigned seconds,
                      struct connection **connection)
{
    struct credential credential;
    char *default_file = NULL, *error = path == NULL ? default_path(&default_file) : NULL;

    if (error == NULL)
        error = credential_read_kubeconfig(path != NULL ? path : default_file, context, &named_by,
                                           &credential);
    free(default_file);
    if (error == NULL && credential.plugin != NULL && (error = login_run(&credential)) != NULL)
        credential_clear(&credential);
    if (error != NULL)
        return error;
    *connection = open_with(&credential, seconds);
    credential_clear(&credential);
    return NULL;
}

void connection_close(struct connection *connection)
{
    if (connection == NULL)
        return;
    api_free(connection->api);
    event_free(connection->dial);
    free(connection->endpoint.host);
    free(connection->endpoint.port);
    free(connection->server.url);
    free(connection->server.proxy);
    free(connection->server.tls_name);
    free(connection->server.ca_pem);
    event_base_free(connection->base);
    free(connection);
}

void connection_request(struct connection *connection, const struct api_request *request)
{
    struct waiting waiting = {connection->base, request};
    struct api_request waited_for = *request;

    waited_for.on_done = on_done;
    waited_for.context = &waiting;
    api_send(connection->api, &waited_for);
    event_base_dispatch(connection->base);
}

const struct connection_server *connection_server(const struct connection *connection)
{
    return &connection->server;
}

/* Moves the way to the server out of CREDENTIAL. */
static struct connection *open_with(struct credential *credential, unsigned seconds)
{
    struct connection *new = memory_new(1, sizeof(*new));

    new->base = loop_new();
    new->seconds = seconds;
    new->endpoint = endpoint_of_url(credential_endpoint(credential));
    new->dial = loop_timer(new->base, on_dial, new);
    new->server =
        (struct connection_server){credential->server, credential->proxy, credential->tls_name,
                                   credential->ca_pem, credential->trusts_system};
    credential->server = credential->proxy = credential->tls_name = credential->ca_pem = NULL;
    new->api = api_new(new->base, &(struct api_settings){.server = new->server.url,
                                                         .tls_name = new->server.tls_name,
                                                         .proxy = new->server.proxy,
                                                         .connect = on_connection_wanted,
                                                         .context = new,
                                                         .ca_pem = new->server.ca_pem,
                                                         .user_agent = "tlsroutectl",
                                                         .connect_seconds = seconds,
                                                         .request_seconds = seconds});
    api_set_identity(new->api,
                     &(struct api_identity){.token = credential->token,
                                            .certificate_pem = credential->certificate_pem,
                                            .key_pem = credential->key_pem});
    return new;
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
    struct connection *connection = context;

    event_active(connection->dial, 0, 0);
}

/* It may block: there is nothing else to do. */
static void on_dial(evutil_socket_t unused, short events, void *context)
{
    struct connection *connection = context;
    int64_t deadline = clock_milliseconds() + 1000 * (int64_t)connection->seconds;
    struct dial_addresses addresses = {0};
    char *problem = dial_look_up(&connection->endpoint, deadline, &addresses);
    int descriptor = -1;

    (void)unused;
    (void)events;
    for (size_t i = 0; i < addresses.count && descriptor < 0; i++) {
        free(problem);
        problem = NULL;
        descriptor = dial_connect(&addresses.items[i], deadline, &problem);
    }
    if (descriptor >= 0)
        api_connected(connection->api, descriptor);
    else
        api_not_connected(connection->api, problem != NULL ? problem : "its name has no address");
    dial_addresses_clear(&addresses);
    free(problem);
}

static void on_done(const struct api_result *result, void *context)
{
    const struct waiting *waiting = context;

    waiting->request->on_done(result, waiting->request->context);
    event_base_loopbreak(waiting->base);
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
