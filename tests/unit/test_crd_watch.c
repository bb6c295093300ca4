/* SPDX-License-Identifier: Apache-2.0 */
/* The watch of the CRD of TLSRoute, which is believed by the same rule as all others. */
#include "tests/unit/check.h"
#include "tests/unit/fake_api.h"
#include "tests/unit/fake_clock.h"

#include "common/base/delays.h"
#include "watcher/crd_watch.h"

#define LINE(type) "{\"type\":\"" type "\",\"object\":{\"metadata\":{\"resourceVersion\":\"7\"}}}\n"

static struct event_base *base;
static struct crd_watch *watch;
static unsigned changes;

static void on_changed(void *context)
{
    (void)context;
    changes++;
}

static struct fake_request *request(void)
{
    return fake_api_waiting("customresourcedefinitions");
}

static bool is_from_position(void)
{
    return fake_api_waiting("&resourceVersion=7") != NULL;
}

static void pass(time_t seconds)
{
    fake_clock_run(base, (int64_t)seconds * 1000);
}

static void start(void)
{
    watch = check_keep(crd_watch_new(base, NULL, on_changed, NULL));
    pass(1);
    assert_false(is_from_position());
    fake_api_open(request());
    assert_int_equal(changes, 1);
    fake_api_stream(request(), LINE("BOOKMARK"));
    assert_true(crd_watch_is_up(watch));
    assert_int_equal(changes, 1);
}

/* There is no reason to check as long as one watch goes on where another ended. */
static void test_ordinary(void **state)
{
    (void)state;
    start();
    for (unsigned i = 0; i < 10; i++) {
        pass(60);
        fake_api_stream(request(), LINE("BOOKMARK"));
    }
    fake_api_answer(request(), API_OK, NULL);
    assert_true(crd_watch_is_up(watch));
    pass(1);
    assert_true(is_from_position());
    fake_api_open(request());
    assert_int_equal(changes, 1);
    fake_api_stream(request(), LINE("MODIFIED"));
    assert_int_equal(changes, 2);
}

/* A watch that was accepted and says nothing has missed something. */
static void test_silent(void **state)
{
    (void)state;
    start();
    pass(WATCH_SILENT_SECONDS - 1);
    assert_true(crd_watch_is_up(watch));
    pass(11); /* it is noticed at a multiple of ten seconds */
    assert_int_equal(changes, 2);
    assert_false(crd_watch_is_up(watch));
    assert_false(is_from_position());
    fake_api_open(request());
    assert_true(crd_watch_is_up(watch));
    assert_int_equal(changes, 3);
}

static void test_endless(void **state)
{
    const unsigned bookmarks = 1 + (CRD_WATCH_SECONDS + WATCH_MARGIN_SECONDS) / 60;

    (void)state;
    start();
    for (unsigned i = 0; i < bookmarks; i++) {
        pass(60);
        assert_true(fake_api_pending() == 1);
        fake_api_stream(request(), LINE("BOOKMARK"));
    }
    assert_true(is_from_position());
    assert_int_equal(changes, 1);
}

/* The server may be back from a backup. */
static void test_away(void **state)
{
    (void)state;
    start();
    fake_api_answer(request(), API_UNREACHABLE, NULL);
    assert_int_equal(changes, 2);
    pass(5);
    assert_true(is_from_position());
    fake_api_open(request());
    assert_false(is_from_position());
    fake_api_open(request());
    assert_int_equal(changes, 3);
    assert_true(crd_watch_is_up(watch));
}

/* That it is opened makes up for nothing. */
static void test_flapping(void **state)
{
    unsigned requests = 0;

    (void)state;
    start();
    for (unsigned second = 0; second < 600; second++) {
        if (request() != NULL) {
            fake_api_open(request());
            fake_api_answer(request(), API_UNREACHABLE, NULL);
            requests++;
        }
        pass(1);
    }
    assert_in_range(requests, 6, 24);
}

static int set_up(void **state)
{
    (void)state;
    base = event_base_new();
    changes = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_api_reset();
    event_base_free(base);
    return 0;
}

#define CRD_WATCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRD_WATCH(test_ordinary), CRD_WATCH(test_silent),   CRD_WATCH(test_endless),
        CRD_WATCH(test_away),     CRD_WATCH(test_flapping),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
