/* SPDX-License-Identifier: Apache-2.0 */
/* What is decided while lists are read for the first time: nothing, but not for ever. */
#include "tests/unit/check.h"
#include "tests/unit/world_fixture.h"

#include "common/base/delays.h"
#include "common/base/memory.h"
#include "reconciler/gather.h"

#define WAIT_SECONDS (GATHER_MILLISECONDS / 1000.0)

static struct event_base *base;
static struct settings_message settings;
static struct world world;
static struct gather gather;
static size_t works, ends, works_at_end, certificates;

static void work(const char *key, void *context)
{
    (void)context;
    works++;
    queue_end(gather.pools, key, (struct retry){.when = RETRY_NEVER});
}

static void work_on_certificate(const char *key, void *context)
{
    (void)context;
    certificates++;
    queue_end(gather.certificates, key, (struct retry){.when = RETRY_NEVER});
}

static void on_over(void *context)
{
    (void)context;
    ends++;
    works_at_end = works;
    queue_recheck(gather.pools, "n/other");
}

static void on_list_read(enum kind kind, void *context)
{
    (void)kind;
    (void)context;
    gather_update(&gather);
}

static int set_up(void **state)
{
    (void)state;
    base = event_base_new();
    works = ends = certificates = 0;
    world = (struct world){
        .store = {.relations.pools = {touched_ignore, touched_ignore, NULL},
                  .relations.certificates = {touched_ignore, touched_ignore, NULL},
                  .list_read = on_list_read},
        .settings = &settings,
    };
    gather =
        (struct gather){.world = &world,
                        .pools = check_keep(queue_new(base, 100, work, NULL)),
                        .certificates = check_keep(queue_new(base, 100, work_on_certificate, NULL)),
                        .over = on_over};
    gather_init(&gather, base);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_clear(&world.store);
    free(world.route_version);
    event_free(gather.timer);
    event_base_free(base);
    return 0;
}

static void begin(enum kind kind)
{
    store_resync_begin(&world.store, kind, "");
    gather_update(&gather);
}

static void serve(const char *version)
{
    world_set_route_version(&world, version);
    gather_update(&gather);
}

static bool has_ended(const void *context)
{
    (void)context;
    return ends > 0;
}

static void test_all_lists(void **state)
{
    (void)state;
    begin(KIND_POOL);
    queue_add(gather.pools, "n/a");
    queue_add(gather.certificates, "n/c");
    list_end(&world.store, KIND_POOL, "");
    check_settle(base);
    assert_int_equal(works, 0); /* it is not known yet whether there are TLSRoutes to list */
    assert_int_equal(certificates, 0);
    gather_queued(&gather); /* which is said of other things, too */
    check_settle(base);
    assert_int_equal(works, 0);
    serve("v1");
    assert_int_equal(ends, 1);
    check_settle(base);
    assert_int_equal(works, 0); /* as long as more is queued */
    assert_int_equal(certificates, 0);
    gather_queued(&gather);
    check_settle(base);
    assert_int_equal(works, 2);
    assert_int_equal(certificates, 1);
    begin(KIND_ROUTE);
    begin(KIND_SERVICE);
    queue_add(gather.pools, "n/a");
    check_settle(base);
    list_end(&world.store, KIND_SERVICE, "");
    check_settle(base);
    assert_true(gather_goes_on(&gather));
    assert_int_equal(works, 2);
    list_end(&world.store, KIND_ROUTE, "");
    assert_false(gather_goes_on(&gather));
    assert_int_equal(ends, 2);
    gather_queued(&gather);
    check_settle(base);
    assert_int_equal(works, 4);
    begin(KIND_ROUTE); /* read again: what is known stays */
    assert_false(gather_goes_on(&gather));
}

/* A list that brings nothing is not waited for, nor when it begins anew, as it does when it fails.
 */
static void test_list_that_does_not_come(void **state)
{
    const double began = check_now();

    (void)state;
    serve("v1");
    begin(KIND_SERVER);
    queue_add(gather.pools, "n/a");
    assert_true(check_run(base, 30, has_ended, NULL));
    assert_true(check_now() - began > 0.9 * WAIT_SECONDS);
    assert_int_equal(works_at_end, 0);
    gather_queued(&gather);
    check_settle(base);
    assert_int_equal(works, 2);
    begin(KIND_SERVER);
    assert_false(gather_goes_on(&gather));
    list_end(&world.store, KIND_SERVER, "");
    begin(KIND_POOL); /* another one, later */
    assert_true(gather_goes_on(&gather));
}

static void test_list_that_is_long(void **state)
{
    const double began = check_now();

    (void)state;
    serve("v1");
    begin(KIND_POOL);
    put_pool(&world.store, "n/a", 1, "a.b");
    assert_true(check_run(base, 30, has_ended, NULL));
    assert_true(check_now() - began > 1.9 * WAIT_SECONDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_lists, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_list_that_does_not_come, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_list_that_is_long, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
