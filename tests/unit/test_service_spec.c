/* SPDX-License-Identifier: Apache-2.0 */
/* A Pool's Service: the one that slauger's openvox-operator makes, and what is drift. */
#include "tests/unit/check.h"

#include "common/base/json.h"
#include "common/objects/service_spec.h"

#define LABELS                                                                                     \
    "\"app.kubernetes.io/name\":\"openvox\","                                                      \
    "\"app.kubernetes.io/managed-by\":\"openvox-operator\","                                       \
    "\"openvox.voxpupuli.org/pool-compile\":\"true\""
#define SELECTOR  "\"selector\":{\"openvox.voxpupuli.org/pool-compile\":\"true\"}"
#define PORT_REST "\"name\":\"https\",\"protocol\":\"TCP\",\"targetPort\":8140"
#define SERVICE(labels, annotations, spec)                                                         \
    "{\"metadata\":{\"labels\":{" LABELS labels "},\"annotations\":{" annotations "}},"            \
    "\"spec\":{" SELECTOR "," spec "}}"
#define CLUSTER_IP    "\"type\":\"ClusterIP\""
#define PORTS(number) "\"ports\":[{\"port\":" number "," PORT_REST "}]"
#define PLAIN         SERVICE("", "", CLUSTER_IP "," PORTS("8140"))

static void test_new(void **state)
{
    static const struct {
        const char *spec; /* of the Pool's service */
        uint64_t port;
        const char *service;
    } rows[] = {
        {"null", 8140, PLAIN},
        {"{}", 8140, PLAIN},
        {"{\"type\":\"ClusterIP\",\"port\":8140}", 8140, PLAIN},
        {"{\"port\":443}", 443, SERVICE("", "", CLUSTER_IP "," PORTS("443"))},
        {"{\"type\":\"LoadBalancer\"}", 8140,
         SERVICE("", "", "\"type\":\"LoadBalancer\"," PORTS("8140"))},
        {"{\"type\":\"NodePort\",\"nodePort\":30140}", 8140,
         SERVICE("", "",
                 "\"type\":\"NodePort\",\"ports\":[{\"port\":8140,\"nodePort\":30140," PORT_REST
                 "}]")},
        {"{\"type\":\"NodePort\",\"nodePort\":0}", 8140,
         SERVICE("", "", "\"type\":\"NodePort\"," PORTS("8140"))},
        {"{\"externalIPs\":[\"192.0.2.1\",\"2001:db8::1\"]}", 8140,
         SERVICE("", "",
                 CLUSTER_IP ",\"externalIPs\":[\"192.0.2.1\",\"2001:db8::1\"]," PORTS("8140"))},
        {"{\"externalIPs\":[]}", 8140, PLAIN},
        {"{\"labels\":{\"team\":\"x\"},\"annotations\":{\"a/b\":\"c\",\"d\":\"\"}}", 8140,
         SERVICE(",\"team\":\"x\"", "\"a/b\":\"c\",\"d\":\"\"", CLUSTER_IP "," PORTS("8140"))},
        {"{\"labels\":{},\"annotations\":{}}", 8140, PLAIN},
        /* the Pool's own labels come last, and win, as in the operator */
        {"{\"labels\":{\"app.kubernetes.io/managed-by\":\"me\"}}", 8140,
         "{\"metadata\":{\"labels\":{\"app.kubernetes.io/name\":\"openvox\","
         "\"app.kubernetes.io/managed-by\":\"me\",\"openvox.voxpupuli.org/pool-compile\":\"true\"},"
         "\"annotations\":{}},\"spec\":{" SELECTOR "," CLUSTER_IP "," PORTS("8140") "}}"},
        /* values of another type are not taken */
        {"{\"type\":7,\"labels\":[],\"annotations\":\"x\",\"nodePort\":null}", 8140, PLAIN},
        {"[]", 8140, PLAIN},
        {"{\"selector\":{\"x\":\"y\"},\"clusterIP\":\"None\",\"targetPort\":1}", 8140, PLAIN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *spec = check_json(rows[i].spec);

        check_same_json(rows[i].spec, service_spec_new("compile", spec, rows[i].port),
                        rows[i].service);
        json_object_put(spec);
    }
}

/* What the API server fills in and what others keep in a Service is no drift. */
static void test_no_drift(void **state)
{
    static const struct {
        const char *pool_spec, *stored;
    } rows[] = {
        {"{}", PLAIN},
        {"{}", "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"compile\","
               "\"uid\":\"u\",\"labels\":{\"openvox.voxpupuli.org/pool-compile\":\"true\","
               "\"app.kubernetes.io/name\":\"openvox\","
               "\"app.kubernetes.io/managed-by\":\"openvox-operator\"}},"
               "\"spec\":{\"clusterIP\":\"10.0.0.7\",\"clusterIPs\":[\"10.0.0.7\"],"
               "\"internalTrafficPolicy\":\"Cluster\",\"ipFamilies\":[\"IPv4\"],"
               "\"ipFamilyPolicy\":\"SingleStack\",\"ports\":[{\"name\":\"https\",\"port\":8140,"
               "\"protocol\":\"TCP\",\"targetPort\":8140}]," SELECTOR
               ",\"sessionAffinity\":\"None\",\"type\":\"ClusterIP\"},"
               "\"status\":{\"loadBalancer\":{}}}"},
        {"{}", SERVICE("", "", CLUSTER_IP ",\"externalIPs\":[]," PORTS("8140"))},
        {"{\"labels\":{\"z\":\"1\",\"a\":\"2\"},\"annotations\":{\"z\":\"1\",\"a\":\"2\"}}",
         SERVICE(",\"a\":\"2\",\"z\":\"1\"", "\"a\":\"2\",\"z\":\"1\"",
                 CLUSTER_IP "," PORTS("8140"))},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *spec = check_json(rows[i].pool_spec);
        struct json_object *wanted = service_spec_new("compile", spec, 8140);
        struct json_object *stored = check_json(rows[i].stored);
        char *wanted_text = service_spec_desired(wanted), *text = service_spec_desired(stored);

        CHECK_ROW_TEXT(rows[i].pool_spec, text, wanted_text);
        free(text);
        free(wanted_text);
        json_object_put(stored);
        json_object_put(wanted);
        json_object_put(spec);
    }
}

static void test_drift(void **state)
{
    static const char *const rows[] = {
        "null",
        "{}",
        "[]",
        "{\"metadata\":null,\"spec\":7}",
        SERVICE("", "", "\"type\":\"NodePort\"," PORTS("8140")),
        SERVICE("", "", CLUSTER_IP "," PORTS("8141")),
        SERVICE("", "", CLUSTER_IP ",\"ports\":[{\"nodePort\":31000,\"port\":8140," PORT_REST "}]"),
        SERVICE("", "", CLUSTER_IP ",\"ports\":[]"),
        SERVICE("", "", CLUSTER_IP ",\"ports\":{}"),
        SERVICE("", "", CLUSTER_IP),
        SERVICE("", "", CLUSTER_IP ",\"ports\":[{\"port\":8140," PORT_REST "},{\"port\":1}]"),
        SERVICE("", "", CLUSTER_IP ",\"ports\":[{\"port\":8140,\"name\":\"https\"}]"),
        SERVICE("", "",
                CLUSTER_IP ",\"ports\":[{\"port\":8140,\"name\":\"https\",\"protocol\":\"TCP\","
                           "\"targetPort\":\"https\"}]"),
        SERVICE("", "", CLUSTER_IP ",\"externalIPs\":[\"192.0.2.1\"]," PORTS("8140")),
        SERVICE(",\"team\":\"x\"", "", CLUSTER_IP "," PORTS("8140")),
        SERVICE("", "\"a\":\"b\"", CLUSTER_IP "," PORTS("8140")),
        "{\"metadata\":{\"labels\":{" LABELS "}},\"spec\":{\"selector\":{}," CLUSTER_IP
        "," PORTS("8140") "}}",
        "{\"metadata\":{},\"spec\":{" SELECTOR "," CLUSTER_IP "," PORTS("8140") "}}",
    };
    struct json_object *wanted = service_spec_new("compile", NULL, 8140);
    char *wanted_text = service_spec_desired(wanted);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *stored = check_json(rows[i]);
        char *text = service_spec_desired(stored);

        CHECK_ROW(rows[i], strcmp(text, wanted_text) != 0);
        free(text);
        json_object_put(stored);
    }
    free(wanted_text);
    json_object_put(wanted);
}

