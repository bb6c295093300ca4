/* SPDX-License-Identifier: Apache-2.0 */
/* The store: what each kind of change touches, resyncs in their scope, what is old or broken. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/objects/key.h"
#include "reconciler/world/store.h"

#include <stdio.h>

/* The Pools touched, each once, in order of the alphabet, with a '|' after each. */
struct touched {
    char keys[32][64];
    size_t count;
};

static struct store store;
static struct touched touched;
static size_t notes_freed;

static void on_touched(const char *key, void *context);
static void pass_over(const char *key, void *context);
static void expect_touched(const char *row, const char *keys);
static void put(struct message);
static struct message object_of(enum message_type, const char *path, uint64_t version);
static void put_pool(const char *path, uint64_t version, const char *hostname);
static void put_server(const char *path, uint64_t version, const char *certificate,
                       const char *pools);
static void put_certificate(const char *path, uint64_t version, const char *name);
static void put_ledger(const char *path, uint64_t version, const char *ledger);
static void put_route(const char *path, uint64_t version, const char *spec);
static void put_service(const char *path, uint64_t version, const char *spec);
static void put_gateway(const char *path, uint64_t version, const char *listeners);
static void put_rival(const char *path, uint64_t created, const char *hostname,
                      const char *gateway);
static void expect_rivals(const char *path, const char *keys);
static bool put_unreadable(enum kind, const char *path, const char *problem);
static void free_state(void *notes);
static void split(const char *path, char *namespace, char *name);

static void test_pools(void **state)
{
    (void)state;
    put_pool("n/a", 1, "x.b");
    expect_touched("new", "n/a|");
    put_pool("n/a", 2, "x.b");
    expect_touched("the same with a newer version", "");
    put_pool("n/a", 3, "y.b");
    expect_touched("other hostname", "n/a|");
    put_pool("n/b", 1, "y.b");
    expect_touched("the same hostname", "n/a|n/b|");
    put_pool("m/b", 1, "y.b");
    expect_touched("the same hostname elsewhere", "m/b|");
    put_pool("n/b", 2, "z.b");
    expect_touched("gives up the hostname", "n/a|n/b|");
    put_pool("n/b", 3, "y.b");
    expect_touched("takes it again", "n/a|n/b|");
    put_pool("n/b", 4, NULL);
    expect_touched("route off", "n/a|n/b|");
    put_pool("n/a", 4, NULL);
    expect_touched("both off", "n/a|");
    put_pool("n/a", 5, "y.b");
    put_pool("n/b", 5, "y.b");
    expect_touched("both on", "n/a|n/b|");
    store_remove(&store, KIND_POOL, "n/b", "u-n/b");
    expect_touched("gone", "n/a|n/b|");
    store_remove(&store, KIND_POOL, "n/b", "u-n/b");
    expect_touched("gone already", "");
    assert_int_equal(store_count(&store, KIND_POOL), 2);
}

static void test_servers(void **state)
{
    (void)state;
    put_server("n/s", 1, "c", "a");
    expect_touched("new, its Pool not there", "n/a|");
    put_server("n/s", 2, "c", "a");
    expect_touched("the same", "");
    put_server("n/s", 3, "c", "b");
    expect_touched("from one Pool to another", "n/a|n/b|");
    put_server("n/s", 4, "c", "b,a,a");
    expect_touched("more Pools", "n/a|n/b|");
    put_server("n/s", 5, "d", "b,a,a");
    expect_touched("other Certificate", "n/a|n/b|");
    put_server("n/s", 6, "d", "");
    expect_touched("no Pools", "n/a|n/b|");
    put_server("n/s", 7, "d", "a");
    expect_touched("one again", "n/a|");
    store_remove(&store, KIND_SERVER, "n/s", "u-n/s");
    expect_touched("gone", "n/a|");
    put_certificate("n/d", 1, "x");
    expect_touched("its Certificate concerns nobody now", "");
}

static void test_certificates(void **state)
{
    (void)state;
    put_certificate("n/c", 1, "x");
    expect_touched("new, nobody uses it", "");
    put_server("n/s", 1, "c", "a,b");
    put_server("n/t", 1, "c", "b,d");
    put_server("n/u", 1, "other", "e");
    put_server("m/s", 1, "c", "f");
    expect_touched("servers", "m/f|n/a|n/b|n/d|n/e|");
    put_certificate("n/c", 2, "x");
    expect_touched("the same", "");
    put_certificate("n/c", 3, "y");
    expect_touched("other names", "n/a|n/b|n/d|");
    put_server("n/t", 2, "other", "b,d");
    expect_touched("a Server leaves it", "n/b|n/d|");
    put_certificate("n/c", 4, "z");
    expect_touched("the one that is left", "n/a|n/b|");
    store_remove(&store, KIND_CERTIFICATE, "n/c", "u-n/c");
    expect_touched("gone", "n/a|n/b|");
    put_unreadable(KIND_CERTIFICATE, "n/c", "p");
    expect_touched("there again, not understood", "n/a|n/b|");
}

