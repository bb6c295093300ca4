/* SPDX-License-Identifier: Apache-2.0 */
/* Heartbeats, by lists of times. */
#include "tests/unit/check.h"

#include "supervisor/workers/heartbeat.h"

static const struct heartbeat_rule rule = {.interval = 5000, .timeout = 30000};

enum step {
    TURN,
    REST, /* a turn at rest */
    ANSWER,
    RESET,
    BEGIN,
};

static void test_course(void **state)
{
    static const struct {
        const char *what;
        int64_t now;
        enum step step;
        int result; /* of a turn the action, of ANSWER whether it had been lost */
        bool live;  /* afterwards */
    } steps[] = {
        {"a new one gets a PING", 1000, TURN, HEARTBEAT_PING, true},
        {"once", 1001, TURN, HEARTBEAT_NONE, true},
        {"it answers", 1002, ANSWER, false, true},
        {"the next PING", 6000, TURN, HEARTBEAT_PING, true},
        {"a late answer is one", 35999, TURN, HEARTBEAT_NONE, true},
        {"and is no return", 35999, ANSWER, false, true},
        {"the next PING after it", 40000, TURN, HEARTBEAT_PING, true},
        {"just not too late", 69999, TURN, HEARTBEAT_NONE, true},
        {"too late", 70000, TURN, HEARTBEAT_LOST, true},
        {"said once", 75000, TURN, HEARTBEAT_NONE, true},
        {"live for the time of a new start", 95999, TURN, HEARTBEAT_NONE, true},
        {"but no longer", 96000, TURN, HEARTBEAT_NONE, false},
        {"the next process", 96500, BEGIN, 0, false},
        {"gets a PING", 96500, TURN, HEARTBEAT_PING, false},
        {"and its answer is a return", 96600, ANSWER, true, true},
        {"an answer to no PING", 96700, ANSWER, false, true},
        {"a PING before we are stopped", 100000, TURN, HEARTBEAT_PING, true},
        {"that time does not count", 500000, RESET, 0, true},
        {"against it", 500000, TURN, HEARTBEAT_NONE, true},
        {"the time runs from then on", 529999, TURN, HEARTBEAT_NONE, true},
        {"to its end", 530000, TURN, HEARTBEAT_LOST, true},
        {"who is given up twice", 560000, TURN, HEARTBEAT_LOST, true},
        {"and comes back", 561000, ANSWER, true, true},
        {"at rest a PING is quiet", 580000, REST, HEARTBEAT_QUIET, true},
        {"and read", 600000, ANSWER, false, true},
        {"so is the next", 600000, REST, HEARTBEAT_QUIET, true},
        {"which nobody reads, so that an answer is wanted", 620000, REST, HEARTBEAT_PING, true},
        {"once", 625000, TURN, HEARTBEAT_NONE, true},
        {"the time runs from the quiet one on", 629999, TURN, HEARTBEAT_NONE, true},
        {"to its end", 630000, TURN, HEARTBEAT_LOST, true},
        {"the next process", 640000, BEGIN, 0, true},
        {"gets a PING", 640000, TURN, HEARTBEAT_PING, true},
        {"and answers", 640001, ANSWER, true, true},
        {"a quiet one that nobody reads", 660000, REST, HEARTBEAT_QUIET, true},
        {"until it is too late", 690000, REST, HEARTBEAT_LOST, true},
    };
    struct heartbeat heartbeat = {.answered = 1000};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        int result = 0;

        if (steps[i].step == TURN || steps[i].step == REST)
            result = (int)heartbeat_turn(&heartbeat, &rule, steps[i].step == REST, steps[i].now);
        else if (steps[i].step == ANSWER)
            result = heartbeat_answer(&heartbeat, steps[i].now);
        else if (steps[i].step == RESET)
            heartbeat_reset(&heartbeat, steps[i].now);
        else
            heartbeat_begin(&heartbeat);
        CHECK_ROW(steps[i].what, result == steps[i].result);
        CHECK_ROW(steps[i].what,
                  heartbeat_is_live(&heartbeat, &rule, steps[i].now) == steps[i].live);
    }
}

static void test_suspended(void **state)
{
    (void)state;
    assert_false(heartbeat_was_suspended(&rule, 6000, 6000));
    assert_false(heartbeat_was_suspended(&rule, 6000, 11000));
    assert_true(heartbeat_was_suspended(&rule, 6000, 11001));
}

static void test_rest(void **state)
{
    static const struct {
        struct heartbeat_rule rule;
        int64_t rest;
    } rows[] = {
        {{5000, 30000}, 20000}, {{1000, 30000}, 20000},  {{1000, 3000}, 2000},
        {{1000, 2000}, 1333},   {{20000, 25000}, 20000}, {{60000, 3600000}, 60000},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(heartbeat_rest(&rows[i].rule), rows[i].rest);
        assert_true(rows[i].rest >= rows[i].rule.interval);
        assert_true(rows[i].rest < rows[i].rule.timeout);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_course),
        cmocka_unit_test(test_suspended),
        cmocka_unit_test(test_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
