/* SPDX-License-Identifier: Apache-2.0 */
/* The API client on HTTP/2, as the real API server speaks it. */
#include "common/api/api.h"
#include "common/base/json.h"
#include "common/base/memory.h"
#include "tests/unit/check.h"
#include "tests/unit/http2_server.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    WATCHDOG_SECONDS = 60,
    REQUEST_SECONDS = 2,
    IDLE_SECONDS = 3
};

struct outcome {
    struct api_call *call;
    bool pauses, is_whole; /* each part; all of the body */
    size_t received;
    int ended, data_calls;
    enum api_error error;
    char kind[32];
};

static struct identity authority, server_identity;

static struct {
    struct event_base *base;
    struct http2_server server;
    unsigned requested;     /* connections, by the client */
    bool holds_connections; /* that are requested */
    int descriptor;         /* the client's last */
    struct api *api;
} world;

/* Opens what the client asks for, as the supervisor does. */
static void on_connect(evutil_socket_t unused, short events, void *context)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(world.server.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);

    (void)unused;
    (void)events;
    (void)context;
    /* connect() itself is the client's stand-in. */
    assert_int_equal(syscall(SYS_connect, descriptor, &address, sizeof(address)), 0);
    world.descriptor = descriptor;
    api_connected(world.api, descriptor);
}

static void ask_for_connection(void *context)
{
    (void)context;
    world.requested++;
    if (!world.holds_connections)
        event_base_once(world.base, -1, EV_TIMEOUT, on_connect, NULL, NULL);
}

static int set_up(unsigned request_seconds, unsigned shared_max)
{
    char *server;

    world.base = event_base_new();
    http2_server_open(&world.server, world.base, &server_identity);
    server = memory_format("https://127.0.0.1:%u", world.server.port);
    world.api = api_new(world.base, &(struct api_settings){.server = server,
                                                           .ca_pem = authority.certificate_pem,
                                                           .user_agent = "tester/1",
                                                           .connect = ask_for_connection,
                                                           .shared_max = shared_max,
                                                           .request_seconds = request_seconds,
                                                           .stream_idle_seconds = IDLE_SECONDS});
    api_set_identity(world.api, &(struct api_identity){.token = "one"});
    free(server);
    return 0;
}

static int set_up_hasty(void **state)
{
    (void)state;
    return set_up(REQUEST_SECONDS, 0);
}

static int set_up_unshared(void **state)
{
    (void)state;
    return set_up(REQUEST_SECONDS, 1);
}

/* Where no request may time out, however slow the machine is. */
static int set_up_patient(void **state)
{
    (void)state;
    return set_up(WATCHDOG_SECONDS, 0);
}

static int set_up_shared(void **state)
{
    (void)state;
    return set_up(WATCHDOG_SECONDS, API_SHARED_MAX);
}

static int tear_down(void **state)
{
    (void)state;
    api_free(world.api);
    http2_server_close(&world.server);
    event_base_free(world.base);
    memset(&world, 0, sizeof(world));
    return 0;
}

/* ---- the client ---- */

static void on_done(const struct api_result *result, void *context)
{
    struct outcome *outcome = context;

    outcome->ended++;
    outcome->error = result->error;
    snprintf(outcome->kind, sizeof(outcome->kind), "%s",
             result->body != NULL ? json_text_at(result->body, "kind") : "");
}

static void send_get(struct outcome *outcome, const char *path)
{
    api_send(world.api, &(struct api_request){
                            .method = "GET", .path = path, .on_done = on_done, .context = outcome});
}

static bool on_part(const char *bytes, size_t size, void *context)
{
    struct outcome *outcome = context;

    (void)bytes;
    outcome->received += size;
    outcome->is_whole = outcome->is_whole || outcome->received == HTTP2_LARGE;
    if (outcome->pauses)
        api_pause(outcome->call, true);
    return true;
}

static bool is_whole(void *context)
{
    const struct outcome *outcome = context;

    return outcome->is_whole;
}

