/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/metrics/exporter_feed.h"

#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/memory.h"
#include "supervisor/connections/rate_limit.h"
#include "supervisor/metrics/worker_metrics.h"
#include "supervisor/supervisor.h"
#include "supervisor/workers/health.h"
#include "supervisor/workers/liveness.h"
#include "supervisor/workers/process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 64,
    WORDS_SIZE = MESSAGE_BOUND(health, summary) + 1,
    ASKS_AT_ONCE = 10, /* the exporter itself asks twice a second at most */
};

struct exporter_feed {
    const struct supervisor *supervisor;
    struct worker_metrics *worker_metrics;
    struct tls_files files;
    int listener;           /* or -1 */
    struct rate_limit asks; /* that are answered */
};

static int listen_at(const char *address);
static void send_files(const struct exporter_feed *, struct child *exporter);
static void send_health(const struct exporter_feed *, struct channel *);
static void send_worker(const struct exporter_feed *, const struct child *, struct channel *);
static void send_worker_metrics(struct exporter_feed *, struct channel *);
static void measure(struct exporter_feed *);
static void measure_process(struct exporter_feed *, enum role, pid_t pid);

struct exporter_feed *exporter_feed_new(const struct supervisor *supervisor,
                                        struct tls_files *files)
{
    const char *address = supervisor->config.metrics_listen;
    int listener = -1;
    struct exporter_feed *exporter_feed;

    if (address != NULL && !supervisor->once) {
        listener = listen_at(address);
        if (listener < 0) {
            log_error("cannot listen for those who ask for metrics; is another tlsrouted running, "
                      "or does another program use that port (metrics.listen)?",
                      LOG_TEXT("address", address), LOG_TEXT("reason", strerror(errno)));
            return NULL;
        }
    }
    exporter_feed = memory_new(1, sizeof(*exporter_feed));
    exporter_feed->supervisor = supervisor;
    exporter_feed->worker_metrics = worker_metrics_new();
    exporter_feed->listener = listener;
    exporter_feed->asks =
        (struct rate_limit){.burst = ASKS_AT_ONCE, .refill = EXPORTER_REFILL_MILLISECONDS};
    exporter_feed->files = *files;
    *files = (struct tls_files){0};
    return exporter_feed;
}

void exporter_feed_free(struct exporter_feed *exporter_feed)
{
    if (exporter_feed == NULL)
        return;
    if (exporter_feed->listener >= 0)
        close(exporter_feed->listener);
    tls_files_clear(&exporter_feed->files);
    worker_metrics_free(exporter_feed->worker_metrics);
    free(exporter_feed);
}

void exporter_feed_greet(struct exporter_feed *exporter_feed, struct child *exporter)
{
    struct message message = message_of(MESSAGE_LISTENER);

    message.descriptor = exporter_feed->listener;
    channel_send(exporter->channel, &message);
    send_files(exporter_feed, exporter);
    worker_metrics_send_all(exporter_feed->worker_metrics);
}

void exporter_feed_take_files(struct exporter_feed *exporter_feed, struct tls_files *files,
                              struct child *exporter)
{
    if (tls_files_same(&exporter_feed->files, files)) {
        tls_files_clear(files);
        return;
    }
    log_info("the certificate for those who ask for metrics has changed");
    tls_files_clear(&exporter_feed->files);
    exporter_feed->files = *files;
    *files = (struct tls_files){0};
    if (child_is_greeted(exporter) && exporter->channel != NULL)
        send_files(exporter_feed, exporter);
}

void exporter_feed_begin(struct exporter_feed *exporter_feed, const struct child *child)
{
    worker_metrics_begin(exporter_feed->worker_metrics, child->role);
}

void exporter_feed_count(struct exporter_feed *exporter_feed, struct child *child,
                         const struct metric_message *metric)
{
    if (!worker_metrics_take(exporter_feed->worker_metrics, child->role, metric->series,
                             metric->value))
        child_kill(child, "it told a number that is not its to tell");
}

