/* SPDX-License-Identifier: Apache-2.0 */
/* Nobody says that rights have been granted. A list of one object costs next to nothing. */
#include "watcher/permission.h"

#include "common/base/delays.h"
#include "common/base/loop.h"
#include "common/base/memory.h"

#include <stdlib.h>

static void on_timer(evutil_socket_t, short events, void *permission);
static void try(struct permission_kind *);
static void on_done(const struct api_result *, void *permission_kind);
static void wait(struct permission *);

void permission_init(struct permission *permission, struct event_base *base, struct api *api,
                     permission_granted *granted, void *context)
{
    *permission = (struct permission){.api = api, .granted = granted, .context = context};
    permission->timer = loop_timer(base, on_timer, permission);
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        permission->kinds[kind] = (struct permission_kind){.permission = permission, .kind = kind};
}

void permission_await(struct permission *permission, enum kind kind, const char *version)
{
    struct permission_kind *awaited = &permission->kinds[kind];

    awaited->version = version;
    awaited->is_awaited = !awaited->was_granted;
    wait(permission);
}

void permission_forget(struct permission *permission)
{
    event_del(permission->timer);
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        struct permission_kind *awaited = &permission->kinds[kind];

        if (awaited->call != NULL)
            api_cancel(awaited->call);
        *awaited = (struct permission_kind){.permission = permission, .kind = kind};
    }
}

static void on_timer(evutil_socket_t socket, short events, void *context)
{
    struct permission *permission = context;

    (void)socket;
    (void)events;
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        if (permission->kinds[kind].is_awaited && permission->kinds[kind].call == NULL)
            try(&permission->kinds[kind]);
    }
}

static void try(struct permission_kind *awaited)
{
    char *objects = kind_path(awaited->kind, awaited->version, NULL, NULL);
    char *path = memory_format("%s?limit=1", objects);

    awaited->call = api_send(awaited->permission->api, &(struct api_request){.method = "GET",
                                                                             .path = path,
                                                                             .wants_text = true,
                                                                             .on_done = on_done,
                                                                             .context = awaited});
    free(objects);
    free(path);
}

static void on_done(const struct api_result *result, void *context)
{
    struct permission_kind *awaited = context;

    awaited->call = NULL;
    if (result->error != API_OK) {
        wait(awaited->permission);
        return;
    }
    awaited->is_awaited = false;
    awaited->was_granted = true;
    awaited->permission->granted(awaited->kind, awaited->permission->context);
}

static void wait(struct permission *permission)
{
    const struct timeval delay = {.tv_sec = PERMISSION_SECONDS};

    if (!evtimer_pending(permission->timer, NULL))
        event_add(permission->timer, &delay);
}
