/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of the API client. */
#include "tests/unit/api_server.h"

#include "common/base/memory.h"

static void test_stream(void **state)
{
    struct outcome outcome = {0};

    (void)state;
    open_client();
    send_stream(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("a");
    RUN_UNTIL(has_data(&outcome, "a"));
    send_chunk("bc");
    RUN_UNTIL(has_data(&outcome, "abc"));
    assert_int_equal(outcome.data_calls, 2);
    assert_int_equal(outcome.ended, 0);
    evhttp_send_reply_end(world.stream);
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_OK);
    assert_int_equal(outcome.status, 200);
    assert_null(outcome.body);
    clear(&outcome);
}

static void test_pause(void **state)
{
    struct outcome outcome = {.pause_on_data = true};
    struct outcome probe;

    (void)state;
    open_client();
    send_stream(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("a");
    RUN_UNTIL(has_data(&outcome, "a"));
    send_chunk("b");
    for (int i = 0; i < 5; i++) { /* time for "b" to come, if it did */
        probe = get("/echo");
        assert_int_equal(probe.error, API_OK);
        clear(&probe);
    }
    assert_true(has_data(&outcome, "a"));
    api_pause(outcome.call, false); /* on_data pauses again */
    assert_true(has_data(&outcome, "a"));
    RUN_UNTIL(has_data(&outcome, "ab"));
    outcome.pause_on_data = false;
    send_chunk("c");
    api_pause(outcome.call, false);
    RUN_UNTIL(has_data(&outcome, "abc"));
    evhttp_send_reply_end(world.stream);
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_OK);
    clear(&outcome);
}

