/* SPDX-License-Identifier: Apache-2.0 */
/* When a batch begins, what it shares, and how many of its tasks run at a time. */
#include "tests/unit/check.h"

#include "certpatcher/batches.h"
#include "common/base/clock.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "tests/unit/certificates.h"
#include "tests/unit/fake_api.h"
#include "tests/unit/fake_clock.h"

#include <stdio.h>

enum {
    REQUESTS_MAX = 5000,
    FIXTURES_MAX = 16,
};

#define GET_SERVERS      "GET " IN("n") "/servers" FIRST_PAGE
#define GET_CERTIFICATES "GET " IN("n") "/certificates" FIRST_PAGE
#define GET_POOLS        "GET " IN("n") "/pools" FIRST_PAGE

/* Batches last as long as the process, and so do these. */
static struct fixture {
    struct event_base *base;
    struct certificate_states states;
    struct settings_message settings;
    struct mandate mandate;
    struct task_shared shared;
    struct batches *batches;
    unsigned ended[INJECT_OUTCOMES];
    unsigned changes;
} fixtures[FIXTURES_MAX];

static void on_ended(const struct inject_message *request, const struct task_result *result,
                     void *context)
{
    struct fixture *fixture = context;

    assert_string_equal(request->namespace, "n");
    fixture->ended[result->outcome]++;
}

static void on_changed(void *context)
{
    ((struct fixture *)context)->changes++;
}

static struct fixture *open_fixture(void)
{
    static size_t count;
    struct fixture *fixture = &fixtures[count++];
    const struct batches_callbacks callbacks = {on_ended, on_changed, fixture};

    fake_api_reset();
    *fixture = (struct fixture){
        .base = loop_new(),
        .settings = {.withdraw = WITHDRAW_AFTER_GRACE, .max_names = 100, .pool_selector = ""}};
    fixture->shared.states = &fixture->states;
    fixture->shared.settings = &fixture->settings;
    fixture->mandate.until = UINT64_MAX;
    fixture->shared.mandate = &fixture->mandate;
    fixture->batches = batches_new(fixture->base, &fixture->shared, &callbacks);
    return fixture;
}

static void close_fixture(struct fixture *fixture)
{
    batches_drop_all(fixture->batches);
    assert_int_equal(batches_pending(fixture->batches), 0);
    assert_int_equal(fake_api_pending(), 0);
    forget_states(&fixture->states);
}

/* A request to add the name p.example to the Certificate NAME, or to do nothing. */
static void add(struct fixture *fixture, const char *name, bool is_empty)
{
    struct text_list names = {0};
    struct message message = message_of(MESSAGE_INJECT), copy;

    if (!is_empty)
        text_list_add(&names, "p.example");
    message.inject = (struct inject_message){.namespace = "n", .certificate = name, .add = names};
    copy = message_copy(&message);
    batches_add(fixture->batches, &copy);
    message_clear(&copy);
    text_list_clear(&names);
}

/* c0, c1 and so on. */
static void add_many(struct fixture *fixture, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char name[16];

        snprintf(name, sizeof(name), "c%u", i);
        add(fixture, name, false);
    }
}

static char *certificate_with(unsigned number, const char *names)
{
    return memory_format(
        "{\"metadata\":{\"namespace\":\"n\",\"name\":\"c%u\",\"uid\":\"u\","
        "\"resourceVersion\":\"7\",\"creationTimestamp\":\"2026-01-02T03:04:05Z\"},"
        "\"spec\":{\"dnsAltNames\":[%s]}}",
        number, names);
}

static char *certificate(unsigned number)
{
    return certificate_with(number, "");
}

static char *server(unsigned number)
{
    return memory_format(META("n", "s", "") ",\"spec\":{\"certificateRef\":\"c%u\",\"poolRefs\":"
                                            "[\"p\"]}}",
                         number);
}

/* Answers REQUEST with the list of COUNT ITEMs. */
static void answer_list(const char *request, unsigned count, char *(*item)(unsigned number))
{
    char *list = memory_text("{\"items\":["), *all;

    for (unsigned i = 0; i < count; i++) {
        char *one = item(i), *longer = memory_format("%s%s%s", list, i > 0 ? "," : "", one);

        free(list);
        free(one);
        list = longer;
    }
    all = memory_format("%s]}", list);
    fake_api_answer_to(request, all);
    free(list);
    free(all);
}

