/* SPDX-License-Identifier: Apache-2.0 */
/* A stream from request to request, as long as the API server does as it should. */
#include "tests/unit/fake_stream.h"

#include <stdio.h>

/* A Pool as it stands in a list. */
#define NAMED(name)                                                                                \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"n\",\"uid\":\"u\","                      \
    "\"resourceVersion\":\"1\",\"creationTimestamp\":\"2025-01-01T00:00:00Z\"},\"spec\":{}}"

static void test_list_and_watch(void **state)
{
    unsigned seconds = 0;

    (void)state;
    start();
    assert_string_equal(fake.call->path,
                        "/apis/openvox.voxpupuli.org/v1alpha1/namespaces/n/pools?limit=10000");
    assert_string_equal(described("state"), "\"listing\"");
    assert_string_equal(described("lastEventSeconds"), "null");
    assert_false(stream_in_sync(fake.stream));
    assert_int_equal(fake.changes, 0);
    page("ab", "");
    assert_true(stream_in_sync(fake.stream));
    assert_int_equal(fake.changes, 1);
    assert_true(requests("/apis/openvox.voxpupuli.org/v1alpha1/namespaces/n/pools?watch=1"
                         "&allowWatchBookmarks=true&timeoutSeconds="));
    assert_true(requests("&resourceVersion=5"));
    assert_int_equal(
        sscanf(strstr(fake.call->path, "timeoutSeconds="), "timeoutSeconds=%u", &seconds), 1);
    assert_in_range(seconds, 900, 1799);
    opens();
    event("MODIFIED", "a", "6");
    event("DELETED", "b", "7");
    assert_string_equal(fake.forwarded, "[a b ]a -b ");
    assert_string_equal(described("state"), "\"watching\"");
    assert_string_equal(described("ageSeconds"), "0");
    seconds_pass(140);
    assert_string_equal(described("lastEventSeconds"), "140");
    assert_string_equal(described("ageSeconds"), "140");
    bookmark("7");
    seconds_pass(160);
    assert_string_equal(described("lastEventSeconds"), "160");
    ends(API_OK, 0);
    assert_null(fake.timer);
    assert_true(requests("&resourceVersion=7"));
    assert_true(stream_in_sync(fake.stream));
    assert_int_equal(fake.requests, 3);
    assert_string_equal(described("lists"), "1");
    assert_string_equal(described("retries"), "0");
    assert_int_equal(logged("level="), 0);
}

/* The same watch once more, from where a bookmark has brought it. */
static void test_bookmark(void **state)
{
    (void)state;
    start_and_list();
    line("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"a b\"}}}");
    seconds_pass(300);
    ends(API_OK, 0);
    assert_true(requests("&resourceVersion=a%20b"));
    assert_string_equal(fake.forwarded, "");
}

static void test_collection(void **state)
{
    (void)state;
    start_with(KIND_ROUTE, "v1alpha3", "", "a in (b,c)");
    assert_string_equal(fake.call->path,
                        "/apis/gateway.networking.k8s.io/v1alpha3/tlsroutes?limit=10000"
                        "&labelSelector=a%20in%20%28b%2Cc%29");
    page("", "");
    assert_true(requests("/apis/gateway.networking.k8s.io/v1alpha3/tlsroutes?watch=1"));
    assert_true(requests("&labelSelector=a%20in%20%28b%2Cc%29"));
}

static void test_pages(void **state)
{
    (void)state;
    start();
    assert_true(requests("/pools?limit=10000"));
    page("ab", "to/ken");
    assert_true(requests("/pools?limit=10000&continue=to%2Fken"));
    assert_string_equal(described("state"), "\"listing\"");
    page("", "more");
    assert_true(requests("&continue=more"));
    page("c", "");
    assert_string_equal(fake.forwarded, "[a b c ]");
    assert_true(stream_in_sync(fake.stream));
    assert_true(requests("?watch=1"));
    assert_true(requests("&resourceVersion=5"));
    ends(API_EXPIRED, 0);
    timer_runs();
    assert_true(requests("/pools?limit=10000"));
    assert_false(requests("continue"));
}

/* Objects do not wait for those that come after them. */
static void test_page_in_parts(void **state)
{
    (void)state;
    start();
    part("{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[" NAMED("a") ",");
    assert_string_equal(fake.forwarded, "[a ");
    part(NAMED("b"));
    part("]}");
    assert_false(stream_in_sync(fake.stream));
    ends(API_OK, 0);
    assert_string_equal(fake.forwarded, "[a b ]");
    assert_true(requests("&resourceVersion=5"));
}

/* Where an answer takes too long for the server or the line, it is asked for a smaller one at once,
 * and what has come of the other means nothing. */
static void test_page_that_breaks_off(void **state)
{
    (void)state;
    start();
    part("{\"items\":[" NAMED("a") ",");
    ends(API_TIMEOUT, 0);
    assert_null(fake.timer);
    assert_true(requests("?limit=5000"));
    assert_string_equal(fake.forwarded, "[a [");
    page("b", "");
    assert_string_equal(fake.forwarded, "[a [b ]");
    assert_true(stream_in_sync(fake.stream));
}

