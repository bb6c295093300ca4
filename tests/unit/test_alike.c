/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of tables that are alike are one row. */
#include "tests/unit/check.h"

#include "ctl/output/alike.h"

static const struct alike alike = {
    .few = 2,
    .keys = {"kind", "state"},
    .sums = {"lists"},
    .maxima = {"idle"},
    .counted = {{"namespace", "namespaces"}},
};

#define ROW(kind, state, namespace, rest)                                                          \
    "{\"kind\":\"" kind "\",\"state\":\"" state "\",\"namespace\":\"" namespace "\"" rest "}"

static void test_rows(void **state)
{
    static const struct {
        const char *row, *rows, *summed;
    } rows[] = {
        {"none", "[]", "[]"},
        {"one", "[" ROW("a", "ok", "x", "") "]", "[" ROW("a", "ok", "x", "") "]"},
        {"few stay", "[" ROW("a", "ok", "x", ",\"more\":1") "," ROW("a", "ok", "y", "") "]",
         "[" ROW("a", "ok", "x", ",\"more\":1") "," ROW("a", "ok", "y", "") "]"},
        {"many",
         "[" ROW("a", "ok", "x", ",\"lists\":1,\"idle\":5,\"more\":1") "," ROW(
             "a", "ok", "y", ",\"lists\":2,\"idle\":9") "," ROW("a", "ok", "z",
                                                                ",\"lists\":3,\"idle\":7") "]",
         "[" ROW("a", "ok", "3 namespaces", ",\"lists\":6,\"idle\":9") "]"},
        {"in one namespace",
         "[" ROW("a", "ok", "x", "") "," ROW("a", "ok", "x", "") "," ROW("a", "ok", "x", "") "]",
         "[" ROW("a", "ok", "x", ",\"lists\":0,\"idle\":null") "]"},
        {"who differs stays, in its place",
         "[" ROW("a", "ok", "x", "") "," ROW("a", "bad", "w", "") "," ROW(
             "a", "ok", "y", "") "," ROW("b", "ok", "x", "") "," ROW("a", "ok", "z", "") "]",
         "[" ROW("a", "ok", "3 namespaces", ",\"lists\":0,\"idle\":null") "," ROW(
             "a", "bad", "w", "") "," ROW("b", "ok", "x", "") "]"},
        {"a key that is not a text",
         "[{\"kind\":[\"a\"]},{\"kind\":[\"a\"]},{\"kind\":[\"a\",\"b\"]},{\"kind\":[\"a\"]}]",
         "[{\"kind\":[\"a\"],\"state\":null,\"lists\":0,\"idle\":null,\"namespace\":null},"
         "{\"kind\":[\"a\",\"b\"]}]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *given = check_json(rows[i].rows);

        check_same_json(rows[i].row, alike_sum(given, &alike), rows[i].summed);
        json_object_put(given);
    }
    assert_null(alike_sum(NULL, &alike));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests_name("alike", tests, NULL, NULL);
}
