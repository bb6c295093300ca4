/* SPDX-License-Identifier: Apache-2.0 */
/* Without this watch discovery would have to be polled. RBAC may not allow it, so that the watcher
 * can do without. */
#include "watcher/crd_watch.h"

#include "common/base/backoff.h"
#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "watcher/lines.h"
#include "watcher/watch_event.h"

#include <stdlib.h>

enum {
    LINE_MAX_BYTES = 4 * 1024 * 1024,
};

static const char collection[] = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
static const char name[] = "tlsroutes.gateway.networking.k8s.io";

struct crd_watch {
    struct api *api;
    struct event *timer;
    crd_changed *changed;
    void *context;
    struct lines lines;
    char *position; /* the resourceVersion up to which everything is known, or NULL */
    bool is_up;
    bool is_refusal_logged;
    unsigned failures;
};

static void begin(evutil_socket_t, short events, void *context);
static void on_opened(void *context);
static void on_data(const char *bytes, size_t size, void *context);
static bool on_line(const char *line, size_t size, void *context);
static void on_done(const struct api_result *, void *context);
static void forget_position(struct crd_watch *);

struct crd_watch *crd_watch_new(struct event_base *base, struct api *api, crd_changed *changed,
                                void *context)
{
    struct crd_watch *watch = memory_new(1, sizeof(*watch));

    watch->api = api;
    watch->changed = changed;
    watch->context = context;
    watch->timer = loop_timer(base, begin, watch);
    event_active(watch->timer, EV_TIMEOUT, 0);
    return watch;
}

bool crd_watch_is_up(const struct crd_watch *watch)
{
    return watch->is_up;
}

static void begin(evutil_socket_t socket, short events, void *context)
{
    struct crd_watch *watch = context;
    char *path = memory_format("%s?watch=1&allowWatchBookmarks=true&timeoutSeconds=%d"
                               "&fieldSelector=metadata.name%%3D%s%s%s",
                               collection, CRD_WATCH_SECONDS, name,
                               watch->position != NULL ? "&resourceVersion=" : "",
                               watch->position != NULL ? watch->position : "");
    const struct api_request request = {.method = "GET",
                                        .path = path,
                                        .on_opened = on_opened,
                                        .on_data = on_data,
                                        .on_done = on_done,
                                        .context = watch};

    (void)socket;
    (void)events;
    lines_clear(&watch->lines);
    api_send(watch->api, &request);
    free(path);
}

/* Without a position something may have been missed. */
static void on_opened(void *context)
{
    struct crd_watch *watch = context;

    watch->is_up = true;
    watch->failures = 0;
    if (watch->position == NULL)
        watch->changed(watch->context);
}

static void on_data(const char *bytes, size_t size, void *context)
{
    struct crd_watch *watch = context;

    if (lines_add(&watch->lines, bytes, size, LINE_MAX_BYTES, on_line, watch) == LINES_TOO_LONG) {
        lines_clear(&watch->lines);
        forget_position(watch);
        watch->changed(watch->context);
    }
}

/* What the CRD says does not matter: discovery tells what is served; the position stands where
 * every kind of object has it. A line that cannot be decoded may be a change too. */
static bool on_line(const char *line, size_t size, void *context)
{
    struct crd_watch *watch = context;
    struct watch_event event;

    if (watch_event_decode(KIND_ROUTE, line, size, &event) != NULL || event.type == WATCH_ERROR)
        forget_position(watch);
    else
        memory_replace(&watch->position, event.resource_version);
    if (event.type != WATCH_BOOKMARK || watch->position == NULL)
        watch->changed(watch->context);
    watch_event_clear(&event);
    return true;
}

/* The server ends each watch after some minutes. That is no reason to check as long as the next one
 * goes on where this one ended. */
static void on_done(const struct api_result *result, void *context)
{
    struct crd_watch *watch = context;
    struct timeval delay;
    bool was_up = watch->is_up;

    watch->is_up = was_up && result->error == API_OK && watch->position != NULL;
    if (result->error == API_EXPIRED)
        forget_position(watch);
    if (result->error == API_FORBIDDEN && !watch->is_refusal_logged) {
        watch->is_refusal_logged = true;
        log_info(
            "no permission to watch the CRD of TLSRoute; checking every 30 s whether TLSRoutes "
            "are served");
    }
    delay = backoff_time(&backoff_crd_watch, ++watch->failures);
    event_add(watch->timer, &delay);
    if (was_up && !watch->is_up) /* discovery has to poll until it is back */
        watch->changed(watch->context);
}

static void forget_position(struct crd_watch *watch)
{
    memory_replace(&watch->position, NULL);
}
