/* SPDX-License-Identifier: Apache-2.0 */
/* When a credential that nobody replaces is announced. */
#include "tests/unit/check.h"

#include "supervisor/credentials/expiry.h"

enum {
    HOUR = 3600,
    DAY = 24 * HOUR,
    START = 1700000000 /* 2023 */
};

static void test_near(void **state)
{
    static const struct {
        const char *row;
        uint64_t life; /* from the start on, 0: for ever */
        uint64_t at;   /* seconds since the start */
        bool is_near;
    } rows[] = {
        {"no end", 0, 100 * DAY, false},
        {"an hour, new", HOUR, 0, false},
        {"when the kubelet replaces it", HOUR, HOUR * 8 / 10, false},
        {"a tenth is left, nearly", HOUR, HOUR * 9 / 10 - 1, false},
        {"a tenth is left", HOUR, HOUR * 9 / 10, true},
        {"at the end", HOUR, HOUR, true},
        {"after it", HOUR, 2 * HOUR, true},
        {"a year: not for a month", 365 * DAY, 340 * DAY, false},
        {"but for a week", 365 * DAY, 358 * DAY, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t expires = rows[i].life > 0 ? START + rows[i].life : 0;

        CHECK_ROW(rows[i].row,
                  expiry_is_near(expires, START, START + rows[i].at) == rows[i].is_near);
    }
    assert_true(expiry_is_near(START, START + 5, START + 5)); /* it came too late */
}

/* From what is looked at for the first time on, and anew with each that replaces it. */
static void test_check(void **state)
{
    struct expiry expiry = {0};
    struct credential credential = {.token = (char *)"t", .expires = START + HOUR};
    struct exec_plugin plugin = {0};

    (void)state;
    expiry_check(&expiry, ROLE_WATCHER, &credential, START);
    expiry_check(&expiry, ROLE_WATCHER, &credential, START + HOUR / 2);
    assert_null(expiry.member.cause);
    expiry_check(&expiry, ROLE_WATCHER, &credential, START + HOUR * 95 / 100);
    assert_non_null(expiry.member.cause);
    credential.expires = START + 2 * HOUR;
    expiry_check(&expiry, ROLE_WATCHER, &credential, START + HOUR);
    assert_null(expiry.member.cause);
    expiry_check(&expiry, ROLE_WATCHER, &credential, START + HOUR * 19 / 10);
    assert_non_null(expiry.member.cause);
    credential.expires = 0;
    expiry_check(&expiry, ROLE_WATCHER, &credential, START + HOUR * 3);
    assert_null(expiry.member.cause);
    credential.expires = START;
    credential.plugin = &plugin;
    expiry_check(&expiry, ROLE_WATCHER, &credential, START + HOUR * 3);
    assert_null(expiry.member.cause);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_near),
        cmocka_unit_test(test_check),
    };

    return cmocka_run_group_tests_name("expiry", tests, NULL, NULL);
}
