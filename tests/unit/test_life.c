/* SPDX-License-Identifier: Apache-2.0 */
/* How a stream decides that it lives, at every moment, and what it does next, for every way in
 * which a request can end. The clock is the test's. */
#include "tests/unit/check.h"

#include "common/base/delays.h"
#include "watcher/life.h"

enum {
    FIRST = 500, /* milliseconds: backoff_stream */
    MAX = 10000,
    OPTIONAL_FIRST = 10000,
    OPTIONAL_MAX = 60000,
    START = 1000, /* seconds */
    STEPS_MAX = 12,
};

static struct life new_life(bool is_optional)
{
    return (struct life){.backoff = &backoff_stream,
                         .forbidden_backoff =
                             is_optional ? &backoff_optional_stream : &backoff_stream};
}

/* One request, which ends some seconds after it was sent. */
static const struct {
    const char *name;
    enum stream_phase phase;
    enum api_error error;
    bool was_opened;
    time_t seconds;
    enum next_step step;
    bool keeps_position;
} rows[] = {
    {"ordinary end", PHASE_WATCH, API_OK, true, 300, NEXT_WATCH, true},
    {"just long enough", PHASE_WATCH, API_OK, true, 2, NEXT_WATCH, true},
    {"short", PHASE_WATCH, API_OK, true, 1, NEXT_RETRY, true},
    {"at once", PHASE_WATCH, API_OK, true, 0, NEXT_RETRY, true},
    {"broken", PHASE_WATCH, API_UNREACHABLE, true, 9, NEXT_RETRY, true},
    {"silent", PHASE_WATCH, API_TIMEOUT, true, 150, NEXT_LIST, false},
    {"unanswered", PHASE_WATCH, API_TIMEOUT, false, 30, NEXT_RETRY, true},
    {"refused", PHASE_WATCH, API_INVALID, false, 0, NEXT_RETRY, true},
    {"forbidden", PHASE_WATCH, API_FORBIDDEN, false, 0, NEXT_RETRY, true},
    {"expired", PHASE_WATCH, API_EXPIRED, false, 0, NEXT_RETRY, false},
    {"expired later", PHASE_WATCH, API_EXPIRED, true, 60, NEXT_RETRY, false},
    {"page of one", PHASE_LIST, API_TOO_LARGE, false, 0, NEXT_RETRY, false},
    {"page expired", PHASE_LIST, API_EXPIRED, false, 0, NEXT_RETRY, false},
    {"page refused", PHASE_LIST, API_INVALID, false, 0, NEXT_RETRY, false},
    {"page that hangs", PHASE_LIST, API_TIMEOUT, false, 30, NEXT_RETRY, false},
    {"not a list", PHASE_LIST, API_PROTOCOL, false, 0, NEXT_RETRY, false},
};

static void test_endings(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct ending ending = {.error = rows[i].error};
        struct life life = new_life(false);
        struct next next;

        life_sent(&life, rows[i].phase, 300, START);
        if (rows[i].was_opened)
            assert_true(life_opened(&life, START));
        next = life_ended(&life, &ending, START + rows[i].seconds, UINT32_MAX);
        CHECK_ROW(rows[i].name, next.step == rows[i].step);
        CHECK_ROW(rows[i].name, next.keeps_position == rows[i].keeps_position);
        CHECK_ROW(rows[i].name,
                  next.milliseconds == (next.step == NEXT_RETRY ? (uint32_t)FIRST : 0));
        CHECK_ROW(rows[i].name, life.failures == (next.step == NEXT_RETRY));
    }
}

/* What happens, each at its second. */
enum happening {
    NOTHING, /* the end of a row */
    SENT_WATCH,
    SENT_LIST,
    OPENED,
    EVENT,
    BOOKMARK,
    COMPLETE,
    HELD,
    RELEASED,
    BROKE,   /* API_UNREACHABLE */
    REFUSED, /* by some status */
    ERRED,   /* the same within the watch */
    EXPIRED,
    BUSY,
    SILENCE, /* API_TIMEOUT */
    ENDED,   /* API_OK */
};

