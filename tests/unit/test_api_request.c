/* SPDX-License-Identifier: Apache-2.0 */
/* One-shot requests of the API client. */
#include "tests/unit/api_server.h"

#include "common/base/memory.h"
#include "common/message/metric.h"

static void test_get(void **state)
{
    struct outcome outcome;

    (void)state;
    open_client();
    outcome = get("/echo");
    assert_int_equal(outcome.error, API_OK);
    assert_int_equal(outcome.status, 200);
    assert_string_equal(outcome.message, "");
    assert_string_equal(member(&outcome, "token"), "Bearer one");
    assert_string_equal(member(&outcome, "agent"), "tester/1");
    assert_string_equal(member(&outcome, "type"), "");
    clear(&outcome);
    assert_int_equal(world.requests, 1);
}

static uint64_t first_request_takes(void)
{
    const uint64_t began = metric_now();
    struct outcome outcome;
    uint64_t took;

    open_client();
    outcome = get("/echo");
    took = metric_now() - began;
    assert_int_equal(outcome.error, API_OK);
    clear(&outcome);
    api_free(world.api);
    world.api = NULL;
    return took;
}

/* What is connected already is used at once: libcurl 7.88 would wait for 200 ms each time. One try
 * that does not is enough, since the machine may be busy. */
static void test_first_request_does_not_wait(void **state)
{
    uint64_t took = UINT64_MAX;

    (void)state;
    for (int i = 0; i < 50 && took > 190 * 1000; i++)
        took = first_request_takes();
    assert_true(took <= 190 * 1000);
}

/* All methods one after the other on the same handle: none inherits from the one before. */
static void test_methods(void **state)
{
    static const struct {
        const char *method, *type, *body;
        int command;
    } cases[] = {
        {"POST", NULL, "{\"a\":1}", EVHTTP_REQ_POST},
        {"GET", NULL, NULL, EVHTTP_REQ_GET},
        {"PATCH", "application/json-patch+json", "[ ]", EVHTTP_REQ_PATCH},
        {"DELETE", NULL, NULL, EVHTTP_REQ_DELETE},
        {"DELETE", NULL, "{\"kind\":\"DeleteOptions\"}", EVHTTP_REQ_DELETE},
        {"GET", NULL, NULL, EVHTTP_REQ_GET},
    };

    (void)state;
    open_client();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct outcome outcome = {0};
        struct json_object *body = cases[i].body != NULL ? json_tokener_parse(cases[i].body) : NULL;
        const char *type = cases[i].type != NULL ? cases[i].type : "application/json";

        api_send(world.api, &(struct api_request){.method = cases[i].method,
                                                  .path = "/echo",
                                                  .content_type = cases[i].type,
                                                  .body = body,
                                                  .on_done = on_done,
                                                  .context = &outcome});
        RUN_UNTIL(outcome.ended);
        assert_int_equal(outcome.error, API_OK);
        assert_int_equal(atoi(member(&outcome, "method")), cases[i].command);
        assert_string_equal(member(&outcome, "type"), body != NULL ? type : "");
        assert_true(json_object_equal(json_object_object_get(outcome.body, "body"), body));
        json_object_put(body);
        clear(&outcome);
    }
}

#define STRANGER(rest) "what answered is not the API server: status " rest

static void test_error_answers(void **state)
{
    static const struct {
        const char *path;
        enum api_error error;
        int status;
        unsigned retry_after;
        const char *message;
    } cases[] = {
        {"/missing", API_NOT_FOUND, 404, 0, "pools \"a\" not found"},
        {"/busy", API_SERVER_ERROR, 503, 7, "try later"},
        {"/redirect", API_FOREIGN, 302, 0,
         STRANGER("302, Content-Type text/html, Location https://example.invalid/login; check")},
        {"/page", API_SERVER_ERROR, 504, 0,
         STRANGER("504, Content-Type text/html; charset=utf-8, \"Gateway Time-out\"; check")},
        {"/largeerror", API_SERVER_ERROR, 500, 0,
         STRANGER("500, Content-Type application/json, \"{}")},
        {"/text", API_FOREIGN, 200, 0,
         STRANGER("200, Content-Type application/json, \"ok\"; check")},
        {"/odd", API_FOREIGN, 200, 0,
         STRANGER("200, Content-Type application/json, Content-Encoding rot13; check")},
        {"/halfzipped", API_FOREIGN, 200, 0,
         STRANGER("200, Content-Type application/json, Content-Encoding gzip; check")},
        {"/array", API_PROTOCOL, 200, 0, "the response is not a JSON object"},
        {"/empty", API_PROTOCOL, 200, 0, "the response is empty"},
        {"/nothing", API_OK, 204, 0, ""},
    };

    (void)state;
    open_client();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct outcome outcome = get(cases[i].path);

        assert_int_equal(outcome.error, cases[i].error);
        assert_int_equal(outcome.status, cases[i].status);
        assert_int_equal(outcome.retry_after, cases[i].retry_after);
        if (cases[i].message != NULL)
            assert_int_equal(strncmp(outcome.message, cases[i].message, strlen(cases[i].message)),
                             0);
        assert_null(outcome.body);
    }
    assert_int_equal(logged("level="), 2); /* and that the API server answers again */
    assert_int_equal(logged("something else answers in place of the API server"), 1);
}