void exporter_feed_answer(struct exporter_feed *exporter_feed, struct child *exporter)
{
    static const struct message end = {.type = MESSAGE_HEALTH_END, .descriptor = -1};
    const struct supervisor *supervisor = exporter_feed->supervisor;
    struct channel *channel = exporter->channel;

    if (channel_queued(channel) > 0 ||
        rate_limit_take(&exporter_feed->asks, metric_now() / 1000) > 0)
        return;
    send_health(exporter_feed, channel);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (supervisor->children[role].is_used)
            send_worker(exporter_feed, &supervisor->children[role], channel);
    }
    send_worker_metrics(exporter_feed, channel);
    channel_send(channel, &end);
}

/* Returns the socket, or -1 with errno set. */
static int listen_at(const char *text)
{
    struct sockaddr_storage address = {0};
    int size = sizeof(address), one = 1, descriptor, result;

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
    result = errno;
    close(descriptor);
    errno = result;
    return -1;
}

static void send_files(const struct exporter_feed *exporter_feed, struct child *exporter)
{
    struct message message = message_of(MESSAGE_SERVE);

    message.serve.certificate_pem = exporter_feed->files.certificate_pem;
    message.serve.key_pem = exporter_feed->files.key_pem;
    channel_send(exporter->channel, &message);
}

static void send_health(const struct exporter_feed *exporter_feed, struct channel *channel)
{
    const struct supervisor *supervisor = exporter_feed->supervisor;
    struct message message = message_of(MESSAGE_HEALTH);
    char words[WORDS_SIZE];

    health_words(supervisor, words, sizeof(words));
    message.health.live = liveness_is_live(supervisor->liveness);
    message.health.ready = supervisor->healthy;
    message.health.summary = words;
    message.health.sandbox = supervisor->sandbox;
    channel_send(channel, &message);
}

static void send_worker(const struct exporter_feed *exporter_feed, const struct child *child,
                        struct channel *channel)
{
    struct message message = message_of(MESSAGE_HEALTH_WORKER);
    char words[WORDS_SIZE];

    health_child_words(child, words, sizeof(words));
    message.health_worker.role = child->role;
    message.health_worker.live = liveness_child_is_live(exporter_feed->supervisor->liveness, child);
    message.health_worker.ready = health_is_well(child);
    message.health_worker.summary = words;
    message.health_worker.sandbox = child->sandbox;
    channel_send(channel, &message);
}

static void send_worker_metrics(struct exporter_feed *exporter_feed, struct channel *channel)
{
    struct message message = message_of(MESSAGE_WORKER_METRIC);

    measure(exporter_feed);
    for (struct figure figure = {0};
         worker_metrics_next_change(exporter_feed->worker_metrics, &figure);) {
        message.worker_metric.role = figure.role;
        message.worker_metric.series = figure.series;
        message.worker_metric.value = figure.value;
        channel_send(channel, &message);
    }
}

static void measure(struct exporter_feed *exporter_feed)
{
    const struct supervisor *supervisor = exporter_feed->supervisor;
    struct worker_metrics *worker_metrics = exporter_feed->worker_metrics;

    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        const struct child *child = &supervisor->children[role];

        if (!child->is_used)
            continue;
        worker_metrics_set(worker_metrics, METRIC_WORKER_UP, role, child->state == CHILD_READY);
        worker_metrics_set(worker_metrics, METRIC_WORKER_IN_SYNC, role, health_is_well(child));
        worker_metrics_set(worker_metrics, METRIC_WORKER_RESTARTS, role, child->restarts);
        worker_metrics_set(worker_metrics, METRIC_HEARTBEATS_LOST, role, child->lost);
        worker_metrics_set(worker_metrics, METRIC_TOKEN_EXPIRY, role,
                           supervisor->credentials[role].expires);
        measure_process(exporter_feed, role, child->pid);
    }
    measure_process(exporter_feed, ROLE_SUPERVISOR, getpid());
    worker_metrics_set(worker_metrics, METRIC_LIVE, ROLE_SUPERVISOR,
                       liveness_is_live(supervisor->liveness));
    worker_metrics_set(worker_metrics, METRIC_READY, ROLE_SUPERVISOR, supervisor->healthy);
}

static void measure_process(struct exporter_feed *exporter_feed, enum role role, pid_t pid)
{
    struct process_usage usage = {0};

    if (pid > 0)
        process_read(pid, &usage);
    worker_metrics_set(exporter_feed->worker_metrics, METRIC_PROCESS_CPU, role, usage.cpu);
    worker_metrics_set(exporter_feed->worker_metrics, METRIC_PROCESS_MEMORY, role, usage.memory);
}
