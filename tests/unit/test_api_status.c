/* SPDX-License-Identifier: Apache-2.0 */
/* What responses and their absence mean, by tables. */
#include "tests/unit/check.h"

#include "common/api/status.h"
#include "common/base/delays.h"
#include "common/base/json.h"

static void test_statuses(void **state)
{
    static const struct {
        int status;
        enum api_error error;
    } cases[] = {
        {200, API_OK},           {201, API_OK},           {299, API_OK},
        {400, API_BAD_REQUEST},  {401, API_UNAUTHORIZED}, {403, API_FORBIDDEN},
        {304, API_NOT_MODIFIED}, {303, API_OTHER_STATUS}, {305, API_OTHER_STATUS},
        {404, API_NOT_FOUND},    {409, API_CONFLICT},     {410, API_EXPIRED},
        {422, API_INVALID},      {429, API_TOO_MANY},     {500, API_SERVER_ERROR},
        {503, API_SERVER_ERROR}, {599, API_SERVER_ERROR}, {600, API_OTHER_STATUS},
        {302, API_OTHER_STATUS}, {0, API_OTHER_STATUS},   {-1, API_OTHER_STATUS},
        {418, API_OTHER_STATUS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(api_error_of_status(cases[i].status), cases[i].error);
    for (int error = API_OK; error <= API_STARTING; error++)
        assert_non_null(api_error_name((enum api_error)error));
    assert_string_equal(api_error_name(API_NOT_FOUND), "not found");
    assert_string_equal(api_error_name(API_NOT_MODIFIED), "not modified");
    assert_false(api_error_is_global(API_NOT_MODIFIED));
    assert_true(api_error_is_global(API_UNAUTHORIZED));
    assert_true(api_error_is_global(API_FOREIGN));
    assert_true(api_error_is_global(API_STARTING));
    assert_false(api_error_is_global(API_FORBIDDEN));
}

/* An error says by its cause that the server does not know a resourceVersion. */
static void test_causes(void **state)
{
#define CAUSES(causes)                                                                             \
    "{\"kind\":\"Status\",\"reason\":\"Timeout\",\"message\":\"Too large resource version: 9, "    \
    "current: 7\","                                                                                \
    "\"details\":{\"causes\":" causes "}}"
    static const struct {
        int status;
        const char *body;
        enum api_error error;
    } rows[] = {
        {504, CAUSES("[{\"reason\":\"ResourceVersionTooLarge\"}]"), API_EXPIRED},
        {504, CAUSES("[null,{\"reason\":7},{\"reason\":\"ResourceVersionTooLarge\"}]"),
         API_EXPIRED},
        {504, CAUSES("[{\"reason\":\"Other\"}]"), API_SERVER_ERROR},
        {504, CAUSES("{\"reason\":\"ResourceVersionTooLarge\"}"), API_SERVER_ERROR},
        {504, CAUSES("null"), API_SERVER_ERROR},
        {504, "{\"details\":[]}", API_SERVER_ERROR},
        {504, "upstream request timeout", API_SERVER_ERROR},
        {403, CAUSES("[{\"reason\":\"Other\"}]"), API_FORBIDDEN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct api_response response = {.status = rows[i].status,
                                              .content_type = "",
                                              .content_encoding = "",
                                              .location = "",
                                              .body = rows[i].body,
                                              .size = strlen(rows[i].body)};
        struct api_failure failure;

        api_status_of_response(&failure, &response);
        CHECK_ROW(rows[i].body, failure.error == rows[i].error);
        CHECK_ROW(rows[i].body, failure.status == rows[i].status);
    }
}

static void test_curl_codes(void **state)
{
    static const struct {
        CURLcode code;
        bool connected;
        const char *detail;
        enum api_error error;
    } cases[] = {
        {CURLE_OK, true, "", API_OK},
        {CURLE_COULDNT_RESOLVE_HOST, false, "", API_UNREACHABLE},
        {CURLE_COULDNT_CONNECT, false, "", API_UNREACHABLE},
        {CURLE_OPERATION_TIMEDOUT, false, "", API_UNREACHABLE},
        {CURLE_OPERATION_TIMEDOUT, true, "", API_TIMEOUT},
        {CURLE_HTTP2, true, "", API_UNREACHABLE},
        {CURLE_HTTP2_STREAM, true, "", API_UNREACHABLE},
        {CURLE_SEND_ERROR, true, "", API_UNREACHABLE},
        {CURLE_RECV_ERROR, true, "", API_UNREACHABLE},
        {CURLE_GOT_NOTHING, true, "", API_UNREACHABLE},
        {CURLE_PARTIAL_FILE, true, "", API_UNREACHABLE},
        {CURLE_PEER_FAILED_VERIFICATION, false, "", API_UNTRUSTED},
        {CURLE_SSL_CACERT_BADFILE, false, "", API_UNTRUSTED},
        {CURLE_SSL_CERTPROBLEM, false, "", API_UNTRUSTED},
        {CURLE_SSL_CONNECT_ERROR, false, "error:0A00010B:SSL routines::wrong version number",
         API_UNTRUSTED},
        {CURLE_SSL_CONNECT_ERROR, false, "", API_UNTRUSTED},
        {CURLE_SSL_CONNECT_ERROR, false, "Send failure: Broken pipe", API_UNREACHABLE},
        {CURLE_SSL_CONNECT_ERROR, false, "Recv failure: Connection reset by peer", API_UNREACHABLE},
        {CURLE_SSL_CONNECT_ERROR, false,
         "OpenSSL SSL_connect: Connection reset by peer in connection to a:6443", API_UNREACHABLE},
        {CURLE_SSL_CONNECT_ERROR, false,
         "error:0A000126:SSL routines::unexpected eof while reading", API_UNREACHABLE},
        {CURLE_URL_MALFORMAT, false, "", API_BAD_REQUEST},
        {CURLE_WEIRD_SERVER_REPLY, true, "", API_PROTOCOL},
        {CURLE_UNSUPPORTED_PROTOCOL, false, "", API_PROTOCOL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(api_status_of_curl(cases[i].code, cases[i].connected, cases[i].detail),
                         cases[i].error);
}

#define STATUS(rest)    "{\"kind\":\"Status\"" rest "}"
#define STRANGER(rest)  "what answered is not the API server: status " rest
#define WITHOUT(status) "the API server answered " status " without saying why"
#define ADDRESS         "; check the address of the API server, and the proxy or load balancer before it"
#define REACH           "; check that the proxy or load balancer before the API server reaches it in time"

/* What the API server says. */
static void test_error_bodies(void **state)
{
    static const struct {
        const char *body;
        long long header;
        const char *reason, *message;
        unsigned retry_after;
        bool has_causes;
    } cases[] = {
        {STATUS(",\"reason\":\"Conflict\",\"message\":\"changed\""), 0, "Conflict", "changed", 0,
         false},
        {STATUS(",\"message\":\"a\\nb\\u0007c\"") "\n", 0, "", "a b c", 0, false},
        {STATUS(",\"message\":\"x\",\"details\":{\"retryAfterSeconds\":5}"), 0, "", "x", 5, false},
        {STATUS(",\"message\":\"x\",\"details\":{\"retryAfterSeconds\":5}"), 9, "", "x", 9, false},
        {STATUS(",\"message\":\"x\",\"details\":{\"retryAfterSeconds\":-5}"), -1, "", "x", 0,
         false},
        {STATUS(",\"message\":\"x\",\"details\":{\"retryAfterSeconds\":\"5\"}"), 0, "", "x", 0,
         false},
        {STATUS(",\"message\":\"x\",\"details\":{\"retryAfterSeconds\":3600}"), 0, "", "x", 60,
         false},
        {STATUS(",\"message\":\"x\",\"details\":[1]"), 999999, "", "x", API_RETRY_AFTER_SECONDS_MAX,
         false},
        {STATUS(",\"message\":\"x\",\"details\":{\"causes\":[{}]}"), 0, "", "x", 0, true},
        {STATUS(",\"message\":\"x\",\"details\":{\"causes\":[]}"), 0, "", "x", 0, false},
        {STATUS(",\"message\":\"x\",\"details\":{\"causes\":{}}"), 0, "", "x", 0, false},
        {STATUS(",\"message\":7,\"reason\":{}"), 0, "", WITHOUT("409"), 0, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct api_response response = {.status = 409,
                                              .content_type = "",
                                              .content_encoding = "",
                                              .location = "",
                                              .body = cases[i].body,
                                              .size = strlen(cases[i].body),
                                              .retry_after = cases[i].header};
        struct api_failure failure;

        api_status_of_response(&failure, &response);
        assert_int_equal(failure.error, API_CONFLICT);
        assert_int_equal(failure.status, 409);
        assert_true(failure.is_status);
        assert_string_equal(failure.reason, cases[i].reason);
        assert_string_equal(failure.message, cases[i].message);
        assert_int_equal(failure.retry_after, cases[i].retry_after);
        assert_int_equal(failure.has_causes, cases[i].has_causes);
    }
}

/* What does not come as a Status object: which of it the API server may have said. */
static void test_strangers(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum api_error error;
        const char *message;
        bool is_cut;
    } cases[] = {
        {409, "changed", API_FOREIGN, STRANGER("409, \"changed\"" ADDRESS), false},
        {409, "", API_FOREIGN, STRANGER("409" ADDRESS), false},
        {409, "{\"message\":\"no route\"}", API_FOREIGN,
         STRANGER("409, \"{\"message\":\"no route\"}\"" ADDRESS), false},
        {409, "{\"message\":\"cut", API_FOREIGN, STRANGER("409, \"{\"message\":\"cut\"" ADDRESS),
         false},
        {409, "[1]", API_FOREIGN, STRANGER("409, \"[1]\"" ADDRESS), false},
        {404, "404 page not found\n", API_NOT_FOUND, "404 page not found", false},
        {404, "404 page not found here", API_FOREIGN,
         STRANGER("404, \"404 page not found here\"" ADDRESS), false},
        {404, "<html><title>404 page not found</title>", API_FOREIGN,
         STRANGER("404, \"404 page not found\"" ADDRESS), false},
        {422, "", API_FOREIGN, STRANGER("422" ADDRESS), false},
        {410, "<html>", API_FOREIGN, STRANGER("410" ADDRESS), false},
        {403, "<html><title>Blocked</title>", API_FOREIGN,
         STRANGER("403, \"Blocked\"; check the proxy, firewall or gateway before the API server, "
                  "and what it demands"),
         false},
        {401, "<html>", API_UNAUTHORIZED,
         STRANGER("401; check the proxy, firewall or gateway before the API server, and what it "
                  "demands"),
         false},
        {401, "no", API_UNAUTHORIZED, "no", false},
        {429, "  \n\nfirst line\r\nsecond", API_TOO_MANY, "first line", false},
        {429, "<html><title>Slow down</title>", API_TOO_MANY,
         STRANGER("429, \"Slow down\"" ADDRESS), false},
        {500, "\xff\xfe caf\xc3\xa9 \xc2\x9b", API_SERVER_ERROR, "?? caf\xc3\xa9  ", false},
        {503, "", API_SERVER_ERROR, WITHOUT("503"), false},
        {504, "<html>\n<head><title>504 Gateway Time-out</title></head>", API_SERVER_ERROR,
         STRANGER("504, \"504 Gateway Time-out\"" REACH), false},
        {500, "{}", API_SERVER_ERROR, STRANGER("500, \"{}\"" REACH), false},
        {302, "", API_FOREIGN,
         STRANGER("302; check the address of the API server, and that nothing before it wants a "
                  "login"),
         false},
        {304, "", API_NOT_MODIFIED, WITHOUT("304"), false},
        {401, "", API_UNAUTHORIZED, WITHOUT("401"), true},
        {403, "", API_FORBIDDEN, WITHOUT("403"), true},
        {409, "{\"message\":\"cut", API_CONFLICT, WITHOUT("409"), true},
        {404, "", API_NOT_FOUND, WITHOUT("404"), true},
        {403, "<html><title>Bl", API_FOREIGN,
         STRANGER("403; check the proxy, firewall or gateway before the API server, and what it "
                  "demands"),
         true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct api_response response = {.status = cases[i].status,
                                              .content_type = "",
                                              .content_encoding = "",
                                              .location = "",
                                              .body = cases[i].body,
                                              .size = strlen(cases[i].body),
                                              .is_cut = cases[i].is_cut};
        struct api_failure failure;

        api_status_of_response(&failure, &response);
        assert_int_equal(failure.error, cases[i].error);
        assert_false(failure.is_status);
        CHECK_ROW_TEXT(cases[i].message, failure.message, cases[i].message);
    }
}

static void test_long_message_is_cut_between_characters(void **state)
{
    char text[3000];
    struct api_response response = {.status = 500,
                                    .content_type = "",
                                    .content_encoding = "",
                                    .location = "",
                                    .body = text,
                                    .size = sizeof(text) - 1};
    struct api_failure failure;

    (void)state;
    text[0] = 'a';
    for (size_t i = 1; i + 1 < sizeof(text); i += 2)
        memcpy(text + i, "\xc3\xa4", 2);
    api_status_of_response(&failure, &response);
    assert_int_equal(strlen(failure.message), API_MESSAGE_MAX - 1);
    response.body++;
    response.size--;
    api_status_of_response(&failure, &response);
    assert_int_equal(strlen(failure.message), API_MESSAGE_MAX);
}

static void test_copy(void **state)
{
    static const struct {
        const char *from, *to;
    } cases[] = {
        {"plain", "plain"},
        {"a\tb\x7f", "a b "},
        {"\xed\xa0\x80", "???"}, /* a surrogate */
        {"\xc0\xaf", "??"},      /* overlong */
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
        {"\xf4\x90\x80\x80", "????"}, /* beyond Unicode */
        {"\xe2\x82", "??"},           /* cut */
        {"\x1b[31m", " [31m"},
    };
    char small[4];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char copy[32];

        api_status_copy(copy, sizeof(copy), cases[i].from, strlen(cases[i].from));
        assert_string_equal(copy, cases[i].to);
    }
    api_status_copy(small, sizeof(small), "abcdef", 6);
    assert_string_equal(small, "abc");
    api_status_copy(small, sizeof(small), NULL, 0);
    assert_string_equal(small, "");
}

static void test_json(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"{}", true},       {" {\"a\":[1,2]} \n", true},
        {"{}x", false},     {"{} {}", false},
        {"[]", false},      {"null", false},
        {"7", false},       {"\"a\"", false},
        {"{\"a\":", false}, {"", false},
        {"ok", false},      {"{\"a\":\"\xff\"}", false},
        {"{a:1}", false},   {"{\"a\":1,}", false},
    };
    const char *problem;
    char deep[2 * JSON_DEPTH_MAX + 16] = "{\"a\":";

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct json_object *object =
            api_status_parse(cases[i].text, strlen(cases[i].text), &problem);

        assert_int_equal(object != NULL, cases[i].good);
        assert_true(cases[i].good || problem[0] != '\0');
        json_object_put(object);
    }
    assert_null(api_status_parse("{}\0x", 4, &problem));
    memset(deep + 5, '[', JSON_DEPTH_MAX);
    memset(deep + 5 + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    deep[5 + 2 * JSON_DEPTH_MAX] = '}';
    assert_null(api_status_parse(deep, strlen(deep), &problem));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_causes),
        cmocka_unit_test(test_curl_codes),
        cmocka_unit_test(test_error_bodies),
        cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_long_message_is_cut_between_characters),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
