/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter reads bytes from strangers, so it knows nothing by itself: what it serves, and the
 * socket that it serves it at, come from here. */
#include "supervisor/metrics/exporter_feed.h"

#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/memory.h"
#include "supervisor/connections/rate_limit.h"
#include "supervisor/metrics/worker_metrics.h"
#include "supervisor/processes/usage.h"
#include "supervisor/workers/health.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 4096, /* a crowd; the kernel drops who comes later, and tries again after 1 s */
    HEALTH_TEXT_SIZE = MESSAGE_BOUND(health, summary) + 1,
    QUERIES_AT_ONCE = 10, /* a healthy exporter sends at most two in a second */
};

struct exporter_feed {
    struct workers *workers;
    const char *sandbox;
    struct worker_metrics *metrics;
    struct tls_files files;
    int listener;              /* or -1 */
    struct rate_limit queries; /* that are answered */
};

static int open_listener(const struct config *);
static const char *listen_remedy(int error);
static int listen_at(const char *address);
static void on_metric(struct child *, const struct message *, void *context);
static void on_health_query(struct child *, const struct message *, void *context);
static void send_files(const struct exporter_feed *, struct channel *);
static void send_health(const struct exporter_feed *, struct channel *);
static void send_health_worker(const struct child *, struct channel *);
static void send_metrics(struct exporter_feed *, struct channel *);
static void measure(struct exporter_feed *);
static void measure_worker(struct worker_metrics *, const struct child *);
static void measure_process(struct worker_metrics *, enum role, pid_t pid);

struct exporter_feed *exporter_feed_new(struct workers *workers, const char *sandbox,
                                        struct tls_files *files, bool listen)
{
    const struct config *config = workers->options.config;
    const bool listens = listen && config->metrics_listen != NULL;
    const int listener = listens ? open_listener(config) : -1;
    struct exporter_feed *feed;

    if (listens && listener < 0)
        return NULL;
    feed = memory_new(1, sizeof(*feed));
    feed->workers = workers;
    feed->sandbox = sandbox;
    feed->metrics = worker_metrics_new();
    feed->listener = listener;
    feed->queries =
        (struct rate_limit){.burst = QUERIES_AT_ONCE, .refill = EXPORTER_REFILL_MILLISECONDS};
    feed->files = *files;
    *files = (struct tls_files){0};
    child_handle(&workers->handlers, MESSAGE_METRIC, on_metric, feed);
    child_handle(&workers->handlers, MESSAGE_HEALTH_QUERY, on_health_query, feed);
    return feed;
}

void exporter_feed_free(struct exporter_feed *feed)
{
    if (feed == NULL)
        return;
    if (feed->listener >= 0)
        close(feed->listener);
    tls_files_clear(&feed->files);
    worker_metrics_free(feed->metrics);
    free(feed);
}

void exporter_feed_greet(struct exporter_feed *feed, struct child *exporter)
{
    struct message message = message_of(MESSAGE_LISTENER);

    message.descriptor = feed->listener;
    channel_send(exporter->channel, &message);
    send_files(feed, exporter->channel);
    worker_metrics_change_all(feed->metrics);
}

void exporter_feed_replace_files(struct exporter_feed *feed, struct tls_files *files)
{
    struct child *exporter = &feed->workers->children[ROLE_EXPORTER];

    if (tls_files_same(&feed->files, files)) {
        tls_files_clear(files);
        return;
    }
    log_info("the certificate of the exporter changed");
    tls_files_clear(&feed->files);
    feed->files = *files;
    *files = (struct tls_files){0};
    if (child_is_greeted(exporter) && exporter->channel != NULL)
        send_files(feed, exporter->channel);
}

void exporter_feed_reset(struct exporter_feed *feed, enum role role)
{
    worker_metrics_reset(feed->metrics, role);
}

/* Returns the socket, or -1 after logging why. */
static int open_listener(const struct config *config)
{
    int listener = listen_at(config->metrics_listen);

    if (listener < 0)
        log_error("cannot listen at metrics.listen", LOG_TEXT("address", config->metrics_listen),
                  LOG_TEXT("reason", strerror(errno)), LOG_TEXT("remedy", listen_remedy(errno)));
    return listener;
}

static const char *listen_remedy(int error)
{
    switch (error) {
    case EADDRINUSE:
        return "stop the program that uses this port, such as another tlsrouted, or set "
               "metrics.listen to another one";
    case EADDRNOTAVAIL:
        return "set metrics.listen to an address that this machine has, or to [::] for all";
    case EACCES:
        return "set metrics.listen to a port from 1024 on";
    default:
        return NULL;
    }
}