static void send_for_parts(struct outcome *outcome, const char *path)
{
    outcome->call = api_send(world.api, &(struct api_request){.method = "GET",
                                                              .path = path,
                                                              .on_part = on_part,
                                                              .is_whole = is_whole,
                                                              .parts = outcome,
                                                              .on_done = on_done,
                                                              .context = outcome});
}

static void on_data(const char *bytes, size_t size, void *context)
{
    struct outcome *outcome = context;

    (void)bytes;
    (void)size;
    outcome->data_calls++;
}

static void send_stream_to(struct outcome *outcome, const char *path)
{
    outcome->call = api_send(world.api, &(struct api_request){.method = "GET",
                                                              .path = path,
                                                              .on_data = on_data,
                                                              .on_done = on_done,
                                                              .context = outcome});
}

static void send_stream(struct outcome *outcome)
{
    send_stream_to(outcome, "/endless");
    while (outcome->data_calls == 0)
        assert_int_not_equal(event_base_loop(world.base, EVLOOP_ONCE), -1);
}

static void run_until_ended(const struct outcome *outcome)
{
    while (outcome->ended == 0)
        assert_int_not_equal(event_base_loop(world.base, EVLOOP_ONCE), -1);
}

/* ---- the tests ---- */

static void test_many_share_a_connection(void **state)
{
    struct outcome outcomes[2 * API_PARALLEL_MAX] = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(outcomes); i++)
        send_get(&outcomes[i], i % 2 == 0 ? "/whole" : "/large");
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        run_until_ended(&outcomes[i]);
        assert_int_equal(outcomes[i].error, API_OK);
        assert_string_equal(outcomes[i].kind, "PoolList");
    }
    assert_int_equal(world.server.connection_count, 1);
}

/* As few as are needed, and only as long as they are. */
static void test_several_connections(void **state)
{
    static const struct {
        const char *row;
        unsigned streams;
        bool rests; /* before */
        unsigned connections;
    } rows[] = {
        {"one", 1, false, 1},
        {"as many as a connection carries", API_SHARED_MAX, false, 1},
        {"one more", API_SHARED_MAX + 1, false, 2},
        {"many", 5 * API_SHARED_MAX, false, 5},
        {"again", 5 * API_SHARED_MAX, false, 5},
        {"after they were closed", 1, true, 5 + 1},
        {"a single one is kept", API_SHARED_MAX, true, 5 + 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outcome outcomes[5 * API_SHARED_MAX] = {0}, after = {0};

        if (rows[i].rests)
            api_rest(world.api);
        for (size_t j = 0; j < rows[i].streams; j++)
            send_stream_to(&outcomes[j], "/endless");
        for (size_t j = 0; j < rows[i].streams; j++) {
            while (outcomes[j].data_calls == 0)
                assert_int_not_equal(event_base_loop(world.base, EVLOOP_ONCE), -1);
        }
        CHECK_ROW(rows[i].row, world.server.connection_count == rows[i].connections);
        for (size_t j = 0; j < rows[i].streams; j++)
            api_cancel(outcomes[j].call);
        send_get(&after, "/whole");
        run_until_ended(&after);
    }
}

/* It has come too late, and those after it are given others. */
static void test_connection_that_nobody_needs(void **state)
{
    struct outcome stream = {0}, cancelled = {0}, after = {0};

    (void)state;
    send_stream(&stream);
    assert_int_equal(world.requested, 1);
    world.holds_connections = true;
    send_stream_to(&cancelled, "/endless");
    while (world.requested == 1)
        assert_int_not_equal(event_base_loop(world.base, EVLOOP_ONCE), -1);
    api_cancel(cancelled.call);
    world.holds_connections = false;
    on_connect(-1, 0, NULL);
    send_get(&after, "/whole");
    run_until_ended(&after);
    assert_int_equal(after.error, API_OK);
    assert_int_equal(world.requested, 3);
}

/* That carried data, of the client's last connection. */
static unsigned packets_sent(void)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);

    assert_int_equal(getsockopt(world.descriptor, IPPROTO_TCP, TCP_INFO, &info, &size), 0);
    return info.tcpi_data_segs_out;
}

