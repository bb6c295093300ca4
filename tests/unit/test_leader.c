/* SPDX-License-Identifier: Apache-2.0 */
/* Who leads, and for how long: with the Lease that others hold, take and delete, with answers that
 * are late or do not come, and with a process that stands still. */
#include "tests/unit/check.h"
#include "tests/unit/fake_api.h"
#include "tests/unit/fake_clock.h"

#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/memory.h"
#include "reconciler/write/leader.h"

enum {
    SECONDS = 15,
    INTERVAL = 3000,         /* from one try to the next, or up to a fifth more */
    LATE_INTERVAL = 3600,    /* the longest */
    DEADLINE = 3 * INTERVAL, /* from the beginning of the last renewal */
    EXPIRY = SECONDS * 1000,
};

#define LEASES "/apis/coordination.k8s.io/v1/namespaces/n/leases"
#define OURS   "{\"spec\": {\"holderIdentity\": \"us\", \"leaseDurationSeconds\": 15}}"
#define THEIRS "{\"spec\": {\"holderIdentity\": \"them\", \"leaseDurationSeconds\": 15}}"

static struct {
    struct event_base *base;
    struct leader *leader;
    unsigned renewed, begins, changed, released;
} test;

static struct settings_message settings = {
    .lease_namespace = "n", .lease_name = "l", .lease_seconds = SECONDS, .identity = "us"};

static void on_renewed(void *context)
{
    (void)context;
    test.renewed++;
}

static void on_begins(void *context)
{
    (void)context;
    test.begins++;
}

static void on_changed(void *context)
{
    (void)context;
    test.changed++;
}

static void on_released(void *context)
{
    (void)context;
    test.released++;
}

static void start(void)
{
    static const struct leader_callbacks callbacks = {
        .renewed = on_renewed, .begins = on_begins, .changed = on_changed, .released = on_released};

    fake_api_reset();
    memset(&test, 0, sizeof(test));
    test.base = event_base_new();
    test.leader = check_keep(leader_new(test.base, NULL, &settings, &callbacks, NULL));
}

static void stop(void)
{
    fake_api_reset();
    event_base_free(test.base);
}

/* The one request that waits has to be this, and is urgent. */
static struct fake_request *expect(const char *method, const char *path)
{
    struct fake_request *request = fake_api_waiting("");

    assert_non_null(request);
    assert_int_equal(fake_api_count(""), 1);
    assert_string_equal(request->method, method);
    assert_string_equal(request->path, path);
    assert_true(request->is_urgent);
    return request;
}

static void answer_read(enum api_error error, const char *lease)
{
    fake_api_answer(expect("GET", LEASES "/l"), error, lease);
}

/* It has to be held by us in what is written. */
static void answer_write(enum api_error error)
{
    struct fake_request *request = expect("PUT", LEASES "/l?fieldManager=tlsrouted");

    assert_string_equal(json_text_at(request->body, "spec.holderIdentity"), "us");
    fake_api_answer(request, error, error == API_OK ? OURS : NULL);
}

static void expect_nothing(void)
{
    assert_int_equal(fake_api_count(""), 0);
}

static void lead(void)
{
    start();
    answer_read(API_OK, OURS);
    answer_write(API_OK);
    assert_true(leader_leads(test.leader));
}

/* Until its next try is due. */
static void wait_interval(void)
{
    fake_clock_run(test.base, INTERVAL - 1);
    expect_nothing();
    fake_clock_run(test.base, LATE_INTERVAL - INTERVAL + 1);
}

static void test_no_lease(void **state)
{
    static const struct settings_message none = {.lease_namespace = ""};
    struct leader *leader = check_keep(leader_new(NULL, NULL, &none, NULL, NULL));

    (void)state;
    expect_nothing();
    assert_true(leader_leads(leader));
    assert_true(leader_until(leader) == UINT64_MAX);
    assert_true(leader_is_informed(leader));
    assert_int_equal(leader_state(leader), LEADERSHIP_ALONE);
    assert_false(leader_release(leader));
}

