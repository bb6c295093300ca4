/* SPDX-License-Identifier: Apache-2.0 */
/* One request: what is patched, what happens when somebody else was faster, and how it ends. */
#include "tests/unit/check.h"

#include "certpatcher/task.h"
#include "common/base/delays.h"
#include "common/base/memory.h"
#include "common/objects/paths.h"
#include "tests/unit/certificates.h"
#include "tests/unit/fake_api.h"
#include "tests/unit/fake_clock.h"

#define C     IN("n") "/certificates/c"
#define GET   "GET " C
#define PATCH "PATCH " C "?fieldManager=tlsrouted"
#define PHASE "PATCH " C "/status?fieldManager=tlsrouted"

#define HAND      CERTIFICATE_WITH("", "\"hand\"")
#define HAND_MORE CERTIFICATE_WITH("", "\"hand\",\"more\"")
#define MANAGED                                                                                    \
    ",\"managedFields\":[{\"manager\":\"argocd\",\"time\":\"2026-01-02T03:04:05Z\",\"fieldsV1\":"  \
    "{\"f:spec\":{\"f:dnsAltNames\":{}}}}]"
#define INJECTED                                                                                   \
    CERTIFICATE_WITH(LEDGER("{\\\"p.example\\\":[\\\"p\\\"]}"), "\"hand\",\"p.example\"")
#define WITH_PHASE(rest, names, phase)                                                             \
    META("n", "c", rest)                                                                           \
    ",\"spec\":{\"dnsAltNames\":[" names "]},\"status\":{\"phase\":\"" phase "\"}}"
#define MARK          ",\"annotations\":{\"" REISSUE_ANNOTATION "\":\"" REISSUE_DUE "\"}"
#define SIGNED        WITH_PHASE("", "", "Signed")
#define MARKED(phase) WITH_PHASE(MARK, "\"p.example\"", phase)
#define UNMARKED      WITH_PHASE("", "\"p.example\"", "Pending")

static void on_fetched(void *context)
{
    *(bool *)context = true;
}

/* A Certificate whose Server lists the Pool p, and what became of the requests for it. */
struct fixture {
    struct certificate_states states;
    struct settings_message settings;
    struct mandate mandate;
    struct task_shared shared;
    struct inject_message request;
    struct fetcher *fetcher;
    unsigned ended;
    enum inject_outcome outcome;
    struct task_result result; /* its texts are gone, but for those that follow */
    char reason[128], manager[128], reissue_failed[128];
    size_t added, removed;
};

static void on_ended(const struct inject_message *request, const struct task_result *result,
                     void *context)
{
    struct fixture *fixture = context;

    assert_ptr_equal(request, &fixture->request);
    fixture->ended++;
    fixture->outcome = result->outcome;
    fixture->result = *result;
    fixture->added = result->added->count;
    fixture->removed = result->removed->count;
    snprintf(fixture->reason, sizeof(fixture->reason), "%s", result->reason);
    snprintf(fixture->manager, sizeof(fixture->manager), "%s", result->manager);
    snprintf(fixture->reissue_failed, sizeof(fixture->reissue_failed), "%s",
             result->reissue_failed != NULL ? result->reissue_failed : "");
}

/* The request is to add p.example, which the Pool p demands. */
static void open_fixture(struct fixture *fixture)
{
    fake_api_reset();
    *fixture = (struct fixture){
        .settings = {.withdraw = WITHDRAW_AFTER_GRACE, .max_names = 100, .pool_selector = "x=y"}};
    fixture->shared.states = &fixture->states;
    fixture->shared.settings = &fixture->settings;
    fixture->mandate.until = UINT64_MAX;
    fixture->shared.mandate = &fixture->mandate;
    fixture->request = (struct inject_message){.namespace = "n", .certificate = "c"};
    text_list_add(&fixture->request.add, "p.example");
}

/* Fetches the Certificate (NULL: there is none) and the Pool p (NULL: likewise). */
static void fetch(struct fixture *fixture, const char *certificate, const char *pool)
{
    bool is_fetched = false;

    if (fixture->fetcher != NULL)
        fetcher_free(fixture->fetcher);
    fixture->fetcher = fetcher_new(NULL, true, on_fetched, &is_fetched);
    fetcher_want(fixture->fetcher, "n", "c");
    fetcher_begin(fixture->fetcher);
    fake_api_answer_to("GET " IN("n") "/servers" FIRST_PAGE, LIST(SERVER("\"p\"")));
    if (certificate != NULL)
        fake_api_answer_to(GET, certificate);
    else
        fake_api_fail_to(GET, API_NOT_FOUND, 0);
    if (pool != NULL)
        fake_api_answer_to("GET " IN("n") "/pools/p", pool);
    else if (fake_api_pending() > 0)
        fake_api_fail_to("GET " IN("n") "/pools/p", API_NOT_FOUND, 0);
    assert_true(is_fetched);
}

