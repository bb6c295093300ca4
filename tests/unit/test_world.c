/* SPDX-License-Identifier: Apache-2.0 */
/* What counts as known, with which lists read and which TLSRoutes served. */
#include "tests/unit/check.h"
#include "tests/unit/world_fixture.h"

#include "common/base/memory.h"
#include "reconciler/world/world.h"

#define LIST(KIND)   (1u << KIND_##KIND)
#define CERTIFICATES (LIST(POOL) | LIST(SERVER) | LIST(CERTIFICATE))
#define EVERYTHING   (CERTIFICATES | LIST(ROUTE))

static struct settings_message settings;
static struct world world;

static void init(const char *route_version)
{
    memset(&settings, 0, sizeof(settings));
    world = (struct world){
        .store.relations.pools = {touched_ignore, touched_ignore, NULL},
        .store.relations.certificates = {touched_ignore, touched_ignore, NULL},
        .settings = &settings,
        .route_version = memory_text(route_version),
    };
}

static void clear(void)
{
    world_clear(&world.store);
    free(world.route_version);
}

static void test_known(void **state)
{
    static const struct {
        const char *row;
        const char *route_version;
        unsigned lists;
        bool routes, certificates, in_sync;
    } rows[] = {
        {"nothing", NULL, 0, false, false, false},
        {"all", "v1", EVERYTHING, true, true, true},
        {"all, but not what is served", NULL, EVERYTHING, false, true, false},
        {"no TLSRoute served", "", CERTIFICATES, true, true, true},
        {"no TLSRoutes", "v1", CERTIFICATES, false, true, false},
        {"no Pools", "v1", EVERYTHING & ~LIST(POOL), true, false, false},
        {"no Servers", "v1", EVERYTHING & ~LIST(SERVER), true, false, false},
        {"no Certificates", "v1", EVERYTHING & ~LIST(CERTIFICATE), true, false, false},
        {"no Services and no Gateways are needed", "v1", EVERYTHING, true, true, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        init(rows[i].route_version);
        for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
            if (rows[i].lists & 1u << kind)
                list_read(&world.store, kind);
        }
        CHECK_ROW(rows[i].row, world_knows_routes(&world) == rows[i].routes);
        CHECK_ROW(rows[i].row, world_knows_certificates(&world) == rows[i].certificates);
        CHECK_ROW(rows[i].row, world_is_in_sync(&world) == rows[i].in_sync);
        CHECK_ROW(rows[i].row, !world_knows_gateways(&world));
        list_read(&world.store, KIND_GATEWAY);
        CHECK_ROW(rows[i].row, world_knows_gateways(&world));
        world_reader_lost(&world);
        CHECK_ROW(rows[i].row, !world_knows_routes(&world) && !world_knows_certificates(&world));
        CHECK_ROW(rows[i].row, !world_knows_gateways(&world));
        clear();
    }
}

/* With namespaces there is a list for each. */
static void test_namespaces(void **state)
{
    static const char *const namespaces[] = {"m", "n", "o"};

    (void)state;
    init("v1");
    for (size_t i = 0; i < COUNT_OF(namespaces); i++)
        text_list_add(&settings.namespaces, namespaces[i]);
    for (size_t i = 0; i < COUNT_OF(namespaces); i++) {
        assert_false(world_is_complete(&world, KIND_POOL));
        store_resync_begin(&world.store, KIND_POOL, namespaces[i]);
        list_end(&world.store, KIND_POOL, namespaces[i]);
    }
    assert_true(world_is_complete(&world, KIND_POOL));
    text_list_clear(&settings.namespaces);
    clear();
}

static void test_route_version(void **state)
{
    (void)state;
    init(NULL);
    world_set_route_version(&world, "v1alpha2");
    put_route(&world.store, "n/p", 1, "{}");
    put_gateway(&world.store, "n/g", 1, "[]");
    put_gateway_class(&world.store, "c", 1, "e/c");
    list_read(&world.store, KIND_ROUTE);
    list_read(&world.store, KIND_GATEWAY);
    world_set_route_version(&world, "v1alpha2");
    assert_true(world_knows_routes(&world));
    world_set_route_version(&world, "v1"); /* the lists are read again, in that version */
    assert_false(world_knows_routes(&world));
    assert_int_equal(store_count(&world.store, KIND_ROUTE), 1);
    list_read(&world.store, KIND_ROUTE);
    assert_true(world_knows_routes(&world));
    world_set_route_version(&world, ""); /* the CRDs are gone, and with them the objects */
    assert_true(world_knows_routes(&world));
    assert_int_equal(store_count(&world.store, KIND_ROUTE), 0);
    assert_int_equal(store_count(&world.store, KIND_GATEWAY), 0);
    assert_int_equal(store_count(&world.store, KIND_GATEWAY_CLASS), 0);
    assert_false(world_knows_gateways(&world));
    world_set_route_version(&world, "v1");
    assert_false(world_knows_routes(&world));
    clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_namespaces),
        cmocka_unit_test(test_route_version),
    };

    return cmocka_run_group_tests_name("world", tests, NULL, NULL);
}