/* What is so at a second. Everything else that can be said is not. */
enum claims {
    GOOD = 0,
    SILENT = 1 << 0,
    OVERDUE = 1 << 1,
    IN_SYNC = 1 << 2,
    FRESH_FAILURE = 1 << 3, /* the next failure would be the first */
    LISTS = 1 << 4,         /* the position is of no use: by how it ended, or as it opened */
};

struct step {
    time_t second;
    enum happening happening;
};

struct moment {
    time_t second;
    unsigned claims;
};

static const struct story {
    const char *name;
    struct step steps[STEPS_MAX];
    struct moment moments[STEPS_MAX]; /* up to the first that is at 0 */
} stories[] = {
    {"an accepted watch is no sign of life",
     {{1, SENT_LIST},
      {1, COMPLETE},
      {1, SENT_WATCH},
      {1, OPENED},
      {3, ENDED},
      {3, SENT_WATCH},
      {4, OPENED}},
     {{5, IN_SYNC | FRESH_FAILURE},
      {153, IN_SYNC | FRESH_FAILURE},
      {154, IN_SYNC | FRESH_FAILURE | SILENT},
      {241, IN_SYNC | FRESH_FAILURE | SILENT},
      {242, SILENT | FRESH_FAILURE}}},
    {"bookmarks and events are",
     {{1, SENT_LIST}, {1, COMPLETE}, {1, SENT_WATCH}, {1, OPENED}, {100, BOOKMARK}, {200, EVENT}},
     {{150, IN_SYNC | FRESH_FAILURE},
      {249, IN_SYNC | FRESH_FAILURE},
      {330, IN_SYNC | FRESH_FAILURE},
      {350, IN_SYNC | FRESH_FAILURE | OVERDUE | SILENT}}},
    {"a watch that nobody ends",
     {{1, SENT_LIST},
      {1, COMPLETE},
      {1, SENT_WATCH},
      {1, OPENED},
      {100, BOOKMARK},
      {200, EVENT},
      {300, EVENT}},
     {{330, IN_SYNC | FRESH_FAILURE}, {331, IN_SYNC | FRESH_FAILURE | OVERDUE}}},
    {"not yet answered: the client has a time limit for that",
     {{1, SENT_WATCH}},
     {{999, FRESH_FAILURE}}},
    {"our own pause",
     {{1, SENT_LIST}, {1, COMPLETE}, {1, SENT_WATCH}, {1, OPENED}, {11, HELD}, {400, RELEASED}},
     {{399, FRESH_FAILURE}, {539, FRESH_FAILURE}, {540, SILENT | FRESH_FAILURE}}},
    {"an opened watch makes up for nothing",
     {{1, SENT_WATCH}, {1, OPENED}, {2, BROKE}, {3, SENT_WATCH}, {3, OPENED}},
     {{4, GOOD}, {60, GOOD}}},
    {"nor does what it says at first",
     {{1, SENT_LIST},
      {1, BROKE},
      {2, SENT_LIST},
      {3, COMPLETE},
      {3, SENT_WATCH},
      {3, OPENED},
      {9, EVENT},
      {32, BOOKMARK}},
     {{33, IN_SYNC}}},
    {"but that it lasts",
     {{1, SENT_LIST},
      {1, BROKE},
      {2, SENT_LIST},
      {3, COMPLETE},
      {3, SENT_WATCH},
      {3, OPENED},
      {9, EVENT},
      {33, BOOKMARK}},
     {{34, IN_SYNC | FRESH_FAILURE}}},
    {"or comes to an ordinary end",
     {{1, SENT_WATCH}, {1, BROKE}, {2, SENT_WATCH}, {2, OPENED}, {32, ENDED}},
     {{33, FRESH_FAILURE}}},
    {"410 after each list",
     {{1, SENT_LIST},
      {1, COMPLETE},
      {1, SENT_WATCH},
      {1, EXPIRED},
      {2, SENT_LIST},
      {2, COMPLETE},
      {2, SENT_WATCH}},
     {{2, IN_SYNC}}},
    {"broken, and soon back",
     {{1, SENT_WATCH}, {1, OPENED}, {70, BROKE}, {71, SENT_WATCH}, {71, OPENED}},
     {{72, GOOD}}},
    {"a server that was away may have another past",
     {{1, SENT_WATCH}, {1, OPENED}, {70, BROKE}, {74, SENT_WATCH}, {74, OPENED}},
     {{74, LISTS}}},
    {"away, and several tries",
     {{1, SENT_WATCH},
      {1, OPENED},
      {70, BROKE},
      {71, SENT_WATCH},
      {71, BROKE},
      {73, SENT_WATCH},
      {74, OPENED}},
     {{74, LISTS}}},
    {"dead since its last bookmark",
     {{1, SENT_WATCH}, {1, OPENED}, {60, BOOKMARK}, {151, BROKE}, {151, SENT_WATCH}, {151, OPENED}},
     {{151, LISTS}}},
    {"refused once, in whatever words",
     {{1, SENT_WATCH}, {1, OPENED}, {70, BROKE}, {70, SENT_WATCH}, {71, REFUSED}},
     {{71, GOOD}}},
    {"refused again and again",
     {{1, SENT_WATCH},
      {1, OPENED},
      {70, BROKE},
      {70, SENT_WATCH},
      {70, REFUSED},
      {71, SENT_WATCH},
      {74, REFUSED}},
     {{74, LISTS}}},
    {"refused within the watch, which was opened in between",
     {{1, SENT_WATCH},
      {1, OPENED},
      {2, ERRED},
      {4, SENT_WATCH},
      {4, OPENED},
      {4, ERRED},
      {8, SENT_WATCH},
      {8, OPENED}},
     {{8, LISTS}}},
    {"a busy server says nothing about the position",
     {{1, SENT_WATCH}, {1, OPENED}, {70, BUSY}, {74, SENT_WATCH}, {74, BUSY}},
     {{74, GOOD}}},
    {"a page is no watch that could be silent",
     {{1, SENT_LIST}, {2, EVENT}, {9, EVENT}},
     {{999, FRESH_FAILURE}}},
    {"silent, and listed again: in sync all the time",
     {{1, SENT_LIST},
      {1, COMPLETE},
      {1, SENT_WATCH},
      {1, OPENED},
      {151, SILENCE},
      {151, SENT_LIST},
      {200, COMPLETE},
      {200, SENT_WATCH},
      {200, OPENED}},
     {{349, IN_SYNC | FRESH_FAILURE}, {350, IN_SYNC | FRESH_FAILURE | SILENT}}},
};

