/* SPDX-License-Identifier: Apache-2.0 */
/* A stream after failures: when it is tried again, from where, and what the log says. */
#include "tests/unit/fake_stream.h"

#include "common/base/memory.h"

#include <stdio.h>

/* The server has forgotten the position: it answers so, or says so within the watch. */
static void test_expired(void **state)
{
    (void)state;
    start_and_list();
    ends(API_EXPIRED, 0);
    assert_false(stream_in_sync(fake.stream));
    timer_runs();
    assert_true(requests("?limit=10000"));
    page("a", "");
    opens();
    assert_true(stream_in_sync(fake.stream));
    line("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"message\":\"gone\"}}");
    assert_int_equal(fake.cancelled, 1);
    timer_runs();
    assert_true(requests("?limit=10000"));
    assert_string_equal(fake.forwarded, "[a ][");
    assert_int_equal(logged("listing again"), 2);
    assert_int_equal(logged("level=warning"), 0);
    assert_string_equal(described("lists"), "3");
    assert_string_equal(described("retries"), "2");
}

/* Any other error leaves the position good. The stream is in sync when the watch is open again. */
static void test_retry_from_position(void **state)
{
    (void)state;
    start_and_list();
    event("MODIFIED", "a", "6");
    ends(API_UNREACHABLE, 0);
    assert_string_equal(described("state"), "\"waiting\"");
    assert_string_equal(described("error"), "\"unreachable\"");
    assert_false(stream_in_sync(fake.stream));
    timer_runs();
    assert_true(requests("&resourceVersion=6"));
    assert_false(stream_in_sync(fake.stream));
    opens();
    assert_true(stream_in_sync(fake.stream));
    assert_int_equal(logged("level="), 0); /* the API client logs that */
}

static void test_short_watch(void **state)
{
    (void)state;
    start_and_list();
    seconds_pass(1);
    ends(API_OK, 0);
    assert_int_equal(stream_error(fake.stream), API_SERVER_ERROR);
    check_delay(500);
    timer_runs();
    assert_true(requests("&resourceVersion=5"));
    ends(API_OK, 0);
    check_delay(1000);
    timer_runs();
    ends(API_OK, 0);
    check_delay(2000);
    assert_int_equal(logged("the watch ended too early"), 1); /* two may pass */
}

static void test_back_off(void **state)
{
    (void)state;
    start_and_list();
    for (uint32_t delay = 500; delay < 10000; delay *= 2) {
        ends(API_OTHER_STATUS, 0);
        check_delay(delay);
        timer_runs();
    }
    ends(API_OTHER_STATUS, 0);
    check_delay(10000);
    timer_runs();
    ends(API_TIMEOUT, 0); /* nobody answered */
    check_delay(10000);
    assert_int_equal(logged("msg=\"reading failed; trying again\""), 2); /* two errors */
    timer_runs();
    opens();
    assert_int_equal(logged("reading works again"), 1);
    event("MODIFIED", "a", "6");
    seconds_pass(30);
    event("MODIFIED", "a", "7"); /* it has lasted: the next failure is the first one */
    ends(API_TOO_MANY, 3);
    assert_in_range(fake.delay, 3250, 3500);
}

/* That a watch is opened, and even that it says something, makes up for nothing: neither are the
 * tries as frequent as at first, nor is there a line for each. */
static void test_flapping(void **state)
{
    (void)state;
    start_and_list();
    for (unsigned i = 0; i < 9; i++) {
        char version[8];

        snprintf(version, sizeof(version), "%u", 6 + i);
        ends(API_PROTOCOL, 0);
        assert_in_range(fake.delay, i < 5 ? 250 << i : 5000, 10000);
        timer_runs();
        opens();
        event("MODIFIED", "a", version);
        seconds_pass(29);
    }
    assert_int_equal(logged("msg=\"reading failed; trying again\""), 1);
    assert_int_equal(logged("reading works again"), 1);
    assert_int_equal(logged("reading fails again and again"), 1);
    seconds_pass(1);
    event("MODIFIED", "a", "20");
    assert_int_equal(logged("reading works again"), 2);
    assert_int_equal(logged("level="), 4);
    ends(API_PROTOCOL, 0);
    check_delay(500);
    assert_int_equal(logged("msg=\"reading failed; trying again\""), 2);
}

