/* SPDX-License-Identifier: Apache-2.0 */
/* The work on one Certificate over time: what the certpatcher is asked for, when again after each
 * of its answers, and what is shown of it on the Pools. */
#include "tests/unit/check.h"
#include "tests/unit/fake_api.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/world_fixture.h"

#include "common/base/json.h"
#include "reconciler/work/injections.h"

#define KEY "n/c"

/* A Certificate that a Server of a Pool uses, with all lists read. */
static struct fixture {
    struct event_base *base;
    struct settings_message settings;
    struct world world;
    struct injections injections;
    struct touched pools;
    bool linked;         /* to the certpatcher */
    size_t sent;         /* requests, since the last look */
    struct message last; /* of them; owned */
    uint64_t leading_until;
    uint64_t version;
} fixture;

bool worker_send(struct worker *worker, enum role peer, const struct message *message)
{
    (void)worker;
    assert_int_equal(peer, ROLE_CERTPATCHER);
    if (!fixture.linked)
        return false;
    if (message->type == MESSAGE_LEADING) {
        fixture.leading_until = message->leading.until;
        return true;
    }
    assert_int_equal(message->type, MESSAGE_INJECT);
    fixture.sent++;
    message_clear(&fixture.last);
    fixture.last = message_copy(message);
    return true;
}

static void on_changed(void *context)
{
    (void)context;
}

static bool is_never_busy(const void *context)
{
    (void)context;
    return false;
}

static void put_our_pool(const char *hostname)
{
    struct message message = message_at(MESSAGE_POOL, "n/p", ++fixture.version);

    message.pool.route_enabled = hostname != NULL;
    message.pool.inject = true;
    message.pool.hostname = hostname;
    message.pool.service_port = 8140;
    put_message(&fixture.world.store, message);
}

/* With LEDGER "" and NAME, or with LEDGER and NAME, which it names. */
static void put_our_certificate(const char *name, const char *ledger)
{
    struct message message = message_at(MESSAGE_CERTIFICATE, KEY, ++fixture.version);

    text_list_add(&message.certificate.names, name);
    message.certificate.ledger = ledger;
    put_message(&fixture.world.store, message);
    text_list_clear(&message.certificate.names);
}

static void init(void)
{
    struct store *store = &fixture.world.store;

    fake_api_reset();
    fixture = (struct fixture){.base = event_base_new(),
                               .settings = {.max_names = 100},
                               .last = message_of(MESSAGE_NONE),
                               .linked = true};
    fixture.world.settings = &fixture.settings;
    store->relations.pools = (struct relations_listener){touched_add, touched_add, &fixture.pools};
    store->relations.certificates = (struct relations_listener){
        injections_touched, injections_recheck_one, &fixture.injections};
    fixture.injections = (struct injections){
        .world = &fixture.world,
        .leader = check_keep(leader_new(fixture.base, NULL,
                                        &(const struct settings_message){.lease_namespace = ""},
                                        NULL, NULL)),
        .events = check_keep(events_new(fixture.base, NULL, is_never_busy, NULL)),
        .changed = on_changed,
    };
    injections_init(&fixture.injections, fixture.base);
    check_keep(fixture.injections.queue);
}

static void list_all(void)
{
    list_read(&fixture.world.store, KIND_POOL);
    list_read(&fixture.world.store, KIND_SERVER);
    list_read(&fixture.world.store, KIND_CERTIFICATE);
}

static void put_all(void)
{
    put_our_pool("p.b");
    put_server(&fixture.world.store, "n/s", 1, "c", "p");
    put_our_certificate("c.b", "");
    list_all();
}

/* No request is sent for so long, and then one is. */
static void expect_request_after(int64_t milliseconds)
{
    if (milliseconds > 0) {
        fake_clock_run(fixture.base, milliseconds - 1);
        assert_int_equal(fixture.sent, 0);
    }
    fake_clock_run(fixture.base, 1);
    assert_int_equal(fixture.sent, 1);
    fixture.sent = 0;
    assert_string_equal(fixture.last.inject.namespace, "n");
    assert_string_equal(fixture.last.inject.certificate, "c");
}

