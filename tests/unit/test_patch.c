/* SPDX-License-Identifier: Apache-2.0 */
/* The patches of a Certificate. */
#include "tests/unit/check.h"

#include "certpatcher/patch.h"
#include "common/base/memory.h"

#define META(rest)                                                                                 \
    "\"metadata\":{\"name\":\"c\",\"namespace\":\"n\",\"uid\":\"u\",\"resourceVersion\":"          \
    "\"7\"" rest "}"
#define CERT(spec) "{" META("") ",\"spec\":{" spec "}}"
#define ANNOTATED(spec, annotations)                                                               \
    "{" META(",\"annotations\":{" annotations "}") ",\"spec\":{" spec "}}"
#define LEDGER        "\"openvox.voxpupuli.org/tlsrouted-injected\":\"{\\\"b\\\":[\\\"q\\\"]}\""
#define OTHER         "\"x/y\":\"z\""
#define TEST(p, v)    "{\"op\":\"test\",\"path\":\"" p "\",\"value\":" v "}"
#define ADD(p, v)     "{\"op\":\"add\",\"path\":\"" p "\",\"value\":" v "}"
#define REPLACE(p, v) "{\"op\":\"replace\",\"path\":\"" p "\",\"value\":" v "}"
#define REMOVE(p)     "{\"op\":\"remove\",\"path\":\"" p "\"}"
#define UID           TEST("/metadata/uid", "\"u\"")
#define VERSION_7     TEST("/metadata/resourceVersion", "\"7\"")
#define NAMES_AT      "/spec/dnsAltNames"
#define ANNOTATIONS   "/metadata/annotations"
#define LEDGER_AT     ANNOTATIONS "/openvox.voxpupuli.org~1tlsrouted-injected"
#define OLD_LEDGER    "\"{\\\"b\\\":[\\\"q\\\"]}\""
#define NEW_LEDGER    "\"{\\\"a\\\":[\\\"p\\\"]}\""

static void test_names(void **state)
{
    static const struct {
        const char *row, *certificate;
        const char *names;  /* NULL: they do not change */
        const char *ledger; /* NULL: it does not change */
        const char *patch;
    } rows[] = {
        {"nothing there", CERT(""), "a", "{\"a\":[\"p\"]}",
         "[" UID "," VERSION_7 "," ADD(NAMES_AT, "[\"a\"]") "," ADD(ANNOTATIONS, "{}") "," ADD(
             LEDGER_AT, NEW_LEDGER) "]"},
        {"a list that is null", CERT("\"dnsAltNames\":null"), "a", "{\"a\":[\"p\"]}",
         "[" UID "," VERSION_7 "," ADD(NAMES_AT, "[\"a\"]") "," ADD(ANNOTATIONS, "{}") "," ADD(
             LEDGER_AT, NEW_LEDGER) "]"},
        {"a list, no annotations", CERT("\"dnsAltNames\":[\"z\",\"z\"]"), "a", "{\"a\":[\"p\"]}",
         "[" UID "," TEST(NAMES_AT, "[\"z\",\"z\"]") "," VERSION_7 "," REPLACE(
             NAMES_AT, "[\"a\"]") "," ADD(ANNOTATIONS, "{}") "," ADD(LEDGER_AT, NEW_LEDGER) "]"},
        {"other annotations", ANNOTATED("\"dnsAltNames\":[]", OTHER), "a", "{\"a\":[\"p\"]}",
         "[" UID "," TEST(NAMES_AT, "[]") "," VERSION_7 "," REPLACE(NAMES_AT, "[\"a\"]") "," ADD(
             LEDGER_AT, NEW_LEDGER) "]"},
        {"a ledger", ANNOTATED("\"dnsAltNames\":[\"b\"]", LEDGER "," OTHER), "a", "{\"a\":[\"p\"]}",
         "[" UID "," TEST(NAMES_AT, "[\"b\"]") "," TEST(LEDGER_AT, OLD_LEDGER) "," REPLACE(
             NAMES_AT, "[\"a\"]") "," ADD(LEDGER_AT, NEW_LEDGER) "]"},
        {"a ledger and no list", ANNOTATED("", LEDGER), "a", NULL,
         "[" UID "," TEST(LEDGER_AT, OLD_LEDGER) "," VERSION_7 "," ADD(NAMES_AT, "[\"a\"]") "]"},
        {"names only", ANNOTATED("\"dnsAltNames\":[\"b\"]", LEDGER), "a", NULL,
         "[" UID "," TEST(NAMES_AT, "[\"b\"]") "," TEST(LEDGER_AT, OLD_LEDGER) "," REPLACE(
             NAMES_AT, "[\"a\"]") "]"},
        {"the ledger only", ANNOTATED("\"dnsAltNames\":[\"b\"]", LEDGER), NULL, "{\"a\":[\"p\"]}",
         "[" UID "," TEST(NAMES_AT, "[\"b\"]") "," TEST(LEDGER_AT, OLD_LEDGER) "," ADD(
             LEDGER_AT, NEW_LEDGER) "]"},
        {"no ledger any more", ANNOTATED("\"dnsAltNames\":[\"b\"]", LEDGER), "", "",
         "[" UID "," TEST(NAMES_AT, "[\"b\"]") "," TEST(LEDGER_AT, OLD_LEDGER) "," REPLACE(
             NAMES_AT, "[]") "," REMOVE(LEDGER_AT) "]"},
        /* texts of others are values and never part of a path */
        {"odd names", CERT("\"dnsAltNames\":[\"a/b~c\\\"d\\ne\"]"), "x\"]/~", NULL,
         "[" UID
         "," TEST(NAMES_AT, "[\"a/b~c\\\"d\\ne\"]") "," REPLACE(NAMES_AT, "[\"x\\\"]/~\"]") "]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct injection_plan plan = {
            .ledger = memory_text(rows[i].ledger != NULL ? rows[i].ledger : "unchanged"),
            .ledger_changes = rows[i].ledger != NULL,
        };
        struct certificate certificate;

        if (rows[i].names != NULL && rows[i].names[0] != '\0')
            text_list_add(&plan.names, rows[i].names);
        if (rows[i].names != NULL)
            text_list_add(&plan.added, "some");
        certificate_read(rows[i].certificate, strlen(rows[i].certificate), &certificate);
        assert_null(certificate.problem);
        check_same_json(rows[i].row, patch_names(&certificate, &plan), rows[i].patch);
        certificate_clear(&certificate);
        injection_plan_clear(&plan);
    }
}

static void test_phase(void **state)
{
    struct certificate certificate;

    (void)state;
    certificate_read(CERT(""), strlen(CERT("")), &certificate);
    check_same_json("phase", patch_phase(&certificate),
                    "[" UID "," TEST("/status/phase", "\"Signed\"") "," REPLACE("/status/phase",
                                                                                "\"Pending\"") "]");
    certificate_clear(&certificate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_phase),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
