/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a change concerns: what each kind of object touches, as it comes, changes and goes. */
#include "tests/unit/check.h"
#include "tests/unit/world_fixture.h"

#include <stdlib.h>

static struct store store;
static struct touched touched;

static void test_pools(void **state)
{
    (void)state;
    put_pool(&store, "n/a", 1, "x.b");
    touched_expect("new", &touched, "n/a|");
    put_pool(&store, "n/a", 2, "x.b");
    touched_expect("the same with a newer version", &touched, "");
    put_pool(&store, "n/a", 3, "y.b");
    touched_expect("other hostname", &touched, "n/a|");
    put_pool(&store, "n/b", 1, "y.b");
    touched_expect("the same hostname", &touched, "n/b|");
    put_pool(&store, "m/b", 1, "y.b");
    touched_expect("the same hostname elsewhere", &touched, "m/b|");
    put_pool(&store, "n/b", 2, "z.b");
    touched_expect("gives up the hostname", &touched, "n/b|");
    put_pool(&store, "n/b", 3, "y.b");
    touched_expect("takes it again", &touched, "n/b|");
    put_pool(&store, "n/b", 4, NULL);
    touched_expect("route off", &touched, "n/b|");
    put_pool(&store, "n/a", 4, NULL);
    touched_expect("both off", &touched, "n/a|");
    put_pool(&store, "n/a", 5, "y.b");
    put_pool(&store, "n/b", 5, "y.b");
    touched_expect("both on", &touched, "n/a|n/b|");
    store_remove(&store, KIND_POOL, "n/b", "u-n/b");
    touched_expect("gone", &touched, "n/b|");
    store_remove(&store, KIND_POOL, "n/b", "u-n/b");
    touched_expect("gone already", &touched, "");
    assert_int_equal(store_count(&store, KIND_POOL), 2);
}

static void test_servers(void **state)
{
    (void)state;
    put_server(&store, "n/s", 1, "c", "a");
    touched_expect("new, its Pool not there", &touched, "n/a|");
    put_server(&store, "n/s", 2, "c", "a");
    touched_expect("the same", &touched, "");
    put_server(&store, "n/s", 3, "c", "b");
    touched_expect("from one Pool to another", &touched, "n/a|n/b|");
    put_server(&store, "n/s", 4, "c", "b,a,a");
    touched_expect("more Pools", &touched, "n/a|n/b|");
    put_server(&store, "n/s", 5, "d", "b,a,a");
    touched_expect("other Certificate", &touched, "n/a|n/b|");
    put_server(&store, "n/s", 6, "d", "");
    touched_expect("no Pools", &touched, "n/a|n/b|");
    put_server(&store, "n/s", 7, "d", "a");
    touched_expect("one again", &touched, "n/a|");
    store_remove(&store, KIND_SERVER, "n/s", "u-n/s");
    touched_expect("gone", &touched, "n/a|");
    put_certificate(&store, "n/d", 1, "x");
    touched_expect("its Certificate concerns nobody now", &touched, "");
}

static void test_certificates(void **state)
{
    (void)state;
    put_certificate(&store, "n/c", 1, "x");
    touched_expect("new, nobody uses it", &touched, "");
    put_server(&store, "n/s", 1, "c", "a,b");
    put_server(&store, "n/t", 1, "c", "b,d");
    put_server(&store, "n/u", 1, "other", "e");
    put_server(&store, "m/s", 1, "c", "f");
    touched_expect("servers", &touched, "m/f|n/a|n/b|n/d|n/e|");
    put_certificate(&store, "n/c", 2, "x");
    touched_expect("the same", &touched, "");
    put_certificate(&store, "n/c", 3, "y");
    touched_expect("other names, which Pools need not know", &touched, "");
    put_unreadable(&store, KIND_CERTIFICATE, "n/c", "p");
    touched_expect("not understood any more", &touched, "n/a|n/b|n/d|");
    put_certificate(&store, "n/c", 4, "z");
    touched_expect("understood again", &touched, "n/a|n/b|n/d|");
    put_server(&store, "n/t", 2, "other", "b,d");
    touched_expect("a Server leaves it", &touched, "n/b|n/d|");
    put_unreadable(&store, KIND_CERTIFICATE, "n/c", "p");
    touched_expect("the one that is left", &touched, "n/a|n/b|");
    store_remove(&store, KIND_CERTIFICATE, "n/c", "u-n/c");
    touched_expect("gone", &touched, "n/a|n/b|");
    put_unreadable(&store, KIND_CERTIFICATE, "n/c", "p");
    touched_expect("there again, not understood", &touched, "n/a|n/b|");
}

static void test_routes(void **state)
{
    (void)state;
    put_route(&store, "n/a", 1, "{}");
    touched_expect("new", &touched, "n/a|");
    put_route(&store, "n/a", 2, "{}");
    touched_expect("the same", &touched, "");
    put_route(&store, "n/a", 3, "[]");
    touched_expect("other spec", &touched, "n/a|");
    store_remove(&store, KIND_ROUTE, "n/a", "u-n/a");
    touched_expect("gone", &touched, "n/a|");
}

