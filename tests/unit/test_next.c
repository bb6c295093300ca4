/* SPDX-License-Identifier: Apache-2.0 */
/* What a stream does next, for every way in which a request can end. */
#include "tests/unit/check.h"

#include "common/base/delays.h"
#include "watcher/next.h"

enum {
    FIRST = 500, /* milliseconds: backoff_stream */
    MAX = 10000,
    OPTIONAL_FIRST = 10000,
    OPTIONAL_MAX = 60000,
};

static const struct {
    const char *name;
    struct ending ending;
    enum next_step step;
    bool keeps_position;
} rows[] = {
    {"ordinary end", {PHASE_WATCH, API_OK, true, 300, false, 1, 0}, NEXT_WATCH, true},
    {"just long enough", {PHASE_WATCH, API_OK, true, 2, false, 1, 0}, NEXT_WATCH, true},
    {"short", {PHASE_WATCH, API_OK, true, 1, false, 1, 0}, NEXT_RETRY, true},
    {"at once", {PHASE_WATCH, API_OK, true, 0, false, 1, 0}, NEXT_RETRY, true},
    {"broken", {PHASE_WATCH, API_UNREACHABLE, true, 9, false, 1, 0}, NEXT_RETRY, true},
    {"silent", {PHASE_WATCH, API_TIMEOUT, true, 150, false, 1, 0}, NEXT_RETRY, true},
    {"refused", {PHASE_WATCH, API_INVALID, false, 0, false, 1, 0}, NEXT_RETRY, true},
    {"forbidden", {PHASE_WATCH, API_FORBIDDEN, false, 0, false, 1, 0}, NEXT_RETRY, true},
    {"expired", {PHASE_WATCH, API_EXPIRED, false, 0, false, 1, 0}, NEXT_RETRY, false},
    {"expired later", {PHASE_WATCH, API_EXPIRED, true, 60, false, 1, 0}, NEXT_RETRY, false},
    {"no such list", {PHASE_WATCH_LIST, API_INVALID, false, 0, false, 1, 0}, NEXT_PAGES, false},
    {"old server", {PHASE_WATCH_LIST, API_BAD_REQUEST, false, 0, false, 1, 0}, NEXT_PAGES, false},
    {"error within the list",
     {PHASE_WATCH_LIST, API_INVALID, true, 5, false, 1, 0},
     NEXT_RETRY,
     false},
    {"list that ends early", {PHASE_WATCH_LIST, API_OK, true, 5, false, 1, 0}, NEXT_RETRY, false},
    {"list that breaks",
     {PHASE_WATCH_LIST, API_UNREACHABLE, true, 5, false, 1, 0},
     NEXT_RETRY,
     false},
    {"page of one", {PHASE_PAGES, API_TOO_LARGE, false, 0, false, 1, 0}, NEXT_RETRY, false},
    {"page expired", {PHASE_PAGES, API_EXPIRED, false, 0, false, 1, 0}, NEXT_RETRY, false},
    {"page refused", {PHASE_PAGES, API_INVALID, false, 0, false, 1, 0}, NEXT_RETRY, false},
    {"not a list", {PHASE_PAGES, API_PROTOCOL, false, 0, false, 1, 0}, NEXT_RETRY, false},
};

static void test_steps(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct next next = next_after(&rows[i].ending, UINT32_MAX);

        CHECK_ROW(rows[i].name, next.step == rows[i].step);
        CHECK_ROW(rows[i].name,
                  next.step == NEXT_PAGES || next.keeps_position == rows[i].keeps_position);
        CHECK_ROW(rows[i].name,
                  next.milliseconds == (next.step == NEXT_RETRY ? (uint32_t)FIRST : 0));
    }
}

static void test_delays(void **state)
{
    static const struct {
        const char *name;
        struct ending ending;
        uint32_t first, last; /* milliseconds, as chance has it */
    } delays[] = {
        {"first", {.error = API_TIMEOUT, .failures = 1}, FIRST / 2, FIRST},
        {"second", {.error = API_TIMEOUT, .failures = 2}, FIRST, 2 * FIRST},
        {"third", {.error = API_TIMEOUT, .failures = 3}, 2 * FIRST, 4 * FIRST},
        {"hundredth", {.error = API_TIMEOUT, .failures = 100}, MAX / 2, MAX},
        {"the server says when",
         {.error = API_TOO_MANY, .failures = 1, .retry_after = 7},
         7000 + FIRST / 2,
         7000 + FIRST},
        {"forbidden", {.error = API_FORBIDDEN, .failures = 1}, FIRST / 2, FIRST},
        {"optional, forbidden",
         {.error = API_FORBIDDEN, .is_optional = true, .failures = 1},
         OPTIONAL_FIRST / 2,
         OPTIONAL_FIRST},
        {"for long",
         {.error = API_FORBIDDEN, .is_optional = true, .failures = 9},
         OPTIONAL_MAX / 2,
         OPTIONAL_MAX},
        {"optional, another failure",
         {.error = API_TIMEOUT, .is_optional = true, .failures = 1},
         FIRST / 2,
         FIRST},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(delays); i++) {
        CHECK_ROW(delays[i].name, next_after(&delays[i].ending, 0).milliseconds == delays[i].first);
        CHECK_ROW(delays[i].name,
                  next_after(&delays[i].ending, UINT32_MAX).milliseconds == delays[i].last);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_delays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
