/* SPDX-License-Identifier: Apache-2.0 */
/* When a Pool or a Certificate is worked on again, a line for each way that it can go. */
#include "tests/unit/check.h"

#include "reconciler/plan/retry.h"

static void test_pool(void **state)
{
    static const struct {
        const char *row;
        struct pool_outcome outcome;
        struct retry retry;
    } rows[] = {
        {"all is well", {0}, {RETRY_NEVER, 0}},
        {"a write failed", {.failed = true}, {RETRY_BACK_OFF, 0}},
        {"failed, and not so soon again",
         {.failed = true, .pause_seconds = 60},
         {RETRY_BACK_OFF, 60500}},
        {"refused for what it says", {.refused = true}, {RETRY_BACK_OFF, 300000}},
        {"one refused, another failed",
         {.refused = true, .failed = true, .pause_seconds = 1},
         {RETRY_BACK_OFF, 1500}},
        {"refused, and findings are due",
         {.refused = true, .held_seconds = 2},
         {RETRY_BACK_OFF, 2000}},
        {"overtaken", {.overtaken = true}, {RETRY_NOW, 0}},
        {"contended", {.contention_seconds = 8}, {RETRY_LATER, 8000}},
        {"held back", {.held_seconds = 2}, {RETRY_LATER, 2000}},
        {"the contention is over first",
         {.contention_seconds = 1, .held_seconds = 2},
         {RETRY_LATER, 1000}},
        {"the findings are due first",
         {.contention_seconds = 1500, .held_seconds = 2},
         {RETRY_LATER, 2000}},
        {"both at once", {.contention_seconds = 2, .held_seconds = 2}, {RETRY_LATER, 2000}},
        {"overtaken, and something is due later",
         {.overtaken = true, .contention_seconds = 8, .held_seconds = 2},
         {RETRY_NOW, 0}},
        {"one write failed, another was overtaken",
         {.failed = true, .overtaken = true},
         {RETRY_BACK_OFF, 0}},
        {"failed, and something is due later",
         {.failed = true, .contention_seconds = 1, .held_seconds = 1},
         {RETRY_BACK_OFF, 0}},
        {"the longest contention", {.contention_seconds = 1500}, {RETRY_LATER, 1500000}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct retry retry = retry_pool(&rows[i].outcome);

        CHECK_ROW(rows[i].row, retry.when == rows[i].retry.when);
        CHECK_ROW(rows[i].row, retry.milliseconds == rows[i].retry.milliseconds);
    }
}

static void test_certificate(void **state)
{
    static const struct {
        const char *row;
        enum inject_outcome outcome;
        unsigned seconds;
        struct retry retry;
    } rows[] = {
        {"written", INJECT_WRITTEN, 0, {RETRY_NEVER, 0}},
        {"unchanged", INJECT_UNCHANGED, 0, {RETRY_NEVER, 0}},
        {"a name waits for its grace", INJECT_WAITING, 300, {RETRY_LATER, 300000}},
        {"the longest grace", INJECT_WAITING, GRACE_MAX, {RETRY_LATER, GRACE_MAX * 1000u}},
        {"refused", INJECT_REFUSED, 300, {RETRY_LATER, 300000}},
        {"contested", INJECT_CONTESTED, 3600, {RETRY_LATER, 3600000}},
        {"failed", INJECT_FAILED, 0, {RETRY_BACK_OFF, 0}},
        {"failed, and not so soon again", INJECT_FAILED, 60, {RETRY_BACK_OFF, 60500}},
        {"not allowed", INJECT_DENIED, 300, {RETRY_BACK_OFF, 300000}},
        {"no API server", INJECT_API_UNAVAILABLE, 0, {RETRY_BACK_OFF, 0}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct retry retry = retry_certificate(rows[i].outcome, rows[i].seconds);

        CHECK_ROW(rows[i].row, retry.when == rows[i].retry.when);
        CHECK_ROW(rows[i].row, retry.milliseconds == rows[i].retry.milliseconds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pool),
                                       cmocka_unit_test(test_certificate)};

    return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