static void expect_names(const struct text_list *list, const char *name)
{
    assert_int_equal(list->count, name != NULL ? 1 : 0);
    if (name != NULL)
        assert_true(text_list_has(list, name));
}

static void expect_quiet(void)
{
    fake_clock_run(fixture.base, 24 * 3600 * 1000);
    assert_int_equal(fixture.sent, 0);
}

static void open_fixture(void)
{
    init();
    put_all();
    expect_request_after(0);
    expect_names(&fixture.last.inject.add, "p.b");
    expect_names(&fixture.last.inject.withdraw, NULL);
    fixture.pools.count = 0;
}

static void close_fixture(void)
{
    injections_unlinked(&fixture.injections);
    assert_null(fixture.injections.states.all);
    world_clear(&fixture.world.store);
    message_clear(&fixture.last);
    event_base_free(fixture.base);
    fake_api_reset();
}

/* The request with TICKET. */
static void answer_to(uint64_t ticket, enum inject_outcome outcome, unsigned seconds,
                      const char *detail)
{
    const struct inject_result_message result = {.ticket = ticket,
                                                 .namespace = "n",
                                                 .certificate = "c",
                                                 .outcome = outcome,
                                                 .retry_seconds = seconds,
                                                 .detail = detail};

    injections_result(&fixture.injections, &result);
}

static void answer_with(enum inject_outcome outcome, unsigned seconds, const char *manager)
{
    answer_to(fixture.last.inject.ticket, outcome, seconds, manager);
}

static void expect_finding(enum finding_reason reason, const char *words)
{
    struct findings findings = {0};

    injection_states_findings(&fixture.injections.states, &fixture.world.store.relations,
                              store_find(&fixture.world.store, KIND_POOL, "n/p"), &findings);
    assert_int_equal(findings.count, words != NULL ? 1 : 0);
    if (words != NULL) {
        assert_int_equal(findings.list[0].reason, reason);
        assert_non_null(strstr(findings.list[0].text, words));
    }
    findings_clear(&findings);
}

/* What is not there may come with a list that has not been read. */
static void test_incomplete(void **state)
{
    (void)state;
    init();
    put_our_pool("p.b");
    put_server(&fixture.world.store, "n/s", 1, "c", "p");
    put_our_certificate("c.b", "");
    fake_clock_run(fixture.base, 60 * 1000);
    assert_int_equal(fixture.sent, 0);
    list_all();
    recheck_all(&fixture.world.store);
    expect_request_after(0);
    close_fixture();
}

static void test_written(void **state)
{
    (void)state;
    open_fixture();
    put_our_certificate("p.b", "{\"p.b\":[\"p\"]}"); /* the watcher may be faster than the answer */
    answer_with(INJECT_WRITTEN, 0, "");
    expect_quiet();
    expect_finding(FINDING_CERTIFICATE_FULL, NULL);
    close_fixture();
}

/* Of all results only that of the request under way ends it, once. */
static void test_other_results(void **state)
{
    uint64_t first;

    (void)state;
    open_fixture();
    first = fixture.last.inject.ticket;
    answer_to(0, INJECT_REFUSED, 1, "");
    answer_to(first + 1, INJECT_REFUSED, 1, "");
    expect_quiet();
    answer_with(INJECT_REFUSED, 300, "");
    put_our_pool("q.b");
    expect_request_after(0);
    assert_true(fixture.last.inject.ticket > first);
    answer_to(first, INJECT_CONTESTED, 1, "argocd"); /* a late one, and the same once more */
    expect_quiet();
    expect_finding(FINDING_CERTIFICATE_CONTESTED, NULL);
    answer_with(INJECT_WAITING, 300, "");
    answer_with(INJECT_CONTESTED, 1, "argocd");
    expect_finding(FINDING_CERTIFICATE_CONTESTED, NULL);
    expect_request_after(300 * 1000);
    close_fixture();
}

