/* SPDX-License-Identifier: Apache-2.0 */
/* Without this watch discovery would have to be polled. RBAC may not allow it, so that the watcher
 * can do without. */
#include "watcher/crd_watch.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/coarse_timer.h"
#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "watcher/life.h"
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
    struct api_call *call; /* under way, or NULL */
    struct event *timer;   /* pending: waiting to try again */
    struct event *look;    /* pending: looking whether it lives */
    struct life life;
    crd_changed *changed;
    void *context;
    struct lines lines;
    char *position; /* the resourceVersion up to which everything is known, or NULL */
    bool is_up;
    bool is_refusal_logged;
};

static void on_timer(evutil_socket_t, short events, void *context);
static void begin(struct crd_watch *);
static void on_opened(void *context);
static void on_data(const char *bytes, size_t size, void *context);
static bool on_line(const char *line, size_t size, void *context);
static void on_done(const struct api_result *, void *context);
static void on_look(evutil_socket_t, short events, void *context);
static void look_soon(struct crd_watch *);
static void end(struct crd_watch *, const struct ending *);
static void begin_anew(struct crd_watch *);
static void forget_position(struct crd_watch *);

struct crd_watch *crd_watch_new(struct event_base *base, struct api *api, crd_changed *changed,
                                void *context)
{
    struct crd_watch *watch = memory_new(1, sizeof(*watch));

    watch->api = api;
    watch->changed = changed;
    watch->context = context;
    watch->life =
        (struct life){.backoff = &backoff_crd_watch, .forbidden_backoff = &backoff_crd_watch};
    watch->timer = loop_timer(base, on_timer, watch);
    watch->look = loop_timer(base, on_look, watch);
    event_active(watch->timer, EV_TIMEOUT, 0);
    return watch;
}

bool crd_watch_is_up(const struct crd_watch *watch)
{
    return watch->is_up;
}

static void on_timer(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    begin(context);
}

static void begin(struct crd_watch *watch)
{
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

    lines_clear(&watch->lines);
    life_sent(&watch->life, PHASE_WATCH, CRD_WATCH_SECONDS, clock_seconds());
    watch->call = api_send(watch->api, &request);
    free(path);
}

/* Without a position something may have been missed. */
static void on_opened(void *context)
{
    struct crd_watch *watch = context;

    watch->is_up = true;
    if (!life_opened(&watch->life, clock_seconds())) {
        begin_anew(watch);
        return;
    }
    look_soon(watch);
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

    if (watch_event_decode(KIND_ROUTE, line, size, &event) != NULL || event.type == WATCH_ERROR) {
        forget_position(watch);
    } else {
        life_sign(&watch->life, event.type == WATCH_BOOKMARK ? SIGN_BOOKMARK : SIGN_EVENT,
                  clock_seconds());
        memory_replace(&watch->position, event.resource_version);
    }
    if (event.type != WATCH_BOOKMARK || watch->position == NULL)
        watch->changed(watch->context);
    watch_event_clear(&event);
    return true;
}

static void on_done(const struct api_result *result, void *context)
{
    struct crd_watch *watch = context;
    const struct ending ending = life_ending(&watch->life, result, clock_seconds());

    watch->call = NULL;
    if (ending.error == API_FORBIDDEN && !watch->is_refusal_logged) {
        watch->is_refusal_logged = true;
        log_info(
            "no permission to watch the CRD of TLSRoute; checking every 30 s whether TLSRoutes "
            "are served");
    }
    end(watch, &ending);
}

static void on_look(evutil_socket_t socket, short events, void *context)
{
    struct crd_watch *watch = context;
    const enum life_verdict verdict = life_verdict(&watch->life, clock_seconds());

    (void)socket;
    (void)events;
    if (verdict == LIFE_GOES_ON)
        look_soon(watch);
    else
        end(watch, &(struct ending){.error = verdict == LIFE_SILENT ? API_TIMEOUT : API_OK});
}

static void look_soon(struct crd_watch *watch)
{
    const time_t seconds = life_next_look(&watch->life, clock_seconds());

    if (seconds > 0)
        coarse_timer_start(watch->look, (int64_t)seconds * 1000);
}

/* The server ends each watch after some minutes. That is no reason to check as long as the next one
 * goes on where this one ended. */
static void end(struct crd_watch *watch, const struct ending *ending)
{
    const struct next next = life_ended(&watch->life, ending, clock_seconds(), backoff_random());
    const struct timeval delay = backoff_timeval(next.milliseconds);
    const bool was_up = watch->is_up;

    if (watch->call != NULL)
        api_cancel(watch->call);
    watch->call = NULL;
    if (!next.keeps_position)
        forget_position(watch);
    watch->is_up = was_up && ending->error == API_OK && watch->position != NULL;
    event_add(watch->timer, &delay);
    if (was_up && !watch->is_up) /* discovery has to poll until it is back */
        watch->changed(watch->context);
}

static void begin_anew(struct crd_watch *watch)
{
    api_cancel(watch->call);
    forget_position(watch);
    begin(watch);
}

static void forget_position(struct crd_watch *watch)
{
    memory_replace(&watch->position, NULL);
}