/* What is known is refused again as soon as it has been listed. */
static void test_expired_after_each_list(void **state)
{
    (void)state;
    start();
    for (unsigned i = 0; i < 20; i++) {
        page("a", "");
        ends(API_EXPIRED, 0);
        assert_in_range(fake.delay, i < 5 ? 250 << i : 5000, 10000);
        timer_runs();
    }
    assert_int_equal(logged("listing again"), 2);
    assert_int_equal(logged("level=warning"), 2);
    assert_int_equal(logged("reading fails again and again"), 1);
    assert_int_equal(logged("level="), 5);
    page("", "");
    opens();
    seconds_pass(40);
    bookmark("8");
    assert_int_equal(logged("reading works again"), 2);
}

/* A connection that breaks in the middle of an answer is not a server that cannot be reached, of
 * which the API client would say something. */
static void test_broken_off(void **state)
{
    (void)state;
    start_and_list();
    for (unsigned i = 0; i < 9; i++) {
        ends(API_UNREACHABLE, 0);
        timer_runs();
        opens();
    }
    assert_int_equal(logged("msg=\"reading failed; trying again\""), 1);
    assert_int_equal(logged("level=warning"), 2);
}

/* Accepted, and then nothing: what it should have said is listed. */
static void test_silent_watch(void **state)
{
    (void)state;
    start_and_list();
    for (unsigned i = 0; i < 4; i++) {
        silence(149);
        assert_int_equal(fake.requests, 2 * i);
        silence(1);
        assert_int_equal(fake.requests, 2 * i + 1);
        assert_true(requests("?limit=10000"));
        assert_true(stream_in_sync(fake.stream)); /* what is known is not too old yet */
        page("a", "");
        opens();
    }
    assert_null(fake.timer);
    assert_true(stream_in_sync(fake.stream));
    assert_string_equal(fake.forwarded, "[a ][a ][a ][a ]");
    assert_string_equal(described("lists"), "5");
    assert_int_equal(logged("accepted and then silent"), 1);
    assert_int_equal(logged("level="), 1);
    silence(60);
    bookmark("8");
    assert_int_equal(logged("watches give signs of life again"), 1);
    silence(150);
    assert_int_equal(logged("accepted and then silent"), 2);
}

/* Nothing gets through but short answers. */
static void test_nothing_streams(void **state)
{
    (void)state;
    start();
    page("a", "");
    assert_true(stream_in_sync(fake.stream));
    for (unsigned i = 0; i < 9; i++) {
        opens();
        silence(150);
        assert_true(requests("?limit=10000"));
        assert_true(stream_in_sync(fake.stream));
        page("a", "");
    }
    assert_int_equal(logged("level="), 1);
    opens();
    silence(150);
    silence(91); /* a page that does not come either */
    assert_false(stream_in_sync(fake.stream));
    assert_string_equal(described("ageSeconds"), "241");
}

/* A server that ends nothing. */
static void test_endless_watch(void **state)
{
    unsigned seconds = 0;

    (void)state;
    start_and_list();
    sscanf(strstr(fake.call->path, "timeoutSeconds="), "timeoutSeconds=%u", &seconds);
    for (unsigned i = 6; i * 60 < seconds + 30 + 6 * 60; i++) {
        char version[8];

        assert_int_equal(fake.requests, 0);
        snprintf(version, sizeof(version), "%u", i);
        bookmark(version);
        silence(60);
    }
    assert_int_equal(fake.requests, 1);
    assert_true(requests("&resourceVersion="));
    assert_int_equal(logged("level="), 0);
}

/* It may be back from a backup: the watch would be accepted, and changes before it never told. */
static void test_away_for_long(void **state)
{
    (void)state;
    start_and_list();
    ends(API_UNREACHABLE, 0);
    timer_runs();
    seconds_pass(4);
    ends(API_UNREACHABLE, 0);
    timer_runs();
    assert_true(requests("&resourceVersion=5"));
    assert_string_equal(fake.forwarded, ""); /* as long as nobody answers, what is known stays */
    opens();
    assert_true(requests("?limit=10000"));
    assert_false(stream_in_sync(fake.stream));
    assert_string_equal(fake.forwarded, "[");
    page("a", "");
    opens();
    assert_true(stream_in_sync(fake.stream));
    assert_int_equal(logged("level="), 0);
}