/* Until when it leads is said with each renewal, and when it is over. */
static void test_until(void **state)
{
    uint64_t first;

    (void)state;
    lead();
    first = leader_until(test.leader);
    assert_true(first == (uint64_t)clock_milliseconds() + DEADLINE);
    assert_int_equal(test.renewed, 1);
    wait_interval();
    answer_write(API_OK);
    assert_true(leader_until(test.leader) > first);
    assert_int_equal(test.renewed, 2);
    fake_clock_jump(DEADLINE);
    assert_true(leader_until(test.leader) == 0); /* though nobody has noticed */
    fake_clock_run(test.base, 1);
    assert_int_equal(test.renewed, 3);
    assert_true(leader_until(test.leader) == 0);
    stop();
}

static void test_create(void **state)
{
    struct fake_request *request;

    (void)state;
    start();
    assert_false(leader_leads(test.leader));
    assert_false(leader_is_informed(test.leader));
    answer_read(API_NOT_FOUND, NULL);
    request = expect("POST", LEASES "?fieldManager=tlsrouted");
    assert_string_equal(json_text_at(request->body, "metadata.name"), "l");
    assert_string_equal(json_text_at(request->body, "spec.holderIdentity"), "us");
    fake_api_answer(request, API_OK, OURS);
    assert_int_equal(leader_state(test.leader), LEADERSHIP_LEADER);
    assert_true(leader_is_informed(test.leader));
    assert_int_equal(test.begins, 1);
    stop();
}

/* Another was faster: what is there now decides. */
static void test_create_conflict(void **state)
{
    (void)state;
    start();
    answer_read(API_NOT_FOUND, NULL);
    fake_api_answer(expect("POST", LEASES "?fieldManager=tlsrouted"), API_CONFLICT, NULL);
    answer_read(API_OK, THEIRS);
    assert_int_equal(leader_state(test.leader), LEADERSHIP_STANDBY);
    assert_true(leader_is_informed(test.leader));
    assert_int_equal(test.begins, 0);
    stop();
}

/* As long as it can renew the Lease, it leads, and its beginning is told once. */
static void test_renew(void **state)
{
    (void)state;
    lead();
    for (unsigned i = 0; i < 50; i++) {
        wait_interval();
        answer_write(API_OK);
        assert_true(leader_leads(test.leader));
    }
    assert_int_equal(test.begins, 1);
    stop();
}

/* Renewals that fail: it tries again, and ends before anybody else may begin. */
static void test_renewals_fail(void **state)
{
    (void)state;
    lead();
    fake_clock_run(test.base, LATE_INTERVAL);
    answer_write(API_TIMEOUT);
    assert_true(leader_leads(test.leader));
    fake_clock_run(test.base, LATE_INTERVAL);
    answer_write(API_SERVER_ERROR);
    assert_true(leader_leads(test.leader));
    fake_clock_run(test.base, DEADLINE - 2 * LATE_INTERVAL);
    assert_false(leader_leads(test.leader));
    assert_int_equal(leader_state(test.leader), LEADERSHIP_STANDBY);
    fake_clock_run(test.base, LATE_INTERVAL);
    answer_read(API_OK, OURS); /* nobody has acquired it: it goes on */
    answer_write(API_OK);
    assert_true(leader_leads(test.leader));
    assert_int_equal(test.begins, 2);
    stop();
}

/* The time counts from the beginning of a request, not from its answer. */
static void test_late_answer(void **state)
{
    static const struct {
        int64_t milliseconds;
        bool leads;
    } rows[] = {{0, true}, {DEADLINE - 1, true}, {DEADLINE, false}, {EXPIRY, false}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        start();
        answer_read(API_OK, OURS);
        fake_clock_run(test.base, rows[i].milliseconds);
        answer_write(API_OK);
        assert_true(leader_leads(test.leader) == rows[i].leads);
        fake_clock_run(test.base, 1);
        assert_true(leader_leads(test.leader) == (rows[i].milliseconds == 0));
        stop();
    }
}

