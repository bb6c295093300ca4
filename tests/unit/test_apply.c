/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies of the requests about TLSRoutes and Services. */
#include "tests/unit/check.h"

#include "common/objects/service_spec.h"
#include "reconciler/write/apply.h"

static const struct pool_message pool = {
    .namespace = "puppet", .name = "compile", .uid = "pool-uid", .resource_version = 5};

static struct plan plan_with_spec(void)
{
    return (struct plan){.object = check_json("{\"metadata\":{\"labels\":"
                                              "{\"app.kubernetes.io/managed-by\":\"tlsrouted\"}},"
                                              "\"spec\":{\"hostnames\":[\"a.example\"]}}")};
}

static void test_create(void **state)
{
    static const char *const versions[] = {"v1", "v1alpha3", "v1alpha2"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        const struct apply_target target = {
            .kind = KIND_ROUTE, .version = versions[i], .pool = &pool};
        struct plan plan = plan_with_spec();
        char api_version[64] = "gateway.networking.k8s.io/";
        struct json_object *body = apply_create_body(&plan, &target), *found;

        strcat(api_version, versions[i]);
        assert_true(json_object_object_get_ex(body, "apiVersion", &found));
        assert_string_equal(json_object_get_string(found), api_version);
        json_object_object_del(body, "apiVersion");
        plan_clear(&plan); /* the body has a reference of its own */
        check_same_json(versions[i], body,
                        "{\"kind\":\"TLSRoute\",\"metadata\":{\"name\":\"compile\","
                        "\"namespace\":\"puppet\","
                        "\"labels\":{\"app.kubernetes.io/managed-by\":\"tlsrouted\"},"
                        "\"ownerReferences\":[{\"apiVersion\":\"openvox.voxpupuli.org/v1alpha1\","
                        "\"kind\":\"Pool\",\"name\":\"compile\",\"uid\":\"pool-uid\","
                        "\"controller\":true}]},\"spec\":{\"hostnames\":[\"a.example\"]}}");
    }
}

/* The whole Service, as slauger's openvox-operator makes it. */
static void test_create_service(void **state)
{
    const struct apply_target target = {.kind = KIND_SERVICE, .pool = &pool};
    struct json_object *spec = check_json("{\"type\":\"NodePort\",\"nodePort\":30140,"
                                          "\"annotations\":{\"a\":\"b\"}}");
    struct plan plan = {.object = service_spec_new("compile", spec, 443)};
    struct json_object *body = apply_create_body(&plan, &target);

    (void)state;
    plan_clear(&plan);
    json_object_put(spec);
    check_same_json(
        "Service", body,
        "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"compile\","
        "\"namespace\":\"puppet\",\"labels\":{\"app.kubernetes.io/name\":\"openvox\","
        "\"app.kubernetes.io/managed-by\":\"openvox-operator\","
        "\"openvox.voxpupuli.org/pool-compile\":\"true\"},\"annotations\":{\"a\":\"b\"},"
        "\"ownerReferences\":[{\"apiVersion\":\"openvox.voxpupuli.org/v1alpha1\","
        "\"kind\":\"Pool\",\"name\":\"compile\",\"uid\":\"pool-uid\",\"controller\":true}]},"
        "\"spec\":{\"type\":\"NodePort\",\"selector\":{\"openvox.voxpupuli.org/pool-compile\":"
        "\"true\"},\"ports\":[{\"name\":\"https\",\"protocol\":\"TCP\",\"port\":443,"
        "\"targetPort\":8140,\"nodePort\":30140}]}}");
}

/* Of a TLSRoute only the spec: labels and annotations of others survive. */
static void test_change(void **state)
{
    static const struct {
        uint64_t index;
        const char *path;
    } rows[] = {
        {0, "/metadata/ownerReferences/0/uid"},
        {1, "/metadata/ownerReferences/1/uid"},
        {1000, "/metadata/ownerReferences/1000/uid"},
        {UINT64_MAX, "/metadata/ownerReferences/18446744073709551615/uid"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct route_message route = {
            .uid = "route-uid", .controller_uid = "other", .controller_index = rows[i].index};
        const struct apply_target target = {.kind = KIND_ROUTE,
                                            .version = "v1",
                                            .pool = &pool,
                                            .existing = &route.head,
                                            .owner = &route.owner};
        struct plan plan = plan_with_spec();
        struct json_object *body = apply_change_body(&plan, &target), *path;
        struct json_object *second = json_object_array_get_idx(body, 1);

        assert_true(json_object_object_get_ex(second, "path", &path));
        CHECK_ROW_TEXT("path", json_object_get_string(path), rows[i].path);
        json_object_object_del(second, "path");
        check_same_json(rows[i].path, body,
                        "[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"route-uid\"},"
                        "{\"op\":\"test\",\"value\":\"pool-uid\"},"
                        "{\"op\":\"replace\",\"path\":\"/spec\","
                        "\"value\":{\"hostnames\":[\"a.example\"]}}]");
        plan_clear(&plan);
    }
}

/* Of a Service what the plan says, in the version that it is about. */
static void test_change_service(void **state)
{
    const struct service_message service = {
        .uid = "service-uid", .resource_version = 7, .controller_index = 2};
    const struct apply_target target = {.kind = KIND_SERVICE,
                                        .pool = &pool,
                                        .existing = &service.head,
                                        .owner = &service.owner,
                                        .is_guarded = true};
    struct plan plan = {.object = service_spec_new("compile", NULL, 8140),
                        .changes = check_json("[{\"op\":\"remove\",\"path\":\"/spec/x\"}]")};

    (void)state;
    check_same_json("change", apply_change_body(&plan, &target),
                    "[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"service-uid\"},"
                    "{\"op\":\"test\",\"path\":\"/metadata/ownerReferences/2/uid\",\"value\":"
                    "\"pool-uid\"},{\"op\":\"replace\",\"path\":\"/metadata/resourceVersion\","
                    "\"value\":\"7\"},{\"op\":\"remove\",\"path\":\"/spec/x\"}]");
    plan_clear(&plan);
}

static void test_delete(void **state)
{
    static const struct {
        uint64_t version;
        const char *body;
    } rows[] = {
        {1, "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\","
            "\"preconditions\":{\"uid\":\"route-uid\",\"resourceVersion\":\"1\"}}"},
        {UINT64_MAX, "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"preconditions\":"
                     "{\"uid\":\"route-uid\",\"resourceVersion\":\"18446744073709551615\"}}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct route_message route = {.uid = "route-uid",
                                            .resource_version = rows[i].version};
        const struct apply_target target = {.kind = KIND_ROUTE,
                                            .version = "v1",
                                            .pool = &pool,
                                            .existing = &route.head,
                                            .owner = &route.owner};

        check_same_json("delete", apply_delete_body(&target), rows[i].body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create), cmocka_unit_test(test_create_service),
        cmocka_unit_test(test_change), cmocka_unit_test(test_change_service),
        cmocka_unit_test(test_delete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
