/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of a Certificate beside its message. */
#include "tests/unit/check.h"

#include "certpatcher/certificate.h"

#define METADATA(rest)                                                                             \
    "\"metadata\":{\"name\":\"c\",\"namespace\":\"n\",\"uid\":\"u\",\"resourceVersion\":"          \
    "\"7\"" rest "}"

/* Its phase, and who else writes its list. */
static void test_decode(void **state)
{
#define MANAGED(entries) "{" METADATA(",\"managedFields\":[" entries "]") "}"
#define ENTRY(name, time, fields)                                                                  \
    "{\"manager\":\"" name "\",\"time\":\"2026-01-01T00:00:0" time "Z\",\"fieldsV1\":" fields "}"
#define LIST "{\"f:spec\":{\"f:dnsAltNames\":{}}}"
#define REST "{\"f:spec\":{\"f:certname\":{}}}"
    static const struct {
        const char *text, *manager;
        bool is_signed;
    } rows[] = {
        {"{" METADATA("") "}", "", false},
        {"{" METADATA("") ",\"status\":{\"phase\":\"Signed\"}}", "", true},
        {"{" METADATA("") ",\"status\":{\"phase\":\"Pending\"}}", "", false},
        {"{" METADATA("") ",\"status\":{\"phase\":7}}", "", false},
        {MANAGED(ENTRY("argocd", "1", LIST)), "argocd", false},
        {MANAGED(ENTRY("argocd", "1", REST)), "", false},
        {MANAGED(ENTRY("tlsrouted", "2", LIST) "," ENTRY("argocd", "1", LIST)), "argocd", false},
        {MANAGED(ENTRY("helm", "3", LIST) "," ENTRY("argocd", "1", LIST)), "helm", false},
        {MANAGED(ENTRY("helm", "1", LIST) "," ENTRY("argocd", "3", LIST)), "argocd", false},
        {MANAGED(ENTRY("helm", "5", REST) "," ENTRY("argocd", "3", LIST)), "argocd", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct certificate certificate;

        certificate_read(rows[i].text, strlen(rows[i].text), &certificate);
        CHECK_ROW_TEXT(rows[i].text, certificate.problem, NULL);
        CHECK_ROW_TEXT(rows[i].text, certificate.manager, rows[i].manager);
        CHECK_ROW(rows[i].text, certificate.is_signed == rows[i].is_signed);
        certificate_clear(&certificate);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_decode)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
