/* SPDX-License-Identifier: Apache-2.0 */
/* A stream where connections are few: one for all namespaces, or one that takes turns. */
#include "common/base/delays.h"
#include "tests/unit/fake_stream.h"

#define ITEM(name, namespace)                                                                      \
    "{\"metadata\":{\"name\":\"" name                                                              \
    "\",\"namespace\":\"" namespace "\",\"uid\":\"u\","                                            \
                                    "\"resourceVersion\":\"6\",\"creationTimestamp\":\"2025-01-"   \
                                    "01T00:00:00Z\"},\"spec\":{}}"
#define IN_ANOTHER(type) "{\"type\":\"" type "\",\"object\":" ITEM("b", "other") "}"

enum {
    OTHERS = 8 /* who begin; more do not at first */
};

static struct turns turns;
static struct starts starts;
static struct start others[OTHERS];
static struct turn other; /* somebody else who takes turns */

static void on_other(void *context)
{
    assert_true(turns_take(&turns, context));
}

/* What is in others is passed over; that the account may not read everywhere is not its to say. */
static void test_joined(void **state)
{
    const struct text_list namespaces = {2, 4, "m\0n"};
    struct text_set served = text_set_of(&namespaces);

    (void)state;
    start_few(&served, NULL);
    assert_true(requests("/pools?limit=10000"));
    assert_false(requests("/namespaces/"));
    part("{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[" ITEM("a", "n") "," ITEM(
        "b", "other") "]}");
    ends(API_OK, 0);
    opens();
    line(IN_ANOTHER("MODIFIED"));
    line(IN_ANOTHER("DELETED"));
    event("DELETED", "a", "6");
    assert_string_equal(fake.forwarded, "[a ]-a ");
    ends(API_FORBIDDEN, 0);
    assert_int_equal(stream_error(fake.stream), API_FORBIDDEN);
    assert_int_equal(logged("reading failed"), 0);
    text_set_clear(&served);
}

/* It lists in pages, watches for moments, and lets others go on in between, from its position. */
static void test_in_turn(void **state)
{
    (void)state;
    start_few(NULL, &turns);
    assert_false(requests("watch=1"));
    page("a", "");
    assert_true(requests("watch=1"));
    assert_true(requests("timeoutSeconds=3&"));
    opens();
    assert_true(stream_in_sync(fake.stream));
    seconds_pass(WATCH_TURN_SECONDS);
    ends(API_OK, 0);
    assert_true(requests("timeoutSeconds=3&")); /* nobody else waits */
    opens();
    assert_false(turns_take(&turns, &other));
    event("ADDED", "b", "7");
    seconds_pass(WATCH_TURN_SECONDS);
    ends(API_OK, 0);
    assert_null(fake.call);
    assert_true(stream_in_sync(fake.stream));
    event_base_loop(fake.base, EVLOOP_NONBLOCK);
    assert_int_equal(other.state, TURN_TAKEN);
    assert_null(fake.call);
    turns_leave(&turns, &other);
    event_base_loop(fake.base, EVLOOP_NONBLOCK);
    assert_true(requests("resourceVersion=7"));
    assert_string_equal(fake.forwarded, "[a ]b ");
    ends(API_UNREACHABLE, 0);
    assert_true(turns_take(&turns, &other)); /* a stream that tries again later has no turn */
    timer_runs();
    assert_null(fake.call);
    stream_stop(fake.stream); /* nor does one that was stopped wait for it */
    assert_true(TAILQ_EMPTY(&turns.waiting));
    turns_leave(&turns, &other);
}

/* It begins when others have begun, and has its start until it has listed. To go on from there it
 * needs none, but it does to list again. */
static void test_starts(void **state)
{
    (void)state;
    fake.starts = &starts;
    for (size_t i = 0; i < OTHERS; i++)
        assert_true(starts_take(&starts, &others[i]));
    start();
    assert_null(fake.call);
    starts_ended(&starts, &others[0], API_OK);
    event_base_loop(fake.base, EVLOOP_NONBLOCK);
    assert_true(requests("?limit=10000"));
    page("a", "t");
    assert_int_equal(starts.turns.count, OTHERS);
    page("b", "");
    assert_int_equal(starts.turns.count, OTHERS - 1);
    opens();
    seconds_pass(WATCH_SECONDS_MIN);
    bookmark("7");
    starts.turns.max = OTHERS - 1;
    ends(API_OK, 0);
    assert_true(requests("resourceVersion=7"));
    ends(API_EXPIRED, 0);
    timer_runs();
    assert_null(fake.call);
    starts_ended(&starts, &others[1], API_OK);
    event_base_loop(fake.base, EVLOOP_NONBLOCK);
    assert_true(requests("?limit=10000"));
    ends(API_TOO_MANY, 0);
    assert_int_equal(starts.turns.count, OTHERS - 2);
    assert_int_equal(starts.turns.max, (OTHERS + 2) / 2);
    timer_runs();
    assert_null(fake.call);
    starts_leave(&starts, &others[2]);
    starts_leave(&starts, &others[3]);
    event_base_loop(fake.base, EVLOOP_NONBLOCK);
    assert_non_null(fake.call);
    stream_stop(fake.stream);
    assert_int_equal(starts.turns.count, OTHERS - 4);
}

static int set_up_turns(void **state)
{
    const int result = set_up(state);

    turns_init(&turns, fake.base, 1);
    starts_init(&starts, fake.base);
    memset(others, 0, sizeof(others));
    other = (struct turn){.begin = on_other, .context = &other};
    return result;
}

static int tear_down_turns(void **state)
{
    event_free(turns.wake);
    event_free(starts.turns.wake);
    event_free(starts.late);
    return tear_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STREAM(test_joined),
        cmocka_unit_test_setup_teardown(test_in_turn, set_up_turns, tear_down_turns),
        cmocka_unit_test_setup_teardown(test_starts, set_up_turns, tear_down_turns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
