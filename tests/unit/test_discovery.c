/* SPDX-License-Identifier: Apache-2.0 */
/* Which version of TLSRoute is served: the pure part. */
#include "tests/unit/check.h"

#include "watcher/discovery.h"

#define V(name) "{\"groupVersion\":\"gateway.networking.k8s.io/" name "\",\"version\":\"" name "\"}"

static void test_candidates(void **state)
{
    static const struct {
        const char *group, *candidates; /* each with a '|' after it */
    } rows[] = {
        {"null", ""},
        {"{}", ""},
        {"[]", ""},
        {"{\"versions\":null}", ""},
        {"{\"versions\":{}}", ""},
        {"{\"versions\":\"v1\"}", ""},
        {"{\"versions\":[]}", ""},
        {"{\"versions\":[null,1,\"v1\",[],{}]}", ""},
        {"{\"versions\":[{\"version\":1}]}", ""},
        {"{\"versions\":[" V("v1beta1") "," V("v2") "]}", ""},
        {"{\"versions\":[" V("v1") "]}", "v1|"},
        {"{\"versions\":[" V("V1") "," V("v1 ") "," V("v11") "]}", ""},
        {"{\"versions\":[" V("v1alpha2") "]}", "v1alpha2|"},
        {"{\"versions\":[" V("v1") "," V("v1beta1") "," V("v1alpha3") "," V("v1alpha2") "]}",
         "v1|v1alpha3|v1alpha2|"},
        {"{\"versions\":[" V("v1alpha2") "," V("v1alpha3") "," V("v1") "]}",
         "v1|v1alpha3|v1alpha2|"},
        {"{\"versions\":[" V("v1alpha2") ",null," V("v1alpha2") "," V("v1") "]}", "v1|v1alpha2|"},
        {"{\"preferredVersion\":" V("v1alpha2") ",\"versions\":[" V("v1") "]}", "v1|"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *group = check_json(rows[i].group);
        char candidates[128] = "";
        const char *candidate;
        size_t next = 0;

        while ((candidate = discovery_candidate(group, &next)) != NULL) {
            strcat(candidates, candidate);
            strcat(candidates, "|");
        }
        CHECK_ROW_TEXT(rows[i].group, candidates, rows[i].candidates);
        assert_null(discovery_candidate(group, &next)); /* it stays at its end */
        json_object_put(group);
    }
}

static void test_has_routes(void **state)
{
    static const struct {
        const char *resources;
        bool has;
    } rows[] = {
        {"null", false},
        {"{}", false},
        {"[]", false},
        {"{\"resources\":null}", false},
        {"{\"resources\":{\"name\":\"tlsroutes\"}}", false},
        {"{\"resources\":[]}", false},
        {"{\"resources\":[null,\"tlsroutes\",{},{\"name\":1}]}", false},
        {"{\"resources\":[{\"name\":\"gateways\"},{\"name\":\"httproutes\"}]}", false},
        {"{\"resources\":[{\"name\":\"tlsroutes/status\"}]}", false},
        {"{\"resources\":[{\"kind\":\"TLSRoute\"}]}", false},
        {"{\"resources\":[{\"name\":\"tlsroutes\"}]}", true},
        {"{\"resources\":[{\"name\":\"gateways\"},{\"name\":\"tlsroutes\"},"
         "{\"name\":\"tlsroutes/status\"}]}",
         true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *resources = check_json(rows[i].resources);

        CHECK_ROW(rows[i].resources, discovery_has_routes(resources) == rows[i].has);
        json_object_put(resources);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_candidates),
        cmocka_unit_test(test_has_routes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
