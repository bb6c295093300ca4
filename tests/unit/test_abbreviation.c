/* SPDX-License-Identifier: Apache-2.0 */
/* An abbreviation stands for one text and no other, and what there is most of becomes short. */
#include "tests/unit/check.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/abbreviation.h"
#include "common/objects/object.h"
#include "common/objects/route_spec.h"
#include "common/objects/service_spec.h"

static void test_texts(void **state)
{
    static const struct {
        const char *json;
        bool is_shorter;
    } rows[] = {
        {"", false},
        {"null", false},
        {"{\"x\":1}", false},
        {"{\"port\":8140}", true},
        {"{\"port\":8140,\"type\":\"ClusterIP\"}", true},
        {"{\"port\":8140,\"type\":\"ClusterI\"}", true},
        {"{\"por", false},
        {"{\"port\":", true},
        {"{\"port\":{\"port\":{\"port\":1}}}", true},
        {"{\"hostnames\":[\"caf\xc3\xa9 \\u0001\\n\"],\"parentRefs\":[]}", true},
        {"{\"hostnames\":[\"a\"],\"parentRefs\":[{\"name\":\"g\",\"namespace\":\"n\"}]}", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = memory_text(rows[i].json), *json, *longer;

        abbreviate(text);
        json = abbreviation_text(text);
        longer = memory_format("%sx", text);
        CHECK_ROW_TEXT(rows[i].json, json, rows[i].json);
        CHECK_ROW(rows[i].json, (strlen(text) < strlen(json)) == rows[i].is_shorter);
        CHECK_ROW(rows[i].json, abbreviation_is_of(text, json));
        CHECK_ROW(rows[i].json, abbreviation_is_of(json, json));
        CHECK_ROW(rows[i].json, !abbreviation_is_of(longer, json));
        CHECK_ROW(rows[i].json, json[0] == '\0' || !abbreviation_is_of(text, json + 1));
        free(longer);
        free(json);
        free(text);
    }
}

/* Bytes that no abbreviation has are kept, and what they are part of is no JSON. */
static void test_others(void **state)
{
    char *text = abbreviation_text("{\"a\":\x1f}");

    (void)state;
    assert_string_equal(text, "{\"a\":\x1f}");
    assert_null(abbreviation_decode("{\"a\":\x1f}"));
    assert_null(abbreviation_decode("\x01\x01"));
    check_same_json("{}", abbreviation_decode("{}"), "{}");
    free(text);
}

static void expect_length(const char *row, const char *json, size_t max)
{
    char *text = memory_text(json);

    abbreviate(text);
    if (strlen(text) > max)
        fail_msg("%s: %zu bytes instead of at most %zu: %s", row, strlen(text), max, text);
    free(text);
}

static const char managed_service[] =
    "{\"metadata\":{\"namespace\":\"n\",\"name\":\"compile\",\"uid\":\"u\",\"resourceVersion\":"
    "\"1\",\"managedFields\":[{\"manager\":\"tlsrouted\",\"operation\":\"Update\",\"fieldsV1\":{"
    "\"f:metadata\":{\"f:labels\":{\".\":{},\"f:app.kubernetes.io/managed-by\":{},"
    "\"f:app.kubernetes.io/name\":{},\"f:openvox.voxpupuli.org/pool-compile\":{}},"
    "\"f:ownerReferences\":{\".\":{}}},\"f:spec\":{\"f:internalTrafficPolicy\":{},\"f:ports\":{"
    "\".\":{},\"k:{\\\"port\\\":8140,\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{},\"f:name\":{},"
    "\"f:port\":{},\"f:protocol\":{},\"f:targetPort\":{}}},\"f:selector\":{},"
    "\"f:sessionAffinity\":{},\"f:type\":{}}}}]},\"spec\":{}}";

/* What the API server keeps of what tlsrouted has written itself. A phrase that is no longer there
 * would cost nothing but memory, and that for each Pool. */
static void test_length(void **state)
{
    static const char *const types[] = {"ClusterIP", "NodePort", "LoadBalancer"};
    static const struct desired_route route = {.hostname = "h.example.com",
                                               .gateway_namespace = "gateways",
                                               .gateway_name = "puppet",
                                               .section_name = "tls",
                                               .service = "compile",
                                               .port = 8140};
    struct json_object *spec = route_spec_new(&route);
    struct message message;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        char *asked = memory_format("{\"type\":\"%s\"}", types[i]);
        struct json_object *wanted = check_json(asked);
        struct json_object *service = service_spec_new("compile", wanted, 8140);
        char *normal = service_spec_desired(service);

        expect_length(types[i], normal, 40);
        free(normal);
        json_object_put(service);
        json_object_put(wanted);
        free(asked);
    }
    expect_length("route", json_encode(spec), 50);
    assert_null(object_read(KIND_SERVICE, managed_service, strlen(managed_service), &message));
    expect_length("owners", message.service.owners, 20);
    message_clear(&message);
    json_object_put(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