static const struct ending endings[] = {
    [BROKE] = {.error = API_UNREACHABLE},
    [REFUSED] = {.error = API_SERVER_ERROR, .is_refusal = true},
    [ERRED] = {.error = API_OTHER_STATUS, .is_refusal = true},
    [EXPIRED] = {.error = API_EXPIRED, .is_refusal = true},
    [BUSY] = {.error = API_TOO_MANY, .is_refusal = true},
    [SILENCE] = {.error = API_TIMEOUT},
    [ENDED] = {.error = API_OK},
};

/* The claims about the position. */
static unsigned end(struct life *life, enum happening happening, time_t now)
{
    const struct next next = life_ended(life, &endings[happening], now, 0);

    return next.keeps_position ? 0 : LISTS;
}

static unsigned happen(struct life *life, enum happening happening, time_t now)
{
    static const enum stream_phase phases[] = {
        [SENT_WATCH] = PHASE_WATCH, [SENT_LIST] = PHASE_LIST};
    static const enum life_sign signs[] = {
        [EVENT] = SIGN_EVENT, [BOOKMARK] = SIGN_BOOKMARK, [COMPLETE] = SIGN_COMPLETE};

    switch (happening) {
    case SENT_WATCH:
    case SENT_LIST:
        life_sent(life, phases[happening], happening == SENT_WATCH ? 300 : 0, now);
        return 0;
    case OPENED:
        return life_opened(life, now) ? 0 : LISTS;
    case EVENT:
    case BOOKMARK:
    case COMPLETE:
        life_sign(life, signs[happening], now);
        return 0;
    case HELD:
    case RELEASED:
        life_hold(life, happening == HELD, now);
        return 0;
    default:
        return end(life, happening, now);
    }
}

