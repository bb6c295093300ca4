/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of a Pool's TLSRoute that has been written, when the watch is ahead of the
 * answer. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/objects/object.h"
#include "reconciler/pool_state.h"
#include "reconciler/write/apply.h"

#define KEY "n/p"

static struct {
    unsigned count;
    api_done *done; /* of the last one */
    void *context;
    struct json_object *made;
} sent;

/* The rest of the reconciler. */

void apply_plan(struct api *api, const struct plan *plan, const struct apply_target *target,
                api_done *done, void *context)
{
    char *metadata = memory_format(
        "{\"namespace\": \"n\", \"name\": \"p\", \"uid\": \"r\", \"resourceVersion\": \"1\", "
        "\"ownerReferences\": [{\"kind\": \"Pool\", \"name\": \"p\", \"uid\": \"%s\", "
        "\"controller\": true}]}",
        target->pool->uid);

    (void)api;
    assert_int_equal(plan->action, PLAN_CREATE);
    assert_int_equal(target->kind, KIND_ROUTE);
    sent.count++;
    sent.done = done;
    sent.context = context;
    json_object_put(sent.made);
    sent.made = json_object_new_object();
    json_object_object_add(sent.made, "metadata", check_json(metadata));
    json_object_object_add(sent.made, "spec",
                           json_object_get(json_object_object_get(plan->object, "spec")));
    free(metadata);
}

const struct settings_message *reconciler_settings(const struct reconciler *reconciler)
{
    return &reconciler->worker->settings.settings;
}

bool reconciler_complete(const struct reconciler *reconciler, enum kind kind)
{
    (void)reconciler;
    (void)kind;
    return true;
}

void reconciler_report_soon(struct reconciler *reconciler)
{
    (void)reconciler;
}

void injections_findings(const struct reconciler *reconciler, const struct object *pool,
                         struct findings *findings)
{
    (void)reconciler;
    (void)pool;
    (void)findings;
}

void events_record(struct events *events, const struct pool_message *pool, bool warning,
                   const char *reason, const char *note)
{
    (void)events;
    (void)pool;
    (void)warning;
    (void)reason;
    (void)note;
}

/* One Pool that asks for a route, whose POST is under way. */
struct fixture {
    struct worker worker;
    struct reconciler reconciler;
};

static void put_pool(struct fixture *fixture, const char *uid)
{
    char *text = memory_format(
        "{\"metadata\": {\"namespace\": \"n\", \"name\": \"p\", \"uid\": \"%s\", "
        "\"resourceVersion\": \"1\", \"creationTimestamp\": \"2026-01-01T00:00:00Z\"}, "
        "\"spec\": {\"route\": {\"enabled\": true, \"hostname\": \"p.example.com\", "
        "\"gatewayRef\": {\"name\": \"g\"}}}}",
        uid);
    struct json_object *pool = check_json(text);
    struct message message;

    assert_null(object_decode(KIND_POOL, pool, &message));
    store_put(&fixture->reconciler.store, &message);
    message_clear(&message);
    json_object_put(pool);
    free(text);
}

static void on_touched(const char *key, void *context)
{
    const struct fixture *fixture = context;

    queue_add(fixture->reconciler.pools, key);
}

static void open_fixture(struct fixture *fixture)
{
    struct reconciler *reconciler = &fixture->reconciler;

    sent.count = 0;
    *fixture = (struct fixture){.worker.base = event_base_new(),
                                .worker.settings = message_of(MESSAGE_SETTINGS)};
    fixture->worker.settings.settings.services = SERVICES_NEVER;
    *reconciler = (struct reconciler){.worker = &fixture->worker, .route_version = "v1"};
    reconciler->pools = queue_new(fixture->worker.base, 1, pool_work, reconciler);
    store_init(&reconciler->store, on_touched, fixture);
    reconciler->store.free_state = pool_state_free;
    put_pool(fixture, "first");
    check_settle(fixture->worker.base);
    assert_int_equal(sent.count, 1);
}

static void close_fixture(struct fixture *fixture)
{
    queue_free(fixture->reconciler.pools);
    store_clear(&fixture->reconciler.store);
    event_base_free(fixture->worker.base);
    json_object_put(sent.made);
    sent.made = NULL;
}

static void answer(void)
{
    const struct api_result result = {.error = API_OK, .status = 201, .body = sent.made};

    sent.done(&result, sent.context);
}

static bool is_remembered(const struct fixture *fixture)
{
    return store_find(&fixture->reconciler.store, KIND_ROUTE, KEY) != NULL;
}

static void nothing(struct fixture *fixture)
{
    (void)fixture;
}

static void route_goes(struct fixture *fixture)
{
    pool_overtaken(&fixture->reconciler, KIND_ROUTE, KEY);
}

static void service_goes(struct fixture *fixture)
{
    pool_overtaken(&fixture->reconciler, KIND_SERVICE, KEY);
}

static void other_route_goes(struct fixture *fixture)
{
    pool_overtaken(&fixture->reconciler, KIND_ROUTE, "n/other");
}

static void routes_are_listed(struct fixture *fixture)
{
    pool_overtaken(&fixture->reconciler, KIND_ROUTE, NULL);
}

static void pool_is_replaced(struct fixture *fixture)
{
    pool_overtaken(&fixture->reconciler, KIND_POOL, KEY);
    store_remove(&fixture->reconciler.store, KIND_POOL, KEY, "first");
    put_pool(fixture, "second");
}

/* All that is noted of the Pool goes with it. */
static void route_goes_and_notes_with_it(struct fixture *fixture)
{
    route_goes(fixture);
    store_remove(&fixture->reconciler.store, KIND_POOL, KEY, "first");
    put_pool(fixture, "second");
}

static void pools_are_listed(struct fixture *fixture)
{
    pool_overtaken(&fixture->reconciler, KIND_POOL, NULL);
}

static void test_remember(void **state)
{
    static const struct {
        const char *what;
        void (*meanwhile)(struct fixture *);
        bool remembered;
    } rows[] = {
        {"nothing happens", nothing, true},
        {"the route goes", route_goes, false},
        {"the Service goes", service_goes, true},
        {"another Pool's route goes", other_route_goes, true},
        {"the routes are listed anew", routes_are_listed, false},
        {"the Pool is replaced, and its route not yet", pool_is_replaced, true},
        {"the route goes, and what is noted of its Pool", route_goes_and_notes_with_it, false},
        {"the Pools are listed anew", pools_are_listed, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture fixture;

        open_fixture(&fixture);
        rows[i].meanwhile(&fixture);
        answer();
        CHECK_ROW(rows[i].what, is_remembered(&fixture) == rows[i].remembered);
        check_settle(fixture.worker.base);
        CHECK_ROW(rows[i].what, sent.count == (rows[i].remembered ? 1 : 2));
        if (!rows[i].remembered) /* what was overtaken was that one write */
            answer();
        CHECK_ROW(rows[i].what, is_remembered(&fixture));
        check_settle(fixture.worker.base);
        CHECK_ROW(rows[i].what, fixture.reconciler.rounds == NULL);
        close_fixture(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_remember)};

    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
