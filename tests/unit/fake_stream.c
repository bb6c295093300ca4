/* SPDX-License-Identifier: Apache-2.0 */
/* Hours of failures take no time, and every delay is seen. */
#include "tests/unit/fake_stream.h"

#include "common/base/delays.h"
#include "common/base/memory.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    START = 1000, /* seconds; 0 would mean never */
};

struct fake fake;

static void end_request(void)
{
    free(fake.call->path);
    free(fake.call);
    fake.call = NULL;
}

static struct api_call *fake_send(struct api *api, const struct api_request *request)
{
    assert_null(api);
    assert_null(fake.call);
    assert_string_equal(request->method, "GET");
    fake.call = memory_new(1, sizeof(*fake.call));
    *fake.call = (struct api_call){.path = memory_text(request->path),
                                   .on_part = request->on_part,
                                   .is_whole = request->is_whole,
                                   .parts = request->parts,
                                   .on_data = request->on_data,
                                   .on_opened = request->on_opened,
                                   .on_done = request->on_done,
                                   .context = request->context};
    fake.requests++;
    fake.is_paused = false;
    return fake.call;
}

static void fake_cancel(struct api_call *call)
{
    assert_ptr_equal(call, fake.call);
    fake.cancelled++;
    end_request();
}

static void fake_pause(struct api_call *call, bool pause)
{
    assert_ptr_equal(call, fake.call);
    assert_int_not_equal(fake.is_paused, pause);
    fake.is_paused = pause;
}

static void fake_hurry(struct api *api)
{
    (void)api;
    fake.hurried++;
}

static time_t fake_now(void)
{
    return fake.now;
}

static int fake_start_timer(struct event *timer, const struct timeval *delay)
{
    fake.timer = timer;
    fake.delay = (uint32_t)(delay->tv_sec * 1000 + delay->tv_usec / 1000);
    return 0;
}

static void fake_start_look(struct event *timer, int64_t milliseconds)
{
    fake.look = timer;
    fake.look_at = fake.now + milliseconds / 1000;
}

static void fake_forward(void *receiver, const struct message *message)
{
    char *end = fake.forwarded + strlen(fake.forwarded);
    size_t room = sizeof(fake.forwarded) - (size_t)(end - fake.forwarded);

    assert_ptr_equal(receiver, &fake);
    if (message->type == MESSAGE_RESYNC_BEGIN)
        snprintf(end, room, "[");
    else if (message->type == MESSAGE_RESYNC_END)
        snprintf(end, room, "]");
    else if (message->type == MESSAGE_GONE)
        snprintf(end, room, "-%s ", message->gone.name);
    else
        snprintf(end, room, "%s ", message->pool.name);
}

static bool fake_is_congested(void *receiver)
{
    assert_ptr_equal(receiver, &fake);
    return fake.is_congested;
}

static void on_changed(struct stream *stream, void *context)
{
    assert_true(fake.stream == NULL || stream == fake.stream);
    assert_ptr_equal(context, &fake);
    fake.changes++;
}

static const struct stream_environment environment = {
    .send = fake_send,
    .cancel = fake_cancel,
    .pause = fake_pause,
    .hurry = fake_hurry,
    .now = fake_now,
    .start_timer = fake_start_timer,
    .start_look = fake_start_look,
    .forward = fake_forward,
    .is_congested = fake_is_congested,
};

int set_up(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof(fake));
    fake.base = event_base_new();
    fake.now = START;
    fake.log = memfd_create("log", MFD_CLOEXEC);
    fake.saved_stderr = dup(STDERR_FILENO);
    dup2(fake.log, STDERR_FILENO);
    return 0;
}

int tear_down(void **state)
{
    (void)state;
    stream_free(fake.stream);
    assert_null(fake.call);
    event_base_free(fake.base);
    dup2(fake.saved_stderr, STDERR_FILENO);
    close(fake.saved_stderr);
    close(fake.log);
    return 0;
}

/* ---- what the API server does ---- */

void opens(void)
{
    fake.call->on_opened(fake.call->context);
}

/* A line of the watch, whose newline comes later. */
void line(const char *text)
{
    fake.call->on_data(text, strlen(text), fake.call->context);
    if (fake.call != NULL)
        fake.call->on_data("\n", 1, fake.call->context);
}

void event(const char *type, const char *name, const char *version)
{
    char *text = memory_format("{\"type\":\"%s\",\"object\":{\"metadata\":{\"name\":\"%s\","
                               "\"namespace\":\"n\",\"uid\":\"u-%s\",\"resourceVersion\":\"%s\","
                               "\"creationTimestamp\":\"2025-01-01T00:00:00Z\"},"
                               "\"spec\":{\"route\":{\"hostname\":\"v%s\"}}}}",
                               type, name, name, version, version);

    line(text);
    free(text);
}