static void send_post(struct outcome *outcome)
{
    struct json_object *body = json_object_new_object();

    json_object_object_add(body, "kind", json_object_new_string("Pool"));
    api_send(world.api, &(struct api_request){.method = "POST",
                                              .path = "/whole",
                                              .body = body,
                                              .on_done = on_done,
                                              .context = outcome});
    json_object_put(body);
}

/* Each request is a frame with its head and one with its body. */
static void test_requests_share_packets(void **state)
{
    static const struct {
        const char *row;
        unsigned requests;
    } rows[] = {
        {"that begins the connection", 1}, /* there it does not matter */
        {"one", 1},
        {"as many as are under way at once", API_PARALLEL_MAX},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outcome outcomes[API_PARALLEL_MAX] = {0};
        const unsigned before = i > 0 ? packets_sent() : 0;

        for (size_t j = 0; j < rows[i].requests; j++)
            send_post(&outcomes[j]);
        while (i > 0 && packets_sent() == before)
            assert_int_not_equal(event_base_loop(world.base, EVLOOP_ONCE), -1);
        CHECK_ROW(rows[i].row, i == 0 || packets_sent() == before + 1);
        for (size_t j = 0; j < rows[i].requests; j++)
            run_until_ended(&outcomes[j]);
    }
    assert_int_equal(world.server.connection_count, 1);
}

