/* SPDX-License-Identifier: Apache-2.0 */
/* One cause, one line: what the log says, and when, of many that fail and work again. */
#include "tests/unit/check.h"

#include "common/base/causes.h"
#include "common/base/memory.h"

#include <stdio.h>

enum {
    MEMBERS = 400,
    START = 5000
};

static struct {
    char lines[65536];
    size_t lines_of_debug;
} logged;

/* "w bad n1 count=3 times=2 seconds=5 | ...", without what is said for debugging. */
static void say(enum log_level level, const char *text, const struct log_field *fields)
{
    char *end = logged.lines + strlen(logged.lines);
    size_t room = sizeof(logged.lines) - (size_t)(end - logged.lines);
    int size;

    if (level == LOG_DEBUG) {
        logged.lines_of_debug++;
        return;
    }
    size = snprintf(end, room, "%s%c %s", end == logged.lines ? "" : " | ", "ewid"[level], text);
    for (; fields->name != NULL; fields++) {
        end += size;
        room -= (size_t)size;
        size = 0;
        if (fields->is_number)
            size = snprintf(end, room, " %s=%d", fields->name, (int)fields->number);
        else if (strcmp(fields->name, "name") == 0)
            size = snprintf(end, room, " %s", fields->text);
        else if (strcmp(fields->name, "now") == 0 && fields->text != NULL)
            size = snprintf(end, room, " now=%s", fields->text);
    }
}

struct run {
    struct causes *causes;
    struct cause_member members[MEMBERS];
    int64_t now;
};

static void join(struct run *run, size_t number, const char *reason, unsigned named_max)
{
    char name[16];

    snprintf(name, sizeof(name), "n%zu", number);
    causes_join(run->causes, &run->members[number],
                &(struct cause_details){.level = LOG_WARNING,
                                        .text = "bad",
                                        .over = "good",
                                        .who = {LOG_TEXT("name", name)},
                                        .why = {LOG_TEXT("reason", reason)},
                                        .named_max = named_max},
                run->now);
}

/* An error, if NUMBER is 0. */
static void happen(struct run *run, size_t number)
{
    char name[16];

    snprintf(name, sizeof(name), "n%zu", number);
    causes_happened(run->causes,
                    &(struct cause_details){.level = number == 0 ? LOG_ERROR : LOG_INFO,
                                            .text = "odd",
                                            .who = {LOG_TEXT("name", name)},
                                            .why = {LOG_TEXT("reason", "r")}},
                    run->now);
}

static void pass(struct run *run, int64_t milliseconds)
{
    int64_t end = run->now + milliseconds;

    while (causes_due(run->causes) <= end) {
        if (causes_due(run->causes) > run->now)
            run->now = causes_due(run->causes);
        causes_step(run->causes, run->now);
    }
    run->now = end;
}

/* Steps, separated by spaces, of which each is for member 0 or for those from A to B: "jA-B" they
 * join, "kA-B" for another reason, "nA-B" with up to 3 who have a line each; "oA-B" all is well
 * again, "gA-B" they are gone; "hA-B" something happens; "pN": N ms pass; "xN(...)": what follows
 * is done N times. */
static void perform(struct run *run, const char *steps)
{
    while (*steps != '\0') {
        char what = *steps;
        size_t from = strtoul(steps + 1, (char **)&steps, 10), to = from;

        if (what == 'x') {
            for (size_t i = 0; i < from; i++)
                perform(run, steps + 1);
            return;
        }
        if (*steps == '-')
            to = strtoul(steps + 1, (char **)&steps, 10);
        if (what == 'p')
            pass(run, (int64_t)from);
        for (size_t number = from; what != 'p' && number <= to; number++) {
            if (what == 'j' || what == 'n')
                join(run, number, "r", what == 'n' ? 3 : 0);
            else if (what == 'k')
                join(run, number, "another", 0);
            else if (what == 'h')
                happen(run, number);
            else
                causes_leave(run->causes, &run->members[number],
                             what == 'o' ? CAUSE_OVER : CAUSE_GONE, run->now);
        }
        steps += strspn(steps, " ");
    }
}