/* A Certificate learns of all that its names depend on: itself, its Servers, and their Pools. */
static void test_touched_certificates(void **state)
{
    (void)state;
    store.touched = pass_over;
    store.touched_certificate = on_touched;
    put_certificate("n/c", 1, "x");
    expect_touched("itself", "n/c|");
    put_certificate("n/c", 2, "x");
    expect_touched("the same", "");
    put_server("n/s", 1, "c", "a,b");
    expect_touched("a Server, its Pools not there", "n/c|");
    put_server("n/t", 1, "d", "b");
    expect_touched("another, its Certificate not there", "n/d|");
    put_server("m/s", 1, "c", "a");
    expect_touched("in another namespace", "m/c|");
    put_pool("n/a", 1, "a.b");
    expect_touched("a Pool of one", "n/c|");
    put_pool("n/b", 1, "b.b");
    expect_touched("a Pool of both", "n/c|n/d|");
    put_pool("n/b", 2, "b.b");
    expect_touched("the Pool as it was", "");
    put_pool("n/b", 3, NULL);
    expect_touched("its route off", "n/c|n/d|");
    put_pool("n/e", 1, "e.b");
    expect_touched("a Pool without Servers", "");
    put_server("n/t", 2, "c", "b");
    expect_touched("from one Certificate to the other", "n/c|n/d|");
    store_remove(&store, KIND_POOL, "n/b", "u-n/b");
    expect_touched("a Pool gone", "n/c|");
    put_unreadable(KIND_SERVER, "n/s", "p");
    expect_touched("a Server not understood any more", "n/c|");
    store_remove(&store, KIND_SERVER, "n/t", "u-n/t");
    expect_touched("a Server gone", "n/c|");
    put_ledger("n/c", 5, "{\"x\":[\"old\"]}");
    expect_touched("a ledger", "n/c|");
    put_pool("n/old", 1, "x");
    expect_touched("a Pool that only the ledger names", "n/c|");
    put_ledger("n/c", 6, "");
    put_pool("n/old", 2, "y");
    expect_touched("no longer", "n/c|");
    put_pool("n/old", 3, "z");
    expect_touched("so it is not concerned", "");
    store_remove(&store, KIND_CERTIFICATE, "n/c", "u-n/c");
    expect_touched("itself gone", "n/c|");
    put_certificate("n/c", 9, "x");
    put_certificate("n/z", 9, "x");
    expect_touched("new ones", "n/c|n/z|");
    store_touch_all(&store);
    expect_touched("all", "n/c|n/z|");
}

static void test_routes(void **state)
{
    (void)state;
    put_route("n/a", 1, "{}");
    expect_touched("new", "n/a|");
    put_route("n/a", 2, "{}");
    expect_touched("the same", "");
    put_route("n/a", 3, "[]");
    expect_touched("other spec", "n/a|");
    store_remove(&store, KIND_ROUTE, "n/a", "u-n/a");
    expect_touched("gone", "n/a|");
}

static void test_services(void **state)
{
    (void)state;
    put_service("n/a", 1, "{}");
    expect_touched("new, its Pool not there", "n/a|");
    put_service("n/a", 2, "{}");
    expect_touched("the same", "");
    put_service("n/a", 3, "[]");
    expect_touched("other spec", "n/a|");
    put_unreadable(KIND_SERVICE, "n/a", "p");
    expect_touched("broken", "n/a|");
    store_remove(&store, KIND_SERVICE, "n/a", "u-n/a");
    expect_touched("gone", "n/a|");
}

