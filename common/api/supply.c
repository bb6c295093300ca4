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

struct api_supply {
    api_connect *connect;
    void *context;
    bool requested;
    int descriptor; /* or -1 */
    unsigned open;  /* that have been taken */
    int newest;     /* of those, or -1 if it has been closed */
    int held;       /* by api_supply_hold(), or -1 */
    struct event *unused;
};

static void on_unused(evutil_socket_t, short events, void *context);
static void drop(struct api_supply *);
static void set_cork(int descriptor, int is_on);

struct api_supply *api_supply_new(struct event_base *base, api_connect *connect, void *context)
{
    struct api_supply *supply = memory_new(1, sizeof(*supply));

    supply->connect = connect;
    supply->context = context;
    supply->descriptor = supply->newest = supply->held = -1;
    supply->unused = loop_timer(base, on_unused, supply);
    return supply;
}

void api_supply_free(struct api_supply *supply)
{
    drop(supply);
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
    drop(supply);
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
    supply->open++;
    supply->newest = descriptor;
    return descriptor;
}

void api_supply_close(struct api_supply *supply, int descriptor)
{
    if (supply->newest == descriptor)
        supply->newest = -1;
    if (supply->held == descriptor)
        supply->held = -1;
    close(descriptor);
    supply->open--;
}

bool api_supply_has(const struct api_supply *supply)
{
    return supply->descriptor >= 0;
}

unsigned api_supply_open(const struct api_supply *supply)
{
    return supply->open;
}

void api_supply_hold(struct api_supply *supply)
{
    supply->held = supply->newest;
    set_cork(supply->held, 1);
}

void api_supply_release(struct api_supply *supply)
{
    set_cork(supply->held, 0);
    supply->held = -1;
}

/* It only saves packets: that it fails, as on what is no TCP socket, does not matter. */
static void set_cork(int descriptor, int is_on)
{
    if (descriptor >= 0)
        (void)setsockopt(descriptor, IPPROTO_TCP, TCP_CORK, &is_on, sizeof(is_on));
}

static void on_unused(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    drop(context);
}

static void drop(struct api_supply *supply)
{
    int descriptor = api_supply_take(supply);

    if (descriptor >= 0)
        api_supply_close(supply, descriptor);
}
