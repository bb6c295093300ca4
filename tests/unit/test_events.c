/* SPDX-License-Identifier: Apache-2.0 */
/* The names of Events: the same for the same, and names that the API server takes. */
#include "tests/unit/check.h"

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
    const struct pool_message pool = {.namespace = "n", .name = event->pool, .uid = event->uid};

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stable),
        cmocka_unit_test(test_different),
        cmocka_unit_test(test_valid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
