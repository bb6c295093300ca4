/* SPDX-License-Identifier: Apache-2.0 */
/* Events: their names, which are the same for the same, and how many are sent and when. */
#include "tests/unit/check.h"
#include "tests/unit/fake_api.h"
#include "tests/unit/fake_clock.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/hostname.h"
#include "reconciler/write/events.h"

#define TEN     "abcdefghij"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define N220    HUNDRED HUNDRED TEN TEN
#define N253    N220 TEN TEN TEN "abc"

struct event_of {
    const char *pool, *uid, *reason, *note;
};

static char *name_of(const struct event_of *event)
{
    const struct object_head pool = {.namespace = "n", .name = event->pool, .uid = event->uid};

    const struct event_details details = {
        .kind = KIND_POOL, .object = &pool, .reason = event->reason, .note = event->note};

    return events_name(&details);
}

/* It must not change with the next release: a restart goes on with the series. */
static void test_stable(void **state)
{
    const struct event_of event = {"compile", "u", "RouteCreated", "route created"};
    char *name = name_of(&event), *again = name_of(&event);

    (void)state;
    assert_memory_equal(name, "compile.", 8);
    assert_int_equal(strlen(name), 8 + 16);
    assert_int_equal(strspn(name + 8, "0123456789abcdef"), 16);
    assert_string_equal(name, again);
    free(name);
    free(again);
}

