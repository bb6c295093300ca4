/* SPDX-License-Identifier: Apache-2.0 */
/* Workers cannot open connections themselves: what libcurl would do at any moment has to be
 * requested from another process first. */
#include "common/api/supply.h"

#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    OPEN_FIRST = 4
};

struct api_supply {
    api_connect *connect;
    void *context;
    bool requested;
    int descriptor; /* or -1 */
    int *open;      /* those that have been taken */
    unsigned open_count, open_size;
    bool has_opened; /* one of them is ready, which has not been said yet */
    bool is_held;
    struct event *unused;
};

static void cork_all(const struct api_supply *, int is_on);
static int find(const struct api_supply *, int own_port);
static int port_of(int descriptor);
static void on_unused(evutil_socket_t, short events, void *context);

struct api_supply *api_supply_new(struct event_base *base, api_connect *connect, void *context)
{
    struct api_supply *supply = memory_new(1, sizeof(*supply));

    supply->connect = connect;
    supply->context = context;
    supply->descriptor = -1;
    supply->unused = loop_timer(base, on_unused, supply);
    return supply;
}

void api_supply_free(struct api_supply *supply)
{
    api_supply_drop(supply);
    free(supply->open);
    event_free(supply->unused);
    free(supply);
}

void api_supply_request(struct api_supply *supply)
{
    if (supply->requested)
        return;
    supply->requested = true;
    supply->connect(supply->context);
}

bool api_supply_put(struct api_supply *supply, int descriptor)
{
    const struct timeval limit = {.tv_sec = API_UNUSED_SECONDS};
    bool requested = supply->requested;

    supply->requested = false;
    if (descriptor < 0)
        return requested;
    if (!requested) {
        close(descriptor);
        return false;
    }
    api_supply_drop(supply);
    supply->descriptor = descriptor;
    event_add(supply->unused, &limit);
    return true;
}

int api_supply_take(struct api_supply *supply)
{
    int descriptor = supply->descriptor;

    supply->descriptor = -1;
    event_del(supply->unused);
    if (descriptor < 0)
        return -1;
    if (supply->open_count == supply->open_size) {
        supply->open_size = supply->open_size > 0 ? 2 * supply->open_size : OPEN_FIRST;
        supply->open = memory_resize(supply->open, supply->open_size, sizeof(*supply->open));
    }
    supply->open[supply->open_count++] = descriptor;
    return descriptor;
}

void api_supply_close(struct api_supply *supply, int descriptor)
{
    for (unsigned i = 0; i < supply->open_count; i++) {
        if (supply->open[i] == descriptor)
            supply->open[i--] = supply->open[--supply->open_count];
    }
    close(descriptor);
}

bool api_supply_has(const struct api_supply *supply)
{
    return supply->descriptor >= 0;
}

unsigned api_supply_open(const struct api_supply *supply)
{
    return supply->open_count;
}

void api_supply_opened(struct api_supply *supply)
{
    supply->has_opened = true;
}

bool api_supply_has_opened(struct api_supply *supply)
{
    const bool has_opened = supply->has_opened;

    supply->has_opened = false;
    return has_opened;
}

void api_supply_hold(struct api_supply *supply)
{
    supply->is_held = true;
    cork_all(supply, 1);
}

void api_supply_release(struct api_supply *supply)
{
    if (supply->is_held)
        cork_all(supply, 0);
    supply->is_held = false;
}

/* It only saves packets: that it fails, as on what is no TCP socket, does not matter. */
static void cork_all(const struct api_supply *supply, int is_on)
{
    for (unsigned i = 0; i < supply->open_count; i++)
        (void)setsockopt(supply->open[i], IPPROTO_TCP, TCP_CORK, &is_on, sizeof(is_on));
}

int64_t api_supply_silence(const struct api_supply *supply, int own_port)
{
    const int descriptor = find(supply, own_port);
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);

    if (descriptor < 0 || getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return 0;
    return info.tcpi_last_data_recv;
}

void api_supply_shut(const struct api_supply *supply, int own_port)
{
    const int descriptor = find(supply, own_port);

    if (descriptor >= 0)
        shutdown(descriptor, SHUT_RD);
}

static int find(const struct api_supply *supply, int own_port)
{
    for (unsigned i = 0; i < supply->open_count; i++) {
        if (port_of(supply->open[i]) == own_port)
            return supply->open[i];
    }
    return -1;
}

static int port_of(int descriptor)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } address = {.any.sa_family = AF_UNSPEC};
    socklen_t size = sizeof(address);

    if (getsockname(descriptor, &address.any, &size) != 0)
        return -1;
    return ntohs(address.any.sa_family == AF_INET6 ? address.in6.sin6_port : address.in.sin_port);
}

static void on_unused(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    api_supply_drop(context);
}

void api_supply_drop(struct api_supply *supply)
{
    if (supply->descriptor >= 0)
        close(supply->descriptor);
    supply->descriptor = -1;
    event_del(supply->unused);
}
