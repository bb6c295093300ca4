/* SPDX-License-Identifier: Apache-2.0 */
/* connect(2) without blocking and with time limits, so that one dead address of several costs two
 * seconds and not a minute. */
#include "supervisor/connections/dial.h"

#include "common/base/backoff.h"
#include "common/base/delays.h"
#include "common/base/loop.h"
#include "common/base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REASON_MAX = 240, /* bytes of a reason, to fit a message */
};

struct dial {
    struct event_base *base;
    char *addresses[DIAL_ADDRESSES_MAX];
    size_t count, at;
    uint16_t port;
    int descriptor; /* being connected, or -1 */
    struct event *event;
    char reason[REASON_MAX];
    dial_done *done;
    void *context;
};

static void add_address(struct dial *, const char *address);
static void on_begin(evutil_socket_t, short events, void *context);
static void on_connected(evutil_socket_t, short events, void *context);
static void try_next(struct dial *);
static int begin(struct dial *, const char *address);
static void set_options(int descriptor);
static void set_option(int descriptor, int level, int option, int value);
static void add_reason(struct dial *, const char *what);
static void wait(struct dial *, event_callback_fn, short events, uint32_t milliseconds);
static void finish(struct dial *, bool connected);
static socklen_t parse(const char *address, uint16_t port, struct sockaddr_storage *);

struct dial *dial_start(struct event_base *base, const struct text_list *addresses, uint16_t port,
                        const char *first, dial_done *done, void *context)
{
    struct dial *dial = memory_new(1, sizeof(*dial));

    *dial = (struct dial){
        .base = base, .port = port, .descriptor = -1, .done = done, .context = context};
    if (first != NULL && text_list_has(addresses, first))
        add_address(dial, first);
    TEXT_LIST_FOREACH (address, addresses) {
        if (dial->count == 0 || strcmp(address, dial->addresses[0]) != 0)
            add_address(dial, address);
    }
    wait(dial, on_begin, 0, 0);
    return dial;
}

void dial_cancel(struct dial *dial)
{
    if (dial == NULL)
        return;
    if (dial->event != NULL)
        event_free(dial->event);
    if (dial->descriptor >= 0)
        close(dial->descriptor);
    for (size_t i = 0; i < dial->count; i++)
        free(dial->addresses[i]);
    free(dial);
}

static void add_address(struct dial *dial, const char *address)
{
    if (dial->count < DIAL_ADDRESSES_MAX)
        dial->addresses[dial->count++] = memory_text(address);
}

static void on_begin(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    try_next(context);
}

static void on_connected(evutil_socket_t socket, short events, void *context)
{
    struct dial *dial = context;
    int error = 0;
    socklen_t size = sizeof(error);

    if ((events & EV_WRITE) == 0)
        error = ETIMEDOUT;
    else if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error == 0) {
        finish(dial, true);
        return;
    }
    add_reason(dial, strerror(error));
    close(dial->descriptor);
    dial->descriptor = -1;
    dial->at++;
    try_next(dial);
}

static void try_next(struct dial *dial)
{
    for (; dial->at < dial->count; dial->at++) {
        bool is_last = dial->at + 1 == dial->count;

        dial->descriptor = begin(dial, dial->addresses[dial->at]);
        if (dial->descriptor >= 0) {
            wait(dial, on_connected, EV_WRITE,
                 is_last ? DIAL_LAST_MILLISECONDS : DIAL_EARLY_MILLISECONDS);
            return;
        }
        add_reason(dial, strerror(errno));
    }
    finish(dial, false);
}

/* A socket that is being connected, or -1 with errno. */
static int begin(struct dial *dial, const char *address)
{
    struct sockaddr_storage place = {0};
    socklen_t size = parse(address, dial->port, &place);
    int descriptor, error;

    if (size == 0) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    descriptor = socket(place.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (descriptor < 0)
        return -1;
    set_options(descriptor);
    if (connect(descriptor, (const struct sockaddr *)&place, size) == 0 || errno == EINPROGRESS)
        return descriptor;
    error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

/* Without the limit a connection whose other end has vanished lives for 15 minutes, and with HTTP/2
 * all requests go on being put onto it. An option that the system does not have is left out. */
static void set_options(int descriptor)
{
    set_option(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, KEEPALIVE_UNANSWERED_SECONDS * 1000);
    set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS);
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_PROBE_SECONDS);
}

static void set_option(int descriptor, int level, int option, int value)
{
    if (setsockopt(descriptor, level, option, &value, sizeof(value)) != 0)
        return;
}

/* "127.0.0.1 port 6443: Connection refused; ::1 port ...", cut where it is too long. */
static void add_reason(struct dial *dial, const char *what)
{
    size_t used = strlen(dial->reason);

    snprintf(dial->reason + used, sizeof(dial->reason) - used, "%s%s port %u: %s",
             used > 0 ? "; " : "", dial->addresses[dial->at], dial->port, what);
}

static void wait(struct dial *dial, event_callback_fn callback, short events, uint32_t milliseconds)
{
    const struct timeval limit = backoff_timeval(milliseconds);

    if (dial->event != NULL)
        event_free(dial->event);
    dial->event = loop_event(dial->base, dial->descriptor, events, callback, dial);
    event_add(dial->event, &limit);
}

static void finish(struct dial *dial, bool connected)
{
    int descriptor = dial->descriptor;

    dial->descriptor = -1;
    dial->done(descriptor, connected ? dial->addresses[dial->at] : NULL, dial->reason,
               dial->context);
    dial_cancel(dial);
}

/* Returns the size of what it wrote to PLACE; 0 if ADDRESS is not an address. */
static socklen_t parse(const char *address, uint16_t port, struct sockaddr_storage *place)
{
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)place;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)place;

    if (inet_pton(AF_INET, address, &ipv4->sin_addr) == 1) {
        ipv4->sin_family = AF_INET;
        ipv4->sin_port = htons(port);
        return sizeof(*ipv4);
    }
    if (inet_pton(AF_INET6, address, &ipv6->sin6_addr) == 1) {
        ipv6->sin6_family = AF_INET6;
        ipv6->sin6_port = htons(port);
        return sizeof(*ipv6);
    }
    return 0;
}