static struct task *begin(struct fixture *fixture)
{
    fixture->ended = 0;
    return task_begin(&fixture->shared, fixture->fetcher, &fixture->request, on_ended, fixture);
}

/* Begins a task that has to go on, until its requests are answered. */
static void begin_with(struct fixture *fixture, const char *certificate, const char *pool)
{
    fetch(fixture, certificate, pool);
    assert_non_null(begin(fixture));
    assert_int_equal(fixture->ended, 0);
}

/* The task has ended with OUTCOME, and nothing is under way. */
static void check_ended(const struct fixture *fixture, enum inject_outcome outcome)
{
    assert_int_equal(fixture->ended, 1);
    assert_int_equal(fixture->outcome, outcome);
    assert_int_equal(fake_api_pending(), 0);
}

static void close_fixture(struct fixture *fixture)
{
    assert_int_equal(fake_api_pending(), 0);
    fetcher_free(fixture->fetcher);
    text_list_clear(&fixture->request.add);
    text_list_clear(&fixture->request.withdraw);
    forget_states(&fixture->states);
}

/* What needs no write ends at once. */
static void test_ends_at_once(void **state)
{
    static const struct {
        const char *row, *certificate, *pool;
        enum inject_outcome outcome;
        const char *reason;
        unsigned seconds;
        size_t refused;
        bool is_gone;
    } rows[] = {
        {"there already", CERTIFICATE_WITH("", "\"p.example\""), POOL("p", ""), INJECT_UNCHANGED,
         "", 0, 0, false},
        {"nobody demands it", HAND, NULL, INJECT_REFUSED,
         "no Pool of the Certificate's Servers asks for the name", 300, 1, false},
        {"paused", HAND, POOL("p", PAUSED), INJECT_REFUSED, "the Pool is paused", 300, 1, false},
        {"no Certificate", NULL, NULL, INJECT_REFUSED, "there is no such Certificate", 300, 1,
         true},
        {"odd Certificate", META("n", "c", "") ",\"spec\":{\"dnsAltNames\":7}}", NULL,
         INJECT_FAILED, "spec.dnsAltNames is a number; it must be a list of strings", 0, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture fixture;

        open_fixture(&fixture);
        fetch(&fixture, rows[i].certificate, rows[i].pool);
        assert_null(begin(&fixture));
        CHECK_ROW(rows[i].row, fixture.ended == 1);
        CHECK_ROW(rows[i].row, fixture.outcome == rows[i].outcome);
        CHECK_ROW_TEXT(rows[i].row, fixture.reason, rows[i].reason);
        CHECK_ROW(rows[i].row, fixture.result.seconds == rows[i].seconds);
        CHECK_ROW(rows[i].row, fixture.result.refused == rows[i].refused);
        CHECK_ROW(rows[i].row, fixture.result.is_gone == rows[i].is_gone);
        CHECK_ROW(rows[i].row, fixture.added + fixture.removed == 0);
        close_fixture(&fixture);
    }
}

static void test_add(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    begin_with(&fixture, HAND, POOL("p", ""));
    assert_non_null(strstr(fake_api_body_of(PATCH), "[ \"hand\", \"p.example\" ]"));
    fake_clock_jump(70);
    fake_api_answer_to(PATCH, INJECTED);
    check_ended(&fixture, INJECT_WRITTEN);
    assert_int_equal(fixture.added, 1);
    assert_int_equal(fixture.result.patch_milliseconds, 70);
    assert_int_equal(fixture.result.seconds, 0);
    close_fixture(&fixture);
}

static void test_dry_run(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    fixture.settings.dry_run = true;
    fixture.settings.reissue = REISSUE_PENDING;
    for (unsigned i = 0; i < 5; i++) { /* nothing is contested: the name has not been added */
        begin_with(&fixture, SIGNED, POOL("p", ""));
        fake_api_answer_to(PATCH "&dryRun=All", SIGNED);
        check_ended(&fixture, INJECT_WRITTEN);
    }
    close_fixture(&fixture);
}

/* The grace is over when the certpatcher's own clock says so; until then the reconciler is to
 * confirm now and then that the name is not needed. */
static void test_withdraw(void **state)
{
    static const unsigned after[] = {0, 10, 200, 299, 90}, seconds[] = {120, 120, 120, 91, 1};
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    fixture.settings.grace = 600;
    text_list_clear(&fixture.request.add);
    text_list_add(&fixture.request.withdraw, "p.example");
    for (size_t i = 0; i < COUNT_OF(after); i++) {
        fake_clock_jump(after[i] * 1000);
        fetch(&fixture, INJECTED, NULL);
        assert_null(begin(&fixture));
        check_ended(&fixture, INJECT_WAITING);
        assert_int_equal(fixture.result.seconds, seconds[i]);
    }
    fake_clock_jump(1000);
    begin_with(&fixture, INJECTED, NULL);
    fake_api_answer_to(PATCH, HAND);
    check_ended(&fixture, INJECT_WRITTEN);
    assert_int_equal(fixture.removed, 1);
    close_fixture(&fixture);
}

/* Somebody else was faster: the Certificate is fetched again, and the patch is made from that. */
static void test_overtaken(void **state)
{
    static const enum api_error errors[] = {API_CONFLICT, API_INVALID};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        struct fixture fixture;

        open_fixture(&fixture);
        begin_with(&fixture, HAND, POOL("p", ""));
        fake_api_fail_to(PATCH, errors[i], 0);
        fake_api_answer_to(GET, HAND_MORE);
        assert_non_null(strstr(fake_api_body_of(PATCH), "[ \"hand\", \"more\", \"p.example\" ]"));
        fake_api_answer_to(PATCH, INJECTED);
        check_ended(&fixture, INJECT_WRITTEN);
        close_fixture(&fixture);
    }
}