/* Answers what is fetched for COUNT Certificates, more than 8: each lacks the name that the Pool p
 * demands in it. */
static void answer_lists(unsigned count)
{
    answer_list(GET_SERVERS, count, server);
    answer_list(GET_CERTIFICATES, count, certificate);
    fake_api_answer_to(GET_POOLS, LIST(POOL("p", "")));
}

/* Likewise for the single Certificate c0, which does not exist. */
static void answer_c0(void)
{
    fake_api_answer_to(GET_SERVERS, LIST(""));
    fake_api_fail_to("GET " IN("n") "/certificates/c0", API_NOT_FOUND, 0);
}

static void answer_patch(unsigned number, enum api_error error, unsigned retry_after)
{
    char *request =
        memory_format("PATCH " IN("n") "/certificates/c%u?fieldManager=tlsrouted", number);
    char *body = certificate_with(number, "\"p.example\"");

    if (error == API_OK)
        fake_api_answer_to(request, body);
    else
        fake_api_fail_to(request, error, retry_after);
    free(body);
    free(request);
}

/* Whether a batch begins MILLISECONDS from now, and not before. */
static void check_begins_after(const struct fixture *fixture, int64_t milliseconds)
{
    assert_int_equal(fake_api_pending(), 0);
    fake_clock_run(fixture->base, milliseconds - 1);
    assert_int_equal(fake_api_pending(), 0);
    fake_clock_run(fixture->base, 1);
    assert_true(fake_api_pending() > 0);
}

/* Requests that come close together share a batch, and batches keep a distance. */
static void test_small_batches(void **state)
{
    struct fixture *fixture = open_fixture();

    (void)state;
    add(fixture, "c0", false);
    fake_clock_run(fixture->base, 3);
    add(fixture, "c1", false);
    check_begins_after(fixture, 5);
    assert_int_equal(fake_api_pending(), 3); /* Servers, once, and two Certificates */
    add(fixture, "c2", false);
    fake_clock_run(fixture->base, 30);
    assert_int_equal(fake_api_pending(), 3); /* one batch at a time */
    assert_int_equal(batches_pending(fixture->batches), 3);
    answer_c0();
    fake_api_fail_to("GET " IN("n") "/certificates/c1", API_NOT_FOUND, 0);
    assert_int_equal(fixture->ended[INJECT_REFUSED], 2);
    assert_int_equal(batches_pending(fixture->batches), 1);
    check_begins_after(fixture, 20); /* 50 from the start of the one before */
    close_fixture(fixture);
}

/* Requests that go on coming are waited for, but not for ever. */
static void test_many_in_a_row(void **state)
{
    struct fixture *fixture = open_fixture();
    const int64_t first = clock_milliseconds();
    char name[16];

    (void)state;
    for (unsigned i = 0; fake_api_pending() == 0; i++) {
        snprintf(name, sizeof(name), "c%u", i);
        add(fixture, name, false);
        fake_clock_run(fixture->base, i < 4 ? 4 : 29); /* from the fifth on they are many */
    }
    assert_in_range(clock_milliseconds() - first, 250, 279);
    answer_list(GET_SERVERS, 0, server);
    answer_list(GET_CERTIFICATES, 0, certificate);
    fake_api_answer_to(GET_POOLS, LIST(""));
    assert_in_range(fixture->ended[INJECT_REFUSED], 12, 13); /* all of them */
    assert_int_equal(batches_pending(fixture->batches), 0);
    close_fixture(fixture);
}

/* After a large batch more requests are waited for. */
static void test_large_batch(void **state)
{
    struct fixture *fixture = open_fixture();

    (void)state;
    add_many(fixture, 9);
    check_begins_after(fixture, 30);
    answer_list(GET_SERVERS, 0, server);
    answer_list(GET_CERTIFICATES, 0, certificate);
    fake_api_answer_to(GET_POOLS, LIST(""));
    assert_int_equal(fixture->ended[INJECT_REFUSED], 9);
    add(fixture, "c0", false);
    check_begins_after(fixture, 400);
    answer_c0();
    fake_clock_run(fixture->base, 1000);
    add(fixture, "c0", false); /* long after */
    check_begins_after(fixture, 5);
    close_fixture(fixture);
}

