/* SPDX-License-Identifier: Apache-2.0 */
/* Workers cannot open connections themselves: what libcurl would do at any moment has to be
 * requested from another process first. */
#include "common/api/supply.h"

#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <unistd.h>

struct api_supply {
    api_connect *connect;
    void *context;
    bool requested;
    int descriptor; /* or -1 */
    unsigned open;  /* that have been taken */
    struct event *unused;
};

static void on_unused(evutil_socket_t, short events, void *context);
static void drop(struct api_supply *);

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
    if (descriptor >= 0)
        supply->open++;
    return descriptor;
}

void api_supply_close(struct api_supply *supply, int descriptor)
{
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