/* Nobody asked for it, but HTTP says how to read it. */
static void test_compressed(void **state)
{
    struct outcome outcome, stream = {0};

    (void)state;
    open_client();
    outcome = get("/zipped");
    assert_int_equal(outcome.error, API_OK);
    assert_string_equal(member(&outcome, "kind"), "PoolList");
    clear(&outcome);
    send_stream(&stream, "/zipped");
    RUN_UNTIL(stream.ended);
    assert_int_equal(stream.error, API_OK);
    assert_true(has_data(&stream, "{\"kind\":\"PoolList\"}"));
    clear(&stream);
    outcome = get("/echo");
    assert_string_equal(member(&outcome, "encoding"), "identity");
    clear(&outcome);
    assert_int_equal(logged("level="), 0);
}

/* A stream that is answered by a page is none. */
static void test_page_for_a_stream(void **state)
{
    struct outcome outcome = {0};

    (void)state;
    open_client();
    send_stream(&outcome, "/login");
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_FOREIGN);
    assert_int_equal(outcome.data_calls, 0);
    assert_string_equal(
        outcome.message,
        STRANGER("200, Content-Type text/html, \"Sign in\"; check the address of the "
                 "API server, and the proxy or load balancer before it"));
    clear(&outcome);
}

/* Where only some requests get through, that is said now and then, not each time. */
static void test_strangers_now_and_then(void **state)
{
    (void)state;
    open_client();
    for (int i = 0; i < 5; i++) {
        assert_int_equal(get("/redirect").error, API_FOREIGN);
        assert_int_equal(get("/missing").error, API_NOT_FOUND);
    }
    assert_int_equal(logged("something else answers in place of the API server"), 1);
    assert_int_equal(logged("answers again"), 1);
}

/* A document is asked for again with its ETag: the server says that it is still so, or sends what
 * is new. */
static void test_conditional(void **state)
{
    static const struct {
        const char *path, *if_none_match, *accept;
        enum api_error error;
        int status;
        const char *etag, *accepted; /* NULL: no body */
        bool known;
    } cases[] = {
        {"/document", NULL, NULL, API_OK, 200, "W/\"1 2\"", "application/json", false},
        {"/document", "W/\"1 2\"", NULL, API_NOT_MODIFIED, 304, "W/\"1 2\"", NULL, true},
        {"/document", "W/\"1 1\"", NULL, API_OK, 200, "W/\"1 2\"", "application/json", true},
        {"/document", NULL, "application/json;as=APIGroupDiscoveryList", API_OK, 200, "W/\"1 2\"",
         "application/json;as=APIGroupDiscoveryList", false},
        {"/document", "\"x\"", "text/plain", API_OK, 200, "W/\"1 2\"", "text/plain", true},
        {"/document", NULL, NULL, API_OK, 200, "W/\"1 2\"", "application/json", false},
        {"/longtag", NULL, NULL, API_OK, 200, "", "application/json", false},
        {"/missing", "\"x\"", NULL, API_NOT_FOUND, 404, "", NULL, false},
    };

    (void)state;
    open_client();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct outcome outcome = {0};

        api_send(world.api, &(struct api_request){.method = "GET",
                                                  .path = cases[i].path,
                                                  .accept = cases[i].accept,
                                                  .if_none_match = cases[i].if_none_match,
                                                  .on_done = on_done,
                                                  .context = &outcome});
        RUN_UNTIL(outcome.ended);
        assert_int_equal(outcome.error, cases[i].error);
        assert_int_equal(outcome.status, cases[i].status);
        assert_string_equal(outcome.etag, cases[i].etag);
        assert_int_equal(outcome.body != NULL, cases[i].accepted != NULL);
        if (outcome.body != NULL) {
            assert_string_equal(member(&outcome, "accept"), cases[i].accepted);
            assert_string_equal(member(&outcome, "known"), cases[i].known ? "true" : "false");
        }
        clear(&outcome);
    }
    assert_int_equal(logged("level="), 0);
}

