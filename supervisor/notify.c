/* SPDX-License-Identifier: Apache-2.0 */
/* What systemd wants to hear from a daemon of Type=notify, and when; nothing else knows of it. */
#include "supervisor/notify.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "supervisor/notification.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    MILLION = 1000000,
    EXTENSION_FACTOR = 4, /* more time is asked for, in intervals between two requests */
    WATCHDOG_SIGNS = 4,   /* of life in the time that one would do for: some may be left out */
};

struct notify {
    struct notify_options options;
    char *path;
    struct sockaddr_un address;
    socklen_t address_size;
    int socket;
    struct event *watchdog, *extension, *again;
    struct notification notification;
    unsigned failures; /* in a row */
    time_t failing_since;
    bool has_warned;
};

static bool set_address(struct notify *, const char *path);
static void on_watchdog(evutil_socket_t, short events, void *context);
static void on_extend(evutil_socket_t, short events, void *context);
static void on_again(evutil_socket_t, short events, void *context);
static struct event *repeat(struct event_base *, uint64_t microseconds, event_callback_fn,
                            struct notify *);
static void say(struct notify *);
static int send_text(const struct notify *, const char *text);
static bool is_busy(int error);
static void say_later(struct notify *, int error);
static void note_success(struct notify *);
static uint64_t number_in(const char *variable);

void notify_environment(struct notify_options *options)
{
    uint64_t pid = number_in("WATCHDOG_PID");

    options->path = getenv("NOTIFY_SOCKET");
    options->watchdog = pid == 0 || pid == (uint64_t)getpid() ? number_in("WATCHDOG_USEC") : 0;
}

/* The socket is opened here, as it cannot be in the sandbox. Whom it is connected to is settled
 * when there is something to say. */
struct notify *notify_new(struct event_base *base, const struct notify_options *options)
{
    struct notify *notify;

    if (options->path == NULL || options->path[0] == '\0')
        return NULL;
    notify = memory_new(1, sizeof(*notify));
    notify->socket = -1;
    if (set_address(notify, options->path))
        notify->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (notify->socket < 0) {
        log_warning("cannot use the service manager's socket; it gets no notifications",
                    LOG_TEXT("path", options->path), LOG_TEXT("reason", strerror(errno)));
        free(notify);
        return NULL;
    }
    (void)connect(notify->socket, (const struct sockaddr *)&notify->address, notify->address_size);
    notify->options = *options;
    notify->path = memory_text(options->path);
    if (options->extension == 0)
        notify->options.extension = (uint64_t)NOTIFY_EXTEND_SECONDS * MILLION;
    notify->again = loop_timer(base, on_again, notify);
    notify->extension = repeat(base, notify->options.extension, on_extend, notify);
    if (options->watchdog >= WATCHDOG_SIGNS)
        notify->watchdog = repeat(base, options->watchdog / WATCHDOG_SIGNS, on_watchdog, notify);
    return notify;
}

void notify_free(struct notify *notify)
{
    if (notify == NULL)
        return;
    say(notify); /* the last chance */
    if (notify->watchdog != NULL)
        event_free(notify->watchdog);
    event_free(notify->extension);
    event_free(notify->again);
    close(notify->socket);
    free(notify->path);
    free(notify);
}

void notify_state(struct notify *notify, bool in_sync, const char *status)
{
    if (notify == NULL)
        return;
    notification_state(&notify->notification, in_sync, status);
    if (in_sync)
        event_del(notify->extension);
    say(notify);
}

void notify_reloading(struct notify *notify)
{
    struct timespec now;

    if (notify == NULL)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    notification_reloading(&notify->notification,
                           (uint64_t)now.tv_sec * MILLION + (uint64_t)now.tv_nsec / 1000);
    say(notify);
}

void notify_reloaded(struct notify *notify)
{
    if (notify == NULL)
        return;
    notification_reloaded(&notify->notification);
    say(notify);
}

void notify_stopping(struct notify *notify, const char *reason)
{
    if (notify == NULL)
        return;
    notification_stopping(&notify->notification, reason);
    say(notify);
}

/* Returns false with errno set if PATH cannot be that of a socket. */
static bool set_address(struct notify *notify, const char *path)
{
    size_t length = strlen(path);

    if (length >= sizeof(notify->address.sun_path) || strchr("/@", path[0]) == NULL) {
        errno = EINVAL;
        return false;
    }
    notify->address.sun_family = AF_UNIX;
    memcpy(notify->address.sun_path, path, length);
    if (path[0] == '@')
        notify->address.sun_path[0] = '\0';
    notify->address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return true;
}

static void on_watchdog(evutil_socket_t socket, short events, void *context)
{
    struct notify *notify = context;

    (void)socket;
    (void)events;
    if (!notify->options.live(notify->options.context))
        return;
    notification_alive(&notify->notification);
    say(notify);
}

static void on_extend(evutil_socket_t socket, short events, void *context)
{
    struct notify *notify = context;

    (void)socket;
    (void)events;
    if (!notify->options.live(notify->options.context))
        return;
    notification_extend(&notify->notification, notify->options.extension * EXTENSION_FACTOR);
    say(notify);
}

static void on_again(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    say(context);
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

/* Says all that is due, or as much as the manager takes now. */
static void say(struct notify *notify)
{
    char text[NOTIFICATION_SIZE];
    unsigned parts;
    bool is_new = false;

    while ((parts = notification_next(&notify->notification, text)) != 0) {
        int error = send_text(notify, text);

        if (error == 0) {
            notification_taken(&notify->notification, parts);
            note_success(notify);
        } else if (is_busy(error) || is_new) {
            say_later(notify, error);
            return;
        } else if (connect(notify->socket, (const struct sockaddr *)&notify->address,
                           notify->address_size) != 0) {
            say_later(notify, errno);
            return;
        } else {
            is_new = true;
            notification_forgotten(&notify->notification);
        }
    }
}

/* Returns 0 or an errno. */
static int send_text(const struct notify *notify, const char *text)
{
    return send(notify->socket, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 ? 0 : errno;
}

/* The kernel keeps some ten datagrams for a manager that does not read. Any other error means that
 * there is none any more, or that its socket has been made anew. */
static bool is_busy(int error)
{
    return error == EAGAIN || error == ENOBUFS || error == EINTR;
}

static void say_later(struct notify *notify, int error)
{
    const struct timeval delay = backoff_time(&backoff_notify, ++notify->failures);

    if (notify->failures == 1)
        notify->failing_since = clock_seconds();
    if (!notify->has_warned &&
        (!is_busy(error) || clock_seconds() - notify->failing_since >= NOTIFY_BUSY_SECONDS)) {
        notify->has_warned = true;
        log_warning("the service manager does not take notifications; still trying",
                    LOG_TEXT("path", notify->path), LOG_TEXT("reason", strerror(error)));
    }
    event_add(notify->again, &delay);
}

static void note_success(struct notify *notify)
{
    if (notify->has_warned)
        log_info("the service manager takes notifications again");
    notify->has_warned = false;
    notify->failures = 0;
    event_del(notify->again);
}

static uint64_t number_in(const char *variable)
{
    const char *text = getenv(variable);

    return text != NULL && text[0] != '\0' && text[strspn(text, "0123456789")] == '\0'
               ? strtoull(text, NULL, 10)
               : 0;
}
