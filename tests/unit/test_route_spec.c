/* SPDX-License-Identifier: Apache-2.0 */
/* The normal form of a TLSRoute's spec: what is drift and what is not. */
#include "tests/unit/check.h"

#include "common/base/json.h"
#include "common/objects/route_spec.h"

#define HEAD    "{\"hostnames\":[\"a.example\"],"
#define PARENT  "\"parentRefs\":[{\"name\":\"gw\",\"namespace\":\"infra\",\"sectionName\":\"tls\"}],"
#define BACKEND "{\"name\":\"puppet\",\"port\":8140}"
#define RULES   "\"rules\":[{\"backendRefs\":[" BACKEND "]}]"
#define OURS    HEAD PARENT RULES "}"

static const struct desired_route desired = {
    .hostname = "a.example",
    .gateway_namespace = "infra",
    .gateway_name = "gw",
    .section_name = "tls",
    .service = "puppet",
    .port = 8140,
};

/* SPEC in normal form; the caller frees it. */
static char *normal_of(struct json_object *spec)
{
    struct arena arena = {0};
    char *normal = route_spec_normal(value_of_json(&arena, spec));

    arena_clear(&arena);
    return normal;
}

static void test_new(void **state)
{
    static const struct {
        struct desired_route desired;
        const char *spec;
    } rows[] = {
        {{"a.example", "infra", "gw", "tls", "puppet", 8140}, OURS},
        {{"a.example", NULL, "gw", NULL, "puppet", 8140},
         HEAD "\"parentRefs\":[{\"name\":\"gw\"}]," RULES "}"},
        {{"a.example", "", "gw", "", "puppet", 8140},
         HEAD "\"parentRefs\":[{\"name\":\"gw\"}]," RULES "}"},
        {{"*.b", "", "gw", "s", "p", 1},
         "{\"hostnames\":[\"*.b\"],\"parentRefs\":[{\"name\":\"gw\",\"sectionName\":\"s\"}],"
         "\"rules\":[{\"backendRefs\":[{\"name\":\"p\",\"port\":1}]}]}"},
        {{"b", "n", "gw", "", "p", 65535},
         "{\"hostnames\":[\"b\"],\"parentRefs\":[{\"name\":\"gw\",\"namespace\":\"n\"}],"
         "\"rules\":[{\"backendRefs\":[{\"name\":\"p\",\"port\":65535}]}]}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *spec = route_spec_new(&rows[i].desired);
        char *normal = normal_of(spec);

        CHECK_ROW_TEXT("as sent", json_encode(spec), rows[i].spec);
        CHECK_ROW_TEXT("is normal already", normal, rows[i].spec);
        free(normal);
        json_object_put(spec);
    }
}

/* Each is what the API server can make of our spec: it is the same. */
static void test_no_drift(void **state)
{
    static const struct {
        const char *row, *spec;
    } rows[] = {
        {"as sent", OURS},
        {"order of members", "{" RULES "," PARENT "\"hostnames\":[\"a.example\"]}"},
        {"order within",
         HEAD "\"parentRefs\":[{\"sectionName\":\"tls\",\"namespace\":\"infra\",\"name\":\"gw\"}],"
              "\"rules\":[{\"backendRefs\":[{\"port\":8140,\"name\":\"puppet\"}]}]}"},
        {"parent's group and kind",
         HEAD "\"parentRefs\":[{\"group\":\"gateway.networking.k8s.io\",\"kind\":\"Gateway\","
              "\"name\":\"gw\",\"namespace\":\"infra\",\"sectionName\":\"tls\"}]," RULES "}"},
        {"backend's group, kind and weight",
         HEAD PARENT "\"rules\":[{\"backendRefs\":[{\"group\":\"\",\"kind\":\"Service\","
                     "\"name\":\"puppet\",\"port\":8140,\"weight\":1}]}]}"},
        {"rule's name",
         HEAD PARENT "\"rules\":[{\"name\":\"rule-0\",\"backendRefs\":[" BACKEND "]}]}"},
        {"all of them",
         "{\"rules\":[{\"name\":\"x\",\"backendRefs\":[{\"weight\":1,\"port\":8140,"
         "\"name\":\"puppet\",\"kind\":\"Service\",\"group\":\"\"}]}],\"parentRefs\":[{"
         "\"sectionName\":\"tls\",\"namespace\":\"infra\",\"name\":\"gw\",\"kind\":\"Gateway\","
         "\"group\":\"gateway.networking.k8s.io\"}],\"hostnames\":[\"a.example\"]}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *spec = check_json(rows[i].spec);
        char *normal = normal_of(spec);

        CHECK_ROW_TEXT(rows[i].row, normal, OURS);
        free(normal);
        json_object_put(spec);
    }
}

/* Whatever anybody writes into a spec, its normal form is valid JSON and says the same. */
static void test_is_json(void **state)
{
    static const char *const rows[] = {
        "null",
        "{}",
        "{\"a\":[],\"b\":{},\"c\":null,\"d\":true,\"e\":-1.5,\"f\":18446744073709551615}",
        "{\"a\\\"b\\\\c\\u0001/\":[\"\\\"\",\"\\\\\",\"\\n\\u001f\",\"/\",\"\",\" ~\"]}",
        "{\"h\xc3\xb6ren\":\"\xf0\x9f\x92\xa9\x7f\",\"z\":[[1,[2,[3]]],[{}]]}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *spec = json_tokener_parse(rows[i]);
        char *normal = normal_of(spec);

        CHECK_ROW_TEXT(rows[i], normal, json_encode(spec));
        free(normal);
        json_object_put(spec);
    }
}

static void test_drift(void **state)
{
#define PARENTS(parents) HEAD "\"parentRefs\":[" parents "]," RULES "}"
#define BACKENDS(list)   HEAD PARENT "\"rules\":[{\"backendRefs\":[" list "]}]}"
#define GATEWAY(members) PARENTS("{\"name\":\"gw\"" members "}")
#define GATEWAY_REST     ",\"namespace\":\"infra\",\"sectionName\":\"tls\""
#define ANOTHER          "{\"name\":\"gw\"" GATEWAY_REST "}"
    static const struct {
        const char *row, *spec;
    } rows[] = {
        {"nothing", "null"},
        {"empty", "{}"},
        {"a text", "\"\""},
        {"other hostname", "{\"hostnames\":[\"b.example\"]," PARENT RULES "}"},
        {"other case", "{\"hostnames\":[\"A.example\"]," PARENT RULES "}"},
        {"second hostname", "{\"hostnames\":[\"a.example\",\"b.example\"]," PARENT RULES "}"},
        {"no hostname", "{\"hostnames\":[]," PARENT RULES "}"},
        {"no hostnames", "{" PARENT RULES "}"},
        {"other gateway", PARENTS("{\"name\":\"gx\"" GATEWAY_REST "}")},
        {"other namespace", GATEWAY(",\"namespace\":\"x\",\"sectionName\":\"tls\"")},
        {"no namespace", GATEWAY(",\"sectionName\":\"tls\"")},
        {"other section", GATEWAY(",\"namespace\":\"infra\",\"sectionName\":\"x\"")},
        {"no section", GATEWAY(",\"namespace\":\"infra\"")},
        {"parent's port", GATEWAY(GATEWAY_REST ",\"port\":8443")},
        {"parent's kind", GATEWAY(GATEWAY_REST ",\"kind\":\"Service\"")},
        {"parent's group", GATEWAY(GATEWAY_REST ",\"group\":\"\"")},
        {"second parent", PARENTS(ANOTHER "," ANOTHER)},
        {"no parent", PARENTS("")},
        {"parentRefs is no list", HEAD "\"parentRefs\":" ANOTHER "," RULES "}"},
        {"other service", BACKENDS("{\"name\":\"x\",\"port\":8140}")},
        {"other port", BACKENDS("{\"name\":\"puppet\",\"port\":8141}")},
        {"port as text", BACKENDS("{\"name\":\"puppet\",\"port\":\"8140\"}")},
        {"no port", BACKENDS("{\"name\":\"puppet\"}")},
        {"backend's namespace",
         BACKENDS("{\"name\":\"puppet\",\"port\":8140,\"namespace\":\"x\"}")},
        {"backend's weight", BACKENDS("{\"name\":\"puppet\",\"port\":8140,\"weight\":0}")},
        {"backend's kind", BACKENDS("{\"name\":\"puppet\",\"port\":8140,\"kind\":\"Pod\"}")},
        {"backend's group", BACKENDS("{\"name\":\"puppet\",\"port\":8140,\"group\":\"x\"}")},
        {"second backend", BACKENDS(BACKEND "," BACKEND)},
        {"no backend", BACKENDS("")},
        {"second rule", HEAD PARENT "\"rules\":[{\"backendRefs\":[" BACKEND
                                    "]},{\"backendRefs\":[" BACKEND "]}]}"},
        {"no rule", HEAD PARENT "\"rules\":[]}"},
        {"no rules", HEAD "\"parentRefs\":[" ANOTHER "]}"},
        {"unknown field", HEAD PARENT RULES ",\"useDefaultGateways\":\"All\"}"},
        {"unknown field of a rule",
         HEAD PARENT "\"rules\":[{\"x\":1,\"backendRefs\":[" BACKEND "]}]}"},
        {"unknown field of a parent", GATEWAY(GATEWAY_REST ",\"x\":null")},
        {"unknown field of a backend", BACKENDS("{\"name\":\"puppet\",\"port\":8140,\"x\":[]}")},
        {"a default at another place", HEAD PARENT RULES ",\"kind\":\"Gateway\"}"},
        {"a default of the other list", GATEWAY(GATEWAY_REST ",\"weight\":1")},
    };
    struct json_object *ours = route_spec_new(&desired);
    char *wanted = normal_of(ours);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *spec = check_json(rows[i].spec);
        char *normal = normal_of(spec);

        CHECK_ROW(rows[i].row, strcmp(normal, wanted) != 0);
        free(normal);
        json_object_put(spec);
    }
    free(wanted);
    json_object_put(ours);
}

/* The caller's object stays as it was. */
static void test_no_side_effect(void **state)
{
    const char text[] = "{\"rules\":[{\"name\":\"x\"}],\"hostnames\":[\"b\",\"a\"]}";
    struct json_object *spec = check_json(text);
    char *normal = normal_of(spec);

    (void)state;
    assert_string_equal(json_encode(spec), text);
    assert_string_equal(normal, "{\"hostnames\":[\"b\",\"a\"],\"rules\":[{}]}");
    free(normal);
    json_object_put(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_no_drift),
        cmocka_unit_test(test_is_json),
        cmocka_unit_test(test_drift),
        cmocka_unit_test(test_no_side_effect),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