/* A process that stands still for a while does not lead when it goes on, even before any timer.
 * What it writes then succeeds only if nobody else has acquired the Lease. */
static void test_standstill(void **state)
{
    static const struct {
        enum api_error error;
        unsigned begins;
    } rows[] = {{API_CONFLICT, 1}, {API_OK, 2}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        lead();
        fake_clock_jump(DEADLINE - 1);
        assert_true(leader_leads(test.leader));
        fake_clock_jump(1);
        assert_false(leader_leads(test.leader));
        assert_false(leader_release(test.leader)); /* it may be another's by now */
        fake_clock_run(test.base, 0);
        assert_false(leader_leads(test.leader));
        answer_write(rows[i].error);
        if (rows[i].error == API_CONFLICT)
            answer_read(API_OK, THEIRS);
        assert_true(leader_leads(test.leader) == (rows[i].error == API_OK));
        assert_int_equal(test.begins, rows[i].begins);
        stop();
    }
}

/* A standby waits as long as the holder changes the Lease, and then for its duration. */
static void test_standby(void **state)
{
    int64_t waited = 0;

    (void)state;
    start();
    for (unsigned i = 0; i < 20; i++) {
        char *lease =
            memory_format("{\"spec\": {\"holderIdentity\": \"them\", \"renewTime\": \"%u\","
                          " \"leaseDurationSeconds\": 15}}",
                          i);

        answer_read(API_OK, lease);
        free(lease);
        expect_nothing();
        assert_int_equal(leader_state(test.leader), LEADERSHIP_STANDBY);
        assert_true(leader_is_informed(test.leader));
        fake_clock_run(test.base, LATE_INTERVAL);
    }
    answer_read(API_OK, THEIRS);
    while (fake_api_count("fieldManager") == 0 && waited < 2 * EXPIRY) {
        fake_clock_run(test.base, LATE_INTERVAL);
        waited += LATE_INTERVAL;
        answer_read(API_OK, THEIRS);
    }
    assert_in_range(waited, EXPIRY, EXPIRY + LATE_INTERVAL);
    answer_write(API_OK);
    assert_int_equal(leader_state(test.leader), LEADERSHIP_LEADER);
    stop();
}

/* Labels, annotations and managers that change keep no holder in its place. */
static void test_labels_do_not_count(void **state)
{
    (void)state;
    start();
    for (unsigned i = 0; fake_api_count("fieldManager") == 0; i++) {
        char *lease = memory_format("{\"metadata\": {\"labels\": {\"x\": \"%u\"}}, \"spec\": "
                                    "{\"holderIdentity\": \"them\"}}",
                                    i);

        assert_true(i < 10);
        answer_read(API_OK, lease);
        free(lease);
        if (fake_api_count("") == 0)
            fake_clock_run(test.base, LATE_INTERVAL);
    }
    answer_write(API_OK);
    assert_true(leader_leads(test.leader));
    stop();
}

/* Another holds it, whatever the reason: we stop at once. */
static void test_taken(void **state)
{
    (void)state;
    lead();
    wait_interval();
    answer_write(API_CONFLICT);
    assert_true(leader_leads(test.leader)); /* it may have been a label */
    answer_read(API_OK, THEIRS);
    assert_int_equal(leader_state(test.leader), LEADERSHIP_STANDBY);
    stop();
}

static void test_deleted(void **state)
{
    (void)state;
    lead();
    wait_interval();
    answer_write(API_NOT_FOUND);
    answer_read(API_NOT_FOUND, NULL);
    fake_api_answer(expect("POST", LEASES "?fieldManager=tlsrouted"), API_OK, OURS);
    assert_true(leader_leads(test.leader));
    assert_int_equal(test.begins, 1);
    stop();
}

/* The one that holds it does not know yet: the others wait as long as for a Lease that is not
 * renewed.
 */