/* A Gateway concerns the Pools that want a route at it. */
static void test_gateways(void **state)
{
    (void)state;
    put_gateway("i/gw", 1, "[]");
    expect_touched("new, nobody uses it", "");
    put_rival("n/a", 1, "a.x", "i/gw");
    put_rival("m/b", 2, "b.x", "i/gw");
    put_rival("n/c", 3, "c.x", "gw");
    put_rival("i/d", 4, "d.x", "gw");
    put_rival("n/e", 5, NULL, "i/gw");
    expect_touched("Pools", "i/d|m/b|n/a|n/c|n/e|");
    put_gateway("i/gw", 2, "[]");
    expect_touched("the same", "");
    put_gateway("i/gw", 3, "[1]");
    expect_touched("other listeners", "i/d|m/b|n/a|");
    put_gateway("n/gw", 1, "[]");
    expect_touched("another one", "n/c|");
    put_unreadable(KIND_GATEWAY, "i/gw", "p");
    expect_touched("broken", "i/d|m/b|n/a|");
    put_unreadable(KIND_GATEWAY, "i/gw2", "p");
    expect_touched("broken, nobody uses it", "");
    put_rival("n/a", 1, "a.x", "i/gw2");
    expect_touched("a Pool moves", "n/a|");
    store_remove(&store, KIND_GATEWAY, "i/gw2", "");
    expect_touched("gone, never understood", "n/a|");
    put_rival("m/b", 2, NULL, "i/gw");
    expect_touched("a Pool leaves", "m/b|");
    store_remove(&store, KIND_GATEWAY, "i/gw", "u-i/gw");
    expect_touched("gone", "i/d|");
    store_remove(&store, KIND_POOL, "i/d", "u-i/d");
    expect_touched("a Pool is gone", "i/d|");
    put_gateway("i/gw", 4, "[]");
    expect_touched("there again", "");
}

/* A change of one Pool concerns those whose hostname meets the old one or the new one. */
static void test_conflicts(void **state)
{
    (void)state;
    put_rival("n/a", 1, "a.x", "gw");
    expect_touched("alone", "n/a|");
    put_rival("n/w", 2, "*.x", "gw");
    expect_touched("a wildcard that covers it", "n/a|n/w|");
    put_rival("n/b", 3, "b.x", "gw");
    expect_touched("under the wildcard, not the other", "n/b|n/w|");
    put_rival("n/v", 4, "*.y.x", "gw");
    expect_touched("a narrower wildcard", "n/v|n/w|");
    put_rival("n/c", 5, "c.y.x", "gw");
    expect_touched("under both", "n/c|n/v|n/w|");
    put_rival("n/d", 6, "x", "gw");
    expect_touched("under none", "n/d|");
    put_rival("m/a", 7, "a.x", "gw");
    expect_touched("at another Gateway", "m/a|");
    put_rival("m/a", 7, "a.x", "n/gw");
    expect_touched("at the same, from another namespace", "m/a|n/a|n/w|");
    put_rival("n/c", 5, "*.c.y.x", "gw");
    expect_touched("from a name to a wildcard", "n/c|n/v|n/w|");
    put_rival("n/w", 2, "*.z", "gw");
    expect_touched("the wildcard moves away", "m/a|n/a|n/b|n/c|n/v|n/w|");
    put_rival("n/w", 2, "*.y.x", "gw");
    expect_touched("and comes in beside another", "n/c|n/v|n/w|");
    store_remove(&store, KIND_POOL, "n/v", "u-n/v");
    expect_touched("gone", "n/c|n/v|n/w|");
    put_unreadable(KIND_POOL, "n/w", "p");
    expect_touched("broken: what was known still counts", "n/c|n/w|");
    put_rival("n/w", 2, NULL, "gw");
    expect_touched("off", "n/c|n/w|");
    put_rival("n/c", 5, "q", "gw");
    expect_touched("nobody is left", "n/c|");
}

