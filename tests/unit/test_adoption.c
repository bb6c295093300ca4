/* SPDX-License-Identifier: Apache-2.0 */
/* One ADOPT: what is patched, what is refused, and what happens when somebody else was faster. */
#include "tests/unit/check.h"

#include "certpatcher/adoption.h"
#include "common/base/memory.h"
#include "tests/unit/certificates.h"
#include "tests/unit/fake_api.h"
#include "tests/unit/fake_clock.h"

#include <stdio.h>

#define GET   "GET " IN("n") "/certificates/c"
#define PATCH "PATCH " IN("n") "/certificates/c?fieldManager=tlsrouted"

#define OPERATORS CERTIFICATE_WITH("", "\"hand\",\"p.example\"")
#define P_LEDGER  LEDGER("{\\\"p.example\\\":[\\\"p\\\"]}")
#define ADOPTED   CERTIFICATE_WITH(P_LEDGER, "\"hand\",\"p.example\"")

struct fixture {
    struct certificate_states states;
    struct settings_message settings;
    struct mandate mandate;
    struct task_shared shared;
    struct adoptions *adoptions;
    unsigned ended;
    char problem[128], refusal[64];
    size_t adopted, refused;
};

static void on_ended(const struct adopt_message *request, const struct adoption_result *result,
                     void *context)
{
    struct fixture *fixture = context;

    assert_string_equal(request->namespace, "n");
    fixture->ended++;
    fixture->adopted = result->adopted->count;
    fixture->refused = result->refused;
    snprintf(fixture->problem, sizeof(fixture->problem), "%s",
             result->problem != NULL ? result->problem : "");
    snprintf(fixture->refusal, sizeof(fixture->refusal), "%s",
             result->refusal != NULL ? result->refusal : "");
}

static void open_fixture(struct fixture *fixture)
{
    fake_api_reset();
    *fixture = (struct fixture){.settings = {.withdraw = WITHDRAW_AFTER_GRACE, .max_names = 1},
                                .mandate = {.until = UINT64_MAX}};
    fixture->shared = (struct task_shared){
        .states = &fixture->states, .settings = &fixture->settings, .mandate = &fixture->mandate};
    fixture->adoptions = adoptions_new(&fixture->shared, on_ended, fixture);
}

static void close_fixture(struct fixture *fixture)
{
    assert_int_equal(fake_api_pending(), 0);
    free(fixture->adoptions);
}

/* A request for one or two names. */
static void add(struct fixture *fixture, const char *certificate, const char *name,
                const char *other)
{
    struct message message = message_of(MESSAGE_ADOPT);
    struct text_list names = {0};

    text_list_add(&names, name);
    if (other != NULL)
        text_list_add(&names, other);
    message.adopt.namespace = "n";
    message.adopt.certificate = certificate;
    message.adopt.names = names;
    message.storage = (void *)names.bytes;
    adoptions_add(fixture->adoptions, &message);
    message_clear(&message);
}

/* What is fetched for the Certificate c; POOL may be NULL: there is no Pool p. */
static void answer_fetch(const char *certificate, const char *pool)
{
    if (fake_api_waiting("/servers") != NULL)
        fake_api_answer_to("GET " IN("n") "/servers" FIRST_PAGE, LIST(SERVER("\"p\"")));
    if (certificate != NULL)
        fake_api_answer_to(GET, certificate);
    else
        fake_api_fail_to(GET, API_NOT_FOUND, 0);
    if (fake_api_waiting("/pools/p") == NULL)
        return;
    if (pool != NULL)
        fake_api_answer_to("GET " IN("n") "/pools/p", pool);
    else
        fake_api_fail_to("GET " IN("n") "/pools/p", API_NOT_FOUND, 0);
}

static void test_adopted(void **state)
{
    struct fixture fixture;
    const char *body;

    (void)state;
    open_fixture(&fixture);
    add(&fixture, "c", "p.example", "hand");
    answer_fetch(OPERATORS, POOL("p", ""));
    body = fake_api_body_of(PATCH);
    assert_non_null(strstr(body, "\"test\", \"path\": \"\\/metadata\\/resourceVersion\""));
    assert_non_null(strstr(body, "tlsrouted-injected"));
    assert_null(strstr(body, "dnsAltNames"));
    assert_int_equal(fixture.ended, 0);
    fake_api_answer_to(PATCH, ADOPTED);
    assert_int_equal(fixture.ended, 1);
    assert_string_equal(fixture.problem, "");
    assert_int_equal(fixture.adopted, 1);
    assert_int_equal(fixture.refused, 1);
    assert_string_equal(fixture.refusal, "no Pool wants it");
    close_fixture(&fixture);
}