/* Returns the socket, or -1 with errno set. */
static int listen_at(const char *text)
{
    struct sockaddr_storage address = {0};
    int size = sizeof(address), one = 1, descriptor, error;

    if (evutil_parse_sockaddr_port(text, (struct sockaddr *)&address, &size) != 0) {
        errno = EINVAL;
        return -1;
    }
    descriptor = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return -1;
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
        bind(descriptor, (struct sockaddr *)&address, (socklen_t)size) == 0 &&
        listen(descriptor, BACKLOG) == 0)
        return descriptor;
    error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

static void on_metric(struct child *child, const struct message *message, void *context)
{
    struct exporter_feed *feed = context;

    if (!worker_metrics_record(feed->metrics, child->role, message->metric.series,
                               message->metric.value))
        child_kill(child, "it reported a metric that is not its own");
}

/* Queries that come too often, or before the last result was read, are not answered. */
static void on_health_query(struct child *exporter, const struct message *message, void *context)
{
    static const struct message end = {.type = MESSAGE_HEALTH_END, .descriptor = -1};
    struct exporter_feed *feed = context;
    struct channel *channel = exporter->channel;

    (void)message;
    if (channel_queued(channel) > 0 || rate_limit_take(&feed->queries, metric_now() / 1000) > 0)
        return;
    send_health(feed, channel);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (feed->workers->children[role].is_used)
            send_health_worker(&feed->workers->children[role], channel);
    }
    send_metrics(feed, channel);
    channel_send_soon(channel, &end);
}

static void send_files(const struct exporter_feed *feed, struct channel *channel)
{
    struct message message = message_of(MESSAGE_SERVE);

    message.serve.certificate_pem = feed->files.certificate_pem;
    message.serve.key_pem = feed->files.key_pem;
    channel_send(channel, &message);
}

static void send_health(const struct exporter_feed *feed, struct channel *channel)
{
    struct message message = message_of(MESSAGE_HEALTH);
    char text[HEALTH_TEXT_SIZE];

    health_describe(feed->workers, text, sizeof(text));
    message.health.live = liveness_is_live(feed->workers->liveness);
    message.health.ready = health_is_good(feed->workers);
    message.health.summary = text;
    message.health.sandbox = feed->sandbox;
    channel_send_soon(channel, &message);
}

static void send_health_worker(const struct child *child, struct channel *channel)
{
    struct message message = message_of(MESSAGE_HEALTH_WORKER);
    char text[HEALTH_TEXT_SIZE];

    health_describe_child(child, text, sizeof(text));
    message.health_worker.role = child->role;
    message.health_worker.live = liveness_child_is_live(child);
    message.health_worker.ready = health_child_is_good(child);
    message.health_worker.summary = text;
    message.health_worker.sandbox = child->sandbox;
    channel_send_soon(channel, &message);
}

static void send_metrics(struct exporter_feed *feed, struct channel *channel)
{
    struct message message = message_of(MESSAGE_WORKER_METRIC);

    measure(feed);
    for (struct worker_metric metric = {0}; worker_metrics_next_change(feed->metrics, &metric);) {
        message.worker_metric.role = metric.role;
        message.worker_metric.series = metric.series;
        message.worker_metric.value = metric.value;
        channel_send_soon(channel, &message);
    }
}

static void measure(struct exporter_feed *feed)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (feed->workers->children[role].is_used)
            measure_worker(feed->metrics, &feed->workers->children[role]);
    }
    measure_process(feed->metrics, ROLE_SUPERVISOR, getpid());
    worker_metrics_set(feed->metrics, METRIC_LIVE, ROLE_SUPERVISOR,
                       liveness_is_live(feed->workers->liveness));
    worker_metrics_set(feed->metrics, METRIC_READY, ROLE_SUPERVISOR, health_is_good(feed->workers));
}

static void measure_worker(struct worker_metrics *metrics, const struct child *child)
{
    const enum role role = child->role;

    worker_metrics_set(metrics, METRIC_WORKER_UP, role, child->state == CHILD_READY);
    worker_metrics_set(metrics, METRIC_WORKER_IN_SYNC, role, health_child_is_good(child));
    worker_metrics_set(metrics, METRIC_WORKER_RESTARTS, role, child->restarts);
    worker_metrics_set(metrics, METRIC_HEARTBEATS_LOST, role, child->heartbeats_lost);
    worker_metrics_set(metrics, METRIC_TOKEN_EXPIRY, role, child->credential->expires);
    measure_process(metrics, role, child->pid);
}

static void measure_process(struct worker_metrics *metrics, enum role role, pid_t pid)
{
    struct usage usage = {0};

    if (pid > 0)
        usage_read(pid, &usage);
    worker_metrics_set(metrics, METRIC_PROCESS_CPU, role, usage.cpu);
    worker_metrics_set(metrics, METRIC_PROCESS_MEMORY, role, usage.memory);
}