static void test_services(void **state)
{
    (void)state;
    put_service(&store, "n/a", 1, "{}");
    touched_expect("new, its Pool not there", &touched, "n/a|");
    put_service(&store, "n/a", 2, "{}");
    touched_expect("the same", &touched, "");
    put_service(&store, "n/a", 3, "[]");
    touched_expect("other spec", &touched, "n/a|");
    put_unreadable(&store, KIND_SERVICE, "n/a", "p");
    touched_expect("broken", &touched, "n/a|");
    store_remove(&store, KIND_SERVICE, "n/a", "u-n/a");
    touched_expect("gone", &touched, "n/a|");
}

/* A Gateway concerns the Pools that want a route at it. */
static void test_gateways(void **state)
{
    (void)state;
    put_gateway(&store, "i/gw", 1, "[]");
    touched_expect("new, nobody uses it", &touched, "");
    put_rival(&store, "n/a", 1, "a.x", "i/gw");
    put_rival(&store, "m/b", 2, "b.x", "i/gw");
    put_rival(&store, "n/c", 3, "c.x", "gw");
    put_rival(&store, "i/d", 4, "d.x", "gw");
    put_rival(&store, "n/e", 5, NULL, "i/gw");
    touched_expect("Pools", &touched, "i/d|m/b|n/a|n/c|n/e|");
    put_gateway(&store, "i/gw", 2, "[]");
    touched_expect("the same", &touched, "");
    put_gateway(&store, "i/gw", 3, "[1]");
    touched_expect("other listeners", &touched, "i/d|m/b|n/a|");
    put_gateway(&store, "n/gw", 1, "[]");
    touched_expect("another one", &touched, "n/c|");
    put_unreadable(&store, KIND_GATEWAY, "i/gw", "p");
    touched_expect("broken", &touched, "i/d|m/b|n/a|");
    put_unreadable(&store, KIND_GATEWAY, "i/gw2", "p");
    touched_expect("broken, nobody uses it", &touched, "");
    put_rival(&store, "n/a", 1, "a.x", "i/gw2");
    touched_expect("a Pool moves", &touched, "n/a|");
    store_remove(&store, KIND_GATEWAY, "i/gw2", "");
    touched_expect("gone, never understood", &touched, "n/a|");
    put_rival(&store, "m/b", 2, NULL, "i/gw");
    touched_expect("a Pool leaves", &touched, "m/b|");
    store_remove(&store, KIND_GATEWAY, "i/gw", "u-i/gw");
    touched_expect("gone", &touched, "i/d|");
    store_remove(&store, KIND_POOL, "i/d", "u-i/d");
    touched_expect("a Pool is gone", &touched, "i/d|");
    put_gateway(&store, "i/gw", 4, "[]");
    touched_expect("there again", &touched, "");
}

/* A GatewayClass concerns the Pools at all Gateways of it. */
static void test_gateway_classes(void **state)
{
    (void)state;
    put_gateway_class(&store, "c", 1, "e/c");
    touched_expect("new, nobody uses it", &touched, "");
    put_rival(&store, "n/a", 1, "a.x", "i/gw");
    put_rival(&store, "n/b", 2, "b.x", "gw");
    put_rival(&store, "n/c", 3, "c.x", "other");
    put_gateway_of(&store, "i/gw", 1, "c", "");
    put_gateway_of(&store, "n/gw", 1, "c", "");
    put_gateway_of(&store, "n/other", 1, "d", "");
    touched_expect("Pools and Gateways", &touched, "n/a|n/b|n/c|");
    put_gateway_class(&store, "c", 2, "e/c");
    touched_expect("the same", &touched, "");
    put_gateway_class(&store, "c", 3, "e/new");
    touched_expect("another controller", &touched, "n/a|n/b|");
    put_gateway_of(&store, "i/gw", 2, "d", "");
    touched_expect("a Gateway gets another class", &touched, "n/a|");
    put_gateway_class(&store, "d", 1, "e/d");
    touched_expect("that class appears", &touched, "n/a|n/c|");
    put_gateway_of(&store, "i/gw", 3, "d", "{}");
    touched_expect("another status", &touched, "n/a|");
    store_remove(&store, KIND_GATEWAY_CLASS, "/c", "c");
    touched_expect("gone", &touched, "n/b|");
    store_remove(&store, KIND_GATEWAY_CLASS, "/d", "d");
    touched_expect("the other one is gone", &touched, "n/a|n/c|");
}

