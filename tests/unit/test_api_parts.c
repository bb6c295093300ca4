/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that are received in parts: each as soon as it comes. */
#include "tests/unit/api_server.h"

static void test_parts(void **state)
{
    struct outcome outcome = {0};

    (void)state;
    open_client();
    send_for_parts(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("{\"a\":");
    RUN_UNTIL(has_data(&outcome, "{\"a\":"));
    assert_int_equal(outcome.ended, 0);
    send_chunk("1}");
    RUN_UNTIL(has_data(&outcome, "{\"a\":1}"));
    assert_int_equal(outcome.ended, 0);
    evhttp_send_reply_end(world.stream);
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_OK);
    assert_int_equal(outcome.status, 200);
    assert_null(outcome.body);
    clear(&outcome);
}

/* However long the answer is. */
static void test_long_answer(void **state)
{
    struct outcome outcome = {0};

    (void)state;
    open_client();
    send_for_parts(&outcome, "/large");
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_OK);
    assert_int_equal(evbuffer_get_length(outcome.data), LARGE_BODY);
    assert_true(outcome.data_calls > 1);
    clear(&outcome);
}

static void test_paused(void **state)
{
    struct outcome outcome = {.pause_on_data = true};

    (void)state;
    open_client();
    send_for_parts(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("{");
    RUN_UNTIL(has_data(&outcome, "{"));
    send_chunk("}");
    for (int i = 0; i < 5; i++) { /* time for it to come, if it did */
        struct outcome probe = get("/echo");

        clear(&probe);
    }
    assert_true(has_data(&outcome, "{"));
    outcome.pause_on_data = false;
    api_pause(outcome.call, false);
    RUN_UNTIL(has_data(&outcome, "{}"));
    evhttp_send_reply_end(world.stream);
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_OK);
    clear(&outcome);
}

/* The sender wants no more: the request ends, though the answer has not. */
static void test_enough(void **state)
{
    struct outcome outcome = {.has_enough = true};

    (void)state;
    open_client();
    send_for_parts(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("{");
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_OK);
    assert_int_equal(outcome.data_calls, 1);
    run_until_stream_is_closed();
    clear(&outcome);
}

static void test_cancelled(void **state)
{
    struct outcome outcome = {.cancel_on_data = true};

    (void)state;
    open_client();
    send_for_parts(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("{");
    run_until_stream_is_closed();
    assert_int_equal(outcome.data_calls, 1);
    assert_int_equal(outcome.ended, 0);
    clear(&outcome);
}

static void test_broken_off(void **state)
{
    struct outcome outcome = {0};

    (void)state;
    open_client();
    send_for_parts(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("{");
    RUN_UNTIL(outcome.data_calls > 0);
    evhttp_connection_free(evhttp_request_get_connection(world.stream));
    RUN_UNTIL(outcome.ended);
    assert_int_not_equal(outcome.error, API_OK);
    assert_int_equal(outcome.status, 200);
    clear(&outcome);
}

/* What is not the answer to the request never gets there, but says what it is. */
static void test_other_answers(void **state)
{
    static const struct {
        const char *path;
        enum api_error error;
        const char *message; /* a part */
    } rows[] = {
        {"/missing", API_NOT_FOUND, "pools \"a\" not found"},
        {"/busy", API_SERVER_ERROR, "try later"},
        {"/login", API_FOREIGN, "Sign in"},
        {"/text", API_FOREIGN, "ok"},
        {"/empty", API_PROTOCOL, "the response is empty"},
        {"/redirect", API_FOREIGN, "https://example.invalid"},
    };

    (void)state;
    open_client();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outcome outcome = {0};

        send_for_parts(&outcome, rows[i].path);
        RUN_UNTIL(outcome.ended);
        CHECK_ROW(rows[i].path, outcome.error == rows[i].error);
        CHECK_ROW(rows[i].path, strstr(outcome.message, rows[i].message) != NULL);
        CHECK_ROW(rows[i].path, outcome.data_calls == 0);
        clear(&outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(test_parts),     LIVE(test_long_answer), LIVE(test_paused),        LIVE(test_enough),
        LIVE(test_cancelled), LIVE(test_broken_off),  LIVE(test_other_answers),
    };

    return cmocka_run_group_tests(tests, make_identities, free_identities);
}
