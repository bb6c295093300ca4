/* The patch that adds a name to a Certificate. */
#include "tests/unit/check.h"

#include "certpatcher/patch.h"

#define META       "\"metadata\":{\"name\":\"c\",\"uid\":\"u\",\"resourceVersion\":\"7\"}"
#define CERT(spec) "{" META ",\"spec\":{" spec "}}"
#define TEST(p, v) "{\"op\":\"test\",\"path\":\"" p "\",\"value\":" v "}"
#define ADD(p, v)  "{\"op\":\"add\",\"path\":\"" p "\",\"value\":" v "}"
#define UID        TEST("/metadata/uid", "\"u\"")
#define VERSION_7  TEST("/metadata/resourceVersion", "\"7\"")
#define NAMES      "/spec/dnsAltNames"
#define NEW_LIST   "[" UID "," VERSION_7 "," ADD(NAMES, "[\"a.example\"]") "]"
#define TO_LIST(l) "[" UID "," TEST(NAMES, l) "," ADD(NAMES "/-", "\"a.example\"") "]"

static void test_patch(void **state)
{
    static const struct {
        const char *certificate, *patch;
    } rows[] = {
        {CERT(""), NEW_LIST},
        {CERT("\"certname\":\"puppet\""), NEW_LIST},
        {CERT("\"dnsAltNames\":null"), NEW_LIST},
        {CERT("\"dnsAltNames\":[]"), TO_LIST("[]")},
        {CERT("\"dnsAltNames\":[\"puppet\"]"), TO_LIST("[\"puppet\"]")},
        {CERT("\"dnsAltNames\":[\"b\",\"a\",\"b\"]"), TO_LIST("[\"b\",\"a\",\"b\"]")},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *certificate = check_json(rows[i].certificate);
        struct json_object *patch = patch_add_name(certificate, "a.example");

        check_same_json(rows[i].certificate, patch, rows[i].patch);
        /* what was read is not changed by it */
        check_same_json(rows[i].certificate, certificate, rows[i].certificate);
    }
}

/* Texts of others are values and never part of a path. */
static void test_odd_names(void **state)
{
    struct json_object *certificate = check_json(CERT("\"dnsAltNames\":[\"a/b~c\\\"d\\ne\"]"));

    (void)state;
    check_same_json(
        "odd", patch_add_name(certificate, "x\"]/~"),
        "[" UID "," TEST(NAMES, "[\"a/b~c\\\"d\\ne\"]") "," ADD(NAMES "/-", "\"x\\\"]/~\"") "]");
    json_object_put(certificate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patch),
        cmocka_unit_test(test_odd_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