/* Each with its rivals: the oldest first, then by key; never itself, never one that goes. */
static void test_rivals(void **state)
{
    static const struct {
        const char *path;
        uint64_t created;
        const char *hostname, *rivals;
    } rows[] = {
        {"n/a", 5, "a.x", "n/w|n/a2|n/a1|n/star|"},
        {"n/a1", 9, "a.x", "n/w|n/a2|n/a|n/star|"},
        {"n/a2", 3, "a.x", "n/w|n/a|n/a1|n/star|"},
        {"n/w", 1, "*.x", "n/a2|n/v|n/a|n/deep|n/a1|n/star|"},
        {"n/v", 4, "*.b.x", "n/w|n/deep|n/star|"},
        {"n/star", 9, "*.x", "n/w|n/a2|n/v|n/a|n/deep|n/a1|"},
        {"n/deep", 8, "c.a.b.x", "n/w|n/v|n/star|"},
        {"n/other", 0, "x", ""},
        {"n/xx", 0, "xx", ""},
        {"n/empty", 0, "", ""},
        {"n/dots", 0, "..", "n/wilder|"}, /* none of these is a hostname; they do no harm */
        {"n/wild", 0, "*", ""},
        {"n/wilder", 0, "*.", ""},
        {"n/upper", 0, "A.Y", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        put_rival(rows[i].path, rows[i].created, rows[i].hostname, "gw");
    put_rival("n/going", 0, "a.x", "gw");
    store_find(&store, KIND_POOL, "n/going")->message.pool.deleting = true;
    put_rival("m/far", 0, "a.x", "gw");
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect_rivals(rows[i].path, rows[i].rivals);
    expect_rivals("n/going", "n/w|n/a2|n/a|n/a1|n/star|");
    expect_rivals("m/far", "");
    touched.count = 0;
    store_touch_rivals(&store, store_find(&store, KIND_POOL, "n/v"));
    expect_touched("rivals", "n/deep|n/star|n/w|");
    store_touch_rivals(&store, store_find(&store, KIND_POOL, "n/other"));
    expect_touched("no rivals", "");
}

/* The kind is no longer served: its objects are gone, and its lists were never read. */
static void test_forget(void **state)
{
    (void)state;
    store_forget(&store, KIND_ROUTE);
    expect_touched("nothing to forget", "");
    for (enum kind kind = KIND_POOL; kind <= KIND_ROUTE; kind++) {
        store_resync_begin(&store, kind, "m");
        store_resync_begin(&store, kind, "n");
    }
    put_pool("n/a", 1, "a.x");
    put_route("n/a", 1, "{}");
    put_route("m/b", 1, "{}");
    put_unreadable(KIND_ROUTE, "n/c", "p");
    for (enum kind kind = KIND_POOL; kind <= KIND_ROUTE; kind++) {
        store_resync_end(&store, kind, "m");
        store_resync_end(&store, kind, "n");
    }
    expect_touched("new", "m/b|n/a|n/c|");
    store_forget(&store, KIND_ROUTE);
    expect_touched("forgotten", "m/b|n/a|n/c|");
    assert_int_equal(store_count(&store, KIND_ROUTE), 0);
    assert_int_equal(store_count(&store, KIND_POOL), 1);
    assert_false(store_complete(&store, KIND_ROUTE, 1));
    assert_true(store_complete(&store, KIND_POOL, 2)); /* the others stay */
    assert_true(store_complete(&store, KIND_SERVER, 2));
    store_resync_end(&store, KIND_ROUTE, "n"); /* of a list that is forgotten */
    assert_false(store_complete(&store, KIND_ROUTE, 1));
    store_resync_begin(&store, KIND_ROUTE, "n");
    put_route("n/a", 1, "{}"); /* an older version than before is news */
    store_resync_end(&store, KIND_ROUTE, "n");
    expect_touched("served again", "n/a|");
    assert_true(store_complete(&store, KIND_ROUTE, 1));
    assert_false(store_complete(&store, KIND_ROUTE, 2));
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
        char *key = store_gateway_key(&pool);

        CHECK_ROW_TEXT(rows[i].namespace, key, rows[i].key);
        free(key);
    }
}

static void test_versions(void **state)
{
    struct object *object;

    (void)state;
    put_pool("n/a", 10, "x.b");
    expect_touched("new", "n/a|");
    put_pool("n/a", 9, "old.b");
    expect_touched("an older state", "");
    object = store_find(&store, KIND_POOL, "n/a");
    assert_string_equal(object->message.pool.hostname, "x.b");
    assert_int_equal(object->message.pool.resource_version, 10);
    put_pool("n/a", 12, "x.b");
    expect_touched("the same content", "");
    assert_int_equal(object->message.pool.resource_version, 12);
    put_pool("n/a", 11, "old.b");
    expect_touched("older than that", "");
    put_pool("n/a", 12, "y.b");
    expect_touched("the same version, other content", "n/a|");
    put_pool("n/a", UINT64_MAX, "z.b");
    expect_touched("the largest version", "n/a|");
    assert_string_equal(object->message.pool.hostname, "z.b");
}

/* Deleted and created again, by name the same: versions of the one say nothing of the other. */
static void test_other_uid(void **state)
{
    struct message message = object_of(MESSAGE_POOL, "n/a", 5);
    struct object *object;

    (void)state;
    put_pool("n/a", 10, "x.b");
    expect_touched("new", "n/a|");
    message.pool.uid = "another";
    put(message);
    expect_touched("recreated", "n/a|");
    object = store_find(&store, KIND_POOL, "n/a");
    assert_string_equal(object->message.pool.uid, "another");
    assert_int_equal(object->message.pool.resource_version, 5);
    store_remove(&store, KIND_POOL, "n/a", "u-n/a");
    expect_touched("the first one is gone", "");
    assert_ptr_equal(store_find(&store, KIND_POOL, "n/a"), object);
    store_remove(&store, KIND_POOL, "n/a", "another");
    expect_touched("the second one too", "n/a|");
    assert_null(store_find(&store, KIND_POOL, "n/a"));
}

static void test_unreadable(void **state)
{
    struct object *object;

    (void)state;
    put_pool("n/a", 1, "x.b");
    put_pool("n/b", 1, "x.b");
    expect_touched("new", "n/a|n/b|");
    assert_true(put_unreadable(KIND_POOL, "n/a", "p is wrong"));
    expect_touched("broken", "n/a|n/b|");
    object = store_find(&store, KIND_POOL, "n/a");
    assert_string_equal(object->problem, "p is wrong");
    assert_string_equal(object->message.pool.hostname, "x.b"); /* what was known stays */
    assert_false(put_unreadable(KIND_POOL, "n/a", "p is wrong"));
    expect_touched("broken the same way", "");
    assert_true(put_unreadable(KIND_POOL, "n/a", "q is wrong"));
    expect_touched("broken another way", "n/a|n/b|");
    put_pool("n/b", 2, "y.b");
    expect_touched("the hostname of the broken one still counts", "n/a|n/b|");
    put_pool("n/a", 1, "x.b");
    expect_touched("repaired, as it was", "n/a|");
    assert_null(object->problem);
    put_unreadable(KIND_POOL, "n/new", "p");
    expect_touched("never understood", "n/new|");
    object = store_find(&store, KIND_POOL, "n/new");
    assert_int_equal(object->message.type, MESSAGE_NONE);
    put_pool("n/new", 1, "y.b");
    expect_touched("understood at last", "n/b|n/new|");
    put_unreadable(KIND_POOL, "n/other", "p");
    expect_touched("never understood", "n/other|");
    store_remove(&store, KIND_POOL, "n/other", "whatever its uid was");
    expect_touched("and gone", "n/other|");
    assert_null(store_find(&store, KIND_POOL, "n/other"));
}

static void test_unreadable_kinds(void **state)
{
    (void)state;
    put_unreadable(KIND_SERVER, "n/s", "p");
    expect_touched("a Server, never understood", "");
    put_server("n/s", 1, "c", "a");
    expect_touched("understood", "n/a|");
    put_unreadable(KIND_SERVER, "n/s", "p");
    expect_touched("broken", "n/a|");
    put_certificate("n/c", 1, "x");
    expect_touched("its relations still hold", "n/a|");
    put_unreadable(KIND_CERTIFICATE, "n/c", "p");
    expect_touched("a Certificate", "n/a|");
    put_unreadable(KIND_ROUTE, "n/r", "p");
    expect_touched("a TLSRoute", "n/r|");
    store_remove(&store, KIND_SERVER, "n/s", "u-n/s");
    expect_touched("a broken Server is gone", "n/a|");
}

static void test_resync_drops(void **state)
{
    (void)state;
    store_resync_begin(&store, KIND_POOL, "");
    put_pool("n/a", 1, "a.b");
    put_pool("n/b", 1, "b.b");
    put_unreadable(KIND_POOL, "n/c", "p");
    put_unreadable(KIND_POOL, "n/d", "p");
    put_server("n/a", 1, "c", "a");
    put_route("n/a", 1, "{}");
    store_resync_end(&store, KIND_POOL, "");
    expect_touched("first list", "n/a|n/b|n/c|n/d|");
    store_resync_begin(&store, KIND_POOL, "");
    expect_touched("nothing is dropped at its begin", "");
    put_pool("n/a", 1, "a.b"); /* as it was: seen all the same */
    put_unreadable(KIND_POOL, "n/c", "p");
    expect_touched("nothing new", "");
    assert_int_equal(store_count(&store, KIND_POOL), 4);
    store_resync_end(&store, KIND_POOL, "");
    expect_touched("what did not come is gone", "n/b|n/d|");
    assert_non_null(store_find(&store, KIND_POOL, "n/a"));
    assert_null(store_find(&store, KIND_POOL, "n/b"));
    assert_non_null(store_find(&store, KIND_POOL, "n/c"));
    assert_null(store_find(&store, KIND_POOL, "n/d"));
    assert_int_equal(store_count(&store, KIND_SERVER), 1); /* other kinds stay */
    assert_int_equal(store_count(&store, KIND_ROUTE), 1);
}

/* A state that is too old to count has been seen all the same. */
static void test_resync_with_old_states(void **state)
{
    (void)state;
    put_pool("n/a", 10, "a.b");
    store_resync_begin(&store, KIND_POOL, "");
    put_pool("n/a", 9, "old.b");
    store_resync_end(&store, KIND_POOL, "");
    assert_string_equal(store_find(&store, KIND_POOL, "n/a")->message.pool.hostname, "a.b");
}

static void test_resync_scopes(void **state)
{
    static const char *const paths[] = {"n/a", "n2/a", "m/a", "nn/a"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        put_pool(paths[i], 1, "a.b");
        put_server(paths[i], 1, "c", "");
    }
    expect_touched("new", "m/a|n/a|n2/a|nn/a|");
    store_resync_begin(&store, KIND_POOL, "n");
    store_resync_end(&store, KIND_POOL, "n");
    expect_touched("one namespace, and not those whose name begins alike", "n/a|");
    assert_int_equal(store_count(&store, KIND_POOL), 3);
    assert_int_equal(store_count(&store, KIND_SERVER), 4);
    /* two lists under way at once */
    store_resync_begin(&store, KIND_POOL, "m");
    put_pool("m/a", 1, "a.b");
    store_resync_begin(&store, KIND_POOL, "n2");
    put_pool("m/b", 1, "b.b");
    store_resync_end(&store, KIND_POOL, "m");
    assert_non_null(store_find(&store, KIND_POOL, "m/a"));
    assert_non_null(store_find(&store, KIND_POOL, "m/b"));
    assert_non_null(store_find(&store, KIND_POOL, "n2/a"));
    store_resync_end(&store, KIND_POOL, "n2");
    assert_null(store_find(&store, KIND_POOL, "n2/a"));
    assert_non_null(store_find(&store, KIND_POOL, "m/a"));
    expect_touched("the other list", "m/b|n2/a|");
    store_resync_end(&store, KIND_POOL, "never-begun");
    store_resync_end(&store, KIND_SERVER, "");
    expect_touched("an end without a begin", "");
    assert_int_equal(store_count(&store, KIND_SERVER), 4);
}

static void test_begin_twice(void **state)
{
    (void)state;
    put_pool("n/a", 1, "a.b");
    put_pool("n/b", 1, "b.b");
    store_resync_begin(&store, KIND_POOL, "n");
    put_pool("n/a", 1, "a.b");
    store_resync_begin(&store, KIND_POOL, "n"); /* it starts over: what came before counts not */
    put_pool("n/b", 1, "b.b");
    expect_touched("no change", "n/a|n/b|");
    store_resync_end(&store, KIND_POOL, "n");
    expect_touched("the first did not come again", "n/a|");
    assert_true(store_complete(&store, KIND_POOL, 1));
    assert_false(store_complete(&store, KIND_POOL, 2)); /* it is one list, not two */
}

static void test_complete(void **state)
{
    (void)state;
    assert_false(store_complete(&store, KIND_POOL, 1));
    store_resync_begin(&store, KIND_POOL, "n");
    assert_false(store_complete(&store, KIND_POOL, 1));
    assert_false(store_is_relisting(&store, KIND_POOL)); /* it is the first time */
    store_resync_end(&store, KIND_POOL, "n");
    assert_true(store_complete(&store, KIND_POOL, 1));
    assert_false(store_complete(&store, KIND_POOL, 2));
    assert_false(store_complete(&store, KIND_ROUTE, 1));
    store_resync_begin(&store, KIND_POOL, "m");
    store_resync_end(&store, KIND_POOL, "m");
    assert_true(store_complete(&store, KIND_POOL, 2));
    store_resync_begin(&store, KIND_POOL, "n");
    assert_false(store_complete(&store, KIND_POOL, 2));
    assert_true(store_is_relisting(&store, KIND_POOL));
    assert_false(store_is_relisting(&store, KIND_ROUTE));
    store_resync_end(&store, KIND_POOL, "n");
    assert_true(store_complete(&store, KIND_POOL, 2));
    assert_false(store_is_relisting(&store, KIND_POOL));
}

static void test_reader_lost(void **state)
{
    (void)state;
    store_resync_begin(&store, KIND_POOL, "");
    put_pool("n/a", 5, "a.b");
    put_pool("n/b", 5, "b.b");
    store_resync_end(&store, KIND_POOL, "");
    store_resync_begin(&store, KIND_SERVICE, "");
    store_resync_end(&store, KIND_SERVICE, "");
    store_resync_begin(&store, KIND_ROUTE, "");
    expect_touched("new", "n/a|n/b|");
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        if (kind != KIND_SERVICE)
            store_reader_lost(&store, kind);
    }
    expect_touched("the objects stay", "");
    assert_true(store_complete(&store, KIND_SERVICE, 1)); /* its reader goes on */
    assert_int_equal(store_count(&store, KIND_POOL), 2);
    assert_false(store_complete(&store, KIND_POOL, 1));
    assert_false(store_complete(&store, KIND_ROUTE, 1));
    store_resync_begin(&store, KIND_POOL, "");
    put_pool("n/b", 5, "b.b");
    store_resync_end(&store, KIND_POOL, "");
    expect_touched("what went in the meantime", "n/a|");
    assert_true(store_complete(&store, KIND_POOL, 1));
}