void bookmark(const char *version)
{
    char *text = memory_format(
        "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"%s\"}}}", version);

    line(text);
    free(text);
}

void ends(enum api_error error, unsigned retry_after)
{
    const struct api_result result = {
        .error = error, .status = fake.status, .message = "because", .retry_after = retry_after};
    api_done *on_done = fake.call->on_done;
    void *context = fake.call->context;

    end_request();
    on_done(&result, context);
}

/* As the API client does: if no more is wanted, the request ends. */
void part(const char *text)
{
    if (!fake.call->on_part(text, strlen(text), fake.call->parts))
        ends(API_OK, 0);
}

void page(const char *names, const char *continue_token)
{
    struct json_object *items = json_object_new_array(), *list = json_object_new_object();

    for (const char *name = names; *name != '\0'; name++) {
        char *text = memory_format("{\"metadata\":{\"name\":\"%c\",\"namespace\":\"n\","
                                   "\"uid\":\"u\",\"resourceVersion\":\"1\","
                                   "\"creationTimestamp\":\"2025-01-01T00:00:00Z\"},\"spec\":{}}",
                                   *name);

        json_object_array_add(items, check_json(text));
        free(text);
    }
    json_object_object_add(list, "items", items);
    json_object_object_add(list, "metadata", json_object_new_object());
    json_object_object_add(json_object_object_get(list, "metadata"), "continue",
                           json_object_new_string(continue_token));
    json_object_object_add(json_object_object_get(list, "metadata"), "resourceVersion",
                           json_object_new_string("5"));
    part(json_object_to_json_string(list));
    assert_true(fake.call->is_whole(fake.call->parts));
    ends(API_OK, 0);
    json_object_put(list);
}

void seconds_pass(time_t seconds)
{
    fake.now += seconds;
}

void silence(time_t seconds)
{
    const time_t end = fake.now + seconds;

    while (fake.look != NULL && fake.look_at <= end) {
        struct event *look = fake.look;

        fake.now = fake.look_at;
        fake.look = NULL;
        event_active(look, EV_TIMEOUT, 0);
        event_base_loop(fake.base, EVLOOP_NONBLOCK);
    }
    fake.now = end;
}

void timer_runs(void)
{
    struct event *timer = fake.timer;

    assert_non_null(timer);
    fake.timer = NULL;
    event_active(timer, EV_TIMEOUT, 0);
    event_base_loop(fake.base, EVLOOP_NONBLOCK);
}

/* ---- what the stream does ---- */

void start_with(enum kind kind, const char *version, const char *namespace, const char *selector)
{
    fake.stream = stream_new(&(struct stream_settings){.collection = {.kind = kind,
                                                                      .version = version,
                                                                      .namespace = namespace,
                                                                      .selector = selector},
                                                       .starts = fake.starts,
                                                       .environment = &environment,
                                                       .base = fake.base,
                                                       .receiver = &fake,
                                                       .changed = on_changed,
                                                       .context = &fake});
    stream_restart(fake.stream);
}

void start_few(const struct text_set *served, struct turns *turns)
{
    fake.stream = stream_new(&(struct stream_settings){
        .collection = {.kind = KIND_POOL,
                       .namespace = served != NULL ? "" : "n",
                       .selector = "",
                       .served = served,
                       .watch_seconds = turns != NULL ? WATCH_TURN_SECONDS : 0},
        .turns = turns,
        .environment = &environment,
        .base = fake.base,
        .receiver = &fake,
        .changed = on_changed,
        .context = &fake});
    stream_restart(fake.stream);
}

void start(void)
{
    start_with(KIND_POOL, NULL, "n", "");
}

void start_and_list(void)
{
    start();
    page("a", "");
    opens();
    assert_true(stream_in_sync(fake.stream));
    fake.forwarded[0] = '\0';
    fake.requests = fake.changes = 0;
}

bool requests(const char *part)
{
    return fake.call != NULL && strstr(fake.call->path, part) != NULL;
}

void check_delay(uint32_t milliseconds)
{
    assert_non_null(fake.timer);
    assert_in_range(fake.delay, milliseconds / 2, milliseconds);
}

unsigned logged(const char *text)
{
    static char lines[64 * 1024];
    ssize_t size = pread(fake.log, lines, sizeof(lines) - 1, 0);
    unsigned count = 0;

    lines[size > 0 ? size : 0] = '\0';
    for (const char *at = lines; (at = strstr(at, text)) != NULL; at += strlen(text))
        count++;
    return count;
}

const char *described(const char *member)
{
    static char text[64];
    struct json_object *row = json_object_new_object();

    stream_describe(fake.stream, row);
    snprintf(text, sizeof(text), "%s",
             json_object_to_json_string(json_object_object_get(row, member)));
    json_object_put(row);
    return text;
}