static void test_deleted_for_another(void **state)
{
    int64_t seen;

    (void)state;
    start();
    answer_read(API_OK, THEIRS);
    seen = clock_milliseconds();
    wait_interval();
    answer_read(API_NOT_FOUND, NULL);
    while (fake_api_count("") == 0) {
        assert_int_equal(leader_state(test.leader), LEADERSHIP_STANDBY);
        assert_true(leader_is_informed(test.leader));
        wait_interval();
        answer_read(API_NOT_FOUND, NULL);
    }
    assert_in_range(clock_milliseconds() - seen, 1000 * SECONDS, 1000 * SECONDS + LATE_INTERVAL);
    fake_api_answer(expect("POST", LEASES "?fieldManager=tlsrouted"), API_OK, OURS);
    assert_true(leader_leads(test.leader));
    stop();
}

/* It was created again, and the time counts from there. */
static void test_deleted_and_back(void **state)
{
    (void)state;
    start();
    answer_read(API_OK, THEIRS);
    wait_interval();
    answer_read(API_NOT_FOUND, NULL);
    wait_interval();
    answer_read(API_OK, "{\"spec\": {\"holderIdentity\": \"\"}}");
    expect("PUT", LEASES "/l?fieldManager=tlsrouted"); /* nobody holds it */
    stop();
}

/* Without the right to read it, nothing is known and nothing is done. */
static void test_forbidden(void **state)
{
    (void)state;
    start();
    for (unsigned i = 0; i < 5; i++) {
        answer_read(API_FORBIDDEN, NULL);
        assert_int_equal(leader_state(test.leader), LEADERSHIP_STANDBY);
        assert_false(leader_is_informed(test.leader));
        wait_interval();
    }
    answer_read(API_OK, THEIRS);
    assert_true(leader_is_informed(test.leader));
    fake_clock_run(test.base, LATE_INTERVAL);
    answer_read(API_FORBIDDEN, NULL);
    assert_true(leader_is_informed(test.leader));
    fake_clock_jump(EXPIRY);
    assert_false(leader_is_informed(test.leader));
    stop();
}

static void expect_release(enum api_error error)
{
    struct fake_request *request = expect("PUT", LEASES "/l?fieldManager=tlsrouted");

    assert_string_equal(json_text_at(request->body, "spec.holderIdentity"), "");
    assert_int_equal(test.released, 0);
    fake_api_answer(request, error, NULL);
    assert_int_equal(test.released, 1);
    fake_clock_run(test.base, 2 * EXPIRY); /* and nothing more */
    expect_nothing();
    assert_false(leader_leads(test.leader));
    stop();
}

static void test_release(void **state)
{
    (void)state;
    lead();
    assert_true(leader_release(test.leader));
    assert_false(leader_leads(test.leader));
    assert_false(leader_release(test.leader));
    expect_release(API_OK);
    lead();
    assert_true(leader_release(test.leader));
    expect_release(API_TIMEOUT); /* others have to wait, but we end */
}

/* The request that is under way ends first: its answer must not come after the release. */
static void test_release_while_renewing(void **state)
{
    (void)state;
    lead();
    wait_interval();
    assert_true(leader_release(test.leader));
    answer_write(API_OK);
    assert_false(leader_leads(test.leader));
    expect_release(API_OK);
}

/* It is another's by then: there is nothing to release. */
static void test_release_of_taken(void **state)
{
    (void)state;
    lead();
    wait_interval();
    answer_write(API_CONFLICT);
    assert_true(leader_release(test.leader));
    answer_read(API_OK, THEIRS);
    expect_nothing();
    assert_int_equal(test.released, 1);
    stop();
}

static void expect_end(void)
{
    assert_int_equal(test.released, 1);
    expect_nothing();
    stop();
}

/* Somebody is faster than the release. What is there then decides: another holds it, it is gone, or
 * only something else in it has changed. */