static void test_touch_all(void **state)
{
    (void)state;
    store_touch_all(&store);
    expect_touched("empty", "");
    put_pool("n/a", 1, "a.b");
    put_pool("m/b", 1, NULL);
    put_unreadable(KIND_POOL, "n/c", "p");
    put_route("n/r", 1, "{}");
    expect_touched("new", "m/b|n/a|n/c|n/r|");
    store_touch_all(&store);
    expect_touched("all Pools", "m/b|n/a|n/c|");
}

static void test_notes(void **state)
{
    (void)state;
    store.free_state = free_state;
    put_pool("n/a", 1, "a.b");
    put_pool("n/b", 1, "b.b");
    put_pool("n/c", 1, "c.b");
    store_find(&store, KIND_POOL, "n/a")->notes = memory_text("a note");
    store_find(&store, KIND_POOL, "n/b")->notes = memory_text("another note");
    put_pool("n/a", 2, "x.b"); /* a change leaves them */
    assert_string_equal(store_find(&store, KIND_POOL, "n/a")->notes, "a note");
    store_remove(&store, KIND_POOL, "n/a", "u-n/a");
    assert_int_equal(notes_freed, 1);
    store_clear(&store);
    assert_int_equal(notes_freed, 2);
}

static void test_many(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        store_resync_begin(&store, KIND_POOL, "");
        store_resync_begin(&store, KIND_SERVER, "");
        for (int i = round; i < 2000; i += round + 1) {
            char path[32], name[16];

            snprintf(path, sizeof(path), "n/p%d", i);
            snprintf(name, sizeof(name), "p%d", i);
            put_pool(path, 1, "same.b"); /* each has a conflict with all others */
            put_server(path, 1, "c", name);
            touched.count = 0;
        }
        store_resync_end(&store, KIND_SERVER, "");
        store_resync_end(&store, KIND_POOL, "");
        touched.count = 0;
    }
    assert_int_equal(store_count(&store, KIND_POOL), 666);
    assert_int_equal(store_count(&store, KIND_SERVER), 666);
}

