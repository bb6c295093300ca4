/* SPDX-License-Identifier: Apache-2.0 */
/* The work on one Pool over time: what is written and when again, as writes fail, are overtaken or
 * undone, and what is reported meanwhile. */
#include "tests/unit/check.h"
#include "tests/unit/fake_api.h"
#include "tests/unit/fake_clock.h"

#include "common/base/delays.h"
#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/object.h"
#include "reconciler/work/pools.h"

#define KEY      "n/p"
#define ROUTES   "/tlsroutes"
#define SERVICES "/services"

/* One Pool that asks for a route, with all lists read. */
static struct fixture {
    struct event_base *base;
    struct settings_message settings;
    struct world world;
    struct injection_states injections;
    struct pools pools;
    uint64_t version; /* of what is put next */
} fixture;

static void init(void);
static void open_fixture(void);
static void close_fixture(void);

static void on_changed(void *context)
{
    (void)context;
}

static bool is_never_busy(const void *context)
{
    (void)context;
    return false;
}

static void ignore(const char *key, void *context)
{
    (void)key;
    (void)context;
}

static void withdraw_claim(const char *key, void *context)
{
    (void)context;
    conflicts_update(&fixture.pools.conflicts, &fixture.world, key);
}

static void put(enum kind kind, char *text)
{
    struct message message;

    assert_null(object_read(kind, text, strlen(text), &message));
    store_put(&fixture.world.store, &message);
    message_clear(&message);
    free(text);
}

static void put_pool(const char *uid)
{
    put(KIND_POOL,
        memory_format(
            "{\"metadata\": {\"namespace\": \"n\", \"name\": \"p\", \"uid\": \"%s\", "
            "\"resourceVersion\": \"%llu\", \"creationTimestamp\": \"2026-01-01T00:00:00Z\"}, "
            "\"spec\": {\"route\": {\"enabled\": true, \"hostname\": \"p.example.com\", "
            "\"gatewayRef\": {\"name\": \"g\"}}}}",
            uid, (unsigned long long)++fixture.version));
}

/* The Pool's TLSRoute with another hostname than its own, last written by "rogue". */
static void put_changed_route(void)
{
    put(KIND_ROUTE,
        memory_format(
            "{\"metadata\": {\"namespace\": \"n\", \"name\": \"p\", \"uid\": \"r\", "
            "\"resourceVersion\": \"%llu\", \"ownerReferences\": [{\"kind\": \"Pool\", \"name\": "
            "\"p\", \"uid\": \"first\", \"controller\": true}], \"managedFields\": [{\"manager\": "
            "\"rogue\", \"operation\": \"Update\", \"time\": \"2026-01-01T00:00:00Z\", "
            "\"fieldsV1\": {\"f:spec\": {\"f:hostnames\": {}}}}]}, \"spec\": {\"hostnames\": "
            "[\"rogue.example.com\"], \"parentRefs\": [{\"name\": \"g\"}], \"rules\": "
            "[{\"backendRefs\": [{\"name\": \"p\", \"port\": 8140}]}]}}",
            (unsigned long long)++fixture.version));
}

static void put_service(void)
{
    put(KIND_SERVICE, memory_text("{\"metadata\": {\"namespace\": \"n\", \"name\": \"p\", \"uid\": "
                                  "\"s\", \"resourceVersion\": \"9\"}, \"spec\": {\"ports\": "
                                  "[{\"port\": 8140}]}}"));
}

static void list_ignore(enum kind kind, void *context)
{
    (void)kind;
    (void)context;
}

static void take_all_steps(struct store *store)
{
    while (store_step(store, 1))
        continue;
}

static void list_end(struct store *store, enum kind kind)
{
    store_resync_end(store, kind, "");
    take_all_steps(store);
}

static void recheck_all(struct store *store)
{
    store_recheck_all(store);
    take_all_steps(store);
}

static void list_all(void)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        if (kind == KIND_GATEWAY)
            continue; /* then nothing is said about it */
        lists_begin(&fixture.world.store.lists, kind, "");
        list_end(&fixture.world.store, kind);
    }
}