static void test_different(void **state)
{
    static const struct event_of events[] = {
        {"p", "u", "RouteCreated", "route created"},
        {"q", "u", "RouteCreated", "route created"},  /* other Pool */
        {"p", "u2", "RouteCreated", "route created"}, /* created again */
        {"p", "u", "RouteUpdated", "route created"},
        {"p", "u", "RouteCreated", "route changed"},
        {"p", "u", "RouteCreated", ""},
        {"p", "u", "", "route created"},
        {"p", "", "RouteCreated", "route created"},
        {"p", "uR", "outeCreated", "route created"}, /* only the ends of the parts differ */
        {"p", "u", "RouteCreatedr", "oute created"},
        {"p", "uRouteCreated", "", "route created"},
        {"p", "u", "RouteCreatedroute created", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        char *one = name_of(&events[i]);

        for (size_t j = 0; j < COUNT_OF(events); j++) {
            char *other = name_of(&events[j]);

            if ((strcmp(one, other) == 0) != (i == j))
                fail_msg("events %zu and %zu: %s and %s", i, j, one, other);
            free(other);
        }
        free(one);
    }
}

/* However long the Pool's name is, and wherever it has to be cut. */
static void test_valid(void **state)
{
    static const char *const pools[] = {
        "p",
        "a.b.c",
        N220,
        N253,
        N220 "abcdefghi.klm", /* a dot where it is cut */
        N220 "abcdefgh-.klm",
        N220 "abcdefgh.1.lm",
        N220 "abcdefgh---klm",
        N220 "abcdefghi-klm",
        N220 "abcdefghij.lm",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(pools); i++) {
        const struct event_of event = {pools[i], "u", "HostnameConflict", N253 N253 N253 N253};
        char *name = name_of(&event);

        CHECK_ROW(pools[i], strlen(name) <= 253);
        CHECK_ROW_TEXT(name, object_name_problem(name), NULL);
        CHECK_ROW(name,
                  strncmp(name, pools[i], strlen(pools[i]) < 220 ? strlen(pools[i]) : 220) == 0);
        free(name);
    }
}

/* Sent over time */

static const struct object_head pool = {.namespace = "n", .name = "p", .uid = "u"};
static struct event_base *base;
static struct events *events;
static bool is_busy;

static bool tell_busy(const void *context)
{
    return *(const bool *)context;
}

static void open_events(void)
{
    fake_api_reset();
    base = event_base_new();
    is_busy = false;
    events = check_keep(events_new(base, NULL, tell_busy, &is_busy));
}

static void close_events(void)
{
    fake_api_reset();
    event_base_free(base);
}

static void record(const char *note)
{
    events_record(events,
                  &(struct event_details){
                      .kind = KIND_POOL, .object = &pool, .reason = "RouteCreated", .note = note});
}

/* The one that waits is of METHOD, and is answered. COUNT: of the series; 0 for none. */
static void answer(const char *method, int count, enum api_error error)
{
    struct fake_request *request = fake_api_waiting("");

    assert_non_null(request);
    assert_string_equal(request->method, method);
    assert_int_equal(json_object_get_int(json_at(request->body, "series.count")), count);
    fake_api_answer(request, error, error == API_OK ? "{}" : NULL);
}

static void expect_none_for(int64_t milliseconds)
{
    fake_clock_run(base, milliseconds);
    assert_int_equal(fake_api_count(""), 0);
}

/* The same again is counted, and the count is sent every half minute at most. */
static void test_series(void **state)
{
    (void)state;
    open_events();
    record("a");
    assert_false(events_are_sent(events));
    assert_int_equal(fake_api_count(""), 0); /* what is more urgent goes first */
    fake_clock_run(base, 250);
    answer("POST", 0, API_OK);
    assert_true(events_are_sent(events));
    for (int i = 0; i < 10; i++) {
        record("a");
        expect_none_for(1000);
    }
    assert_true(events_are_sent(events)); /* a count is worth no wait */
    expect_none_for(19 * 1000);
    fake_clock_run(base, 1000);
    answer("PATCH", 11, API_OK);
    expect_none_for(24 * 3600 * 1000);
    close_events();
}

/* What happens while the request is under way is one more. */
static void test_again_under_way(void **state)
{
    (void)state;
    open_events();
    record("a");
    fake_clock_run(base, 250);
    record("a");
    record("a");
    assert_int_equal(fake_api_count(""), 1);
    answer("POST", 0, API_OK);
    fake_clock_run(base, 31 * 1000);
    answer("PATCH", 3, API_OK);
    expect_none_for(3600 * 1000);
    close_events();
}

/* An Event that exists is from before a restart; one that is gone has expired. */
static void test_other_state(void **state)
{
    (void)state;
    open_events();
    record("a");
    fake_clock_run(base, 250);
    answer("POST", 0, API_CONFLICT);
    fake_clock_run(base, 31 * 1000);
    answer("PATCH", 2, API_NOT_FOUND);
    fake_clock_run(base, 1000);
    answer("POST", 0, API_OK);
    expect_none_for(3600 * 1000);
    close_events();
}

/* One that fails is not sent again by itself: the next is another matter. */
static void test_failure(void **state)
{
    (void)state;
    open_events();
    record("a");
    fake_clock_run(base, 250);
    answer("POST", 0, API_FORBIDDEN);
    assert_true(events_are_sent(events));
    expect_none_for(3600 * 1000);
    record("b");
    fake_clock_run(base, 250);
    answer("POST", 0, API_OK);
    close_events();
}

/* One that fails for a reason that may pass is sent until it is there, for some minutes. */
static void test_passing_failure(void **state)
{
    static const enum api_error errors[] = {API_SERVER_ERROR, API_TIMEOUT, API_TOO_MANY,
                                            API_UNREACHABLE};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        open_events();
        record("a");
        fake_clock_run(base, 250);
        answer("POST", 0, errors[i]);
        assert_true(events_are_sent(events)); /* as far as it can be */
        fake_clock_run(base, 3 * 1000);
        answer("POST", 0, errors[i]);
        fake_clock_run(base, 5 * 1000);
        answer("POST", 0, API_OK);
        expect_none_for(3600 * 1000);
        record("c"); /* it was written, though that failed */
        fake_clock_run(base, 250);
        answer("POST", 0, errors[i]);
        fake_clock_run(base, 3 * 1000);
        answer("POST", 0, API_CONFLICT);
        expect_none_for(3600 * 1000);
        record("b");
        fake_clock_run(base, 250);
        for (unsigned tries = 1; tries < 8; tries++) {
            answer("POST", 0, errors[i]);
            fake_clock_run(base, 61 * 1000);
        }
        answer("POST", 0, errors[i]);
        expect_none_for(3600 * 1000);
        close_events();
    }
}

