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
#define TEST_PHASE    TEST("/status/phase", "\"Signed\"")
#define START         "[" UID "," VERSION_7 ","
#define NAMES_AT      "/spec/dnsAltNames"
#define ANNOTATIONS   "/metadata/annotations"
#define LEDGER_AT     ANNOTATIONS "/openvox.voxpupuli.org~1tlsrouted-injected"
#define MARK_AT       ANNOTATIONS "/openvox.voxpupuli.org~1tlsrouted-reissue"
#define MARK          ADD(MARK_AT, "\"due\"")
#define NEW_LEDGER    "\"{\\\"a\\\":[\\\"p\\\"]}\""

static void test_names(void **state)
{
    static const struct {
        const char *row, *certificate;
        const char *names;  /* NULL: they do not change */
        const char *ledger; /* NULL: it does not change */
        const char *patch;
        bool marks;
    } rows[] = {
        {"nothing there", CERT(""), "a", "{\"a\":[\"p\"]}",
         START ADD(NAMES_AT, "[\"a\"]") "," ADD(ANNOTATIONS, "{}") "," ADD(LEDGER_AT,
                                                                           NEW_LEDGER) "]",
         false},
        {"a list that is null", CERT("\"dnsAltNames\":null"), "a", "{\"a\":[\"p\"]}",
         START ADD(NAMES_AT, "[\"a\"]") "," ADD(ANNOTATIONS, "{}") "," ADD(LEDGER_AT,
                                                                           NEW_LEDGER) "]",
         false},
        {"a list, no annotations", CERT("\"dnsAltNames\":[\"z\",\"z\"]"), "a", "{\"a\":[\"p\"]}",
         START REPLACE(NAMES_AT, "[\"a\"]") "," ADD(ANNOTATIONS, "{}") "," ADD(LEDGER_AT,
                                                                               NEW_LEDGER) "]",
         false},
        {"other annotations", ANNOTATED("\"dnsAltNames\":[]", OTHER), "a", "{\"a\":[\"p\"]}",
         START REPLACE(NAMES_AT, "[\"a\"]") "," ADD(LEDGER_AT, NEW_LEDGER) "]", false},
        {"a ledger", ANNOTATED("\"dnsAltNames\":[\"b\"]", LEDGER "," OTHER), "a", "{\"a\":[\"p\"]}",
         START REPLACE(NAMES_AT, "[\"a\"]") "," ADD(LEDGER_AT, NEW_LEDGER) "]", false},
        {"a ledger and no list", ANNOTATED("", LEDGER), "a", NULL,
         START ADD(NAMES_AT, "[\"a\"]") "]", false},
        {"names only", ANNOTATED("\"dnsAltNames\":[\"b\"]", LEDGER), "a", NULL,
         START REPLACE(NAMES_AT, "[\"a\"]") "]", false},
        {"the ledger only", ANNOTATED("\"dnsAltNames\":[\"b\"]", LEDGER), NULL, "{\"a\":[\"p\"]}",
         START ADD(LEDGER_AT, NEW_LEDGER) "]", false},
        {"no ledger any more", ANNOTATED("\"dnsAltNames\":[\"b\"]", LEDGER), "", "",
         START REPLACE(NAMES_AT, "[]") "," REMOVE(LEDGER_AT) "]", false},
        {"marked, nothing there", CERT(""), "a", "{\"a\":[\"p\"]}",
         START ADD(NAMES_AT, "[\"a\"]") "," ADD(ANNOTATIONS, "{}") "," ADD(LEDGER_AT,
                                                                           NEW_LEDGER) "," MARK "]",
         true},
        {"marked, names only", ANNOTATED("\"dnsAltNames\":[\"b\"]", LEDGER), "a", NULL,
         START REPLACE(NAMES_AT, "[\"a\"]") "," MARK "]", true},
        {"marked, names only, no annotations", CERT(""), "a", NULL,
         START ADD(NAMES_AT, "[\"a\"]") "," ADD(ANNOTATIONS, "{}") "," MARK "]", true},
        /* texts of others are values and never part of a path */
        {"odd names", CERT("\"dnsAltNames\":[\"a/b~c\\\"d\\ne\"]"), "x\"]/~", NULL,
         START REPLACE(NAMES_AT, "[\"x\\\"]/~\"]") "]", false},
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
        check_same_json(rows[i].row, patch_names(&certificate, &plan, rows[i].marks),
                        rows[i].patch);
        certificate_clear(&certificate);
        injection_plan_clear(&plan);
    }
}

/* Also where the version changes: the operator writes the status. */
static void test_phase(void **state)
{
    static const struct {
        const char *certificate, *patch;
    } rows[] = {
        {CERT(""), "[" UID "," TEST_PHASE "," REPLACE("/status/phase", "\"Pending\"") "]"},
        {CERT("\"dnsAltNames\":[\"b\"]"),
         "[" UID "," TEST(NAMES_AT, "[\"b\"]") "," TEST_PHASE
                                               "," REPLACE("/status/phase", "\"Pending\"") "]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct certificate certificate;

        certificate_read(rows[i].certificate, strlen(rows[i].certificate), &certificate);
        check_same_json("phase", patch_phase(&certificate), rows[i].patch);
        certificate_clear(&certificate);
    }
}

static void test_unmark(void **state)
{
    struct certificate certificate;

    (void)state;
    certificate_read(CERT(""), strlen(CERT("")), &certificate);
    check_same_json("unmark", patch_unmark(&certificate),
                    "[" UID "," TEST(MARK_AT, "\"due\"") "," REMOVE(MARK_AT) "]");
    certificate_clear(&certificate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_phase),
        cmocka_unit_test(test_unmark),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