static void init(void)
{
    struct relations *relations = &fixture.world.store.relations;

    fake_api_reset();
    fixture = (struct fixture){.base = event_base_new(), .settings.services = SERVICES_NEVER};
    fixture.world.settings = &fixture.settings;
    fixture.world.route_version = memory_text("v1");
    fixture.world.store.list_read = list_ignore;
    fixture.world.store.free_state = pools_forget;
    fixture.world.store.context = &fixture.pools;
    relations->pools = (struct relations_listener){pools_touched, pools_recheck, &fixture.pools};
    relations->certificates = (struct relations_listener){ignore, ignore, NULL};
    fixture.pools = (struct pools){
        .world = &fixture.world,
        .injections = &fixture.injections,
        .leader = check_keep(leader_new(fixture.base, NULL,
                                        &(const struct settings_message){.lease_namespace = ""},
                                        NULL, NULL)),
        .events = check_keep(events_new(fixture.base, NULL, is_never_busy, NULL)),
        .changed = on_changed,
    };
    pools_init(&fixture.pools, fixture.base);
    check_keep(fixture.pools.queue);
    check_keep(fixture.pools.announce);
    check_keep(fixture.pools.awaited.timer);
    list_all();
}

/* The POST of its TLSRoute is under way. */
static void open_fixture(void)
{
    init();
    put_pool("first");
    fake_clock_run(fixture.base, 0);
    assert_int_equal(fake_api_count(ROUTES), 1);
}

static void close_fixture(void)
{
    fixture.world.store.relations.pools.touched = withdraw_claim;
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        store_forget(&fixture.world.store, kind);
    assert_int_equal(fixture.pools.totals.unsatisfied, 0);
    assert_int_equal(fixture.pools.totals.holding, 0);
    contention_clear(&fixture.pools.duplicate.contention);
    free(fixture.world.route_version);
    event_base_free(fixture.base);
    fake_api_reset();
}

#define TAKEN                                                                                      \
    "{\"parents\": [{\"parentRef\": {\"name\": \"g\"}, \"conditions\": [{\"type\": \"Accepted\", " \
    "\"status\": \"True\"}]}]}"

/* The write that waits succeeds: with what was sent, as the Pool with OWNER's uid has it, and with
 * STATUS. */
static void answer_with(const char *owner, const char *status)
{
    struct fake_request *request = fake_api_waiting(ROUTES);
    struct json_object *spec = json_at(request->body, "spec");
    char *text;

    if (strcmp(request->method, "PATCH") == 0) /* after what it depends on */
        spec = json_at(json_item(request->body, json_count(request->body) - 1), "value");
    text = memory_format(
        "{\"metadata\": {\"namespace\": \"n\", \"name\": \"p\", \"uid\": \"r\", "
        "\"resourceVersion\": \"%llu\", \"ownerReferences\": [{\"kind\": \"Pool\", \"name\": "
        "\"p\", \"uid\": \"%s\", \"controller\": true}]}, \"spec\": %s, \"status\": %s}",
        (unsigned long long)++fixture.version, owner, json_encode(spec), status);
    fake_api_answer(request, API_OK, text);
    free(text);
}

/* The Gateway takes the route at once. */
static void answer_as(const char *owner)
{
    answer_with(owner, TAKEN);
}

static void answer(void)
{
    answer_as("first");
}

/* The Gateway's controller says what it thinks of the TLSRoute as it is. */
static void report_on_route(const char *status)
{
    put(KIND_ROUTE,
        memory_format("{\"metadata\": {\"namespace\": \"n\", \"name\": \"p\", \"uid\": \"r\", "
                      "\"resourceVersion\": \"%llu\", \"ownerReferences\": [{\"kind\": \"Pool\", "
                      "\"name\": \"p\", \"uid\": \"first\", \"controller\": true}]}, "
                      "\"spec\": {\"hostnames\": [\"p.example.com\"], \"parentRefs\": "
                      "[{\"name\": \"g\"}], \"rules\": [{\"backendRefs\": [{\"name\": \"p\", "
                      "\"port\": 8140}]}]}, \"status\": {\"parents\": [{\"parentRef\": "
                      "{\"name\": \"g\"}, \"conditions\": [{\"type\": \"Accepted\", "
                      "\"status\": \"%s\"}]}]}}",
                      (unsigned long long)++fixture.version, status));
    fake_clock_run(fixture.base, 0);
}