static void test_versions_go_back(void **state)
{
    (void)state;
    start_and_list();
    event("MODIFIED", "a", "100");
    event("MODIFIED", "c", "100");
    event("MODIFIED", "b", "99");
    assert_string_equal(fake.forwarded, "a c ");
    assert_int_equal(logged("may have been restored from a backup"), 1);
    timer_runs();
    assert_true(requests("?limit=10000"));
    page("ba", ""); /* at 5: a list may be at any */
    opens();
    bookmark("4");
    timer_runs();
    assert_true(requests("?limit=10000"));
}

/* Whatever words the server has for it. */
static void test_refused_position(void **state)
{
    (void)state;
    start_and_list();
    fake.status = 500;
    for (unsigned i = 0; i < 2; i++) {
        ends(API_SERVER_ERROR, 0);
        timer_runs();
        assert_true(requests("&resourceVersion=5"));
        seconds_pass(1);
    }
    seconds_pass(1);
    ends(API_SERVER_ERROR, 0);
    timer_runs();
    assert_true(requests("?limit=10000"));
}

static void test_too_large_version(void **state)
{
    (void)state;
    start_and_list();
    line("{\"type\":\"ERROR\",\"object\":{\"code\":504,\"message\":\"Too large resource version\","
         "\"details\":{\"causes\":[{\"reason\":\"ResourceVersionTooLarge\"}]}}}");
    timer_runs();
    assert_true(requests("?limit=10000"));
    assert_int_equal(logged("listing again"), 1);
}

static void test_list_without_version(void **state)
{
    (void)state;
    start();
    part("{\"items\":[],\"metadata\":{}}");
    ends(API_OK, 0);
    assert_int_equal(stream_error(fake.stream), API_PROTOCOL);
    assert_false(stream_in_sync(fake.stream));
}

/* While the receiver has no room, the silence is our own. */
static void test_silence_of_our_own(void **state)
{
    (void)state;
    start_and_list();
    fake.is_congested = true;
    event("MODIFIED", "a", "6");
    silence(500);
    assert_int_equal(fake.requests, 0);
    assert_false(stream_in_sync(fake.stream)); /* what is known is old, whoever is to blame */
    fake.is_congested = false;
    stream_resume(fake.stream);
    silence(149);
    assert_int_equal(fake.requests, 0);
    silence(1);
    assert_int_equal(fake.requests, 1);
}

static void test_optional(void **state)
{
    (void)state;
    start_with(KIND_SERVICE, NULL, "n", "");
    assert_true(requests("/api/v1/namespaces/n/services?limit=10000"));
    ends(API_FORBIDDEN, 0);
    check_delay(10000);
    assert_false(stream_is_needed(fake.stream));
    assert_int_equal(logged("level=info"), 1);
    assert_int_equal(logged("the checks that need it are off"), 1);
    timer_runs();
    ends(API_FORBIDDEN, 0);
    check_delay(20000);
    timer_runs();
    page("", "");
    opens();
    assert_true(stream_is_needed(fake.stream));
    assert_true(stream_in_sync(fake.stream));
    assert_int_equal(logged("level="), 2);
}

/* There may be Gateways and no CRD of GatewayClasses: all else goes on. */
static void test_optional_not_found(void **state)
{
    (void)state;
    start_with(KIND_GATEWAY_CLASS, NULL, "", "");
    assert_true(requests("/apis/gateway.networking.k8s.io/v1/gatewayclasses?limit=10000"));
    ends(API_NOT_FOUND, 0);
    assert_false(stream_is_needed(fake.stream));
    assert_int_equal(logged("level="), 0);
    timer_runs();
    page("", "");
    assert_true(stream_in_sync(fake.stream));
}

static void test_forbidden(void **state)
{
    (void)state;
    start();
    ends(API_FORBIDDEN, 0);
    check_delay(500);
    assert_true(stream_is_needed(fake.stream));
    assert_int_equal(logged("level=warning"), 1);
    assert_int_equal(logged("packaging/kustomize"), 1);
}

/* Discovery notices that TLSRoutes are not served any more; a CRD of our own has to be installed.
 */
