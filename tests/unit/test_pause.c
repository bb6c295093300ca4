/* SPDX-License-Identifier: Apache-2.0 */
/* For whom a Retry-After holds, and for how long. */
#include "tests/unit/check.h"

#include "common/api/pause.h"
#include "common/base/delays.h"

#include <string.h>

/* What a response asks for: only a server that says that it has too much to do pauses all. */
static void test_wanted(void **state)
{
    static const struct {
        const char *row;
        struct api_result result;
        unsigned seconds;
    } rows[] = {
        {"too many requests", {.error = API_TOO_MANY, .status = 429, .retry_after = 7}, 7},
        {"unavailable", {.error = API_SERVER_ERROR, .status = 503, .retry_after = 7}, 7},
        {"no Retry-After", {.error = API_TOO_MANY, .status = 429}, 0},
        {"an internal error", {.error = API_SERVER_ERROR, .status = 500, .retry_after = 7}, 0},
        {"a timeout", {.error = API_SERVER_ERROR, .status = 504, .retry_after = 7}, 0},
        {"a conflict", {.error = API_CONFLICT, .status = 409, .retry_after = 7}, 0},
        {"success", {.error = API_OK, .status = 201}, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].row, pause_wanted(&rows[i].result) == rows[i].seconds);
}

/* Steps: "9" nine seconds pass, "n/a!" the key is refused with 10 s, "n/a+" it is served. */
static void test_scope(void **state)
{
    static const struct {
        const char *row, *steps[8];
        unsigned left; /* seconds */
    } rows[] = {
        {"one pause", {"n/a!"}, 10},
        {"over", {"n/a!", "10"}, 0},
        {"the longest counts", {"n/a!", "4", "n/b!"}, 10},
        {"again, and nobody was served", {"n/a!", "10", "n/a!"}, 10},
        {"again, while others were", {"n/a!", "10", "o/b+", "n/a!"}, 0},
        {"again, while others of its namespace were", {"n/a!", "10", "n/b+", "n/a!"}, 0},
        {"another of its namespace", {"n/a!", "10", "n/b+", "n/c!"}, 10},
        {"another, while other namespaces were", {"n/a!", "10", "n/b+", "o/b+", "n/c!"}, 0},
        {"another namespace", {"n/a!", "10", "o/b+", "o/b!"}, 10},
        {"it was served itself", {"n/a!", "10", "n/a+", "n/a!"}, 10},
        {"nobody since the last time", {"n/a!", "10", "o/b+", "n/a!", "n/a!"}, 10},
        {"after a long time", {"n/a!", "10", "o/b+", "601", "n/a!"}, 10},
        {"keys without a namespace", {"a!", "10", "b+", "a!"}, 0},
        {"one pause does not end another", {"n/a!", "n/b+", "1", "n/a!"}, 9},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pause pause = {0};
        int64_t now = 1000;
        char key[8];

        for (size_t j = 0; rows[i].steps[j] != NULL; j++) {
            const char *step = rows[i].steps[j];
            size_t length = strlen(step) - 1;

            snprintf(key, sizeof(key), "%.*s", (int)length, step);
            if (step[length] == '!')
                pause_begin(&pause, key, 10, now);
            else if (step[length] == '+')
                pause_served(&pause, key);
            else
                now += atoi(step) * 1000;
        }
        CHECK_ROW(rows[i].row, pause_left(&pause, now) == rows[i].left * 1000);
        pause_begin(&pause, "x", 0, now + 2 * API_PAUSE_FORGET_SECONDS * 1000); /* forgets all */
        pause_served(&pause, "x");
        assert_null(pause.sources);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_wanted), cmocka_unit_test(test_scope)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