static void test_cancel_in_data(void **state)
{
    struct outcome outcome = {.cancel_on_data = true};

    (void)state;
    open_client();
    send_stream(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("a");
    run_until_stream_is_closed();
    assert_int_equal(outcome.data_calls, 1);
    assert_int_equal(outcome.ended, 0);
    clear(&outcome);
}

/* While resuming, libcurl calls on_data from within curl_easy_pause(). */
static void test_cancel_in_data_after_resume(void **state)
{
    struct outcome outcome = {0};
    struct outcome probe;

    (void)state;
    open_client();
    send_stream(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    api_pause(outcome.call, true);
    send_chunk("a");
    for (int i = 0; i < 5; i++) {
        probe = get("/echo");
        clear(&probe);
    }
    assert_int_equal(outcome.data_calls, 0);
    outcome.cancel_on_data = true;
    api_pause(outcome.call, false);
    run_until_stream_is_closed();
    assert_int_equal(outcome.data_calls, 1);
    assert_int_equal(outcome.ended, 0);
    clear(&outcome);
}

static void test_send_and_cancel_other_in_data(void **state)
{
    struct outcome follow = {0};
    struct outcome other = {0};
    struct outcome outcome = {.send_on_data = &follow};

    (void)state;
    open_client();
    send_get(&other, "/silent");
    RUN_UNTIL(world.stream != NULL);
    world.stream = NULL;
    outcome.cancel_other = other.call;
    send_stream(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("a");
    RUN_UNTIL(follow.ended);
    assert_int_equal(follow.error, API_OK);
    assert_int_equal(other.ended, 0);
    assert_int_equal(outcome.ended, 0);
    clear(&follow);
    clear(&outcome);
}

/* The server speaks HTTP/1.1, so each needs a connection of its own. */
static void test_streams_at_once(void **state)
{
    struct outcome streams[3] = {0};

    (void)state;
    open_client();
    world.streams = 0;
    for (size_t i = 0; i < 3; i++)
        send_stream(&streams[i], "/stream");
    RUN_UNTIL(world.streams == 3);
    assert_int_equal(ended(streams, 3), 0);
    for (size_t i = 0; i < 3; i++)
        clear(&streams[i]);
}

/* More than there may be connections: it is said, the others wait, and go on when there is room. A
 * request that is no stream need not wait. */
static void test_too_many_streams(void **state)
{
    struct outcome streams[6] = {0}, probe;

    (void)state;
    world.connections_max = 2;
    world.connects = 0;
    open_client();
    probe = get("/echo"); /* now the client knows that the server speaks HTTP/1.1 */
    assert_int_equal(probe.error, API_OK);
    clear(&probe);
    assert_false(api_multiplexes(world.api));
    for (size_t i = 0; i < 6; i++) {
        char *path = memory_format("/stream?%zu", i);

        send_stream(&streams[i], path);
        free(path);
    }
    RUN_UNTIL(world.crowded > 0);
    probe = get("/echo");
    assert_int_equal(probe.error, API_OK);
    clear(&probe);
    assert_true(world.connects <= 3);
    for (size_t i = 0; i < 4; i++)
        api_cancel(streams[i].call);
    RUN_UNTIL((world.seen >> 4) == 3); /* the other two, in whichever order they came */
    assert_int_equal(ended(streams, 6), 0);
    for (size_t i = 0; i < 6; i++)
        clear(&streams[i]);
}

/* They need not have been sent. */
static void test_too_many_to_come(void **state)
{
    struct outcome streams[2] = {0}, probe;

    (void)state;
    world.connections_max = 2;
    open_client();
    api_expect_streams(world.api, 3);
    probe = get("/echo");
    clear(&probe);
    send_stream(&streams[0], "/stream?0");
    send_stream(&streams[1], "/stream?1");
    RUN_UNTIL(world.crowded > 0);
    for (size_t i = 0; i < 2; i++) {
        api_cancel(streams[i].call);
        clear(&streams[i]);
    }
}

/* A request that is no stream may have one connection more, but a stream that follows on it keeps
 * it. */
static void test_streams_after_requests(void **state)
{
    struct outcome streams[3] = {0};

    (void)state;
    world.connections_max = 2;
    open_client();
    for (size_t i = 0; i < 3; i++) {
        struct outcome probe = get("/echo");

        assert_int_equal(probe.error, API_OK);
        clear(&probe);
        assert_int_equal(world.crowded, 0);
        world.stream = NULL;
        send_stream(&streams[i], "/stream");
        RUN_UNTIL(world.stream != NULL);
    }
    RUN_UNTIL(world.crowded > 0);
    for (size_t i = 0; i < 3; i++) {
        api_cancel(streams[i].call);
        clear(&streams[i]);
    }
}

/* A request shows it, too: many more are to come. */
static void test_requests_before_streams(void **state)
{
    struct outcome probes[2] = {0}, first;

    (void)state;
    world.connections_max = 2;
    open_client();
    api_expect_streams(world.api, 3);
    first = get("/echo");
    clear(&first);
    for (size_t i = 0; i < 2; i++)
        send_get(&probes[i], "/echo");
    RUN_UNTIL(world.crowded > 0);
    RUN_UNTIL(ended(probes, 2) == 2);
    for (size_t i = 0; i < 2; i++)
        clear(&probes[i]);
}

/* Connections that end, by whichever side or before they are of use, leave room for others. */
static void test_connections_that_end(void **state)
{
    (void)state;
    world.connections_max = 2;
    open_client();
    for (int i = 0; i < 5; i++) {
        struct outcome outcome = {0};

        world.stream = NULL;
        send_stream(&outcome, "/stream");
        RUN_UNTIL(world.stream != NULL);
        if (i % 2 == 0) {
            evhttp_connection_free(evhttp_request_get_connection(world.stream));
            RUN_UNTIL(outcome.ended);
        } else {
            api_cancel(outcome.call);
            run_until_stream_is_closed();
        }
        clear(&outcome);
    }
    api_free(world.api);
    open_client_at("127.0.0.1", world.port, stranger.certificate_pem);
    for (int i = 0; i < 5; i++) {
        struct outcome outcome = {0};

        send_stream(&outcome, "/stream");
        RUN_UNTIL(outcome.ended);
        assert_int_equal(outcome.error, API_UNTRUSTED);
        clear(&outcome);
    }
    assert_int_equal(world.crowded, 0);
}

static void test_stream_error(void **state)
{
    struct outcome outcome = {0};

    (void)state;
    open_client();
    send_stream(&outcome, "/missing");
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_NOT_FOUND);
    assert_string_equal(outcome.reason, "NotFound");
    assert_int_equal(outcome.data_calls, 0);
    clear(&outcome);
}

static void test_silence(void **state)
{
    struct outcome outcome = {0};

    (void)state;
    world.idle_seconds = 1;
    open_client();
    send_stream(&outcome, "/stream");
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_TIMEOUT);
    assert_int_equal(logged("level="), 0);
    clear(&outcome);
}

static void test_stream_breaks(void **state)
{
    struct outcome outcome = {0};

    (void)state;
    open_client();
    send_stream(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("a");
    RUN_UNTIL(has_data(&outcome, "a"));
    evhttp_connection_free(evhttp_request_get_connection(world.stream));
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_UNREACHABLE);
    assert_int_equal(outcome.status, 200);
    assert_true(outcome.message[0] != '\0');
    assert_int_equal(logged("level="), 0);
    clear(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(test_stream),
        LIVE(test_pause),
        LIVE(test_cancel_in_data),
        LIVE(test_cancel_in_data_after_resume),
        LIVE(test_send_and_cancel_other_in_data),
        LIVE(test_streams_at_once),
        LIVE(test_too_many_streams),
        LIVE(test_too_many_to_come),
        LIVE(test_streams_after_requests),
        LIVE(test_requests_before_streams),
        LIVE(test_connections_that_end),
        LIVE(test_stream_error),
        LIVE(test_silence),
        LIVE(test_stream_breaks),
    };

    return cmocka_run_group_tests(tests, make_identities, free_identities);
}