static void test_overtaken_by_the_same(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    begin_with(&fixture, HAND, POOL("p", ""));
    fake_api_fail_to(PATCH, API_CONFLICT, 0);
    fake_api_answer_to(GET, INJECTED);
    check_ended(&fixture, INJECT_UNCHANGED);
    close_fixture(&fixture);
}

static void test_overtaken_again_and_again(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    begin_with(&fixture, HAND, POOL("p", ""));
    for (unsigned i = 0; i < 3; i++) {
        fake_api_fail_to(PATCH, API_CONFLICT, 0);
        fake_api_answer_to(GET, HAND);
    }
    fake_api_fail_to(PATCH, API_CONFLICT, 0);
    check_ended(&fixture, INJECT_FAILED);
    assert_string_equal(fixture.reason, "the test says so");
    close_fixture(&fixture);
}

static void test_deleted_in_between(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    begin_with(&fixture, HAND, POOL("p", ""));
    fake_api_fail_to(PATCH, API_CONFLICT, 0);
    fake_api_fail_to(GET, API_NOT_FOUND, 0);
    check_ended(&fixture, INJECT_REFUSED);
    assert_true(fixture.result.is_gone);
    close_fixture(&fixture);
}

static void test_failures(void **state)
{
    static const struct {
        enum api_error error;
        enum inject_outcome outcome;
    } rows[] = {
        {API_FORBIDDEN, INJECT_FAILED},
        {API_NOT_FOUND, INJECT_FAILED},
        {API_TOO_MANY, INJECT_FAILED},
        {API_TIMEOUT, INJECT_FAILED},
        {API_UNREACHABLE, INJECT_API_UNAVAILABLE},
        {API_UNAUTHORIZED, INJECT_API_UNAVAILABLE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture fixture;

        open_fixture(&fixture);
        begin_with(&fixture, HAND, POOL("p", ""));
        fake_api_fail_to(PATCH, rows[i].error, 7);
        check_ended(&fixture, rows[i].outcome);
        assert_int_equal(fixture.result.error, rows[i].error);
        assert_int_equal(fixture.result.retry_after, 7);
        assert_int_equal(fixture.added, 0);
        if (rows[i].error != API_NOT_FOUND) { /* which says that it was deleted, see above */
            begin_with(&fixture, HAND, POOL("p", ""));
            fake_api_fail_to(PATCH, API_CONFLICT, 0);
            fake_api_fail_to(GET, rows[i].error, 7);
            check_ended(&fixture, rows[i].outcome);
            assert_int_equal(fixture.result.retry_after, 7);
        }
        close_fixture(&fixture);
    }
}

/* What could not be fetched decides nothing. */
static void test_not_fetched(void **state)
{
    bool is_fetched = false;
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    fixture.fetcher = fetcher_new(NULL, true, on_fetched, &is_fetched);
    fetcher_want(fixture.fetcher, "n", "c");
    fetcher_begin(fixture.fetcher);
    fake_api_answer_to(GET, HAND);
    fake_api_fail_to("GET " IN("n") "/servers" FIRST_PAGE, API_UNREACHABLE, 0);
    assert_null(begin(&fixture));
    check_ended(&fixture, INJECT_API_UNAVAILABLE);
    assert_int_equal(fixture.result.error, API_UNREACHABLE);
    assert_string_equal(fixture.reason, "cannot read servers: the test says so");
    close_fixture(&fixture);
}

/* The name is removed each time: it is put back twice, and left out after that for an hour. */
static void test_contention(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    for (unsigned i = 0; i < 3; i++) {
        begin_with(&fixture, HAND, POOL("p", ""));
        fake_api_answer_to(PATCH, INJECTED);
        check_ended(&fixture, INJECT_WRITTEN);
    }
    fake_clock_jump(60 * 1000);
    fetch(&fixture, CERTIFICATE_WITH(MANAGED, "\"hand\""), POOL("p", ""));
    assert_null(begin(&fixture));
    check_ended(&fixture, INJECT_CONTESTED);
    assert_int_equal(fixture.result.seconds, 3540);
    assert_string_equal(fixture.manager, "argocd");
    begin_with(&fixture, HAND_MORE, POOL("p", "")); /* something else changed */
    fake_api_answer_to(PATCH, INJECTED);
    check_ended(&fixture, INJECT_WRITTEN);
    close_fixture(&fixture);
}

/* Where the list is a set, whoever removes a name leaves no trace, and whoever made the Certificate
 * still owns the names that they gave it. */
static void test_removal_without_trace(void **state)
{
#define MADE_BY(manager, fields)                                                                   \
    "{\"manager\":\"" manager "\",\"time\":\"2026-01-02T03:04:05Z\",\"fieldsV1\":{\"f:spec\":{"    \
    "\"f:dnsAltNames\":{" fields "}}}}"
#define SET(ours) ",\"managedFields\":[" MADE_BY("kubectl", "\"v:\\\"hand\\\"\":{}") ours "]"
#define OUR_NAME  "," MADE_BY("tlsrouted", "\"v:\\\"p.example\\\"\":{}")
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    for (unsigned i = 0; i < 3; i++) {
        begin_with(&fixture, CERTIFICATE_WITH(SET(""), "\"hand\""), POOL("p", ""));
        fake_api_answer_to(PATCH, CERTIFICATE_WITH(SET(OUR_NAME), "\"hand\",\"p.example\""));
        check_ended(&fixture, INJECT_WRITTEN);
    }
    fetch(&fixture, CERTIFICATE_WITH(SET(""), "\"hand\""), POOL("p", ""));
    assert_null(begin(&fixture));
    check_ended(&fixture, INJECT_CONTESTED);
    assert_string_equal(fixture.manager, "");
    close_fixture(&fixture);
}

/* What is asked for next, and how it is answered. */
struct step {
    const char *request;
    enum api_error error;
    const char *answer; /* where there is no error */
};

/* Only a Certificate that is signed needs another phase, and only after a name was added; as long
 * as it has the mark it is not done. */
static void test_reissue(void **state)
{
    static const struct {
        const char *row, *fetched;
        struct step steps[4];
        enum inject_outcome outcome;
        const char *failed;
        bool is_overtaken;
    } rows[] = {
        {"signed",
         SIGNED,
         {{PATCH, API_OK, MARKED("Signed")}, {PHASE, API_OK, SIGNED}, {PATCH, API_OK, UNMARKED}},
         INJECT_WRITTEN,
         "",
         false},
        {"no longer signed",
         SIGNED,
         {{PATCH, API_OK, MARKED("Signed")}, {PHASE, API_INVALID, NULL}},
         INJECT_FAILED,
         "the test says so",
         true},
        {"changed",
         SIGNED,
         {{PATCH, API_OK, MARKED("Signed")}, {PHASE, API_CONFLICT, NULL}},
         INJECT_FAILED,
         "the test says so",
         true},
        {"forbidden",
         SIGNED,
         {{PATCH, API_OK, MARKED("Signed")}, {PHASE, API_FORBIDDEN, NULL}},
         INJECT_FAILED,
         "the test says so",
         false},
        {"a server error",
         SIGNED,
         {{PATCH, API_OK, MARKED("Signed")}, {PHASE, API_SERVER_ERROR, NULL}},
         INJECT_FAILED,
         "the test says so",
         false},
        {"the API server is gone",
         SIGNED,
         {{PATCH, API_OK, MARKED("Signed")}, {PHASE, API_UNREACHABLE, NULL}},
         INJECT_API_UNAVAILABLE,
         "",
         false},
        {"the mark stays",
         SIGNED,
         {{PATCH, API_OK, MARKED("Signed")},
          {PHASE, API_OK, SIGNED},
          {PATCH, API_SERVER_ERROR, NULL}},
         INJECT_FAILED,
         "the test says so",
         false},
        {"a renewal is under way",
         WITH_PHASE("", "", "Renewing"),
         {{PATCH, API_OK, MARKED("Renewing")}},
         INJECT_WRITTEN,
         "",
         false},
        {"not requested so far",
         WITH_PHASE("", "", "Pending"),
         {{PATCH, API_OK, UNMARKED}},
         INJECT_WRITTEN,
         "",
         false},
        {"marked before",
         MARKED("Signed"),
         {{PHASE, API_OK, SIGNED}, {PATCH, API_OK, UNMARKED}},
         INJECT_UNCHANGED,
         "",
         false},
        {"marked before, and under way by now",
         MARKED("Pending"),
         {{PATCH, API_OK, UNMARKED}},
         INJECT_UNCHANGED,
         "",
         false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture fixture;

        open_fixture(&fixture);
        fixture.settings.reissue = REISSUE_PENDING;
        begin_with(&fixture, rows[i].fetched, POOL("p", ""));
        for (const struct step *step = rows[i].steps; step->request != NULL; step++) {
            if (step->error == API_OK)
                fake_api_answer_to(step->request, step->answer);
            else
                fake_api_fail_to(step->request, step->error, 0);
        }
        CHECK_ROW(rows[i].row, fixture.ended == 1);
        CHECK_ROW(rows[i].row, fixture.outcome == rows[i].outcome);
        CHECK_ROW(rows[i].row, fixture.result.is_overtaken == rows[i].is_overtaken);
        CHECK_ROW_TEXT(rows[i].row, fixture.reissue_failed, rows[i].failed);
        close_fixture(&fixture);
    }
}

/* Whatever fails in between: the names are written once, and the phase is changed once. */
static void test_reissue_until_done(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    fixture.settings.reissue = REISSUE_PENDING;
    begin_with(&fixture, SIGNED, POOL("p", ""));
    assert_non_null(strstr(fake_api_body_of(PATCH), "tlsrouted-reissue"));
    fake_api_answer_to(PATCH, MARKED("Signed"));
    fake_api_fail_to(PHASE, API_SERVER_ERROR, 0);
    check_ended(&fixture, INJECT_FAILED);
    assert_int_equal(fixture.added, 1);
    begin_with(&fixture, MARKED("Signed"), POOL("p", ""));
    fake_api_fail_to(PHASE, API_SERVER_ERROR, 0);
    check_ended(&fixture, INJECT_FAILED);
    assert_int_equal(fixture.added, 0);
    begin_with(&fixture, MARKED("Signed"), POOL("p", ""));
    fake_api_answer_to(PHASE, SIGNED);
    fake_api_fail_to(PATCH, API_TIMEOUT, 0);
    check_ended(&fixture, INJECT_FAILED);
    assert_true(fixture.result.is_reissued);
    begin_with(&fixture, MARKED("Signed"), POOL("p", "")); /* it has been issued by now */
    fake_api_answer_to(PATCH, UNMARKED);
    check_ended(&fixture, INJECT_UNCHANGED);
    close_fixture(&fixture);
}

/* The API server does not accept the names: told by its causes, or by the same version that it
 * refuses again and again. */
static void test_denied(void **state)
{
    const struct api_result invalid = {.error = API_INVALID,
                                       .status = 422,
                                       .reason = "Invalid",
                                       .message = "too many",
                                       .is_status = true,
                                       .has_causes = true,
                                       .etag = ""};
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    for (unsigned i = 0; i < 3; i++) {
        begin_with(&fixture, HAND, POOL("p", ""));
        fake_api_answer_with(fake_api_waiting(C "?"), &invalid);
        check_ended(&fixture, INJECT_DENIED);
        assert_int_equal(fixture.result.seconds, WRITE_REFUSED_SECONDS);
        assert_string_equal(fixture.reason, "too many");
    }
    begin_with(&fixture, HAND, POOL("p", ""));
    for (unsigned i = 0; i < 3; i++) {
        fake_api_fail_to(PATCH, API_INVALID, 0);
        fake_api_answer_to(GET, HAND);
    }
    fake_api_fail_to(PATCH, API_INVALID, 0);
    check_ended(&fixture, INJECT_FAILED);
    assert_int_equal(fixture.result.seconds, 0);
    begin_with(&fixture, HAND, POOL("p", "")); /* one patch is enough now */
    fake_api_fail_to(PATCH, API_INVALID, 0);
    check_ended(&fixture, INJECT_DENIED);
    begin_with(&fixture, HAND, POOL("p", ""));
    fake_api_answer_to(PATCH, HAND); /* it says yes, and the name is not there */
    check_ended(&fixture, INJECT_DENIED);
    assert_non_null(strstr(fixture.reason, "mutating admission webhook"));
    begin_with(&fixture, HAND, POOL("p", ""));
    fake_api_answer_to(PATCH, "{}"); /* somebody says yes, who knows who */
    check_ended(&fixture, INJECT_FAILED);
    close_fixture(&fixture);
}

/* Nobody confirms it for so long that it may have been needed meanwhile. */
static void test_withdraw_unconfirmed(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    fixture.settings.grace = 600;
    text_list_clear(&fixture.request.add);
    text_list_add(&fixture.request.withdraw, "p.example");
    for (unsigned i = 0; i < 3; i++) {
        fetch(&fixture, INJECTED, NULL);
        assert_null(begin(&fixture));
        check_ended(&fixture, INJECT_WAITING);
        fake_clock_jump(700 * 1000);
    }
    close_fixture(&fixture);
}

/* Whoever does not lead writes nothing, at whatever point of the task that begins. */
static void test_stands_down(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    fixture.settings.reissue = REISSUE_PENDING;
    fetch(&fixture, HAND, POOL("p", ""));
    fixture.mandate.until = 0;
    assert_null(begin(&fixture));
    check_ended(&fixture, INJECT_STOOD_DOWN);
    fixture.mandate.until = UINT64_MAX;
    begin_with(&fixture, HAND, POOL("p", ""));
    fixture.mandate.until = 0;
    fake_api_fail_to(PATCH, API_CONFLICT, 0);
    fake_api_answer_to(GET, HAND_MORE);
    check_ended(&fixture, INJECT_STOOD_DOWN);
    fixture.mandate.until = UINT64_MAX;
    begin_with(&fixture, HAND, POOL("p", ""));
    fixture.mandate.until = 0;
    fake_api_answer_to(PATCH, MARKED("Signed")); /* which was sent before; its phase stays */
    check_ended(&fixture, INJECT_WRITTEN);
    close_fixture(&fixture);
}

static void test_cancel(void **state)
{
    struct fixture fixture;
    struct task *task;

    (void)state;
    open_fixture(&fixture);
    fetch(&fixture, HAND, POOL("p", ""));
    task = begin(&fixture);
    assert_int_equal(fake_api_pending(), 1);
    task_cancel(task);
    assert_int_equal(fixture.ended, 0);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_at_once),
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_dry_run),
        cmocka_unit_test(test_withdraw),
        cmocka_unit_test(test_overtaken),
        cmocka_unit_test(test_overtaken_by_the_same),
        cmocka_unit_test(test_overtaken_again_and_again),
        cmocka_unit_test(test_deleted_in_between),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_not_fetched),
        cmocka_unit_test(test_contention),
        cmocka_unit_test(test_removal_without_trace),
        cmocka_unit_test(test_reissue),
        cmocka_unit_test(test_reissue_until_done),
        cmocka_unit_test(test_denied),
        cmocka_unit_test(test_withdraw_unconfirmed),
        cmocka_unit_test(test_stands_down),
        cmocka_unit_test(test_cancel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