/* All headers of our own at once, with a body. */
static void test_own_headers(void **state)
{
    struct outcome outcome = {0};
    struct json_object *body = json_tokener_parse("{\"a\":1}");

    (void)state;
    open_client();
    api_send(world.api, &(struct api_request){.method = "POST",
                                              .path = "/echo",
                                              .content_type = "application/merge-patch+json",
                                              .accept = "text/plain",
                                              .if_none_match = "\"x\"",
                                              .body = body,
                                              .on_done = on_done,
                                              .context = &outcome});
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_OK);
    assert_string_equal(outcome.etag, "");
    assert_string_equal(member(&outcome, "type"), "application/merge-patch+json");
    assert_string_equal(member(&outcome, "token"), "Bearer one");
    assert_true(json_object_equal(json_object_object_get(outcome.body, "body"), body));
    json_object_put(body);
    clear(&outcome);
}

static void test_large_response(void **state)
{
    struct outcome outcome = {0};
    struct outcome whole;

    (void)state;
    open_client();
    api_send(world.api, &(struct api_request){.method = "GET",
                                              .path = "/large",
                                              .response_max = LARGE_BODY - 1,
                                              .on_done = on_done,
                                              .context = &outcome});
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_TOO_LARGE);
    whole = get("/large");
    assert_int_equal(whole.error, API_OK);
    clear(&whole);
}

static void test_many_requests(void **state)
{
    enum {
        MANY = 200
    };
    static struct outcome outcomes[MANY];
    unsigned good = 0;

    (void)state;
    open_client();
    for (size_t i = 0; i < MANY; i++)
        send_get(&outcomes[i], "/echo");
    assert_int_equal(ended(outcomes, MANY), 0);
    RUN_UNTIL(ended(outcomes, MANY) == MANY);
    check_settle(world.base);
    for (size_t i = 0; i < MANY; i++) {
        good += outcomes[i].ended == 1 && outcomes[i].error == API_OK;
        clear(&outcomes[i]);
    }
    assert_int_equal(good, MANY);
}

/* On HTTP/1.1 each needs a connection. */
static void test_requests_under_way(void **state)
{
    static struct outcome outcomes[API_PARALLEL_MAX];
    struct outcome first;
    unsigned before, connected;

    (void)state;
    open_client();
    first = get("/echo");
    before = world.requests;
    connected = world.connects;
    for (size_t i = 0; i < COUNT_OF(outcomes); i++)
        send_get(&outcomes[i], "/unanswered");
    RUN_UNTIL(world.requests >= before + API_UNSHARED_MAX);
    check_settle(world.base);
    assert_int_equal(world.requests, before + API_UNSHARED_MAX);
    assert_in_range(world.connects, 0, connected + API_UNSHARED_MAX);
    assert_int_equal(ended(outcomes, COUNT_OF(outcomes)), 0);
    clear(&first);
}

static void test_new_identity(void **state)
{
    struct outcome outcome;

    (void)state;
    open_client();
    outcome = get("/echo");
    assert_string_equal(member(&outcome, "token"), "Bearer one");
    clear(&outcome);
    api_set_identity(world.api, &(struct api_identity){.token = "two"});
    outcome = get("/echo");
    assert_string_equal(member(&outcome, "token"), "Bearer two");
    assert_string_equal(member(&outcome, "peer"), "");
    clear(&outcome);
    api_set_identity(world.api,
                     &(struct api_identity){.certificate_pem = client_identity.certificate_pem,
                                            .key_pem = client_identity.key_pem});
    outcome = get("/echo");
    assert_string_equal(member(&outcome, "token"), "");
    assert_string_equal(member(&outcome, "peer"), "client");
    clear(&outcome);
    api_set_identity(world.api, &(struct api_identity){.token = "evil\r\nX-Other: 1"});
    outcome = get("/echo");
    assert_string_equal(member(&outcome, "token"), "");
    assert_string_equal(member(&outcome, "peer"), "");
    assert_int_equal(logged("bearer token"), 1);
    assert_int_equal(logged("evil"), 0);
    clear(&outcome);
}

