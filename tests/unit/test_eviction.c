/* SPDX-License-Identifier: Apache-2.0 */
/* Which client of the exporter makes room for another: a row for each case. */
#include "tests/unit/check.h"

#include "exporter/eviction.h"

enum {
    PLACES_MAX = 4,
    NOW = 1000,
    PATIENCE = 100,
    NOBODY = -1,
};

#define NONE      PROGRESS_NONE
#define REQUESTED PROGRESS_REQUESTED
#define ANSWERED  PROGRESS_ANSWERED
#define ENDING    PROGRESS_ENDING

static const struct row {
    const char *row;
    size_t count;
    struct place places[PLACES_MAX];
    int chosen;
} rows[] = {
    {"there is none", 0, {{0}}, NOBODY},
    {"it has just come", 1, {{NONE, NOW}}, NOBODY},
    {"it may still speak", 1, {{NONE, NOW - PATIENCE + 1}}, NOBODY},
    {"it has said nothing", 1, {{NONE, NOW - PATIENCE}}, 0},
    {"its request waits for us", 1, {{REQUESTED, 0}}, NOBODY},
    {"it still reads", 1, {{ANSWERED, NOW - PATIENCE + 1}}, NOBODY},
    {"it reads nothing", 1, {{ANSWERED, NOW - PATIENCE}}, 0},
    {"it ends already", 1, {{ENDING, 0}}, NOBODY},
    {"the one that has stood still longest",
     4,
     {{NONE, 30}, {NONE, 20}, {NONE, 10}, {NONE, 40}},
     2},
    {"the first of equals", 2, {{NONE, 10}, {NONE, 10}}, 0},
    {"who says nothing before who reads nothing", 2, {{ANSWERED, 10}, {NONE, 20}}, 1},
    {"likewise, in the other order", 2, {{NONE, 20}, {ANSWERED, 10}}, 0},
    {"who reads nothing, if the others have just come",
     3,
     {{NONE, NOW}, {NONE, NOW - 1}, {ANSWERED, 10}},
     2},
    {"the oldest of those who read nothing", 2, {{ANSWERED, 20}, {ANSWERED, 10}}, 1},
    {"who ends is not chosen twice", 3, {{ENDING, 1}, {NONE, 10}, {NONE, 20}}, 1},
    {"all are being served", 3, {{REQUESTED, 1}, {ANSWERED, NOW}, {ENDING, 1}}, NOBODY},
};

static void test_choice(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct row *row = &rows[i];
        size_t expected = row->chosen == NOBODY ? row->count : (size_t)row->chosen;

        CHECK_ROW(row->row, eviction_choose(row->places, row->count, NOW, PATIENCE) == expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_choice)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