static unsigned claims_of(const struct life *life, unsigned of_last, time_t now)
{
    const enum life_verdict verdict = life_verdict(life, now);
    unsigned claims = of_last;

    if (verdict == LIFE_SILENT)
        claims |= SILENT | (now >= life->limit ? OVERDUE : 0);
    if (verdict == LIFE_OVERDUE)
        claims |= OVERDUE;
    if (life_in_sync(life, now))
        claims |= IN_SYNC;
    if (life->failures == 0)
        claims |= FRESH_FAILURE;
    return claims;
}

/* Nothing may change without something having come before the stream looks. */
static void check_look(const char *row, const struct life *life, time_t now)
{
    const time_t look = life_next_look(life, now), until = look > 0 ? now + look : now + 999;

    for (time_t second = now + 1; second < until; second++) {
        CHECK_ROW(row, life_verdict(life, second) == life_verdict(life, now));
        CHECK_ROW(row, life_in_sync(life, second) == life_in_sync(life, now));
    }
}

static void check_story(const struct story *story)
{
    struct life life = new_life(false);
    const struct step *step = story->steps;

    for (const struct moment *moment = story->moments; moment->second != 0; moment++) {
        unsigned of_last = 0, expected = moment->claims;

        for (; step->happening != NOTHING && step->second <= moment->second; step++) {
            of_last = happen(&life, step->happening, START + step->second);
            check_look(story->name, &life, START + step->second);
        }
        if ((expected & LISTS) != 0) /* that is what such a row is about */
            CHECK_ROW(story->name, of_last == LISTS);
        else
            CHECK_ROW(story->name, claims_of(&life, of_last, START + moment->second) == expected);
    }
    CHECK_ROW(story->name, step->happening == NOTHING);
}

static void test_stories(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(stories); i++)
        check_story(&stories[i]);
}

#define REFUSAL "pools is forbidden: User \"w\" cannot watch resource \"pools\""