static void test_nothing_is_sent_without_identity(void **state)
{
    char *server = memory_format("https://127.0.0.1:%u/prefix/", world.port);
    struct outcome outcome = {0};

    (void)state;
    world.api = api_new(world.base, &(struct api_settings){.server = server,
                                                           .ca_pem = authority.certificate_pem,
                                                           .user_agent = "tester/1",
                                                           .connect = request_connection});
    world.connect_to = world.port;
    free(server);
    send_get(&outcome, "/echo");
    for (int i = 0; i < 10; i++)
        event_base_loop(world.base, EVLOOP_NONBLOCK);
    assert_int_equal(outcome.ended, 0);
    assert_int_equal(world.requests, 0);
    api_set_identity(world.api, &(struct api_identity){.token = "late"});
    RUN_UNTIL(outcome.ended);
    assert_string_equal(member(&outcome, "token"), "Bearer late");
    clear(&outcome);
}

static void test_follow_up_and_cancel_in_done(void **state)
{
    struct outcome second = {0};
    struct outcome other = {0};
    struct outcome first = {.send_on_done = &second};

    (void)state;
    open_client();
    send_get(&other, "/silent");
    RUN_UNTIL(world.stream != NULL);
    first.cancel_other = other.call;
    send_get(&first, "/echo");
    RUN_UNTIL(second.ended);
    evhttp_send_reply_start(world.stream, 200, NULL);
    run_until_stream_is_closed();
    assert_int_equal(second.error, API_OK);
    assert_int_equal(other.ended, 0);
    clear(&first);
    clear(&second);
}

static void test_cancel_before_the_start_and_free_under_way(void **state)
{
    struct outcome outcomes[3] = {0};

    (void)state;
    open_client();
    send_get(&outcomes[0], "/echo");
    api_cancel(outcomes[0].call);
    send_get(&outcomes[1], "/silent");
    RUN_UNTIL(world.stream != NULL);
    send_get(&outcomes[2], "/echo");
    assert_int_equal(world.requests, 1); /* the first was never sent */
    api_free(world.api);
    world.api = NULL;
    assert_int_equal(outcomes[0].ended + outcomes[1].ended + outcomes[2].ended, 0);
}

/* Whether the event is due within a second. */
static int is_due_soon(const struct event_base *base, const struct event *event, void *count)
{
    struct timeval due, now, limit;

    event_base_gettimeofday_cached(world.base, &now);
    evutil_timeradd(&now, &(struct timeval){.tv_sec = 1}, &limit);
    (void)base;
    if (event_pending(event, EV_TIMEOUT, &due) != 0 && evutil_timercmp(&due, &limit, <))
        ++*(unsigned *)count;
    return 0;
}

/* A process that has nothing to do does not wake up to find that out. */
static void test_no_timer_is_left(void **state)
{
    struct outcome stream = {0}, outcome;
    unsigned count = 0;

    (void)state;
    open_client();
    outcome = get("/echo");
    clear(&outcome);
    send_stream(&stream, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("a");
    RUN_UNTIL(has_data(&stream, "a"));
    event_base_loop(world.base, EVLOOP_NONBLOCK);
    event_base_foreach_event(world.base, is_due_soon, &count);
    assert_int_equal(count, 0);
    clear(&stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(test_get),
        LIVE(test_first_request_does_not_wait),
        LIVE(test_methods),
        LIVE(test_error_answers),
        LIVE(test_compressed),
        LIVE(test_page_for_a_stream),
        LIVE(test_strangers_now_and_then),
        LIVE(test_conditional),
        LIVE(test_own_headers),
        LIVE(test_large_response),
        LIVE(test_many_requests),
        LIVE(test_requests_under_way),
        LIVE(test_no_timer_is_left),
        LIVE(test_new_identity),
        LIVE(test_nothing_is_sent_without_identity),
        LIVE(test_follow_up_and_cancel_in_done),
        LIVE(test_cancel_before_the_start_and_free_under_way),
    };

    return cmocka_run_group_tests(tests, make_identities, free_identities);
}