/* Nothing is written. */
static void test_refusals(void **state)
{
    static const struct {
        const char *row, *certificate, *pool, *name;
        const char *problem, *refusal;
    } rows[] = {
        {"no such Certificate", NULL, NULL, "p.example", "there is no such Certificate", ""},
        {"odd Certificate", META("n", "c", "") ",\"spec\":{\"dnsAltNames\":7}}", NULL, "p.example",
         "spec.dnsAltNames is a number; it must be a list of strings", ""},
        {"the Pool is gone", OPERATORS, NULL, "p.example", "", "no Pool wants it"},
        {"the Pool is paused", OPERATORS, POOL("p", PAUSED), "p.example", "", "the Pool is paused"},
        {"never wanted", OPERATORS, POOL("p", ""), "hand", "", "no Pool wants it"},
        {"the name is gone", CERTIFICATE_WITH("", "\"hand\""), POOL("p", ""), "p.example", "",
         "the Certificate does not have the name"},
        {"adopted already", ADOPTED, POOL("p", ""), "p.example", "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture fixture;

        open_fixture(&fixture);
        add(&fixture, "c", rows[i].name, NULL);
        answer_fetch(rows[i].certificate, rows[i].pool);
        CHECK_ROW(rows[i].row, fixture.ended == 1);
        CHECK_ROW(rows[i].row, fixture.adopted == 0);
        CHECK_ROW_TEXT(rows[i].row, fixture.problem, rows[i].problem);
        CHECK_ROW_TEXT(rows[i].row, fixture.refusal, rows[i].refusal);
        close_fixture(&fixture);
    }
}

/* Before anything is fetched. */
static void test_not_begun(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    add(&fixture, "c?x", "p.example", NULL);
    assert_string_equal(fixture.problem, "no Certificate can have that name");
    text_list_add(&fixture.settings.namespaces, "other");
    add(&fixture, "c", "p.example", NULL);
    assert_string_equal(fixture.problem, "the namespace is not served");
    text_list_clear(&fixture.settings.namespaces);
    fixture.mandate.until = 0;
    add(&fixture, "c", "p.example", NULL);
    assert_non_null(strstr(fixture.problem, "does not lead"));
    assert_int_equal(fixture.ended, 3);
    close_fixture(&fixture);
}

static void test_overtaken(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    add(&fixture, "c", "p.example", NULL);
    for (int i = 0; i < 3; i++) {
        answer_fetch(OPERATORS, POOL("p", ""));
        fake_api_fail_to(PATCH, API_CONFLICT, 0);
        assert_int_equal(fixture.ended, 0);
    }
    answer_fetch(OPERATORS, NULL); /* the Pool has gone meanwhile */
    assert_int_equal(fixture.ended, 1);
    assert_int_equal(fixture.adopted, 0);
    assert_int_equal(fixture.refused, 1);
    close_fixture(&fixture);
}

static void test_overtaken_for_ever(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    add(&fixture, "c", "p.example", NULL);
    for (int i = 0; i < 4; i++) {
        answer_fetch(OPERATORS, POOL("p", ""));
        fake_api_fail_to(PATCH, API_CONFLICT, 0);
    }
    assert_int_equal(fixture.ended, 1);
    assert_string_not_equal(fixture.problem, "");
    close_fixture(&fixture);
}

/* Whatever answers 200. */
static void test_written_otherwise(void **state)
{
    static const char *const answers[] = {OPERATORS, "{}"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct fixture fixture;

        open_fixture(&fixture);
        add(&fixture, "c", "p.example", NULL);
        answer_fetch(OPERATORS, POOL("p", ""));
        fake_api_answer_to(PATCH, answers[i]);
        assert_int_equal(fixture.ended, 1);
        assert_int_equal(fixture.adopted, 0);
        assert_non_null(strstr(fixture.problem, "webhook"));
        close_fixture(&fixture);
    }
}

static void test_stands_down(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    add(&fixture, "c", "p.example", NULL);
    add(&fixture, "c", "p.example", NULL);
    answer_fetch(OPERATORS, POOL("p", "")); /* of the first; its patch is under way */
    adoptions_stand_down(fixture.adoptions);
    assert_int_equal(fixture.ended, 2);
    assert_non_null(strstr(fixture.problem, "does not lead"));
    close_fixture(&fixture);
}

static void test_led_no_more(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    add(&fixture, "c", "p.example", NULL);
    fixture.mandate.until = 0;
    answer_fetch(OPERATORS, POOL("p", ""));
    assert_int_equal(fixture.ended, 1);
    assert_non_null(strstr(fixture.problem, "does not lead"));
    close_fixture(&fixture);
}

static void test_too_many(void **state)
{
    struct fixture fixture;
    unsigned begun = 0;

    (void)state;
    open_fixture(&fixture);
    for (; begun < 1000 && fixture.ended == 0; begun++)
        add(&fixture, "c", "p.example", NULL);
    assert_in_range(begun, 2, 100);
    assert_string_equal(fixture.problem, "too many requests at once");
    adoptions_stand_down(fixture.adoptions);
    assert_int_equal(fixture.ended, begun);
    close_fixture(&fixture);
}

static void test_dry_run(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    fixture.settings.dry_run = true;
    add(&fixture, "c", "p.example", NULL);
    answer_fetch(OPERATORS, POOL("p", ""));
    fake_api_answer_to(PATCH "&dryRun=All", ADOPTED);
    assert_int_equal(fixture.adopted, 1);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adopted),     cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_not_begun),   cmocka_unit_test(test_overtaken),
        cmocka_unit_test(test_led_no_more), cmocka_unit_test(test_overtaken_for_ever),
        cmocka_unit_test(test_too_many),    cmocka_unit_test(test_written_otherwise),
        cmocka_unit_test(test_dry_run),     cmocka_unit_test(test_stands_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
