/* SPDX-License-Identifier: Apache-2.0 */
/* TokenRequest: the question, the answer, the time of the next one. */
#include "tests/unit/check.h"

#include "common/api/token_request.h"

static void test_question(void **state)
{
    char *path = token_request_path("tlsrouted", "tlsrouted-watcher");

    (void)state;
    assert_string_equal(path,
                        "/api/v1/namespaces/tlsrouted/serviceaccounts/tlsrouted-watcher/token");
    free(path);
    check_same_json(
        "body", token_request_body("tlsrouted-tokens", 3600),
        "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\","
        "\"spec\":{\"expirationSeconds\":3600,\"boundObjectRef\":{\"apiVersion\":\"v1\","
        "\"kind\":\"Secret\",\"name\":\"tlsrouted-tokens\"}}}");
}

static void test_answers(void **state)
{
    static const struct {
        const char *answer, *token;
        uint32_t seconds;
    } rows[] = {
        {"{\"spec\":{\"expirationSeconds\":3600},\"status\":{\"token\":\"a.b-c_\"}}", "a.b-c_",
         3600},
        {"{\"spec\":{\"expirationSeconds\":600},\"status\":{\"token\":\"t\"}}", "t", 600},
        {"{\"spec\":{\"expirationSeconds\":9000000000},\"status\":{\"token\":\"t\"}}", "t",
         30 * 24 * 3600},
        {"{\"status\":{\"token\":\"t\"}}", "t", 3600},
        {"{\"spec\":{\"expirationSeconds\":\"600\"},\"status\":{\"token\":\"t\"}}", "t", 3600},
        {"{\"spec\":{\"expirationSeconds\":0},\"status\":{\"token\":\"t\"}}", NULL, 0},
        {"{\"spec\":{\"expirationSeconds\":-1},\"status\":{\"token\":\"t\"}}", NULL, 0},
        {"{\"status\":{\"token\":\"\"}}", NULL, 0},
        {"{\"status\":{\"token\":\"a b\"}}", NULL, 0},
        {"{\"status\":{\"token\":\"a\\r\\nX-Other: 1\"}}", NULL, 0},
        {"{\"status\":{\"token\":\"\\u00fc\"}}", NULL, 0},
        {"{\"status\":{\"token\":7}}", NULL, 0},
        {"{\"status\":{}}", NULL, 0},
        {"{\"status\":[]}", NULL, 0},
        {"{}", NULL, 0},
        {"null", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *answer = check_json(rows[i].answer);
        uint32_t seconds = 0;

        CHECK_ROW_TEXT(rows[i].answer, token_request_read(answer, &seconds), rows[i].token);
        CHECK_ROW(rows[i].answer, seconds == rows[i].seconds);
        token_request_wipe(answer);
        assert_null(token_request_read(answer, &seconds));
        json_object_put(answer);
    }
}

/* A token that is longer than what can be passed on. */
static void test_long_token(void **state)
{
    struct json_object *answer = json_object_new_object(), *status = json_object_new_object();
    char token[TOKEN_REQUEST_MAX + 2];
    uint32_t seconds;

    (void)state;
    memset(token, 'a', sizeof(token));
    token[TOKEN_REQUEST_MAX + 1] = '\0';
    json_object_object_add(answer, "status", status);
    json_object_object_add(status, "token", json_object_new_string(token));
    assert_null(token_request_read(answer, &seconds));
    token[TOKEN_REQUEST_MAX] = '\0';
    json_object_object_add(status, "token", json_object_new_string(token));
    assert_non_null(token_request_read(answer, &seconds));
    json_object_put(answer);
}

static void test_renewal(void **state)
{
    (void)state;
    assert_int_equal(token_request_renewal(3600, 0), 2700000);
    assert_int_equal(token_request_renewal(3600, UINT32_MAX), 2880000);
    assert_int_equal(token_request_renewal(600, UINT32_MAX), 480000);
    assert_int_equal(token_request_renewal(1, 0), 750);
    assert_int_equal(token_request_renewal(UINT32_MAX, UINT32_MAX), 2073600000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_question),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_long_token),
        cmocka_unit_test(test_renewal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
