/* SPDX-License-Identifier: Apache-2.0 */
/* The patches of a Certificate. */
#include "tests/unit/check.h"

#include "certpatcher/patch.h"
#include "common/base/memory.h"

#define META(rest)                                                                                 \
    "\"metadata\":{\"name\":\"c\",\"namespace\":\"n\",\"uid\":\"u\",\"resourceVersion\":"          \
    "\"7\"" rest "}"
#define CERT(spec)         "{" META("") ",\"spec\":{" spec "}}"
#define NOTED(spec, notes) "{" META(",\"annotations\":{" notes "}") ",\"spec\":{" spec "}}"
#define LEDGER             "\"openvox.voxpupuli.org/tlsrouted-injected\":\"{\\\"b\\\":[\\\"q\\\"]}\""
#define OTHER              "\"x/y\":\"z\""
#define TEST(p, v)         "{\"op\":\"test\",\"path\":\"" p "\",\"value\":" v "}"
#define ADD(p, v)          "{\"op\":\"add\",\"path\":\"" p "\",\"value\":" v "}"
#define REPLACE(p, v)      "{\"op\":\"replace\",\"path\":\"" p "\",\"value\":" v "}"
#define REMOVE(p)          "{\"op\":\"remove\",\"path\":\"" p "\"}"
#define UID                TEST("/metadata/uid", "\"u\"")
#define VERSION_7          TEST("/metadata/resourceVersion", "\"7\"")
#define NAMES              "/spec/dnsAltNames"
#define NOTES              "/metadata/annotations"
#define NOTE               NOTES "/openvox.voxpupuli.org~1tlsrouted-injected"
#define OLD_LEDGER         "\"{\\\"b\\\":[\\\"q\\\"]}\""
#define NEW_LEDGER         "\"{\\\"a\\\":[\\\"p\\\"]}\""

