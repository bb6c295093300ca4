/* SPDX-License-Identifier: Apache-2.0 */
/* Brings together what the supervisor sends, the API client and the sandbox: libcurl is set up and
 * the trust anchors are loaded while files can still be opened. Secrets stay here only until the
 * client has them. */
#include "common/worker/api_worker.h"

#include "common/base/memory.h"

#include <curl/curl.h>
#include <stdlib.h>

_Static_assert(API_UNSHARED_MAX == WORKER_REQUESTS, "as many connections are left for them");

/* There is one worker in a process. */
static struct {
    char *trust; /* the trust anchors so far, PEM */
    struct api_identity identity;
} received;

static bool init(void);
static bool start(struct worker *);
static void rest(struct worker *);
static void on_trust(struct message *, void *context);
static void on_identity(struct message *, void *context);
static void on_connection(struct message *, void *context);
static void on_connection_failed(struct message *, void *context);
static void request_connection(void *context);
static void report_unauthorized(void *context);
static void pass_crowded_on(void *context);
static void pass_identity_on(struct worker *);
static void wipe_identity(void);

static channel_handler *const handlers[MESSAGE_TYPES] = {
    [MESSAGE_TRUST] = on_trust,
    [MESSAGE_IDENTITY] = on_identity,
    [MESSAGE_CONNECTION] = on_connection,
    [MESSAGE_CONNECTION_FAILED] = on_connection_failed,
};

const struct api_worker api_worker = {
    .handlers = handlers, .init = init, .start = start, .rest = rest, .end = wipe_identity};

static bool init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static bool start(struct worker *worker)
{
    const struct api_settings settings = {.server = worker->settings.settings.server,
                                          .tls_name = worker->settings.settings.tls_name,
                                          .proxy = worker->settings.settings.proxy,
                                          .ca_pem = received.trust,
                                          .connect = request_connection,
                                          .refused = report_unauthorized,
                                          .crowded = pass_crowded_on,
                                          .connections_max =
                                              (unsigned)worker->settings.settings.connections,
                                          .shared_max = worker->role->shared_max,
                                          .context = worker,
                                          .user_agent = PACKAGE_NAME "/" PACKAGE_VERSION};

    if (received.trust == NULL)
        return false;
    worker->api = api_new(worker->base, &settings);
    pass_identity_on(worker);
    return true;
}

static void rest(struct worker *worker)
{
    if (worker->api != NULL)
        api_rest(worker->api);
}

static void on_trust(struct message *message, void *context)
{
    char *joined =
        memory_format("%s%s", received.trust != NULL ? received.trust : "", message->trust.pem);

    (void)context;
    free(received.trust);
    received.trust = joined;
}

static void on_identity(struct message *message, void *context)
{
    const struct identity_message *identity = &message->identity;
    struct worker *worker = context;

    wipe_identity();
    received.identity.token = identity->token[0] ? memory_text(identity->token) : NULL;
    received.identity.certificate_pem =
        identity->certificate_pem[0] ? memory_text(identity->certificate_pem) : NULL;
    received.identity.key_pem = identity->key_pem[0] ? memory_text(identity->key_pem) : NULL;
    if (worker->api != NULL)
        pass_identity_on(worker);
}

static void on_connection(struct message *message, void *context)
{
    struct worker *worker = context;

    if (worker->api == NULL)
        return; /* not requested yet: the channel closes it */
    api_connected(worker->api, message->descriptor);
    message->descriptor = -1; /* taken over */
}

static void on_connection_failed(struct message *message, void *context)
{
    struct worker *worker = context;

    if (worker->api != NULL)
        api_not_connected(worker->api, message->connection_failed.reason);
}

static void request_connection(void *context)
{
    static const struct message request = {.type = MESSAGE_CONNECT_REQUEST, .descriptor = -1};
    struct worker *worker = context;

    channel_send(worker->supervisor, &request);
}

static void report_unauthorized(void *context)
{
    static const struct message unauthorized = {.type = MESSAGE_UNAUTHORIZED, .descriptor = -1};
    struct worker *worker = context;

    channel_send(worker->supervisor, &unauthorized);
}

static void pass_crowded_on(void *context)
{
    struct worker *worker = context;

    if (worker->role->crowded != NULL)
        worker->role->crowded(worker);
}

/* The API client keeps a copy, so this one is wiped. */
static void pass_identity_on(struct worker *worker)
{
    api_set_identity(worker->api, &received.identity);
    wipe_identity();
}

static void wipe_identity(void)
{
    memory_wipe_text((char *)received.identity.token);
    memory_wipe_text((char *)received.identity.certificate_pem);
    memory_wipe_text((char *)received.identity.key_pem);
    received.identity = (struct api_identity){0};
}