static bool is_remembered(void)
{
    return store_find(&fixture.world.store, KIND_ROUTE, KEY) != NULL;
}

static bool is_reported(enum finding_reason reason)
{
    const struct object *pool = store_find(&fixture.world.store, KIND_POOL, KEY);
    const struct pool_state *state = pool->state;

    return state != NULL && findings_has_reason(&state->reported, reason);
}

/* Nothing is written for so long, and then the route is. */
static void expect_write_after(int64_t milliseconds)
{
    if (milliseconds > 0) {
        fake_clock_run(fixture.base, milliseconds - 1);
        assert_int_equal(fake_api_count(ROUTES), 0);
    }
    fake_clock_run(fixture.base, 1);
    assert_int_equal(fake_api_count(ROUTES), 1);
}

/* What is written is remembered, unless it may have gone in the meantime. */

static void nothing(void)
{
}

static void route_goes(void)
{
    pools_overtaken(&fixture.pools, KIND_ROUTE, KEY);
}

static void service_goes(void)
{
    pools_overtaken(&fixture.pools, KIND_SERVICE, KEY);
}

static void other_route_goes(void)
{
    pools_overtaken(&fixture.pools, KIND_ROUTE, "n/other");
}

static void routes_are_listed(void)
{
    pools_overtaken(&fixture.pools, KIND_ROUTE, NULL);
}

static void pool_is_replaced(void)
{
    pools_overtaken(&fixture.pools, KIND_POOL, KEY);
    store_remove(&fixture.world.store, KIND_POOL, KEY, "first");
    put_pool("second");
}

/* All that is remembered of the Pool goes with it. */
static void route_goes_and_pool_state_with_it(void)
{
    route_goes();
    store_remove(&fixture.world.store, KIND_POOL, KEY, "first");
    put_pool("second");
}

static void pools_are_listed(void)
{
    pools_overtaken(&fixture.pools, KIND_POOL, NULL);
}