/* An hour after it happened last, the same is another Event. */
static void test_forgotten(void **state)
{
    (void)state;
    open_events();
    record("a");
    fake_clock_run(base, 250);
    answer("POST", 0, API_OK);
    fake_clock_run(base, 3600 * 1000);
    record("a");
    fake_clock_run(base, 250);
    answer("PATCH", 2, API_OK);
    fake_clock_run(base, 3602 * 1000);
    record("a");
    fake_clock_run(base, 250);
    answer("POST", 0, API_OK);
    close_events();
}

/* While there is much else to do, each waits until that is over, and ten seconds at most. */
static void test_yields(void **state)
{
    (void)state;
    open_events();
    is_busy = true;
    record("a");
    expect_none_for(5000);
    is_busy = false;
    fake_clock_run(base, 250);
    answer("POST", 0, API_OK);
    is_busy = true;
    record("b");
    expect_none_for(5000);
    record("c");
    expect_none_for(4000);
    fake_clock_run(base, 2000);
    answer("POST", 0, API_OK);
    expect_none_for(3000);
    fake_clock_run(base, 2000);
    answer("POST", 0, API_OK);
    assert_true(events_are_sent(events));
    close_events();
}

/* A flood: a few at once, then 20 a second, and two requests at a time. */
static void test_flood(void **state)
{
    unsigned sent = 0;

    (void)state;
    open_events();
    for (int i = 0; i < 200; i++) {
        char *note = memory_format("%d", i);

        record(note);
        free(note);
    }
    for (int64_t i = 0; i < 5000; i += 10) {
        fake_clock_run(base, 10);
        assert_true(fake_api_count("") <= 2);
        while (fake_api_count("") > 0) {
            answer("POST", 0, API_OK);
            sent++;
        }
        assert_true(sent <= 30 + (unsigned)i / 50);
    }
    assert_true(sent < 200 && sent > 30); /* two for each tick that finds both answered */
    while (!events_are_sent(events)) {
        fake_clock_run(base, 250);
        while (fake_api_count("") > 0) {
            answer("POST", 0, API_OK);
            sent++;
        }
    }
    assert_int_equal(sent, 200);
    close_events();
}

/* More Events of one namespace than are remembered: that of another is next, and is not given up.
 */
static void test_namespaces_in_turn(void **state)
{
    static const struct object_head other = {.namespace = "calm", .name = "p", .uid = "v"};
    bool is_sent = false;

    (void)state;
    open_events();
    for (int i = 0; i < 9000; i++) {
        char *note = memory_format("%d", i);

        record(note);
        free(note);
        if (i == 100)
            events_record(events, &(struct event_details){.kind = KIND_POOL,
                                                          .object = &other,
                                                          .reason = "RouteCreated",
                                                          .note = "calm"});
    }
    for (int i = 0; i < 3 && !is_sent; i++) {
        fake_clock_run(base, 250);
        while (fake_api_count("") > 0) {
            const struct fake_request *request = fake_api_waiting("");

            is_sent |= strstr(json_encode(request->body), "\"calm\"") != NULL;
            answer("POST", 0, API_OK);
        }
    }
    assert_true(is_sent);
    close_events();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stable),          cmocka_unit_test(test_different),
        cmocka_unit_test(test_valid),           cmocka_unit_test(test_series),
        cmocka_unit_test(test_again_under_way), cmocka_unit_test(test_other_state),
        cmocka_unit_test(test_failure),         cmocka_unit_test(test_passing_failure),
        cmocka_unit_test(test_forgotten),       cmocka_unit_test(test_yields),
        cmocka_unit_test(test_flood),           cmocka_unit_test(test_namespaces_in_turn),
    };

    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