static void test_not_found(void **state)
{
    (void)state;
    start_with(KIND_ROUTE, "v1", "", "");
    ends(API_NOT_FOUND, 0);
    assert_int_equal(stream_error(fake.stream), API_NOT_FOUND);
    assert_int_equal(fake.changes, 1);
    assert_int_equal(logged("level="), 0);
    stream_free(fake.stream);
    fake.stream = NULL;
    start();
    ends(API_NOT_FOUND, 0);
    assert_int_equal(logged("packaging/crds"), 1);
}

/* After a line that cannot be decoded nothing is known; the rest of the data is dropped. */
static void test_broken_line(void **state)
{
    (void)state;
    start_and_list();
    fake.call->on_data("{]\n{\"type\":\"ADDED\"}\n", 20, fake.call->context);
    assert_int_equal(fake.cancelled, 1);
    assert_int_equal(stream_error(fake.stream), API_PROTOCOL);
    assert_int_equal(logged("cannot decode a line of the watch"), 1);
    timer_runs();
    assert_true(requests("?limit=10000"));
    assert_string_equal(fake.forwarded, "[");
}

static void test_long_line(void **state)
{
    enum {
        PIECE = 1024 * 1024
    };
    char *piece = memory_new(1, PIECE);

    (void)state;
    start_and_list();
    memset(piece, 'x', PIECE);
    for (int i = 0; i < 8; i++)
        fake.call->on_data(piece, PIECE, fake.call->context);
    assert_int_equal(stream_error(fake.stream), API_OK);
    fake.call->on_data(piece, 1, fake.call->context);
    assert_int_equal(stream_error(fake.stream), API_PROTOCOL);
    assert_int_equal(logged("larger than 8 MiB"), 1);
    timer_runs();
    assert_true(requests("&resourceVersion=5"));
    free(piece);
}

/* An error event ends the watch, whatever its code says. */
static void test_error_events(void **state)
{
    static const struct {
        const char *code;
        enum api_error error;
    } rows[] = {{"500", API_SERVER_ERROR},
                {"429", API_TOO_MANY},
                {"400", API_BAD_REQUEST},
                {"200", API_OTHER_STATUS},
                {"null", API_OTHER_STATUS}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = memory_format("{\"type\":\"ERROR\",\"object\":{\"code\":%s}}", rows[i].code);

        start_and_list();
        seconds_pass(10);
        line(text);
        CHECK_ROW(rows[i].code, stream_error(fake.stream) == rows[i].error);
        CHECK_ROW(rows[i].code, fake.call == NULL && fake.timer != NULL);
        timer_runs();
        CHECK_ROW(rows[i].code, requests("&resourceVersion=5"));
        stream_free(fake.stream);
        fake.stream = NULL;
        free(text);
    }
}

/* Large objects are logged once each, objects without a name always. */
static void test_odd_objects(void **state)
{
    enum {
        SIZE = 600 * 1024
    };
    char *filling = memory_new(1, SIZE + 1), *text;

    (void)state;
    start_and_list();
    memset(filling, 'x', SIZE);
    text = memory_format("{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"b\","
                         "\"namespace\":\"n\",\"uid\":\"u\",\"resourceVersion\":\"6\","
                         "\"annotations\":{\"x\":\"%s\"},"
                         "\"creationTimestamp\":\"2025-01-01T00:00:00Z\"},\"spec\":{}}}",
                         filling);
    line(text);
    line(text);
    assert_string_equal(fake.forwarded, "b ");
    assert_int_equal(logged("an object is very large"), 1);
    event("MODIFIED", "", "7");
    assert_int_equal(logged("without a valid name"), 1);
    assert_string_equal(fake.forwarded, "b ");
    free(filling);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STREAM(test_expired),
        STREAM(test_retry_from_position),
        STREAM(test_short_watch),
        STREAM(test_back_off),
        STREAM(test_optional),
        STREAM(test_optional_not_found),
        STREAM(test_forbidden),
        STREAM(test_not_found),
        STREAM(test_broken_line),
        STREAM(test_long_line),
        STREAM(test_error_events),
        STREAM(test_odd_objects),
        STREAM(test_flapping),
        STREAM(test_expired_after_each_list),
        STREAM(test_broken_off),
        STREAM(test_silent_watch),
        STREAM(test_nothing_streams),
        STREAM(test_endless_watch),
        STREAM(test_away_for_long),
        STREAM(test_versions_go_back),
        STREAM(test_refused_position),
        STREAM(test_too_large_version),
        STREAM(test_list_without_version),
        STREAM(test_silence_of_our_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