static void test_key(void **state)
{
    char *key = key_of("n", "a.b");

    (void)state;
    assert_string_equal(key, "n/a.b");
    free(key);
}

static void pass_over(const char *key, void *context)
{
    (void)key;
    (void)context;
}

static void on_touched(const char *key, void *context)
{
    struct touched *all = context;
    size_t at = 0;

    while (at < all->count && strcmp(all->keys[at], key) < 0)
        at++;
    if (all->count == COUNT_OF(all->keys) || (at < all->count && strcmp(all->keys[at], key) == 0))
        return;
    memmove(all->keys[at + 1], all->keys[at], (all->count - at) * sizeof(all->keys[0]));
    snprintf(all->keys[at], sizeof(all->keys[at]), "%s", key);
    all->count++;
}

static void expect_touched(const char *row, const char *keys)
{
    char found[2112] = "";

    for (size_t i = 0; i < touched.count; i++) {
        strcat(found, touched.keys[i]);
        strcat(found, "|");
    }
    touched.count = 0;
    CHECK_ROW_TEXT(row, found, keys);
}

/* As from a channel: a message with storage of its own, cleared by the receiver afterwards. */
static void put(struct message borrowed)
{
    struct message message = message_copy(&borrowed);

    store_put(&store, &message);
    message_clear(&message);
}

