/* SPDX-License-Identifier: Apache-2.0 */
/* What is reported of a Pool's findings, one decision after the other. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "reconciler/write/report.h"

struct step {
    const char *row;
    enum finding_reason reason;
    const char *text; /* NULL: nothing is found */
    size_t differences;
};

static const struct step steps[] = {
    {"it begins", FINDING_BACKEND_MISSING, "Service a", 1},
    {"it lasts", FINDING_BACKEND_MISSING, "Service a", 0},
    {"another text is another finding", FINDING_BACKEND_MISSING, "Service b", 2},
    {"it is over", FINDING_BACKEND_MISSING, NULL, 1},
    {"it stays so", FINDING_BACKEND_MISSING, NULL, 0},
    {"once: it begins", FINDING_HOSTNAME_OVERLAPS, "with *.a", 1},
    {"once: others change its text", FINDING_HOSTNAME_OVERLAPS, "with *.b", 0},
    {"once: and again", FINDING_HOSTNAME_OVERLAPS, "with *.c", 0},
    {"once: it is over", FINDING_HOSTNAME_OVERLAPS, NULL, 1},
    {"once: it begins anew", FINDING_HOSTNAME_OVERLAPS, "with *.d", 1},
};

static void test_steps(void **state)
{
    char key[] = "n/pool";
    const struct object pool = {.key = key};
    struct findings reported = {0};
    struct cause_member **logged = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct findings found = {0};

        if (steps[i].text != NULL)
            findings_add_noted(&found, steps[i].reason, memory_text(steps[i].text), NULL);
        CHECK_ROW(steps[i].row,
                  report_findings(&pool, &reported, &logged, &found, NULL) == steps[i].differences);
        CHECK_ROW(steps[i].row, found.count == 0);
        CHECK_ROW(steps[i].row, reported.count == (steps[i].text != NULL));
        CHECK_ROW(steps[i].row, (logged != NULL) == (steps[i].text != NULL));
    }
    report_forget(&reported, &logged);
    assert_int_equal(reported.count, 0);
    assert_null(logged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