/* A watch was open from START to START + 60. */
static void test_starting_server(void **state)
{
    static const struct {
        const char *name;
        bool was_open;
        time_t seconds; /* from its end to the next answer */
        enum api_error error;
        int status;
        const char *message;
        enum api_error judged;
    } answers[] = {
        {"granted a moment ago", true, 1, API_FORBIDDEN, 403, REFUSAL, API_STARTING},
        {"granted until long ago", true, API_RBAC_SECONDS, API_FORBIDDEN, 403, REFUSAL,
         API_FORBIDDEN},
        {"never granted", false, 1, API_FORBIDDEN, 403, REFUSAL, API_FORBIDDEN},
        {"the client knows", false, 1, API_STARTING, 403, REFUSAL, API_STARTING},
        {"not RBAC", true, 1, API_FORBIDDEN, 403, "no", API_FORBIDDEN},
        {"another failure", true, 1, API_SERVER_ERROR, 500, REFUSAL, API_SERVER_ERROR},
        {"no answer", true, 1, API_UNREACHABLE, 0, "", API_UNREACHABLE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        const struct api_result result = {
            .error = answers[i].error, .status = answers[i].status, .message = answers[i].message};
        const struct ending broken = {.error = API_UNREACHABLE};
        struct life life = new_life(false);
        struct ending ending;

        life_sent(&life, PHASE_WATCH, 300, START);
        if (answers[i].was_open)
            life_opened(&life, START);
        life_ended(&life, &broken, START + 60, 0);
        life_sent(&life, PHASE_WATCH, 300, START + 60);
        ending = life_ending(&life, &result, START + 60 + answers[i].seconds);
        CHECK_ROW(answers[i].name, ending.error == answers[i].judged);
        CHECK_ROW(answers[i].name, ending.is_refusal == (answers[i].status != 0));
    }
}

static void test_stopped(void **state)
{
    struct life life = new_life(false);

    (void)state;
    life_sent(&life, PHASE_LIST, 0, START);
    life_sign(&life, SIGN_COMPLETE, START);
    assert_true(life_in_sync(&life, START));
    life_stopped(&life);
    assert_false(life_in_sync(&life, START));
    assert_int_equal(life_next_look(&life, START), 0);
    assert_int_equal(life_verdict(&life, START + 9999), LIFE_GOES_ON);
}

static void test_delays(void **state)
{
    static const struct {
        const char *name;
        enum api_error error;
        bool is_optional;
        unsigned failures, retry_after;
        uint32_t first, last; /* milliseconds, as chance has it */
    } delays[] = {
        {"first", API_TIMEOUT, false, 1, 0, FIRST / 2, FIRST},
        {"second", API_TIMEOUT, false, 2, 0, FIRST, 2 * FIRST},
        {"third", API_TIMEOUT, false, 3, 0, 2 * FIRST, 4 * FIRST},
        {"hundredth", API_TIMEOUT, false, 100, 0, MAX / 2, MAX},
        {"the server says when", API_TOO_MANY, false, 1, 7, 7000 + FIRST / 2, 7000 + FIRST},
        {"forbidden", API_FORBIDDEN, false, 1, 0, FIRST / 2, FIRST},
        {"optional, forbidden", API_FORBIDDEN, true, 1, 0, OPTIONAL_FIRST / 2, OPTIONAL_FIRST},
        {"for long", API_FORBIDDEN, true, 9, 0, OPTIONAL_MAX / 2, OPTIONAL_MAX},
        {"optional, another failure", API_TIMEOUT, true, 1, 0, FIRST / 2, FIRST},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(delays); i++) {
        const struct ending ending = {.error = delays[i].error,
                                      .retry_after = delays[i].retry_after};

        for (int last = 0; last < 2; last++) {
            struct life life = new_life(delays[i].is_optional);

            life.failures = delays[i].failures - 1;
            life_sent(&life, PHASE_LIST, 0, START);
            CHECK_ROW(delays[i].name,
                      life_ended(&life, &ending, START, last ? UINT32_MAX : 0).milliseconds ==
                          (last ? delays[i].last : delays[i].first));
        }
    }
}

static void test_goes_back(void **state)
{
    static const struct {
        const char *position, *version;
        bool goes_back;
    } versions[] = {
        {"10", "9", true},
        {"10", "10", false},
        {"10", "11", false},
        {"9", "10", false},
        {"100", "99", true},
        {"18446744073709551616", "7", true},
        {"7", "18446744073709551616", false},
        {"20", "11", true},
        {"", "7", false},
        {"7", "", false},
        {"a", "7", false},
        {"7", "a", false},
        {"10", "9x", false},
        {"10", "09", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(versions); i++)
        CHECK_ROW(versions[i].position, life_goes_back(versions[i].position, versions[i].version) ==
                                            versions[i].goes_back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endings),         cmocka_unit_test(test_stories),
        cmocka_unit_test(test_starting_server), cmocka_unit_test(test_stopped),
        cmocka_unit_test(test_delays),          cmocka_unit_test(test_goes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
