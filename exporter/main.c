/* SPDX-License-Identifier: Apache-2.0 */
/* exporter: serves metrics and health over HTTP, as the supervisor reports them. It has no
 * credential, reads no file and opens no connection: its one socket is passed to it. */
#include "common/base/log.h"
#include "common/base/memory.h"
#include "common/worker/worker.h"
#include "exporter/http.h"
#include "exporter/tls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct exporter {
    struct worker *worker;
    struct state state;
    char *lease;          /* of the state; NULL before the start */
    struct http *http;    /* NULL before the start */
    struct message files; /* the last SERVE that came before the start */
    int listener;         /* that came before the start, or -1 */
};

static struct exporter *exporter_of(struct worker *);
static void start(struct worker *);
static char *lease_of(const struct settings_message *);
static void on_listener(struct message *, void *context);
static void on_serve(struct message *, void *context);
static bool use_files(struct exporter *, const struct serve_message *);
static void on_health(struct message *, void *context);
static void on_health_worker(struct message *, void *context);
static void on_worker_metric(struct message *, void *context);
static void on_health_end(struct message *, void *context);
static void query(void *context);
static void report(struct exporter *, bool healthy, const char *summary);

static channel_handler *const supervisor_handlers[MESSAGE_TYPES] = {
    [MESSAGE_LISTENER] = on_listener,
    [MESSAGE_SERVE] = on_serve,
    [MESSAGE_HEALTH] = on_health,
    [MESSAGE_HEALTH_WORKER] = on_health_worker,
    [MESSAGE_WORKER_METRIC] = on_worker_metric,
    [MESSAGE_HEALTH_END] = on_health_end,
};

static const struct worker_role role = {
    .role = ROLE_EXPORTER,
    .supervisor_handlers = supervisor_handlers,
    .start = start,
};

int main(int argc, char **argv)
{
    OPENSSL_init_ssl(0, NULL); /* which reads files */
    return worker_main(&role, argc, argv);
}

static struct exporter *exporter_of(struct worker *worker)
{
    if (worker->state == NULL) {
        struct exporter *exporter = memory_new(1, sizeof(*exporter));

        exporter->worker = worker;
        exporter->files = message_of(MESSAGE_SERVE);
        exporter->listener = -1;
        worker->state = exporter;
    }
    return worker->state;
}

static void start(struct worker *worker)
{
    struct exporter *exporter = exporter_of(worker);

    exporter->lease = lease_of(&worker->settings.settings);
    exporter->state.lease = exporter->lease;
    exporter->http = http_new(worker->base, &exporter->state, query, exporter);
    if (!use_files(exporter, &exporter->files.serve)) {
        report(exporter, false, "cannot use its certificate and key");
    } else if (exporter->listener < 0 || http_listen(exporter->http, exporter->listener) != 0) {
        log_error("cannot use the socket for metrics", LOG_TEXT("reason", strerror(errno)));
        report(exporter, false, "cannot use its socket");
    } else {
        report(exporter, true, "serves metrics");
    }
    message_clear(&exporter->files);
    exporter->listener = -1; /* the server's now, or closed with this process */
}

/* The caller frees it. */
static char *lease_of(const struct settings_message *settings)
{
    return settings->lease_namespace[0] == '\0'
               ? memory_text("")
               : memory_format("%s/%s", settings->lease_namespace, settings->lease_name);
}

static void on_listener(struct message *message, void *context)
{
    struct exporter *exporter = exporter_of(context);

    if (exporter->listener >= 0 || exporter->http != NULL)
        return;
    exporter->listener = message->descriptor;
    message->descriptor = -1; /* taken over */
}

static void on_serve(struct message *message, void *context)
{
    struct exporter *exporter = exporter_of(context);

    if (exporter->http != NULL) {
        use_files(exporter, &message->serve);
        return;
    }
    message_clear(&exporter->files);
    exporter->files = *message;
    message->storage = NULL; /* taken over */
}

/* Files that cannot be used change nothing. */
static bool use_files(struct exporter *exporter, const struct serve_message *files)
{
    SSL_CTX *context = NULL;

    if (files->certificate_pem != NULL && files->certificate_pem[0] != '\0') {
        context = tls_context(files->certificate_pem, files->key_pem);
        if (context == NULL) {
            log_error("the certificate and the key for metrics cannot be used for TLS; check that "
                      "metrics.tls.certificateFile and metrics.tls.keyFile belong together");
            return false;
        }
    }
    http_use_tls(exporter->http, context);
    return true;
}

static void on_health(struct message *message, void *context)
{
    state_set_health(&exporter_of(context)->state, &message->health);
}

static void on_health_worker(struct message *message, void *context)
{
    state_set_worker(&exporter_of(context)->state, &message->health_worker);
}

static void on_worker_metric(struct message *message, void *context)
{
    state_set_metric(&exporter_of(context)->state, &message->worker_metric);
}

static void on_health_end(struct message *message, void *context)
{
    struct exporter *exporter = exporter_of(context);

    (void)message;
    if (exporter->http != NULL)
        http_refreshed(exporter->http);
}

static void query(void *context)
{
    static const struct message health_query = {.type = MESSAGE_HEALTH_QUERY, .descriptor = -1};
    struct exporter *exporter = context;

    channel_send(exporter->worker->supervisor, &health_query);
}

static void report(struct exporter *exporter, bool healthy, const char *summary)
{
    struct worker_report state = {.healthy = healthy, .idle = true};

    snprintf(state.summary, sizeof(state.summary), "%s", summary);
    worker_report(exporter->worker, &state);
}