/* A Certificate learns of all that its names depend on: itself, its Servers, and their Pools. */
static void test_touched_certificates(void **state)
{
    (void)state;
    store.relations.pools.touched = store.relations.pools.recheck = touched_ignore;
    store.relations.certificates.touched = store.relations.certificates.recheck = touched_add;
    put_certificate(&store, "n/c", 1, "x");
    touched_expect("itself", &touched, "n/c|");
    put_certificate(&store, "n/c", 2, "x");
    touched_expect("the same", &touched, "");
    put_server(&store, "n/s", 1, "c", "a,b");
    touched_expect("a Server, its Pools not there", &touched, "n/c|");
    put_server(&store, "n/t", 1, "d", "b");
    touched_expect("another, its Certificate not there", &touched, "n/d|");
    put_server(&store, "m/s", 1, "c", "a");
    touched_expect("in another namespace", &touched, "m/c|");
    put_pool(&store, "n/a", 1, "a.b");
    touched_expect("a Pool of one", &touched, "n/c|");
    put_pool(&store, "n/b", 1, "b.b");
    touched_expect("a Pool of both", &touched, "n/c|n/d|");
    put_pool(&store, "n/b", 2, "b.b");
    touched_expect("the Pool as it was", &touched, "");
    put_pool(&store, "n/b", 3, NULL);
    touched_expect("its route off", &touched, "n/c|n/d|");
    put_pool(&store, "n/e", 1, "e.b");
    touched_expect("a Pool without Servers", &touched, "");
    put_server(&store, "n/t", 2, "c", "b");
    touched_expect("from one Certificate to the other", &touched, "n/c|n/d|");
    store_remove(&store, KIND_POOL, "n/b", "u-n/b");
    touched_expect("a Pool gone", &touched, "n/c|");
    put_unreadable(&store, KIND_SERVER, "n/s", "p");
    touched_expect("a Server not understood any more", &touched, "n/c|");
    store_remove(&store, KIND_SERVER, "n/t", "u-n/t");
    touched_expect("a Server gone", &touched, "n/c|");
    put_ledger(&store, "n/c", 5, "{\"x\":[\"old\"]}");
    touched_expect("a ledger", &touched, "n/c|");
    put_pool(&store, "n/old", 1, "x");
    touched_expect("a Pool that only the ledger names", &touched, "n/c|");
    put_ledger(&store, "n/c", 6, "");
    put_pool(&store, "n/old", 2, "y");
    touched_expect("no longer", &touched, "n/c|");
    put_pool(&store, "n/old", 3, "z");
    touched_expect("so it is not concerned", &touched, "");
    store_remove(&store, KIND_CERTIFICATE, "n/c", "u-n/c");
    touched_expect("itself gone", &touched, "n/c|");
    put_certificate(&store, "n/c", 9, "x");
    put_certificate(&store, "n/z", 9, "x");
    touched_expect("new ones", &touched, "n/c|n/z|");
    recheck_all(&store);
    touched_expect("all", &touched, "n/c|n/z|");
}

static void test_gateway_key(void **state)
{
    static const struct {
        const char *namespace, *key;
    } rows[] = {{"", "n/gw"}, {"i", "i/gw"}, {"n", "n/gw"}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct pool_message pool = {
            .namespace = "n", .gateway_namespace = rows[i].namespace, .gateway_name = "gw"};
        char *key = object_gateway_key(&pool);

        CHECK_ROW_TEXT(rows[i].namespace, key, rows[i].key);
        free(key);
    }
}

static void test_unreadable_kinds(void **state)
{
    (void)state;
    put_unreadable(&store, KIND_SERVER, "n/s", "p");
    touched_expect("a Server, never understood", &touched, "");
    put_server(&store, "n/s", 1, "c", "a");
    touched_expect("understood", &touched, "n/a|");
    put_unreadable(&store, KIND_SERVER, "n/s", "p");
    touched_expect("broken", &touched, "n/a|");
    put_certificate(&store, "n/c", 1, "x");
    touched_expect("its relations still hold", &touched, "n/a|");
    put_unreadable(&store, KIND_CERTIFICATE, "n/c", "p");
    touched_expect("a Certificate", &touched, "n/a|");
    put_unreadable(&store, KIND_ROUTE, "n/r", "p");
    touched_expect("a TLSRoute", &touched, "n/r|");
    store_remove(&store, KIND_SERVER, "n/s", "u-n/s");
    touched_expect("a broken Server is gone", &touched, "n/a|");
}

static void test_touch_all(void **state)
{
    (void)state;
    recheck_all(&store);
    touched_expect("empty", &touched, "");
    put_pool(&store, "n/a", 1, "a.b");
    put_pool(&store, "m/b", 1, NULL);
    put_unreadable(&store, KIND_POOL, "n/c", "p");
    put_route(&store, "n/r", 1, "{}");
    touched_expect("new", &touched, "m/b|n/a|n/c|n/r|");
    recheck_all(&store);
    touched_expect("all Pools", &touched, "m/b|n/a|n/c|");
}

static int set_up(void **state)
{
    (void)state;
    touched.count = 0;
    store = (struct store){
        .relations.pools = {touched_add, touched_add, &touched},
        .relations.certificates = {touched_ignore, touched_ignore, &touched},
    };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_clear(&store);
    return 0;
}

#define RELATIONS_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELATIONS_TEST(test_pools),           RELATIONS_TEST(test_servers),
        RELATIONS_TEST(test_certificates),    RELATIONS_TEST(test_routes),
        RELATIONS_TEST(test_services),        RELATIONS_TEST(test_gateways),
        RELATIONS_TEST(test_gateway_classes), RELATIONS_TEST(test_touched_certificates),
        RELATIONS_TEST(test_gateway_key),     RELATIONS_TEST(test_unreadable_kinds),
        RELATIONS_TEST(test_touch_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
