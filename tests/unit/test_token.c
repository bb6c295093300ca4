/* SPDX-License-Identifier: Apache-2.0 */
/* When a token was issued and when it ends, as it says itself. */
#include "common/kubeconfig/token.h"
#include "tests/unit/check.h"

/* The parts were made with `printf '{"exp":...}' | basenc --base64url`. */
static void test_token_expiry(void **state)
{
    static const struct {
        const char *token;
        uint64_t expiry;
    } rows[] = {
        {"e30.eyJleHAiOjE3MDAwMDAwMDB9.c2ln", 1700000000},
        {"e30.eyJzdWIiOiI_Pj4iLCJleHAiOjUwfQ.x",
         50}, /* with a - or _ in it, and padding left out */
        {"e30.eyJleHAiOi01fQ.x", 0},
        {"e30.eyJleHAiOiI1In0.x", 0},
        {"e30.W10.x", 0},
        {"e30.e30.x", 0},
        {"e30.not base64.x", 0},
        {"e30..x", 0},
        {"e30.", 0},
        {"opaque-token", 0},
        {"", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].token, token_expiry(rows[i].token) == rows[i].expiry);
}

static void test_token_issued(void **state)
{
    (void)state;
    assert_int_equal(token_issued("e30.eyJpYXQiOjE2MDAwMDAwMDAsImV4cCI6MTcwMDAwMDAwMH0.c2ln"),
                     1600000000);
    assert_int_equal(token_issued("e30.eyJleHAiOjE3MDAwMDAwMDB9.c2ln"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token_expiry),
        cmocka_unit_test(test_token_issued),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
