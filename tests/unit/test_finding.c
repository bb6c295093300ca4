/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: their names, and what a list of them holds. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "reconciler/plan/finding.h"

#include <ctype.h>

/* Written down a second time: the names are those of Events that people watch for. */
static void test_names(void **state)
{
    static const struct {
        const char *name;
        bool warning;
    } rows[FINDING_REASONS] = {
        [FINDING_POOL_UNREADABLE] = {"PoolUnreadable", true},
        [FINDING_PAUSED] = {"Paused", false},
        [FINDING_HOSTNAME_INVALID] = {"HostnameInvalid", true},
        [FINDING_HOSTNAME_CONFLICT] = {"HostnameConflict", true},
        [FINDING_HOSTNAME_OVERLAPS] = {"HostnameOverlaps", false},
        [FINDING_GATEWAY_API_MISSING] = {"GatewayAPIMissing", true},
        [FINDING_GATEWAY_NOT_READY] = {"GatewayNotReady", true},
        [FINDING_ROUTE_NOT_OWNED] = {"RouteNotOwned", true},
        [FINDING_ROUTE_UNREADABLE] = {"RouteUnreadable", true},
        [FINDING_ROUTE_CONTESTED] = {"RouteContested", true},
        [FINDING_ROUTE_NOT_ACCEPTED] = {"RouteNotAccepted", true},
        [FINDING_ROUTE_UNANSWERED] = {"RouteUnanswered", true},
        [FINDING_BACKEND_MISSING] = {"BackendMissing", true},
        [FINDING_SERVICE_FIELD_DENIED] = {"ServiceFieldDenied", true},
        [FINDING_SERVICE_FIELD_NOT_OWNED] = {"ServiceFieldNotOwned", true},
        [FINDING_SERVICE_CONTESTED] = {"ServiceContested", true},
        [FINDING_CERTIFICATE_MISSING] = {"CertificateMissing", true},
        [FINDING_CERTIFICATE_CONTESTED] = {"CertificateContested", true},
        [FINDING_CERTIFICATE_DENIED] = {"CertificateDenied", true},
        [FINDING_CERTIFICATE_FULL] = {"CertificateFull", true},
    };

    (void)state;
    for (enum finding_reason reason = 0; reason < FINDING_REASONS; reason++) {
        CHECK_ROW_TEXT("name", finding_name(reason), rows[reason].name);
        CHECK_ROW(rows[reason].name, finding_is_warning(reason) == rows[reason].warning);
        CHECK_ROW(rows[reason].name, isupper((unsigned char)rows[reason].name[0]));
        CHECK_ROW(rows[reason].name, strlen(rows[reason].name) <= 128); /* events.k8s.io/v1 */
    }
}

/* Every row of the table says what it means and what to do, in whole sentences. */
static void test_sentences(void **state)
{
#define FINDING_SENTENCES(ID, its_name, SEVERITY, HOLD, LISTS, EVENT, its_meaning, its_remedy)     \
    {its_name, its_meaning, its_remedy},
    static const struct {
        const char *name, *meaning, *remedy;
    } rows[FINDING_REASONS] = {FINDINGS(FINDING_SENTENCES)};

    (void)state;
    for (enum finding_reason reason = 0; reason < FINDING_REASONS; reason++) {
        const char *const sentences[] = {rows[reason].meaning, rows[reason].remedy};

        CHECK_ROW_TEXT("name", rows[reason].name, finding_name(reason));
        for (size_t i = 0; i < COUNT_OF(sentences); i++) {
            CHECK_ROW(rows[reason].name, isupper((unsigned char)sentences[i][0]));
            CHECK_ROW(rows[reason].name, sentences[i][strlen(sentences[i]) - 1] == '.');
        }
    }
}

/* What else the table says. */
static void test_table(void **state)
{
    (void)state;
    for (enum finding_reason reason = 0; reason < FINDING_REASONS; reason++) {
        bool of_certificate = reason == FINDING_CERTIFICATE_CONTESTED ||
                              reason == FINDING_CERTIFICATE_DENIED ||
                              reason == FINDING_CERTIFICATE_FULL;

        CHECK_ROW(finding_name(reason),
                  finding_has_event(reason, KIND_POOL) == (reason != FINDING_PAUSED));
        CHECK_ROW(finding_name(reason),
                  finding_has_event(reason, KIND_CERTIFICATE) == of_certificate);
        CHECK_ROW(finding_name(reason), !finding_has_event(reason, KIND_ROUTE));
        CHECK_ROW(finding_name(reason),
                  finding_is_held(reason) ==
                      (reason == FINDING_BACKEND_MISSING || reason == FINDING_GATEWAY_NOT_READY ||
                       reason == FINDING_CERTIFICATE_MISSING));
    }
    assert_true(finding_is_read_from(FINDING_BACKEND_MISSING, KIND_SERVICE));
    assert_true(finding_is_read_from(FINDING_BACKEND_MISSING, KIND_POOL));
    assert_false(finding_is_read_from(FINDING_BACKEND_MISSING, KIND_GATEWAY));
    assert_false(finding_is_read_from(FINDING_HOSTNAME_INVALID, KIND_POOL));
}