static void test_lines(void **state)
{
    static const struct {
        const char *row, *steps, *lines;
    } rows[] = {
        {"one", "j1 p199", ""},
        {"one, a moment later", "j1 p200", "w bad n1"},
        {"one and over", "j1 p5000 o1", "w bad n1 | i good n1 seconds=5"},
        {"one and gone", "j1 p5000 g1 p9000", "w bad n1"},
        {"the same again is nothing new", "j1 p5000 j1 j1 p9000", "w bad n1"},
        {"very short", "j1 p50 o1", "w bad n1 | i good n1 seconds=0"},
        {"gone before it is said", "j1 p50 g1 p9000", ""},
        {"many at once", "j1-300 p9000", "w bad n1 count=300"},
        {"many and over", "j1-300 p9000 o1-299", "w bad n1 count=300"},
        {"all over", "j1-300 p9000 o1-300", "w bad n1 count=300 | i good n1 count=300 seconds=9"},
        {"some gone, the others over", "j1-300 p9000 g1-100 o101-300",
         "w bad n1 count=300 | i good n1 count=300 seconds=9"},
        {"all gone", "j1-300 p9000 g1-300 p9000", "w bad n1 count=300"},
        {"one after the other", "j1 p300 j2 p300 j3 p300 j4 p900 j5 p900 j6 p9000",
         "w bad n1 | w bad n1 count=5 | w bad n1 count=6 seconds=7"},
        {"they come for ever: a line at growing intervals",
         "j1-9 p3000 j10 p9000 j11 p9000 j12 p9000 j13 p9000 j14 p9000 j15 p90000",
         "w bad n1 count=9 | w bad n1 count=10 seconds=5 | w bad n1 count=11 seconds=15 | "
         "w bad n1 count=13 seconds=35 | w bad n1 count=15 seconds=75"},
        {"one leaves and comes back", "j1-9 p9000 o3 p90 j3 p9000",
         "w bad n1 count=9 | w bad n1 count=9 seconds=9"},
        {"few with a line each", "n1-3 p9000 o1 o2-3",
         "w bad n1 | w bad n2 | w bad n3 | i good n1 seconds=9 | i good n2 seconds=9 | "
         "i good n3 seconds=9"},
        {"few become many", "n1-2 p500 n3 p500 n4 p1000 n5 p9000 o1-5",
         "w bad n1 | w bad n2 | w bad n3 | w bad n1 count=5 | i good n1 count=5 seconds=11"},
        {"many where few would have one", "n1-4 p9000 o1-4",
         "w bad n1 count=4 | i good n1 count=4 seconds=9"},
        {"another reason is another cause", "j1-2 k3-4 p9000 o3-4",
         "w bad n1 count=2 | w bad n3 count=2 | i good n3 count=2 seconds=9"},
        {"who fails in another way is not well", "j1-2 p9000 k1-2 p9000 o1-2",
         "w bad n1 count=2 | w bad n1 count=2 | i good n1 count=2 seconds=9"},
        {"it happens", "h1 p9000", "i odd n1"},
        {"it happens to many", "h1-50 p9000", "i odd n1 count=50"},
        {"an error at once", "h0", "e odd n0"},
        {"each of the first ones", "h0 p1 h0 p1 h0", "e odd n0 | e odd n0 | e odd n0"},
        {"who is not there does not leave", "o1 g2 p9000", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct run run = {.causes = causes_new(say), .now = START};

        logged.lines[0] = '\0';
        perform(&run, rows[i].steps);
        CHECK_ROW_TEXT(rows[i].row, logged.lines, rows[i].lines);
        perform(&run, "g0-399");
        causes_free(run.causes);
    }
}

/* Whatever keeps happening, for an hour: the lines are few, and the last one is not long ago. */
static void test_bound(void **state)
{
    static const struct {
        const char *row, *steps;
        size_t lines_max;
    } rows[] = {
        {"away and back every second", "x3600 j1-6 p500 o1-6 p500 ", 60},
        {"away and back every minute", "x60 j1-6 p30000 o1-6 p30000 ", 60},
        {"one of them comes and goes", "x3600 j1-5 j6 p500 o6 p500 ", 60},
        {"it happens", "x36000 h1 p100 ", 40},
        {"an error happens", "x36000 h0 p100 ", 40},
        {"each in its turn, with a line each", "x1200 n1 p1000 o1 n2 p1000 o2 n3 p1000 o3 ", 60},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct run run = {.causes = causes_new(say), .now = START};
        size_t lines = 1;

        logged.lines[0] = '\0';
        perform(&run, rows[i].steps);
        for (const char *at = logged.lines; (at = strstr(at, " | ")) != NULL; at += 3)
            lines++;
        if (lines > rows[i].lines_max || lines < 10)
            fail_msg("%s: %zu lines: %s", rows[i].row, lines, logged.lines);
        perform(&run, "g0-399");
        causes_free(run.causes);
    }
}

/* How often it was is said, also where it was never long enough for a line. */
static void test_times(void **state)
{
    struct run run = {.causes = causes_new(say), .now = START};

    (void)state;
    perform(&run, "x6 j1 p300 o1 p700 ");
    logged.lines[0] = '\0';
    perform(&run, "x3 j1 p300 o1 p700 ");
    assert_string_equal(logged.lines, "");
    perform(&run, "p9000");
    assert_string_equal(logged.lines, "w bad n1 now=good times=3");
    logged.lines[0] = '\0';
    perform(&run, "p601000 j1 p9000 o1"); /* it has been forgotten */
    assert_string_equal(logged.lines, "w bad n1 | i good n1 seconds=9");
    causes_free(run.causes);
}

static void test_flush(void **state)
{
    struct run run = {.causes = causes_new(say), .now = START};

    (void)state;
    logged.lines[0] = '\0';
    perform(&run, "j1-2 h3");
    causes_flush(run.causes, run.now);
    assert_string_equal(logged.lines, "w bad n1 count=2 | i odd n3");
    causes_flush(run.causes, run.now);
    assert_string_equal(logged.lines, "w bad n1 count=2 | i odd n3");
    assert_true(causes_due(run.causes) == CAUSES_NEVER);
    perform(&run, "g1-2");
    causes_free(run.causes);
}

/* Those who have no line of their own have one for debugging. */
static void test_debugging(void **state)
{
    struct run run = {.causes = causes_new(say), .now = START};

    (void)state;
    logged.lines_of_debug = 0;
    perform(&run, "j1-300 p9000");
    assert_int_equal(logged.lines_of_debug, 299);
    perform(&run, "g1-300");
    causes_free(run.causes);
}

/* Of causes that are over, only so many are remembered. */
static void test_memory(void **state)
{
    struct run run = {.causes = causes_new(say), .now = START};

    (void)state;
    for (int i = 0; i < 2000; i++) {
        char reason[32];

        logged.lines[0] = '\0';
        snprintf(reason, sizeof(reason), "%c%c%c", 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676);
        join(&run, 1, reason, 0);
        pass(&run, 1);
        perform(&run, "o1");
    }
    causes_free(run.causes);
}

static void test_keys(void **state)
{
#define WHO                                                                                        \
    {                                                                                              \
        LOG_TEXT("namespace", "team"), LOG_TEXT("name", "p-1")                                     \
    }
    static const struct {
        const char *row, *text, *reason, *key;
    } rows[] = {
        {"plain", "bad", "because", "1bad\nbecause"},
        {"no reason", "bad", NULL, "1bad\n"},
        {"its own names", "bad", "tlsroutes \"p-1\" in the namespace \"team\"",
         "1bad\ntlsroutes \"*\" in the namespace \"*\""},
        {"in the text, too", "the Pool team/p-1 is bad", "x", "1the Pool */* is bad\nx"},
        {"within a hostname", "bad", "p-1.example.com", "1bad\n*.example.com"},
        {"part of another word", "bad", "steam, teams, p-12 and p-1-b",
         "1bad\nsteam, teams, p-# and p-#-b"},
        {"numbers", "bad 7", "dial tcp 10.0.0.7:41234: after 10.001s",
         "1bad 7\ndial tcp #.#.#.#:#: after #.#s"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *key =
            cause_words_key(&(struct cause_details){.level = LOG_WARNING,
                                                    .text = rows[i].text,
                                                    .who = WHO,
                                                    .why = {LOG_TEXT("reason", rows[i].reason)}});

        CHECK_ROW_TEXT(rows[i].row, key, rows[i].key);
        free(key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),     cmocka_unit_test(test_bound),
        cmocka_unit_test(test_times),     cmocka_unit_test(test_flush),
        cmocka_unit_test(test_debugging), cmocka_unit_test(test_memory),
        cmocka_unit_test(test_keys),
    };

    return cmocka_run_group_tests_name("causes", tests, NULL, NULL);
}