/* The request for nothing, when a Certificate goes, has no result that anybody waits for; a new
 * Certificate of that name may be asked about meanwhile. */
static void test_gone_and_back(void **state)
{
    uint64_t nothing;

    (void)state;
    open_fixture();
    answer_with(INJECT_WAITING, 300, "");
    store_remove(&fixture.world.store, KIND_CERTIFICATE, KEY, "u-n/c");
    expect_request_after(0);
    nothing = fixture.last.inject.ticket;
    put_our_certificate("c.b", "");
    expect_request_after(0);
    expect_names(&fixture.last.inject.add, "p.b");
    answer_to(nothing, INJECT_UNCHANGED, 0, "");
    put_our_pool("q.b");
    expect_quiet(); /* the other is still under way */
    answer_with(INJECT_WRITTEN, 0, "");
    expect_request_after(0);
    close_fixture();
}

static void test_lead(void **state)
{
    (void)state;
    open_fixture();
    injections_lead(&fixture.injections);
    assert_true(fixture.leading_until == UINT64_MAX);
    close_fixture();
}

/* One request at a time: what changes meanwhile is compared when the answer has come. */
static void test_change_meanwhile(void **state)
{
    (void)state;
    open_fixture();
    put_our_pool("q.b");
    fake_clock_run(fixture.base, 60 * 1000);
    assert_int_equal(fixture.sent, 0);
    answer_with(INJECT_REFUSED, 300, "");
    expect_request_after(0);
    expect_names(&fixture.last.inject.add, "q.b");
    close_fixture();
}

/* When it is asked again after each answer that leaves something to do. */
static void test_again(void **state)
{
    static const struct {
        enum inject_outcome outcome;
        unsigned seconds;
    } rows[] = {{INJECT_REFUSED, 300}, {INJECT_CONTESTED, 3600}, {INJECT_WAITING, 77}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        open_fixture();
        for (unsigned j = 0; j < 3; j++) {
            answer_with(rows[i].outcome, rows[i].seconds, "argocd");
            expect_request_after((int64_t)rows[i].seconds * 1000);
        }
        answer_with(INJECT_UNCHANGED, 0, "");
        expect_quiet();
        close_fixture();
    }
}

/* With a back-off that grows and ends. */
static void test_failed(void **state)
{
    static const enum inject_outcome outcomes[] = {INJECT_FAILED, INJECT_API_UNAVAILABLE,
                                                   INJECT_STOOD_DOWN};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        open_fixture();
        for (unsigned j = 0; j < 10; j++) {
            answer_with(outcomes[i], 0, "");
            assert_int_equal(fixture.sent, 0);
            fake_clock_run(fixture.base, j < 6 ? (500 << j) / 2 - 1 : 15000 - 1);
            assert_int_equal(fixture.sent, 0);
            fake_clock_run(fixture.base, 15001);
            assert_int_equal(fixture.sent, 1);
            fixture.sent = 0;
        }
        close_fixture();
    }
}

static void test_no_link(void **state)
{
    (void)state;
    init();
    fixture.linked = false;
    put_all();
    fake_clock_run(fixture.base, 60 * 1000);
    fixture.linked = true;
    fake_clock_run(fixture.base, 30 * 1000);
    assert_int_equal(fixture.sent, 1);
    close_fixture();
}

/* With the certpatcher goes all that it said, and what it was asked for is asked again. */
static void test_unlinked(void **state)
{
    (void)state;
    open_fixture();
    answer_with(INJECT_CONTESTED, 3600, "argocd");
    expect_finding(FINDING_CERTIFICATE_CONTESTED, "argocd");
    injections_unlinked(&fixture.injections);
    expect_finding(FINDING_CERTIFICATE_CONTESTED, NULL);
    recheck_all(&fixture.world.store);
    expect_request_after(0);
    injections_unlinked(&fixture.injections); /* while a request is under way */
    fake_clock_run(fixture.base, 500);
    assert_int_equal(fixture.sent, 1);
    close_fixture();
}