static void test_remember(void **state)
{
    static const struct {
        const char *what;
        void (*meanwhile)(void);
        bool remembered;
        const char *owner; /* of what is written in the end */
    } rows[] = {
        {"nothing happens", nothing, true, "first"},
        {"the route goes", route_goes, false, "first"},
        {"the Service goes", service_goes, true, "first"},
        {"another Pool's route goes", other_route_goes, true, "first"},
        {"the routes are listed anew", routes_are_listed, false, "first"},
        {"the Pool is replaced, and its route not yet", pool_is_replaced, true, "first"},
        {"the route goes, and all that is known of its Pool", route_goes_and_pool_state_with_it,
         false, "second"},
        {"the Pools are listed anew", pools_are_listed, true, "first"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        open_fixture();
        rows[i].meanwhile();
        answer();
        CHECK_ROW(rows[i].what, is_remembered() == rows[i].remembered);
        fake_clock_run(fixture.base, 0);
        CHECK_ROW(rows[i].what, fake_api_count(ROUTES) == (rows[i].remembered ? 0 : 1));
        if (!rows[i].remembered) /* it was that one write that was overtaken */
            answer_as(rows[i].owner);
        CHECK_ROW(rows[i].what, is_remembered());
        fake_clock_run(fixture.base, 0);
        CHECK_ROW(rows[i].what, fixture.pools.attempts == NULL);
        close_fixture();
    }
}

/* What fails is tried again after a back-off of its own, for as long as it takes. */
static void test_failure(void **state)
{
    (void)state;
    open_fixture();
    put_service();
    for (unsigned i = 0; i < 10; i++) {
        fake_api_answer(fake_api_waiting(ROUTES), API_INVALID, NULL);
        assert_int_equal(fake_api_count(ROUTES), 0);
        assert_int_equal(fixture.pools.totals.unsatisfied, 1);
        fake_clock_run(fixture.base, i < 6 ? 500 << i : 30000);
        assert_int_equal(fake_api_count(ROUTES), 1);
    }
    answer();
    assert_int_equal(fixture.pools.totals.unsatisfied, 0);
    fake_clock_run(fixture.base, 3600 * 1000);
    assert_int_equal(fake_api_count(ROUTES), 0);
    close_fixture();
}

/* A server that asks for a pause gets one, for all Pools. */
static void test_retry_after(void **state)
{
    const struct api_result busy = {
        .error = API_TOO_MANY, .status = 429, .reason = "", .message = "busy", .retry_after = 60};

    (void)state;
    open_fixture();
    fake_api_answer_with(fake_api_waiting(ROUTES), &busy);
    put_pool("first");
    expect_write_after(60 * 1000 + AFTER_PAUSE_MILLISECONDS);
    answer();
    close_fixture();
}

/* A route that somebody changes each time is restored at once twice, then after 2, 2, 4... seconds,
 * with a finding that ends when it is left alone for long enough. */
static void test_contention(void **state)
{
    static const int64_t seconds[] = {0, 0, 2, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300};

    (void)state;
    open_fixture();
    answer();
    for (size_t i = 0; i < COUNT_OF(seconds); i++) {
        put_changed_route();
        expect_write_after(seconds[i] * 1000);
        assert_true(is_reported(FINDING_ROUTE_CONTESTED) == (i >= 2));
        answer();
    }
    fake_clock_run(fixture.base, (5 * 300 - 1) * 1000);
    assert_true(is_reported(FINDING_ROUTE_CONTESTED));
    fake_clock_run(fixture.base, 1000);
    assert_false(is_reported(FINDING_ROUTE_CONTESTED));
    assert_int_equal(fake_api_count(ROUTES), 0);
    close_fixture();
}

/* The POST of the Service that waits succeeds. */
static void answer_service(void)
{
    struct fake_request *request = fake_api_waiting(SERVICES);
    unsigned long long version = ++fixture.version;
    char *text = memory_format(
        "{\"metadata\": {\"namespace\": \"n\", \"name\": \"p\", \"uid\": \"s%llu\", "
        "\"resourceVersion\": \"%llu\", \"labels\": %s, \"ownerReferences\": [{\"kind\": \"Pool\", "
        "\"name\": \"p\", \"uid\": \"first\", \"controller\": true}], \"managedFields\": "
        "[{\"manager\": \"tlsrouted\", \"time\": \"2026-01-01T00:00:00Z\", \"fieldsV1\": "
        "{\"f:spec\": "
        "{\"f:type\": {}, \"f:selector\": {}}}}]}, \"spec\": %s}",
        version, version, json_encode(json_at(request->body, "metadata.labels")),
        json_encode(json_at(request->body, "spec")));

    assert_string_equal(request->method, "POST");
    fake_api_answer(request, API_OK, text);
    free(text);
}

/* The same rule for a Service that somebody deletes each time. */
static void test_service_contention(void **state)
{
    static const int64_t seconds[] = {0, 0, 2, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300};

    (void)state;
    init();
    fixture.settings.services = SERVICES_AUTO;
    put_pool("first");
    fake_clock_run(fixture.base, 0);
    answer();
    answer_service();
    for (size_t i = 0; i < COUNT_OF(seconds); i++) {
        char *uid = memory_format("s%llu", (unsigned long long)fixture.version);

        store_remove(&fixture.world.store, KIND_SERVICE, KEY, uid);
        free(uid);
        if (seconds[i] > 0) {
            fake_clock_run(fixture.base, seconds[i] * 1000 - 1);
            assert_int_equal(fake_api_count(SERVICES), 0);
        }
        fake_clock_run(fixture.base, 1);
        assert_int_equal(fake_api_count(SERVICES), 1);
        assert_true(is_reported(FINDING_SERVICE_CONTESTED) == (i >= 2));
        assert_false(is_reported(FINDING_ROUTE_CONTESTED));
        answer_service();
    }
    fake_clock_run(fixture.base, 5 * 300 * 1000);
    assert_false(is_reported(FINDING_SERVICE_CONTESTED));
    assert_int_equal(fake_api_count(SERVICES), 0);
    close_fixture();
}

/* A route that the Pool does not ask for any more, and that somebody makes again each time, is
 * deleted by the same rule. */
static void test_made_again(void **state)
{
    static const int64_t seconds[] = {0, 0, 0, 2, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300};

    (void)state;
    open_fixture();
    answer();
    put(KIND_POOL,
        memory_format(
            "{\"metadata\": {\"namespace\": \"n\", \"name\": \"p\", \"uid\": \"first\", "
            "\"resourceVersion\": \"%llu\", \"creationTimestamp\": \"2026-01-01T00:00:00Z\"}, "
            "\"spec\": {\"route\": {\"enabled\": false}}}",
            (unsigned long long)++fixture.version));
    for (size_t i = 0; i < COUNT_OF(seconds); i++) {
        expect_write_after(seconds[i] * 1000);
        assert_string_equal(fake_api_waiting(ROUTES)->method, "DELETE");
        assert_true(is_reported(FINDING_ROUTE_CONTESTED) == (i >= 3));
        fake_api_answer(fake_api_waiting(ROUTES), API_OK, NULL);
        store_remove(&fixture.world.store, KIND_ROUTE, KEY, "r");
        if (i > 3) {
            fake_clock_run(fixture.base, 1);
            assert_true(is_reported(FINDING_ROUTE_CONTESTED)); /* also while there is none */
        }
        put_changed_route();
    }
    close_fixture();
}

/* The Pool's TLSRoute as it has to be, written by tlsrouted at that second. */
static void put_own_route(unsigned second)
{
    put(KIND_ROUTE,
        memory_format(
            "{\"metadata\": {\"namespace\": \"n\", \"name\": \"p\", \"uid\": \"r\", "
            "\"resourceVersion\": \"%llu\", \"ownerReferences\": [{\"kind\": \"Pool\", "
            "\"name\": \"p\", \"uid\": \"first\", \"controller\": true}], \"managedFields\": "
            "[{\"manager\": \"tlsrouted\", \"time\": \"2026-01-01T00:00:%02uZ\", "
            "\"fieldsV1\": {\"f:spec\": {\"f:hostnames\": {}}}}]}, \"spec\": {\"hostnames\": "
            "[\"p.example.com\"], \"parentRefs\": [{\"name\": \"g\"}], \"rules\": "
            "[{\"backendRefs\": [{\"name\": \"p\", \"port\": 8140}]}]}}",
            (unsigned long long)++fixture.version, second));
}

/* Another tlsrouted that writes the same is noticed when it has done so three times, without a
 * finding: nothing is wrong with the Pool. What was written before we led is another matter. */
static void test_duplicate(void **state)
{
    (void)state;
    open_fixture();
    answer();
    for (unsigned i = 0; i < 2; i++) {
        put_own_route(10 + i);
        fake_clock_run(fixture.base, 1000);
        assert_false(fixture.pools.duplicate.is_reported);
    }
    pools_lead(&fixture.pools);
    put_own_route(20);
    fake_clock_run(fixture.base, 1000);
    assert_false(fixture.pools.duplicate.is_reported);
    put_own_route(21);
    fake_clock_run(fixture.base, 1000);
    assert_true(fixture.pools.duplicate.is_reported);
    assert_false(is_reported(FINDING_ROUTE_CONTESTED));
    assert_int_equal(fake_api_count(ROUTES), 0);
    fake_clock_run(fixture.base, 1500 * 1000);
    recheck_all(&fixture.world.store);
    fake_clock_run(fixture.base, 1000);
    assert_false(fixture.pools.duplicate.is_reported);
    close_fixture();
}

/* The Pool itself was changed: nothing of the contention is left. */
static void test_own_change_in_contention(void **state)
{
    (void)state;
    open_fixture();
    answer();
    for (size_t i = 0; i < 6; i++) {
        put_changed_route();
        fake_clock_run(fixture.base, 60 * 1000);
        answer();
    }
    put_changed_route();
    fake_clock_run(fixture.base, 0);
    assert_int_equal(fake_api_count(ROUTES), 0);
    put(KIND_POOL,
        memory_format(
            "{\"metadata\": {\"namespace\": \"n\", \"name\": \"p\", \"uid\": \"first\", "
            "\"resourceVersion\": \"%llu\", \"creationTimestamp\": \"2026-01-01T00:00:00Z\"}, "
            "\"spec\": {\"route\": {\"enabled\": true, \"hostname\": \"q.example.com\", "
            "\"gatewayRef\": {\"name\": \"g\"}}}}",
            (unsigned long long)++fixture.version));
    expect_write_after(0);
    answer();
    fake_clock_run(fixture.base, 0);
    assert_false(is_reported(FINDING_ROUTE_CONTESTED));
    close_fixture();
}

/* A Service that is missing is reported when it has been for two seconds, and not at all if it
 * comes before that; then it is resolved at once. */
static void test_held_back(void **state)
{
    (void)state;
    for (int64_t milliseconds = 1000; milliseconds <= 3000; milliseconds += 1000) {
        bool late = milliseconds >= 2000;

        open_fixture();
        assert_int_equal(fixture.pools.totals.holding, 1);
        answer();
        fake_clock_run(fixture.base, milliseconds);
        assert_true(is_reported(FINDING_BACKEND_MISSING) == late);
        assert_int_equal(fixture.pools.totals.holding, late ? 0 : 1);
        put_service();
        fake_clock_run(fixture.base, 0);
        assert_false(is_reported(FINDING_BACKEND_MISSING));
        assert_int_equal(fixture.pools.totals.holding, 0);
        fake_clock_run(fixture.base, 60 * 1000);
        assert_false(is_reported(FINDING_BACKEND_MISSING));
        assert_int_equal(fixture.pools.totals.reports, late ? 2 : 0);
        close_fixture();
    }
}

/* For a minute the controller may think about it; then its silence is a finding, until it speaks.
 */
static void test_unanswered(void **state)
{
    (void)state;
    open_fixture();
    put_service();
    answer_with("first", "{}");
    fake_clock_run(fixture.base, 59 * 1000);
    assert_false(is_reported(FINDING_ROUTE_UNANSWERED));
    assert_int_equal(fixture.pools.totals.unsatisfied, 0);
    fake_clock_run(fixture.base, 1000);
    assert_true(is_reported(FINDING_ROUTE_UNANSWERED));
    assert_int_equal(fixture.pools.totals.unsatisfied, 1);
    report_on_route("Unknown");
    assert_true(is_reported(FINDING_ROUTE_UNANSWERED));
    report_on_route("True");
    assert_false(is_reported(FINDING_ROUTE_UNANSWERED));
    assert_int_equal(fixture.pools.totals.unsatisfied, 0);
    report_on_route("Unknown"); /* the minute begins anew */
    fake_clock_run(fixture.base, 59 * 1000);
    assert_false(is_reported(FINDING_ROUTE_UNANSWERED));
    report_on_route("False");
    fake_clock_run(fixture.base, 3600 * 1000);
    assert_true(is_reported(FINDING_ROUTE_NOT_ACCEPTED));
    assert_false(is_reported(FINDING_ROUTE_UNANSWERED));
    assert_int_equal(fake_api_count(ROUTES), 0);
    close_fixture();
}

/* Each Pool has a minute of its own, and one that is gone is not waited for. */
static void test_unanswered_in_turn(void **state)
{
    struct queue_counts counts;

    (void)state;
    open_fixture();
    put_service();
    answer_with("first", "{}");
    fake_clock_run(fixture.base, 0);
    counts = queue_counts(fixture.pools.queue);
    assert_int_equal(counts.waiting, 0); /* nothing is tried again meanwhile */
    fake_clock_run(fixture.base, 30 * 1000);
    store_remove(&fixture.world.store, KIND_POOL, KEY, "first");
    fake_clock_run(fixture.base, 0);
    put_pool("first");
    fake_clock_run(fixture.base, 59 * 1000);
    assert_false(is_reported(FINDING_ROUTE_UNANSWERED));
    fake_clock_run(fixture.base, 1000);
    assert_true(is_reported(FINDING_ROUTE_UNANSWERED));
    close_fixture();
}

/* While the TLSRoutes are listed again, silence goes on; what was reported stands. */
static void test_unanswered_while_relisting(void **state)
{
    (void)state;
    open_fixture();
    put_service();
    answer_with("first", "{}");
    fake_clock_run(fixture.base, 30 * 1000);
    store_resync_begin(&fixture.world.store, KIND_ROUTE, "");
    pools_touched(KEY, &fixture.pools);
    fake_clock_run(fixture.base, 29 * 1000);
    assert_false(is_reported(FINDING_ROUTE_UNANSWERED));
    fake_clock_run(fixture.base, 1000);
    assert_true(is_reported(FINDING_ROUTE_UNANSWERED));
    report_on_route("Unknown");
    list_end(&fixture.world.store, KIND_ROUTE);
    pools_touched(KEY, &fixture.pools);
    fake_clock_run(fixture.base, 0);
    assert_true(is_reported(FINDING_ROUTE_UNANSWERED));
    assert_int_equal(fixture.pools.totals.reports, 3); /* what it waits for has changed */
    close_fixture();
}

/* While the Services are listed again, it is not known whether one is still missing. */
static void test_relisting(void **state)
{
    (void)state;
    open_fixture();
    answer();
    fake_clock_run(fixture.base, 3000);
    assert_true(is_reported(FINDING_BACKEND_MISSING));
    store_resync_begin(&fixture.world.store, KIND_SERVICE, "");
    recheck_all(&fixture.world.store);
    fake_clock_run(fixture.base, 10 * 1000);
    assert_true(is_reported(FINDING_BACKEND_MISSING));
    assert_int_equal(fixture.pools.totals.reports, 1);
    close_fixture();
}

/* A dry run sends each plan once, and remembers nothing of it. */
static void test_dry_run(void **state)
{
    (void)state;
    init();
    fixture.settings.dry_run = true;
    put_pool("first");
    fake_clock_run(fixture.base, 0);
    assert_non_null(strstr(fake_api_waiting(ROUTES)->path, "dryRun=All"));
    answer();
    assert_false(is_remembered());
    for (unsigned i = 0; i < 3; i++) {
        recheck_all(&fixture.world.store);
        fake_clock_run(fixture.base, 60 * 1000);
        assert_int_equal(fake_api_count(ROUTES), 0);
    }
    close_fixture();
}

/* A standby writes nothing and reports nothing. */
static void test_standby(void **state)
{
    static const struct settings_message lease = {
        .lease_namespace = "n", .lease_name = "l", .lease_seconds = 15, .identity = "us"};

    (void)state;
    init();
    fixture.pools.leader = check_keep(leader_new(fixture.base, NULL, &lease, NULL, NULL));
    put_pool("first");
    fake_clock_run(fixture.base, 10 * 1000);
    assert_int_equal(fake_api_count(ROUTES), 0);
    assert_int_equal(fixture.pools.totals.reports, 0);
    assert_int_equal(queue_find(fixture.pools.queue, KEY).place, QUEUE_ABSENT);
    close_fixture();
}

/* What was written is an Event, and so is what is wrong, once. */
static void test_events(void **state)
{
    struct fake_request *request;

    (void)state;
    open_fixture();
    answer();
    fake_clock_run(fixture.base, 1000);
    request = fake_api_waiting("/events");
    assert_string_equal(json_text_at(request->body, "reason"), "RouteCreated");
    assert_string_equal(json_text_at(request->body, "type"), "Normal");
    assert_string_equal(json_text_at(request->body, "regarding.kind"), "Pool");
    fake_api_answer(request, API_OK, "{}");
    fake_clock_run(fixture.base, 5 * 1000);
    request = fake_api_waiting("/events");
    assert_string_equal(json_text_at(request->body, "reason"), "BackendMissing");
    assert_string_equal(json_text_at(request->body, "type"), "Warning");
    fake_api_answer(request, API_OK, "{}");
    recheck_all(&fixture.world.store);
    fake_clock_run(fixture.base, 60 * 1000);
    assert_int_equal(fake_api_count("/events"), 0);
    close_fixture();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remember),
        cmocka_unit_test(test_failure),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_contention),
        cmocka_unit_test(test_own_change_in_contention),
        cmocka_unit_test(test_service_contention),
        cmocka_unit_test(test_made_again),
        cmocka_unit_test(test_duplicate),
        cmocka_unit_test(test_held_back),
        cmocka_unit_test(test_unanswered),
        cmocka_unit_test(test_unanswered_in_turn),
        cmocka_unit_test(test_unanswered_while_relisting),
        cmocka_unit_test(test_relisting),
        cmocka_unit_test(test_dry_run),
        cmocka_unit_test(test_standby),
        cmocka_unit_test(test_events),
    };

    return cmocka_run_group_tests_name("pools", tests, NULL, NULL);
}