static void test_list(void **state)
{
    static const struct {
        const char *row;
        struct finding finding;
        bool has;
    } rows[] = {
        {"the first", {FINDING_PAUSED, (char *)"one", NULL}, true},
        {"the second", {FINDING_BACKEND_MISSING, (char *)"two", NULL}, true},
        {"other text", {FINDING_BACKEND_MISSING, (char *)"one", NULL}, false},
        {"other reason", {FINDING_HOSTNAME_INVALID, (char *)"two", NULL}, false},
        {"no text", {FINDING_PAUSED, (char *)"", NULL}, false},
        {"once", {FINDING_HOSTNAME_OVERLAPS, (char *)"three", NULL}, true},
        {"once, other text", {FINDING_HOSTNAME_OVERLAPS, (char *)"four", NULL}, true},
    };
    struct findings findings = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].row, !findings_has(&findings, &rows[i].finding));
    findings_add(&findings, FINDING_PAUSED, memory_text("one"));
    findings_add(&findings, FINDING_BACKEND_MISSING, memory_text("two"));
    findings_add_noted(&findings, FINDING_HOSTNAME_OVERLAPS, memory_text("three"), NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].row, findings_has(&findings, &rows[i].finding) == rows[i].has);
    findings_clear(&findings);
    assert_int_equal(findings.count, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].row, !findings_has(&findings, &rows[i].finding));
    findings_clear(&findings); /* nothing to release */
}

/* For an Event there is a text of its own, which goes wherever the finding goes. */
static void test_note(void **state)
{
    struct findings findings = {0}, moved = {0}, copied = {0};

    (void)state;
    findings_add(&findings, FINDING_PAUSED, memory_text("text"));
    findings_add_noted(&findings, FINDING_HOSTNAME_CONFLICT, memory_text("text"),
                       memory_text("note"));
    findings_add_noted(&findings, FINDING_GATEWAY_NOT_READY, memory_text("text"), NULL);
    findings_move(&moved, &findings);
    for (size_t i = 0; i < moved.count; i++)
        findings_copy(&copied, &moved.list[i]);
    findings_clear(&moved);
    assert_int_equal(copied.count, 3);
    assert_string_equal(finding_note(&copied.list[0]), "text");
    assert_string_equal(finding_note(&copied.list[1]), "note");
    assert_string_equal(copied.list[1].text, "text");
    assert_string_equal(finding_note(&copied.list[2]), "text");
    for (int i = 0; i < FINDINGS_MAX; i++) /* what is too much is released */
        findings_add_noted(&copied, FINDING_HOSTNAME_CONFLICT, memory_text("t"), memory_text("n"));
    assert_int_equal(copied.count, FINDINGS_MAX);
    findings_clear(&copied);
}

static void test_move(void **state)
{
    struct findings findings = {0}, more = {0};
    const struct finding two = {FINDING_BACKEND_MISSING, (char *)"two", NULL};

    (void)state;
    findings_add(&findings, FINDING_PAUSED, memory_text("one"));
    findings_add(&more, FINDING_BACKEND_MISSING, memory_text("two"));
    assert_false(findings_has_reason(&findings, FINDING_BACKEND_MISSING));
    findings_move(&findings, &more);
    assert_int_equal(findings.count, 2);
    assert_int_equal(more.count, 0);
    assert_true(findings_has(&findings, &two));
    assert_true(findings_has_reason(&findings, FINDING_BACKEND_MISSING));
    assert_true(findings_has_reason(&findings, FINDING_PAUSED));
    assert_false(findings_has_reason(&findings, FINDING_HOSTNAME_INVALID));
    findings_clear(&findings);
}

/* What is too much is released. */
static void test_full(void **state)
{
    struct findings findings = {0};
    const struct finding last = {FINDING_PAUSED, (char *)"15", NULL};
    const struct finding over = {FINDING_PAUSED, (char *)"16", NULL};

    (void)state;
    for (int i = 0; i < FINDINGS_MAX + 4; i++)
        findings_add(&findings, FINDING_PAUSED, memory_format("%d", i));
    assert_int_equal(findings.count, FINDINGS_MAX);
    assert_true(findings_has(&findings, &last));
    assert_false(findings_has(&findings, &over));
    findings_clear(&findings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names), cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_table), cmocka_unit_test(test_list),
        cmocka_unit_test(test_note),  cmocka_unit_test(test_move),
        cmocka_unit_test(test_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