static void test_page_without_items(void **state)
{
    (void)state;
    start();
    part("{}");
    ends(API_OK, 0);
    assert_int_equal(stream_error(fake.stream), API_PROTOCOL);
    check_delay(500);
}

/* It need not come to its end. */
static void test_page_that_is_no_list(void **state)
{
    (void)state;
    start();
    part("{\"items\":[" NAMED("a") "}");
    assert_null(fake.call);
    assert_int_equal(stream_error(fake.stream), API_PROTOCOL);
    check_delay(500);
    timer_runs();
    page("b", "");
    assert_string_equal(fake.forwarded, "[a [b ]");
}

/* It lists anew, as the receiver has got a part only. */
static void test_incomplete_list(void **state)
{
    (void)state;
    start();
    page("a", "t");
    ends(API_UNREACHABLE, 0);
    assert_false(stream_in_sync(fake.stream));
    timer_runs();
    assert_true(requests("?limit=10000"));
    assert_false(requests("continue"));
    assert_string_equal(fake.forwarded, "[a [");
}

/* A watch is paused, and goes on when there is room. */
static void test_congested_watch(void **state)
{
    (void)state;
    start_and_list();
    fake.is_congested = true;
    event("MODIFIED", "a", "6");
    assert_true(fake.is_paused);
    event("MODIFIED", "a", "7"); /* what was under way already */
    assert_string_equal(fake.forwarded, "a a ");
    fake.is_congested = false;
    stream_resume(fake.stream);
    assert_false(fake.is_paused);
    stream_resume(fake.stream);
    event("MODIFIED", "a", "8");
    assert_string_equal(fake.forwarded, "a a a ");
    assert_int_equal(fake.requests, 0);
}

/* Only what others have changed is waited for, and not what does not matter. */
static void test_hurry(void **state)
{
    static const struct {
        enum kind kind;
        unsigned hurried;
    } rows[] = {{KIND_POOL, 2},  {KIND_SERVER, 2},  {KIND_GATEWAY, 2},
                {KIND_ROUTE, 0}, {KIND_SERVICE, 0}, {KIND_CERTIFICATE, 0}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        start_with(rows[i].kind, "v1", "n", NULL);
        page("", "");
        opens();
        fake.hurried = 0;
        event("ADDED", "a", "6");
        event("MODIFIED", "a", "6");
        event("DELETED", "a", "7");
        assert_int_equal(fake.hurried, rows[i].hurried);
        stream_free(fake.stream);
        fake.stream = NULL;
    }
}

/* A list is paused, and waits with the next page. */
static void test_congested_pages(void **state)
{
    (void)state;
    start();
    part("{\"metadata\":{\"continue\":\"t\"},\"items\":[");
    assert_false(fake.is_paused);
    fake.is_congested = true;
    part(NAMED("a") ",");
    assert_true(fake.is_paused);
    fake.is_congested = false;
    stream_resume(fake.stream);
    assert_false(fake.is_paused);
    fake.is_congested = true;
    part(NAMED("b") "]}");
    assert_true(fake.is_paused);
    ends(API_OK, 0);
    assert_null(fake.call);
    assert_null(fake.timer);
    fake.is_congested = false;
    stream_resume(fake.stream);
    assert_true(requests("&continue=t"));
    stream_resume(fake.stream);
    page("c", "");
    assert_false(fake.is_paused);
    assert_string_equal(fake.forwarded, "[a b c ]");
}

static void test_stop(void **state)
{
    (void)state;
    start_and_list();
    stream_stop(fake.stream);
    assert_null(fake.call);
    assert_int_equal(fake.cancelled, 1);
    assert_false(stream_in_sync(fake.stream));
    assert_string_equal(described("state"), "\"stopped\"");
    stream_resume(fake.stream);
    assert_null(fake.call);
    stream_restart(fake.stream); /* a new receiver knows nothing */
    assert_true(requests("?limit=10000"));
    assert_string_equal(fake.forwarded, "[");
}

/* While a page waits for room, the receiver goes away. */
static void test_stop_between_pages(void **state)
{
    (void)state;
    start();
    fake.is_congested = true;
    page("a", "t");
    stream_stop(fake.stream);
    stream_resume(fake.stream);
    assert_null(fake.call);
    fake.is_congested = false;
    stream_restart(fake.stream);
    assert_true(requests("limit=10000"));
    assert_false(requests("continue"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STREAM(test_list_and_watch),
        STREAM(test_bookmark),
        STREAM(test_collection),
        STREAM(test_pages),
        STREAM(test_page_in_parts),
        STREAM(test_page_that_breaks_off),
        STREAM(test_page_without_items),
        STREAM(test_page_that_is_no_list),
        STREAM(test_incomplete_list),
        STREAM(test_congested_watch),
        STREAM(test_hurry),
        STREAM(test_congested_pages),
        STREAM(test_stop),
        STREAM(test_stop_between_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
