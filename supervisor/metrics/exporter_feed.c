/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/metrics/exporter_feed.h"

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
    WORDS_SIZE = 512,
    ASKS_AT_ONCE = 10,      /* the exporter itself asks twice a second at most */
    ASK_MILLISECONDS = 100, /* from then on */
};

struct scrape {
    const struct supervisor *supervisor;
    struct figures *figures;
    struct tls_files files;
    int listener;       /* or -1 */
    struct bucket asks; /* that are answered */
};

static int listen_at(const char *address);
static void send_files(const struct scrape *, struct child *exporter);
static void send_health(const struct scrape *, struct channel *);
static void send_worker(const struct scrape *, const struct child *, struct channel *);
static void send_figures(struct scrape *, struct channel *);
static void measure(struct scrape *);
static void measure_process(struct scrape *, enum role, pid_t pid);

struct scrape *scrape_new(const struct supervisor *supervisor, struct tls_files *files)
{
    const char *address = supervisor->config.metrics_listen;
    int listener = -1;
    struct scrape *scrape;

    if (address != NULL && !supervisor->once) {
        listener = listen_at(address);
        if (listener < 0) {
            log_error("cannot listen for those who ask for metrics; is another tlsrouted running, "
                      "or does another program use that port (metrics.listen)?",
                      LOG_TEXT("address", address), LOG_TEXT("reason", strerror(errno)));
            return NULL;
        }
    }
    scrape = memory_new(1, sizeof(*scrape));
    scrape->supervisor = supervisor;
    scrape->figures = figures_new();
    scrape->listener = listener;
    scrape->asks = (struct bucket){.burst = ASKS_AT_ONCE, .refill = ASK_MILLISECONDS};
    scrape->files = *files;
    *files = (struct tls_files){0};
    return scrape;
}

void scrape_free(struct scrape *scrape)
{
    if (scrape == NULL)
        return;
    if (scrape->listener >= 0)
        close(scrape->listener);
    tls_files_clear(&scrape->files);
    figures_free(scrape->figures);
    free(scrape);
}

void scrape_greet(struct scrape *scrape, struct child *exporter)
{
    struct message message = message_of(MESSAGE_LISTENER);

    message.descriptor = scrape->listener;
    channel_send(exporter->channel, &message);
    send_files(scrape, exporter);
    figures_tell_all(scrape->figures);
}

void scrape_take_files(struct scrape *scrape, struct tls_files *files, struct child *exporter)
{
    if (tls_files_same(&scrape->files, files)) {
        tls_files_clear(files);
        return;
    }
    log_info("the certificate for those who ask for metrics has changed");
    tls_files_clear(&scrape->files);
    scrape->files = *files;
    *files = (struct tls_files){0};
    if (child_is_greeted(exporter) && exporter->channel != NULL)
        send_files(scrape, exporter);
}

void scrape_begin(struct scrape *scrape, const struct child *child)
{
    figures_begin(scrape->figures, child->role);
}

void scrape_count(struct scrape *scrape, struct child *child, const struct metric_message *metric)
{
    if (!figures_take(scrape->figures, child->role, metric->series, metric->value))
        child_kill(child, "it told a number that is not its to tell");
}

void scrape_answer(struct scrape *scrape, struct child *exporter)
{
    static const struct message end = {.type = MESSAGE_HEALTH_END, .descriptor = -1};
    const struct supervisor *supervisor = scrape->supervisor;
    struct channel *channel = exporter->channel;

    if (channel_queued(channel) > 0 || bucket_take(&scrape->asks, metric_now() / 1000) > 0)
        return;
    send_health(scrape, channel);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (supervisor->children[role].is_used)
            send_worker(scrape, &supervisor->children[role], channel);
    }
    send_figures(scrape, channel);
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

static void send_files(const struct scrape *scrape, struct child *exporter)
{
    struct message message = message_of(MESSAGE_SERVE);

    message.serve.certificate_pem = scrape->files.certificate_pem;
    message.serve.key_pem = scrape->files.key_pem;
    channel_send(exporter->channel, &message);
}

static void send_health(const struct scrape *scrape, struct channel *channel)
{
    const struct supervisor *supervisor = scrape->supervisor;
    struct message message = message_of(MESSAGE_HEALTH);
    char words[WORDS_SIZE];

    health_words(supervisor, words, sizeof(words));
    message.health.live = pulse_is_live(supervisor->pulse);
    message.health.ready = supervisor->healthy;
    message.health.words = words;
    message.health.sandbox = supervisor->sandbox;
    channel_send(channel, &message);
}

static void send_worker(const struct scrape *scrape, const struct child *child,
                        struct channel *channel)
{
    struct message message = message_of(MESSAGE_HEALTH_WORKER);
    char words[WORDS_SIZE];

    health_child_words(child, words, sizeof(words));
    message.health_worker.role = child->role;
    message.health_worker.live = pulse_child_is_live(scrape->supervisor->pulse, child);
    message.health_worker.ready = health_is_well(child);
    message.health_worker.words = words;
    message.health_worker.sandbox = child->sandbox;
    channel_send(channel, &message);
}

static void send_figures(struct scrape *scrape, struct channel *channel)
{
    struct message message = message_of(MESSAGE_FIGURE);

    measure(scrape);
    for (struct figure figure = {0}; figures_next_change(scrape->figures, &figure);) {
        message.figure.role = figure.role;
        message.figure.series = figure.series;
        message.figure.value = figure.value;
        channel_send(channel, &message);
    }
}

static void measure(struct scrape *scrape)
{
    const struct supervisor *supervisor = scrape->supervisor;
    struct figures *figures = scrape->figures;

    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        const struct child *child = &supervisor->children[role];

        if (!child->is_used)
            continue;
        figures_set(figures, METRIC_WORKER_UP, role, child->state == CHILD_READY);
        figures_set(figures, METRIC_WORKER_IN_SYNC, role, health_is_well(child));
        figures_set(figures, METRIC_WORKER_RESTARTS, role, child->restarts);
        figures_set(figures, METRIC_HEARTBEATS_LOST, role, child->lost);
        figures_set(figures, METRIC_TOKEN_EXPIRY, role, supervisor->credentials[role].expires);
        measure_process(scrape, role, child->pid);
    }
    measure_process(scrape, ROLE_SUPERVISOR, getpid());
    figures_set(figures, METRIC_LIVE, ROLE_SUPERVISOR, pulse_is_live(supervisor->pulse));
    figures_set(figures, METRIC_READY, ROLE_SUPERVISOR, supervisor->healthy);
}

static void measure_process(struct scrape *scrape, enum role role, pid_t pid)
{
    struct process_usage usage = {0};

    if (pid > 0)
        process_read(pid, &usage);
    figures_set(scrape->figures, METRIC_PROCESS_CPU, role, usage.cpu);
    figures_set(scrape->figures, METRIC_PROCESS_MEMORY, role, usage.memory);
}