/* The Pool's spec and the Service are only read. */
static void test_no_side_effect(void **state)
{
    static const char text[] = "{\"labels\":{\"z\":\"1\"},\"externalIPs\":[\"192.0.2.1\"],"
                               "\"nodePort\":30140,\"annotations\":{\"b\":\"2\",\"a\":\"1\"}}";
    struct json_object *spec = check_json(text);
    struct json_object *service = service_spec_new("compile", spec, 8140);
    char *normal = service_spec_desired(service);

    (void)state;
    json_object_put(service);
    assert_string_equal(json_encode(spec), text);
    json_object_put(spec);
    assert_non_null(strstr(normal, "\"annotations\":{\"a\":\"1\",\"b\":\"2\"}"));
    free(normal);
}

static void test_ports(void **state)
{
    static const struct {
        const char *ports, *numbers; /* each with a '|' after it */
    } rows[] = {
        {"null", ""},
        {"{}", ""},
        {"[]", ""},
        {"[{\"port\":8140}]", "8140|"},
        {"[{\"port\":8140,\"protocol\":\"TCP\"},{\"port\":53,\"protocol\":\"UDP\"},"
         "{\"port\":65535}]",
         "8140|65535|"},
        {"[{\"port\":9,\"protocol\":\"SCTP\"}]", ""},
        {"[{\"port\":80,\"targetPort\":8140,\"nodePort\":30000}]", "80|"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena arena = {0};
        const struct value *ports = value_read(&arena, rows[i].ports, strlen(rows[i].ports));
        struct text_list numbers = service_ports(ports);
        char found[64] = "";

        TEXT_LIST_FOREACH (number, &numbers) {
            strcat(found, number);
            strcat(found, "|");
        }
        CHECK_ROW_TEXT(rows[i].ports, found, rows[i].numbers);
        text_list_clear(&numbers);
        arena_clear(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),   cmocka_unit_test(test_no_drift),
        cmocka_unit_test(test_drift), cmocka_unit_test(test_no_side_effect),
        cmocka_unit_test(test_ports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
