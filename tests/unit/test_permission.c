/* SPDX-License-Identifier: Apache-2.0 */
/* How the watcher finds out that it has been granted more rights. */
#include "tests/unit/check.h"
#include "tests/unit/fake_api.h"

#include "common/base/loop.h"
#include "watcher/permission.h"

static struct event_base *base;
static struct permission permission;
static unsigned granted[KIND_COUNT];

static void on_granted(enum kind kind, void *context)
{
    assert_ptr_equal(context, &permission);
    granted[kind]++;
}

/* PERMISSION_SECONDS are over; returns whether there was something to wait for. */
static bool time_passes(void)
{
    if (!evtimer_pending(permission.timer, NULL))
        return false;
    event_del(permission.timer);
    event_active(permission.timer, EV_TIMEOUT, 0);
    event_base_loop(base, EVLOOP_NONBLOCK);
    return true;
}

static void test_until_granted(void **state)
{
    (void)state;
    assert_false(time_passes());
    permission_await(&permission, KIND_POOL, NULL);
    permission_await(&permission, KIND_ROUTE, "v1");
    assert_int_equal(fake_api_pending(), 0); /* it has just been refused */
    assert_true(time_passes());
    assert_int_equal(fake_api_pending(), 2);
    assert_string_equal(fake_api_request(0),
                        "GET /apis/openvox.voxpupuli.org/v1alpha1/pools?limit=1");
    assert_string_equal(fake_api_request(1),
                        "GET /apis/gateway.networking.k8s.io/v1/tlsroutes?limit=1");
    fake_api_answer(fake_api_waiting("pools"), API_FORBIDDEN, NULL);
    assert_true(time_passes());
    assert_int_equal(fake_api_pending(), 2); /* the other one is still under way */
    fake_api_answer(fake_api_waiting("tlsroutes"), API_OK, "{}");
    fake_api_answer(fake_api_waiting("pools"), API_UNREACHABLE, NULL);
    assert_int_equal(granted[KIND_ROUTE], 1);
    assert_true(time_passes());
    assert_int_equal(fake_api_pending(), 1);
    fake_api_answer(fake_api_waiting("pools"), API_OK, "{}");
    assert_int_equal(granted[KIND_POOL], 1);
    assert_false(time_passes());
}

/* A right to list that is none to watch: it is not tried again and again. */
static void test_not_enough(void **state)
{
    (void)state;
    permission_await(&permission, KIND_POOL, NULL);
    time_passes();
    fake_api_answer(fake_api_waiting("pools"), API_OK, "{}");
    permission_await(&permission, KIND_POOL, NULL);
    time_passes();
    assert_int_equal(fake_api_pending(), 0);
    permission_forget(&permission);
    permission_await(&permission, KIND_POOL, NULL);
    time_passes();
    assert_int_equal(fake_api_pending(), 1);
    permission_forget(&permission);
    assert_int_equal(fake_api_pending(), 0);
    assert_false(time_passes());
}

static int set_up(void **state)
{
    (void)state;
    base = loop_new();
    memset(granted, 0, sizeof(granted));
    permission_init(&permission, base, NULL, on_granted, &permission);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    permission_forget(&permission);
    fake_api_reset();
    event_free(permission.timer);
    event_base_free(base);
    return 0;
}

#define PERMISSION(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PERMISSION(test_until_granted),
        PERMISSION(test_not_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