/* The Pools are told when it begins, when another manager does it, and when it ends. */
static void test_contested(void **state)
{
    static const struct {
        const char *row;
        enum inject_outcome outcome;
        const char *manager, *words, *touched;
    } rows[] = {
        {"begins", INJECT_CONTESTED, "argocd", "argocd keeps removing", "n/p|"},
        {"goes on", INJECT_CONTESTED, "argocd", "argocd keeps removing", ""},
        {"another", INJECT_CONTESTED, "helm", "helm keeps removing", "n/p|"},
        {"nobody known", INJECT_CONTESTED, "", "somebody keeps removing", "n/p|"},
        {"ends", INJECT_WRITTEN, "", NULL, "n/p|"},
        {"is over", INJECT_UNCHANGED, "", NULL, ""},
    };

    (void)state;
    open_fixture();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        answer_with(rows[i].outcome, 10, rows[i].manager);
        touched_expect(rows[i].row, &fixture.pools, rows[i].touched);
        expect_finding(FINDING_CERTIFICATE_CONTESTED, rows[i].words);
        expect_request_after(10000);
    }
    close_fixture();
}

/* What the API server does not accept is shown, and asked for again rarely, or when something
 * changes. */
static void test_denied(void **state)
{
    static const struct {
        const char *row;
        enum inject_outcome outcome;
        const char *detail, *words, *touched;
        size_t events;
    } rows[] = {
        {"begins", INJECT_DENIED, "too many names", "Certificate c: too many names;", "n/p|", 1},
        {"goes on", INJECT_DENIED, "too many names", "Certificate c: too many names;", "", 1},
        {"for another reason", INJECT_DENIED, "not yours", "Certificate c: not yours;", "n/p|", 2},
        {"ends", INJECT_WRITTEN, "", NULL, "n/p|", 2},
    };

    (void)state;
    open_fixture();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        answer_with(rows[i].outcome, 300, rows[i].detail);
        touched_expect(rows[i].row, &fixture.pools, rows[i].touched);
        expect_finding(FINDING_CERTIFICATE_DENIED, rows[i].words);
        fake_clock_run(fixture.base, 1000);
        CHECK_ROW(rows[i].row, fake_api_count("/events") == rows[i].events);
        expect_request_after(299 * 1000);
    }
    answer_with(INJECT_DENIED, 300, "again");
    put_our_certificate("d.b", "");
    expect_request_after(0);
    close_fixture();
}

/* Who contends is an Event on the Certificate, once. */
static void test_events(void **state)
{
    struct fake_request *request;

    (void)state;
    open_fixture();
    for (unsigned i = 0; i < 3; i++) {
        answer_with(INJECT_CONTESTED, 60, "argocd");
        expect_request_after(60 * 1000);
    }
    request = fake_api_waiting("/events");
    assert_string_equal(json_text_at(request->body, "reason"), "CertificateContested");
    assert_string_equal(json_text_at(request->body, "type"), "Warning");
    assert_string_equal(json_text_at(request->body, "regarding.kind"), "Certificate");
    assert_string_equal(json_text_at(request->body, "regarding.uid"), "u-n/c");
    fake_api_answer(request, API_OK, "{}");
    assert_int_equal(fake_api_count("/events"), 0);
    close_fixture();
}