static void test_names(void **state)
{
    static const struct {
        const char *row, *certificate;
        const char *names;  /* NULL: they do not change */
        const char *ledger; /* NULL: it does not change */
        const char *patch;
    } rows[] = {
        {"nothing there", CERT(""), "a", "{\"a\":[\"p\"]}",
         "[" UID "," VERSION_7
         "," ADD(NAMES, "[\"a\"]") "," ADD(NOTES, "{}") "," ADD(NOTE, NEW_LEDGER) "]"},
        {"a list that is null", CERT("\"dnsAltNames\":null"), "a", "{\"a\":[\"p\"]}",
         "[" UID "," VERSION_7
         "," ADD(NAMES, "[\"a\"]") "," ADD(NOTES, "{}") "," ADD(NOTE, NEW_LEDGER) "]"},
        {"a list, no annotations", CERT("\"dnsAltNames\":[\"z\",\"z\"]"), "a", "{\"a\":[\"p\"]}",
         "[" UID "," TEST(NAMES, "[\"z\",\"z\"]") "," VERSION_7 "," REPLACE(
             NAMES, "[\"a\"]") "," ADD(NOTES, "{}") "," ADD(NOTE, NEW_LEDGER) "]"},
        {"other annotations", NOTED("\"dnsAltNames\":[]", OTHER), "a", "{\"a\":[\"p\"]}",
         "[" UID "," TEST(NAMES, "[]") "," VERSION_7
                                       "," REPLACE(NAMES, "[\"a\"]") "," ADD(NOTE, NEW_LEDGER) "]"},
        {"a ledger", NOTED("\"dnsAltNames\":[\"b\"]", LEDGER "," OTHER), "a", "{\"a\":[\"p\"]}",
         "[" UID "," TEST(NAMES, "[\"b\"]") "," TEST(NOTE, OLD_LEDGER) "," REPLACE(
             NAMES, "[\"a\"]") "," ADD(NOTE, NEW_LEDGER) "]"},
        {"a ledger and no list", NOTED("", LEDGER), "a", NULL,
         "[" UID "," TEST(NOTE, OLD_LEDGER) "," VERSION_7 "," ADD(NAMES, "[\"a\"]") "]"},
        {"names only", NOTED("\"dnsAltNames\":[\"b\"]", LEDGER), "a", NULL,
         "[" UID
         "," TEST(NAMES, "[\"b\"]") "," TEST(NOTE, OLD_LEDGER) "," REPLACE(NAMES, "[\"a\"]") "]"},
        {"the ledger only", NOTED("\"dnsAltNames\":[\"b\"]", LEDGER), NULL, "{\"a\":[\"p\"]}",
         "[" UID
         "," TEST(NAMES, "[\"b\"]") "," TEST(NOTE, OLD_LEDGER) "," ADD(NOTE, NEW_LEDGER) "]"},
        {"no ledger any more", NOTED("\"dnsAltNames\":[\"b\"]", LEDGER), "", "",
         "[" UID "," TEST(NAMES, "[\"b\"]") "," TEST(NOTE, OLD_LEDGER) "," REPLACE(
             NAMES, "[]") "," REMOVE(NOTE) "]"},
        /* texts of others are values and never part of a path */
        {"odd names", CERT("\"dnsAltNames\":[\"a/b~c\\\"d\\ne\"]"), "x\"]/~", NULL,
         "[" UID "," TEST(NAMES, "[\"a/b~c\\\"d\\ne\"]") "," REPLACE(NAMES, "[\"x\\\"]/~\"]") "]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *certificate = check_json(rows[i].certificate);
        struct injection_plan plan = {
            .ledger = memory_text(rows[i].ledger != NULL ? rows[i].ledger : "unchanged"),
            .ledger_changes = rows[i].ledger != NULL,
        };
        struct fetched fetched;

        if (rows[i].names != NULL && rows[i].names[0] != '\0')
            text_list_add(&plan.names, rows[i].names);
        if (rows[i].names != NULL)
            text_list_add(&plan.added, "some");
        fetched_of(certificate, &fetched);
        assert_null(fetched.problem);
        check_same_json(rows[i].row, patch_names(&fetched, &plan), rows[i].patch);
        fetched_clear(&fetched);
        injection_plan_clear(&plan);
        json_object_put(certificate);
    }
}

static void test_phase(void **state)
{
    struct json_object *certificate = check_json(CERT(""));
    struct fetched fetched;

    (void)state;
    fetched_of(certificate, &fetched);
    check_same_json("phase", patch_phase(&fetched),
                    "[" UID "," TEST("/status/phase", "\"Signed\"") "," REPLACE("/status/phase",
                                                                                "\"Pending\"") "]");
    fetched_clear(&fetched);
    json_object_put(certificate);
}

/* What else is read of a Certificate: its phase, and who writes its list. */
static void test_reading(void **state)
{
#define MANAGED(entries) "{" META(",\"managedFields\":[" entries "]") "}"
#define ENTRY(name, time, fields)                                                                  \
    "{\"manager\":\"" name "\",\"time\":\"2026-01-01T00:00:0" time "Z\",\"fieldsV1\":" fields "}"
#define LIST "{\"f:spec\":{\"f:dnsAltNames\":{}}}"
#define REST "{\"f:spec\":{\"f:certname\":{}}}"
    static const struct {
        const char *text, *manager;
        bool is_signed;
    } rows[] = {
        {"{" META("") "}", "", false},
        {"{" META("") ",\"status\":{\"phase\":\"Signed\"}}", "", true},
        {"{" META("") ",\"status\":{\"phase\":\"Pending\"}}", "", false},
        {"{" META("") ",\"status\":{\"phase\":7}}", "", false},
        {MANAGED(ENTRY("argocd", "1", LIST)), "argocd", false},
        {MANAGED(ENTRY("argocd", "1", REST)), "", false},
        {MANAGED(ENTRY("tlsrouted", "2", LIST) "," ENTRY("argocd", "1", LIST)), "argocd", false},
        {MANAGED(ENTRY("helm", "3", LIST) "," ENTRY("argocd", "1", LIST)), "helm", false},
        {MANAGED(ENTRY("helm", "1", LIST) "," ENTRY("argocd", "3", LIST)), "argocd", false},
        {MANAGED(ENTRY("helm", "5", REST) "," ENTRY("argocd", "3", LIST)), "argocd", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *certificate = check_json(rows[i].text);
        struct fetched fetched;

        fetched_of(certificate, &fetched);
        CHECK_ROW_TEXT(rows[i].text, fetched.problem, NULL);
        CHECK_ROW_TEXT(rows[i].text, fetched.manager, rows[i].manager);
        CHECK_ROW(rows[i].text, fetched.is_signed == rows[i].is_signed);
        fetched_clear(&fetched);
        json_object_put(certificate);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_phase),
        cmocka_unit_test(test_reading),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
