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
        [FINDING_GATEWAY_API_MISSING] = {"GatewayAPIMissing", true},
        [FINDING_GATEWAY_NOT_READY] = {"GatewayNotReady", true},
        [FINDING_ROUTE_NOT_OWNED] = {"RouteNotOwned", true},
        [FINDING_ROUTE_UNREADABLE] = {"RouteUnreadable", true},
        [FINDING_ROUTE_CONTESTED] = {"RouteContested", true},
        [FINDING_ROUTE_NOT_ACCEPTED] = {"RouteNotAccepted", true},
        [FINDING_BACKEND_MISSING] = {"BackendMissing", true},
        [FINDING_CERTIFICATE_CONTESTED] = {"CertificateContested", true},
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

static void test_list(void **state)
{
    static const struct {
        const char *row;
        struct finding finding;
        bool has;
    } rows[] = {
        {"the first", {FINDING_PAUSED, (char *)"one"}, true},
        {"the second", {FINDING_BACKEND_MISSING, (char *)"two"}, true},
        {"other text", {FINDING_BACKEND_MISSING, (char *)"one"}, false},
        {"other reason", {FINDING_HOSTNAME_INVALID, (char *)"two"}, false},
        {"no text", {FINDING_PAUSED, (char *)""}, false},
    };
    struct findings findings = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].row, !findings_has(&findings, &rows[i].finding));
    findings_add(&findings, FINDING_PAUSED, memory_text("one"));
    findings_add(&findings, FINDING_BACKEND_MISSING, memory_text("two"));
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].row, findings_has(&findings, &rows[i].finding) == rows[i].has);
    findings_clear(&findings);
    assert_int_equal(findings.count, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].row, !findings_has(&findings, &rows[i].finding));
    findings_clear(&findings); /* nothing to release */
}

/* What is too much is released. */
static void test_full(void **state)
{
    struct findings findings = {0};
    const struct finding last = {FINDING_PAUSED, (char *)"15"};
    const struct finding over = {FINDING_PAUSED, (char *)"16"};

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
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
