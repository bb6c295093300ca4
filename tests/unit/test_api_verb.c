/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs of requests, by their paths. */
#include "tests/unit/check.h"

#include "common/api/verb.h"
#include "common/message/metric.h"

static void test_verbs(void **state)
{
    static const struct {
        const char *method, *path;
        bool is_stream;
        const char *verb;
    } rows[] = {
        {"GET", "/api/v1/namespaces/ns/services", false, "list"},
        {"GET", "/api/v1/namespaces/ns/services?limit=500", false, "list"},
        {"GET", "/api/v1/namespaces/ns/services/name", false, "get"},
        {"GET", "/api/v1/namespaces/ns/services/name?a=/b", false, "get"},
        {"GET", "/api/v1/services", false, "list"},
        {"GET", "/api/v1/namespaces", false, "list"},
        {"GET", "/api/v1/namespaces/ns", false, "get"},
        {"GET", "/apis/g.example/v1/pools", false, "list"},
        {"GET", "/apis/g.example/v1/pools?watch=1", true, "watch"},
        {"GET", "/apis/g.example/v1/namespaces/ns/pools", false, "list"},
        {"GET", "/apis/g.example/v1/namespaces/ns/pools/p", false, "get"},
        {"GET", "/apis/g.example/v1", false, "get"},
        {"GET", "/apis/g.example", false, "get"},
        {"GET", "/apis", false, "get"},
        {"GET", "/api/v1", false, "get"},
        {"GET", "/version", false, "get"},
        {"GET", "", false, "get"},
        {"POST", "/apis/g.example/v1/namespaces/ns/pools", false, "create"},
        {"POST", "/api/v1/namespaces/ns/serviceaccounts/a/token", false, "create"},
        {"PUT", "/api/v1/namespaces/ns/services/name", false, "update"},
        {"PATCH", "/api/v1/namespaces/ns/services/name", false, "patch"},
        {"DELETE", "/api/v1/namespaces/ns/services/name", false, "delete"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        enum api_verb verb = api_verb(rows[i].method, rows[i].path, rows[i].is_stream);

        CHECK_ROW_TEXT(rows[i].path, metric_label_value(METRIC_LABEL_VERB, verb), rows[i].verb);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verbs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