/* The texts are in static memory until the next call. */
static struct message object_of(enum message_type type, const char *path, uint64_t version)
{
    static char namespace[32], name[32], uid[64];
    struct message message = message_of(type);

    split(path, namespace, name);
    snprintf(uid, sizeof(uid), "u-%s", path);
    message.pool.namespace = namespace;
    message.pool.name = name;
    message.pool.uid = uid;
    message.pool.resource_version = version;
    return message;
}

/* HOSTNAME NULL: without a route. */
static void put_pool(const char *path, uint64_t version, const char *hostname)
{
    struct message message = object_of(MESSAGE_POOL, path, version);

    message.pool.route_enabled = hostname != NULL;
    message.pool.hostname = hostname;
    put(message);
}

/* POOLS are names with commas between. */
static void put_server(const char *path, uint64_t version, const char *certificate,
                       const char *pools)
{
    struct message message = object_of(MESSAGE_SERVER, path, version);
    char *copy = memory_text(pools), *rest = NULL;

    message.server.certificate = certificate;
    for (char *pool = strtok_r(copy, ",", &rest); pool != NULL; pool = strtok_r(NULL, ",", &rest))
        text_list_add(&message.server.pools, pool);
    put(message);
    text_list_clear(&message.server.pools);
    free(copy);
}

