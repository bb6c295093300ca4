/* SPDX-License-Identifier: Apache-2.0 */
#include "watcher/crd_watch.h"

#include "common/base/backoff.h"
#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "watcher/lines.h"
#include "watcher/watch_event.h"

#include <stdlib.h>

/* Where it is refused it is asked for again too: RBAC can change. */
enum {
    LINE_MAX_BYTES = 4 * 1024 * 1024,
};

static const char path[] = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
                           "?watch=1&allowWatchBookmarks=true&timeoutSeconds=600"
                           "&fieldSelector=metadata.name%3Dtlsroutes.gateway.networking.k8s.io";

struct crd_watch {
    struct api *api;
    struct api_call *call;
    struct event *timer;
    crd_changed *changed;
    void *context;
    struct lines lines;
    char *position; /* the resourceVersion up to which everything is known, or NULL */
    bool up;
    bool refused; /* the log has been told */
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

void crd_watch_free(struct crd_watch *watch)
{
    if (watch == NULL)
        return;
    if (watch->call != NULL)
        api_cancel(watch->call);
    event_free(watch->timer);
    lines_clear(&watch->lines);
    forget_position(watch);
    free(watch);
}

bool crd_watch_is_up(const struct crd_watch *watch)
{
    return watch->up;
}

static void begin(evutil_socket_t socket, short events, void *context)
{
    struct crd_watch *watch = context;
    char *from = memory_format("%s%s%s", path, watch->position != NULL ? "&resourceVersion=" : "",
                               watch->position != NULL ? watch->position : "");
    const struct api_request request = {.method = "GET",
                                        .path = from,
                                        .on_opened = on_opened,
                                        .on_data = on_data,
                                        .on_done = on_done,
                                        .context = watch};

    (void)socket;
    (void)events;
    lines_clear(&watch->lines);
    watch->call = api_send(watch->api, &request);
    free(from);
}

/* From a known position on nothing is missed. Otherwise something may have been. */
static void on_opened(void *context)
{
    struct crd_watch *watch = context;

    watch->up = true;
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

/* What the CRD says does not matter: discovery is asked. A line that cannot be understood may be
 * news too. */
static bool on_line(const char *line, size_t size, void *context)
{
    struct crd_watch *watch = context;
    struct watch_event event;

    if (watch_event_decode(line, size, &event) != NULL || event.type == WATCH_ERROR)
        forget_position(watch);
    else
        memory_replace(&watch->position, event.resource_version);
    if (event.type != WATCH_BOOKMARK || watch->position == NULL)
        watch->changed(watch->context);
    watch_event_clear(&event);
    return true;
}

/* The server ends each watch after some minutes; that is not worth a look, as long as the next one
 * goes on where this one ended. */
static void on_done(const struct api_result *result, void *context)
{
    struct crd_watch *watch = context;
    struct timeval delay;
    bool was_up = watch->up;

    watch->call = NULL;
    watch->up = was_up && result->error == API_OK && watch->position != NULL;
    if (result->error == API_EXPIRED)
        forget_position(watch);
    if (result->error == API_FORBIDDEN && !watch->refused) {
        watch->refused = true;
        log_info("may not watch the CRD of TLSRoute; looking twice a minute instead whether it is "
                 "served");
    }
    delay = backoff_time(&backoff_crd_watch, ++watch->failures);
    event_add(watch->timer, &delay);
    if (was_up && !watch->up) /* until it is back, somebody else has to look */
        watch->changed(watch->context);
}

static void forget_position(struct crd_watch *watch)
{
    memory_replace(&watch->position, NULL);
}