/* libcurl 7.88 may not notice an end that has come; here it never comes. */
static void test_answers_without_their_end(void **state)
{
    static const struct {
        const char *path;
        enum api_error error;
        const char *kind;
    } rows[] = {
        {"/endless", API_OK, "PoolList"},
        {"/refused", API_NOT_FOUND, ""},
        {"/part", API_TIMEOUT, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outcome outcome = {0};

        send_get(&outcome, rows[i].path);
        run_until_ended(&outcome);
        CHECK_ROW(rows[i].path, outcome.error == rows[i].error);
        CHECK_ROW_TEXT(rows[i].path, outcome.kind, rows[i].kind);
    }
}

/* Nor where the body comes in parts: its receiver knows whether it is whole. */
static void test_parts_without_their_end(void **state)
{
    static const struct {
        const char *path;
        bool is_whole;
        enum api_error error;
    } rows[] = {
        {"/endless", true, API_OK},
        {"/endless", false, API_TIMEOUT},
        {"/refused", true, API_NOT_FOUND},
        {"/unanswered", true, API_TIMEOUT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outcome outcome = {.is_whole = rows[i].is_whole};

        send_for_parts(&outcome, rows[i].path);
        run_until_ended(&outcome);
        CHECK_ROW(rows[i].path, outcome.error == rows[i].error);
    }
}

/* A receiver that needs longer than the time limit for a part holds the next ones back, and nothing
 * is lost. */
static void test_parts_that_are_held_back(void **state)
{
    const struct timeval longer = {.tv_sec = REQUEST_SECONDS + 1};
    struct outcome outcome = {.pauses = true};

    (void)state;
    send_for_parts(&outcome, "/large");
    for (size_t part = 0; outcome.ended == 0; part++) {
        const size_t before = outcome.received;

        while (outcome.ended == 0 && outcome.received == before)
            assert_int_not_equal(event_base_loop(world.base, EVLOOP_ONCE), -1);
        if (part == 0) {
            event_base_loopexit(world.base, &longer);
            assert_int_not_equal(event_base_dispatch(world.base), -1);
            assert_int_equal(outcome.ended, 0);
        }
        if (outcome.ended == 0)
            api_pause(outcome.call, false);
    }
    assert_int_equal(outcome.error, API_OK);
    assert_int_equal(outcome.received, HTTP2_LARGE);
}

/* Bookmarks may be late; the connection is what has to live. */
static void test_silent_streams_are_probed(void **state)
{
    struct outcome first = {0}, second = {0};

    (void)state;
    send_stream(&first);
    send_stream(&second);
    while (world.server.probes < 3) {
        assert_int_not_equal(event_base_loop(world.base, EVLOOP_ONCE), -1);
        assert_int_equal(first.ended + second.ended, 0);
    }
    assert_int_equal(world.server.connection_count, 1);
}

/* A server that hangs takes what is sent, so that TCP has nothing to complain about. */
static void test_dead_connections_are_given_up(void **state)
{
    struct outcome first = {0}, second = {0}, after = {0};

    (void)state;
    send_stream(&first);
    send_stream(&second);
    http2_server_deafen(&world.server);
    run_until_ended(&first);
    run_until_ended(&second);
    assert_int_not_equal(first.error, API_OK);
    send_get(&after, "/whole");
    run_until_ended(&after);
    assert_int_equal(after.error, API_OK);
    assert_int_equal(world.server.connection_count, 2);
}

/* That others are answered on its connection, probes too, does not help a stream that is not. */
static void test_unanswered_streams_end(void **state)
{
    struct outcome answered = {0}, unanswered = {0}, after = {0};

    (void)state;
    send_stream(&answered);
    send_stream_to(&unanswered, "/unanswered");
    run_until_ended(&unanswered);
    assert_int_equal(unanswered.error, API_TIMEOUT);
    assert_int_equal(answered.ended, 0);
    send_get(&after, "/whole");
    run_until_ended(&after);
    assert_int_equal(after.error, API_OK);
    assert_int_equal(world.server.connection_count, 1);
}

/* Without streams it is the requests that show it. */
static void test_unanswered_requests_have_the_connection_probed(void **state)
{
    struct outcome outcome = {0};

    (void)state;
    send_get(&outcome, "/whole");
    run_until_ended(&outcome);
    http2_server_deafen(&world.server);
    for (unsigned attempt = 0; attempt == 0 || outcome.error != API_OK; attempt++) {
        assert_in_range(attempt, 0, 2);
        outcome = (struct outcome){0};
        send_get(&outcome, "/whole");
        run_until_ended(&outcome);
    }
    assert_int_equal(world.server.connection_count, 2);
}

/* So many requests at once that each connection gets one; whether all were answered. */
static bool get_several(void)
{
    struct outcome outcomes[8] = {0};
    bool are_answered = true;

    for (size_t i = 0; i < COUNT_OF(outcomes); i++)
        send_get(&outcomes[i], "/whole");
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        run_until_ended(&outcomes[i]);
        are_answered = are_answered && outcomes[i].error == API_OK;
    }
    return are_answered;
}

/* It costs some requests, and then it is given up. */
static void test_one_dead_connection_of_several(void **state)
{
    unsigned failures = 0, successes = 0;

    (void)state;
    assert_true(get_several());
    assert_true(world.server.connection_count > 1);
    http2_server_deafen(&world.server);
    while (successes < 3) {
        successes = get_several() ? successes + 1 : 0;
        failures += successes == 0 ? 1 : 0;
        assert_in_range(failures, 1, 4);
    }
}

#define LIVE(test)    cmocka_unit_test_setup_teardown(test, set_up_hasty, tear_down)
#define PATIENT(test) cmocka_unit_test_setup_teardown(test, set_up_patient, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PATIENT(test_many_share_a_connection),
        cmocka_unit_test_setup_teardown(test_several_connections, set_up_shared, tear_down),
        cmocka_unit_test_setup_teardown(test_connection_that_nobody_needs, set_up_unshared,
                                        tear_down),
        PATIENT(test_requests_share_packets),
        LIVE(test_answers_without_their_end),
        LIVE(test_parts_without_their_end),
        LIVE(test_parts_that_are_held_back),
        LIVE(test_silent_streams_are_probed),
        LIVE(test_dead_connections_are_given_up),
        LIVE(test_unanswered_streams_end),
        LIVE(test_unanswered_requests_have_the_connection_probed),
        cmocka_unit_test_setup_teardown(test_one_dead_connection_of_several, set_up_unshared,
                                        tear_down),
    };
    int failed;

    signal(SIGPIPE, SIG_IGN);
    alarm(WATCHDOG_SECONDS);
    authority = identity_new("authority", NULL, NULL);
    server_identity = identity_new("server", "IP:127.0.0.1", &authority);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    identity_free(&authority);
    identity_free(&server_identity);
    return failed;
}