/* A Certificate is decided about once in a batch. */
static void test_same_certificate(void **state)
{
    struct fixture *fixture = open_fixture();

    (void)state;
    add(fixture, "c0", false);
    add(fixture, "c0", false);
    check_begins_after(fixture, 5);
    answer_c0();
    assert_int_equal(fixture->ended[INJECT_REFUSED], 1);
    assert_int_equal(batches_pending(fixture->batches), 1);
    check_begins_after(fixture, 50);
    answer_c0();
    assert_int_equal(fixture->ended[INJECT_REFUSED], 2);
    assert_int_equal(batches_pending(fixture->batches), 0);
    close_fixture(fixture);
}

/* What needs no batch ends at once. */
static void test_ends_at_once(void **state)
{
    struct fixture *fixture = open_fixture();

    (void)state;
    add(fixture, "../p", false);
    assert_int_equal(fixture->ended[INJECT_REFUSED], 1);
    add(fixture, "c0", true);
    assert_int_equal(fixture->ended[INJECT_UNCHANGED], 1);
    assert_int_equal(batches_pending(fixture->batches), 0);
    add_many(fixture, REQUESTS_MAX);
    assert_int_equal(fixture->ended[INJECT_FAILED], REQUESTS_MAX - 4096);
    assert_int_equal(batches_pending(fixture->batches), 4096);
    assert_int_equal(fixture->changes, REQUESTS_MAX + 2);
    close_fixture(fixture);
}

/* An empty request says that the names are needed again: what waited begins anew. */
static void test_forgets_ages(void **state)
{
    struct text_list names = {0};
    struct fixture *fixture = open_fixture();

    (void)state;
    text_list_add(&names, "old");
    certificate_state_set_unneeded(&fixture->states,
                                   certificate_state_of(&fixture->states, "n/c0", "u"), &names, 0);
    add(fixture, "c1", true);
    assert_int_equal(fixture->states.unneeded_count, 1);
    add(fixture, "c0", true);
    assert_int_equal(fixture->states.unneeded_count, 0);
    text_list_clear(&names);
    close_fixture(fixture);
}

/* As many tasks as the pace allows: a quarter of 64 at first, then one more for each that ends
 * well, and after an overload one more with each round. */
static void test_pace(void **state)
{
    struct fixture *fixture = open_fixture();

    (void)state;
    add_many(fixture, 40);
    fake_clock_run(fixture->base, 30);
    answer_lists(40);
    assert_int_equal(fake_api_pending(), 16);
    for (unsigned i = 0; i < 2; i++) {
        fake_clock_run(fixture->base, 10);
        answer_patch(i, API_OK, 0);
    }
    assert_int_equal(fixture->ended[INJECT_WRITTEN], 2);
    assert_int_equal(fake_api_pending(), 18);
    answer_patch(2, API_TIMEOUT, 0); /* overload: 9 from now on */
    for (unsigned i = 3; i < 11; i++)
        answer_patch(i, API_OK, 0);
    assert_int_equal(fake_api_pending(), 9);
    answer_patch(11, API_OK, 0); /* the ninth that went well: 10 from now on */
    answer_patch(12, API_OK, 0);
    assert_int_equal(fake_api_pending(), 10);
    close_fixture(fixture);
}

/* A server that wants rest gets it; what was fetched before is used for 10 s at most. */
static void test_pause(void **state)
{
    struct fixture *fixture = open_fixture();

    (void)state;
    add_many(fixture, 20);
    fake_clock_run(fixture->base, 30);
    answer_lists(20);
    answer_patch(0, API_TOO_MANY, 9);
    for (unsigned i = 1; i < 16; i++)
        answer_patch(i, API_OK, 0);
    check_begins_after(fixture, 9000);
    assert_int_equal(fake_api_pending(), 4);
    for (unsigned i = 16; i < 19; i++)
        answer_patch(i, API_OK, 0);
    answer_patch(19, API_TOO_MANY, 60);
    assert_int_equal(batches_pending(fixture->batches), 0);
    add(fixture, "c0", false);
    check_begins_after(fixture, 60 * 1000 + 5);
    close_fixture(fixture);
}

