/* SPDX-License-Identifier: Apache-2.0 */
/* The log of what fails, on a loop: when lines come, without one and with one. */
#include "tests/unit/check.h"

#include "common/base/cause_log.h"
#include "common/base/loop.h"
#include "tests/unit/fake_clock.h"

/* The log of this test, in place of common/base/log.c. */
static struct {
    unsigned lines;
    int64_t count; /* in the last line, 0: it has none */
} logged;

void log_write(enum log_level level, const char *message, const struct log_field *fields)
{
    (void)message;
    if (level == LOG_DEBUG)
        return;
    logged.lines++;
    logged.count = 0;
    for (; fields->name != NULL; fields++) {
        if (strcmp(fields->name, "count") == 0)
            logged.count = fields->number;
    }
}

void log_last_words(const char *message)
{
    fail_msg("%s", message);
}

static void join(struct cause_member *members, size_t count)
{
    static const struct cause_details details = {
        .level = LOG_WARNING, .text = "bad", .over = "good"};

    for (size_t i = 0; i < count; i++)
        cause_log_join(&members[i], &details);
}

static void leave(struct cause_member *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cause_log_leave(&members[i], CAUSE_OVER);
}

static void check_logged(unsigned lines, int64_t count)
{
    assert_int_equal(logged.lines, lines);
    assert_int_equal(logged.count, count);
    logged.lines = 0;
}

/* Before there is a loop, and without one: in unit tests of what uses it. */
static void test_at_once(void **state)
{
    struct cause_member members[1] = {0};

    (void)state;
    join(members, 1);
    check_logged(1, 0);
    leave(members, 1);
    check_logged(1, 0);
    cause_log_close();
}

static void test_on_a_loop(void **state)
{
    struct event_base *base = loop_new();
    struct cause_member members[9] = {0};

    (void)state;
    cause_log_open(base);
    join(members, 5);
    fake_clock_run(base, 150);
    check_logged(0, 0);
    fake_clock_run(base, 150);
    check_logged(1, 5);
    fake_clock_run(base, 1000);
    join(members, 9); /* four more */
    fake_clock_run(base, 1000);
    check_logged(0, 5);
    fake_clock_run(base, 5000);
    check_logged(1, 9);
    leave(members, 9);
    check_logged(1, 9);
    fake_clock_run(base, 3600 * 1000); /* nothing is pending, and all is forgotten */
    check_logged(0, 9);
    join(members, 2);
    cause_log_close(); /* what waits is not lost */
    check_logged(1, 2);
    event_base_free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_at_once),
        cmocka_unit_test(test_on_a_loop),
    };

    return cmocka_run_group_tests_name("cause_log", tests, NULL, NULL);
}