static void put_certificate(const char *path, uint64_t version, const char *name)
{
    struct message message = object_of(MESSAGE_CERTIFICATE, path, version);

    text_list_add(&message.certificate.names, name);
    put(message);
    text_list_clear(&message.certificate.names);
}

static void put_ledger(const char *path, uint64_t version, const char *ledger)
{
    struct message message = object_of(MESSAGE_CERTIFICATE, path, version);

    message.certificate.ledger = ledger;
    put(message);
}

static void put_route(const char *path, uint64_t version, const char *spec)
{
    struct message message = object_of(MESSAGE_ROUTE, path, version);

    message.route.spec = spec;
    put(message);
}

static void put_service(const char *path, uint64_t version, const char *spec)
{
    struct message message = object_of(MESSAGE_SERVICE, path, version);

    message.service.spec = spec;
    put(message);
}

static void put_gateway(const char *path, uint64_t version, const char *listeners)
{
    struct message message = object_of(MESSAGE_GATEWAY, path, version);

    message.gateway.listeners = listeners;
    put(message);
}

/* HOSTNAME NULL: without a route. GATEWAY is "NAME" or "NAMESPACE/NAME". */
static void put_rival(const char *path, uint64_t created, const char *hostname, const char *gateway)
{
    static uint64_t version;
    struct message message = object_of(MESSAGE_POOL, path, ++version);
    char namespace[32] = "", name[32];

    if (strchr(gateway, '/') != NULL)
        split(gateway, namespace, name);
    else
        snprintf(name, sizeof(name), "%s", gateway);
    message.pool.created = created;
    message.pool.route_enabled = hostname != NULL;
    message.pool.hostname = hostname;
    message.pool.gateway_namespace = namespace;
    message.pool.gateway_name = name;
    put(message);
}

static void expect_rivals(const char *path, const char *keys)
{
    size_t count;
    struct object **rivals = store_rivals(&store, store_find(&store, KIND_POOL, path), &count);
    char found[256] = "";

    for (size_t i = 0; i < count; i++) {
        strcat(found, rivals[i]->key);
        strcat(found, "|");
    }
    CHECK_ROW_TEXT(path, found, keys);
    free(rivals);
}

static bool put_unreadable(enum kind kind, const char *path, const char *problem)
{
    char namespace[32], name[32];
    const struct unreadable_message unreadable = {
        .kind = kind, .namespace = namespace, .name = name, .problem = problem};

    split(path, namespace, name);
    return store_unreadable(&store, &unreadable);
}

static void split(const char *path, char *namespace, char *name)
{
    assert_int_equal(sscanf(path, "%31[^/]/%31s", namespace, name), 2);
}

static void free_state(void *notes)
{
    notes_freed++;
    free(notes);
}

static int set_up(void **state)
{
    (void)state;
    touched.count = 0;
    notes_freed = 0;
    store_init(&store, on_touched, &touched);
    return 0;
}

/* Clearing tells nobody. */
static int tear_down(void **state)
{
    (void)state;
    touched.count = 0;
    store_clear(&store);
    return touched.count != 0;
}

#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_pools),
        STORE_TEST(test_servers),
        STORE_TEST(test_certificates),
        STORE_TEST(test_routes),
        STORE_TEST(test_services),
        STORE_TEST(test_gateways),
        STORE_TEST(test_touched_certificates),
        STORE_TEST(test_conflicts),
        STORE_TEST(test_rivals),
        STORE_TEST(test_forget),
        STORE_TEST(test_gateway_key),
        STORE_TEST(test_versions),
        STORE_TEST(test_other_uid),
        STORE_TEST(test_unreadable),
        STORE_TEST(test_unreadable_kinds),
        STORE_TEST(test_resync_drops),
        STORE_TEST(test_resync_with_old_states),
        STORE_TEST(test_resync_scopes),
        STORE_TEST(test_begin_twice),
        STORE_TEST(test_complete),
        STORE_TEST(test_reader_lost),
        STORE_TEST(test_touch_all),
        STORE_TEST(test_notes),
        STORE_TEST(test_many),
        STORE_TEST(test_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