static void test_pause_too_long(void **state)
{
    struct fixture *fixture = open_fixture();

    (void)state;
    add_many(fixture, 20);
    fake_clock_run(fixture->base, 30);
    answer_lists(20);
    answer_patch(0, API_TOO_MANY, 11);
    for (unsigned i = 1; i < 16; i++)
        answer_patch(i, API_OK, 0);
    assert_int_equal(batches_pending(fixture->batches), 4);
    check_begins_after(fixture, 11 * 1000 + 5);
    assert_string_equal(fake_api_request(0), GET_SERVERS); /* all of it is fetched again */
    assert_int_equal(fake_api_pending(), 1 + 4);
    assert_int_equal(batches_pending(fixture->batches), 4);
    close_fixture(fixture);
}

/* Nobody waits for results any more, while some requests wait, some are fetched for, some run. */
static void test_drop_all(void **state)
{
    struct fixture *fixture = open_fixture();

    (void)state;
    add_many(fixture, 20);
    fake_clock_run(fixture->base, 30);
    answer_lists(20);
    add(fixture, "c0", false);
    assert_int_equal(fake_api_pending(), 16);
    assert_int_equal(batches_pending(fixture->batches), 21);
    batches_drop_all(fixture->batches);
    assert_int_equal(fake_api_pending(), 0);
    assert_int_equal(batches_pending(fixture->batches), 0);
    fake_clock_run(fixture->base, 1000);
    assert_int_equal(fake_api_pending(), 0);
    add(fixture, "c0", false);
    batches_drop_all(fixture->batches); /* before its batch begins */
    fake_clock_run(fixture->base, 1000);
    add(fixture, "c0", false);
    check_begins_after(fixture, 5);
    batches_drop_all(fixture->batches); /* while it is fetched for */
    assert_int_equal(fake_api_pending(), 0);
    for (size_t i = 0; i < INJECT_OUTCOMES; i++)
        assert_int_equal(fixture->ended[i], 0);
    close_fixture(fixture);
}

static void on_mandate_ended(void *context)
{
    batches_stand_down(((struct fixture *)context)->batches);
}

/* The mandate ends by the clock, whoever is silent: what waits, is fetched for or runs is given up
 * at once, with a result, and nothing new begins. */
static void test_stand_down(void **state)
{
    struct fixture *fixture = open_fixture();

    (void)state;
    mandate_init(&fixture->mandate, fixture->base, on_mandate_ended, fixture);
    mandate_set(&fixture->mandate, 0);
    add(fixture, "c0", false);
    assert_int_equal(fixture->ended[INJECT_STOOD_DOWN], 1); /* it has not begun */
    mandate_set(&fixture->mandate, (uint64_t)clock_milliseconds() + 1000);
    add_many(fixture, 20);
    fake_clock_run(fixture->base, 30);
    answer_lists(20);
    add(fixture, "c0", false);
    assert_int_equal(fake_api_pending(), 16);
    fake_clock_run(fixture->base, 500);
    mandate_set(&fixture->mandate, (uint64_t)clock_milliseconds() + 1000); /* renewed */
    fake_clock_run(fixture->base, 999);
    assert_int_equal(fake_api_pending(), 16);
    fake_clock_run(fixture->base, 1);
    assert_int_equal(fake_api_pending(), 0);
    assert_int_equal(batches_pending(fixture->batches), 0);
    assert_int_equal(fixture->ended[INJECT_STOOD_DOWN], 1 + 21);
    add(fixture, "c0", false);
    assert_int_equal(fixture->ended[INJECT_STOOD_DOWN], 1 + 22);
    fake_clock_run(fixture->base, 60 * 1000);
    assert_int_equal(fake_api_pending(), 0);
    mandate_set(&fixture->mandate, UINT64_MAX);
    add(fixture, "c0", false);
    check_begins_after(fixture, 5);
    mandate_set(&fixture->mandate, 0); /* said in time */
    assert_int_equal(fake_api_pending(), 0);
    assert_int_equal(fixture->ended[INJECT_STOOD_DOWN], 1 + 23);
    close_fixture(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_batches),  cmocka_unit_test(test_many_in_a_row),
        cmocka_unit_test(test_large_batch),    cmocka_unit_test(test_same_certificate),
        cmocka_unit_test(test_ends_at_once),   cmocka_unit_test(test_forgets_ages),
        cmocka_unit_test(test_pace),           cmocka_unit_test(test_pause),
        cmocka_unit_test(test_pause_too_long), cmocka_unit_test(test_drop_all),
        cmocka_unit_test(test_stand_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
