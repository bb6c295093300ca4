/* SPDX-License-Identifier: Apache-2.0 */
/* What systemd wants to hear from a daemon of Type=notify, and when; nothing else knows of it. */
#include "supervisor/notify.h"

#include "common/base/delays.h"
#include "common/base/line.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    STATUS_MAX = 384,
    MILLION = 1000000,
    EXTENSION_FACTOR = 4, /* more time is asked for, in intervals between two requests */
};

struct notify {
    struct notify_options options;
    int socket;
    struct event *watchdog, *extension;
    bool ready;
    bool stopping;
    char status[STATUS_MAX]; /* as last sent */
};

static int connect_to(const char *path);
static void on_watchdog(evutil_socket_t, short events, void *context);
static void on_extend(evutil_socket_t, short events, void *context);
static struct event *repeat(struct event_base *, uint64_t microseconds, event_callback_fn,
                            struct notify *);
static void send_state(const struct notify *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static uint64_t number_in(const char *variable);

void notify_environment(struct notify_options *options)
{
    uint64_t pid = number_in("WATCHDOG_PID");

    options->path = getenv("NOTIFY_SOCKET");
    options->watchdog = pid == 0 || pid == (uint64_t)getpid() ? number_in("WATCHDOG_USEC") : 0;
}

struct notify *notify_new(struct event_base *base, const struct notify_options *options)
{
    struct notify *notify;
    int descriptor;

    if (options->path == NULL || options->path[0] == '\0')
        return NULL;
    descriptor = connect_to(options->path);
    if (descriptor < 0) {
        log_warning("cannot reach the service manager; it gets no notifications",
                    LOG_TEXT("path", options->path), LOG_TEXT("reason", strerror(errno)));
        return NULL;
    }
    notify = memory_new(1, sizeof(*notify));
    notify->options = *options;
    notify->options.path = NULL; /* borrowed */
    notify->socket = descriptor;
    if (options->extension == 0)
        notify->options.extension = (uint64_t)NOTIFY_EXTEND_SECONDS * MILLION;
    notify->extension = repeat(base, notify->options.extension, on_extend, notify);
    if (options->watchdog > 1)
        notify->watchdog = repeat(base, options->watchdog / 2, on_watchdog, notify);
    return notify;
}

void notify_free(struct notify *notify)
{
    if (notify == NULL)
        return;
    if (notify->watchdog != NULL)
        event_free(notify->watchdog);
    event_free(notify->extension);
    close(notify->socket);
    free(notify);
}

void notify_state(struct notify *notify, bool in_sync, const char *status)
{
    bool first = in_sync && notify != NULL && !notify->ready;

    if (notify == NULL || notify->stopping || (!first && strcmp(status, notify->status) == 0))
        return;
    line_format(notify->status, sizeof(notify->status), "%s", status);
    notify->ready = notify->ready || in_sync;
    if (first)
        event_del(notify->extension);
    send_state(notify, "%sSTATUS=%s", first ? "READY=1\n" : "", notify->status);
}

/* The time is for Type=notify-reload. (systemd.service(5)) */
void notify_reloading(struct notify *notify)
{
    struct timespec now;

    if (notify == NULL || !notify->ready || notify->stopping)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    send_state(notify, "RELOADING=1\nMONOTONIC_USEC=%llu",
               (unsigned long long)now.tv_sec * MILLION + (unsigned long long)now.tv_nsec / 1000);
}

void notify_reloaded(struct notify *notify)
{
    if (notify != NULL && notify->ready && !notify->stopping)
        send_state(notify, "READY=1");
}

void notify_stopping(struct notify *notify, const char *reason)
{
    char line[STATUS_MAX];

    if (notify == NULL || notify->stopping)
        return;
    notify->stopping = true;
    line_format(line, sizeof(line), "%s", reason);
    send_state(notify, "STOPPING=1\nSTATUS=Stopping: %s", line);
}

/* Returns a connected socket, or -1 with errno set. */
static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    int descriptor, result;

    if (length >= sizeof(address.sun_path) || strchr("/@", path[0]) == NULL) {
        errno = EINVAL;
        return -1;
    }
    memcpy(address.sun_path, path, length);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return -1;
    if (connect(descriptor, (const struct sockaddr *)&address,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) == 0)
        return descriptor;
    result = errno;
    close(descriptor);
    errno = result;
    return -1;
}

static void on_watchdog(evutil_socket_t socket, short events, void *context)
{
    struct notify *notify = context;

    (void)socket;
    (void)events;
    if (notify->options.live(notify->options.context))
        send_state(notify, "WATCHDOG=1");
}

static void on_extend(evutil_socket_t socket, short events, void *context)
{
    struct notify *notify = context;

    (void)socket;
    (void)events;
    if (!notify->stopping && notify->options.live(notify->options.context))
        send_state(notify, "EXTEND_TIMEOUT_USEC=%llu",
                   (unsigned long long)notify->options.extension * EXTENSION_FACTOR);
}

static struct event *repeat(struct event_base *base, uint64_t microseconds,
                            event_callback_fn callback, struct notify *notify)
{
    const struct timeval interval = {.tv_sec = (time_t)(microseconds / MILLION),
                                     .tv_usec = (suseconds_t)(microseconds % MILLION)};
    struct event *event = loop_event(base, -1, EV_PERSIST, callback, notify);

    event_add(event, &interval);
    return event;
}

/* A manager that does not read now is not waited for: a later message says the same or more. */
static void send_state(const struct notify *notify, const char *format, ...)
{
    char text[STATUS_MAX + 64];
    va_list arguments;
    ssize_t ignored;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    ignored = send(notify->socket, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)ignored;
}

static uint64_t number_in(const char *variable)
{
    const char *text = getenv(variable);

    return text != NULL && text[0] != '\0' && text[strspn(text, "0123456789")] == '\0'
               ? strtoull(text, NULL, 10)
               : 0;
}