static void test_release_overtaken(void **state)
{
    static const struct {
        enum api_error error;
        const char *lease;
        bool again;
    } rows[] = {{API_OK, THEIRS, false}, {API_NOT_FOUND, NULL, false}, {API_OK, OURS, true}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        lead();
        assert_true(leader_release(test.leader));
        fake_api_answer(expect("PUT", LEASES "/l?fieldManager=tlsrouted"), API_CONFLICT, NULL);
        assert_int_equal(test.released, 0);
        answer_read(rows[i].error, rows[i].lease);
        if (rows[i].again)
            expect_release(API_OK);
        else
            expect_end();
    }
}

/* It does not try for ever. */
static void test_release_overtaken_each_time(void **state)
{
    (void)state;
    lead();
    assert_true(leader_release(test.leader));
    for (unsigned i = 0; i < 3; i++) {
        fake_api_answer(expect("PUT", LEASES "/l?fieldManager=tlsrouted"), API_CONFLICT, NULL);
        if (i < 2)
            answer_read(API_OK, OURS);
    }
    expect_end();
}

static void test_release_of_standby(void **state)
{
    (void)state;
    start();
    answer_read(API_OK, THEIRS);
    assert_false(leader_release(test.leader));
    assert_int_equal(test.released, 0);
    stop();
}

/* Somebody deletes the Lease each time: it is made again, at once at first, and then as often as it
 * would be renewed. */
static void test_deleted_each_time(void **state)
{
    (void)state;
    lead();
    for (unsigned i = 0; i < 6; i++) {
        wait_interval();
        fake_api_answer(expect("PUT", LEASES "/l?fieldManager=tlsrouted"), API_NOT_FOUND, NULL);
        if (fake_api_count("") == 0)
            wait_interval();
        answer_read(API_NOT_FOUND, NULL);
        assert_true(leader_is_contested(test.leader) == (i >= 2));
        fake_api_answer(expect("POST", LEASES "?fieldManager=tlsrouted"), API_OK, OURS);
        assert_true(leader_leads(test.leader));
    }
    for (unsigned i = 0; i < 60; i++) { /* it is left alone */
        wait_interval();
        answer_write(API_OK);
    }
    assert_false(leader_is_contested(test.leader));
    stop();
}

/* Somebody writes it all the time: no write of ours succeeds, and there are few. */
static void test_overtaken_each_time(void **state)
{
    unsigned requests = 0;

    (void)state;
    lead();
    wait_interval();
    for (unsigned i = 0; i < 600; i++) {
        while (fake_api_count("") > 0) {
            struct fake_request *request = fake_api_waiting("");
            bool reads = strcmp(request->method, "GET") == 0;

            fake_api_answer(request, reads ? API_OK : API_CONFLICT, reads ? OURS : NULL);
            requests++;
        }
        fake_clock_run(test.base, 100);
    }
    assert_in_range(requests, 20, 60);
    assert_true(leader_is_contested(test.leader));
    assert_false(leader_leads(test.leader));
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deleted_each_time),
        cmocka_unit_test(test_overtaken_each_time),
        cmocka_unit_test(test_no_lease),
        cmocka_unit_test(test_until),
        cmocka_unit_test(test_create),
        cmocka_unit_test(test_create_conflict),
        cmocka_unit_test(test_renew),
        cmocka_unit_test(test_renewals_fail),
        cmocka_unit_test(test_late_answer),
        cmocka_unit_test(test_standstill),
        cmocka_unit_test(test_standby),
        cmocka_unit_test(test_labels_do_not_count),
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_deleted),
        cmocka_unit_test(test_deleted_for_another),
        cmocka_unit_test(test_deleted_and_back),
        cmocka_unit_test(test_forbidden),
        cmocka_unit_test(test_release),
        cmocka_unit_test(test_release_while_renewing),
        cmocka_unit_test(test_release_of_taken),
        cmocka_unit_test(test_release_overtaken),
        cmocka_unit_test(test_release_overtaken_each_time),
        cmocka_unit_test(test_release_of_standby),
    };

    return cmocka_run_group_tests_name("leader", tests, NULL, NULL);
}