/* A list that is full is shown before the certpatcher has answered, and as long as it is. */
static void test_full(void **state)
{
    (void)state;
    init();
    fixture.settings.max_names = 1;
    put_all();
    fake_clock_run(fixture.base, 1000);
    assert_int_equal(fixture.sent, 0); /* nothing can be done */
    expect_finding(FINDING_CERTIFICATE_FULL, "no room for 1 of the names");
    assert_int_equal(fake_api_count("/events"), 1);
    touched_expect("full", &fixture.pools, "n/p|");
    fixture.settings.max_names = 2;
    recheck_all(&fixture.world.store);
    expect_request_after(0);
    expect_finding(FINDING_CERTIFICATE_FULL, NULL);
    close_fixture();
}

/* A name that nobody needs any more: the certpatcher counts its grace as long as it is asked. */
static void test_withdraw(void **state)
{
    (void)state;
    init();
    put_our_pool(NULL);
    put_server(&fixture.world.store, "n/s", 1, "c", "p");
    put_our_certificate("p.b", "{\"p.b\":[\"p\"]}");
    list_all();
    expect_request_after(0);
    expect_names(&fixture.last.inject.withdraw, "p.b");
    answer_with(INJECT_WAITING, 300, "");
    put_our_pool("p.b"); /* it is needed again: the certpatcher has to know */
    expect_request_after(0);
    expect_names(&fixture.last.inject.withdraw, NULL);
    answer_with(INJECT_UNCHANGED, 0, "");
    expect_quiet();
    close_fixture();
}

/* The Certificate goes while a name waits: the certpatcher is told to stop, once. */
static void test_gone(void **state)
{
    (void)state;
    open_fixture();
    answer_with(INJECT_WAITING, 300, "");
    store_remove(&fixture.world.store, KIND_CERTIFICATE, KEY, "u-n/c");
    expect_request_after(0);
    expect_names(&fixture.last.inject.add, NULL);
    expect_names(&fixture.last.inject.withdraw, NULL);
    assert_null(fixture.injections.states.all);
    expect_quiet();
    close_fixture();
}

/* It goes while the request is under way, and the answer says that a name waits. */
static void test_gone_before_the_answer(void **state)
{
    (void)state;
    open_fixture();
    store_remove(&fixture.world.store, KIND_CERTIFICATE, KEY, "u-n/c");
    fake_clock_run(fixture.base, 1000);
    assert_int_equal(fixture.sent, 0);
    answer_with(INJECT_WAITING, 300, "");
    assert_int_equal(fixture.sent, 1);
    fixture.sent = 0;
    expect_names(&fixture.last.inject.withdraw, NULL);
    expect_quiet();
    close_fixture();
}

/* One that cannot be read is left alone, and one that is not there is not invented. */
static void test_unreadable(void **state)
{
    (void)state;
    init();
    put_our_pool("p.b");
    put_server(&fixture.world.store, "n/s", 1, "c", "p");
    put_unreadable(&fixture.world.store, KIND_CERTIFICATE, KEY, "broken");
    put_server(&fixture.world.store, "n/t", 1, "absent", "p");
    list_all();
    expect_quiet();
    close_fixture();
}

static void test_standby(void **state)
{
    static const struct settings_message lease = {
        .lease_namespace = "n", .lease_name = "l", .lease_seconds = 15, .identity = "us"};

    (void)state;
    init();
    fixture.injections.leader = check_keep(leader_new(fixture.base, NULL, &lease, NULL, NULL));
    put_all();
    fake_clock_run(fixture.base, 60 * 1000);
    assert_int_equal(fixture.sent, 0);
    close_fixture();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_incomplete),
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_other_results),
        cmocka_unit_test(test_gone_and_back),
        cmocka_unit_test(test_lead),
        cmocka_unit_test(test_change_meanwhile),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_failed),
        cmocka_unit_test(test_no_link),
        cmocka_unit_test(test_unlinked),
        cmocka_unit_test(test_contested),
        cmocka_unit_test(test_denied),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_withdraw),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_gone_before_the_answer),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_standby),
    };

    return cmocka_run_group_tests_name("injections", tests, NULL, NULL);
}
