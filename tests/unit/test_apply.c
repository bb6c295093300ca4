/* The bodies of the requests about TLSRoutes. */
#include "tests/unit/check.h"

#include "common/route_spec.h"
#include "reconciler/apply.h"

static const struct pool_message pool = {
    .namespace = "puppet", .name = "compile", .uid = "pool-uid", .resource_version = 5};

static struct route_plan plan_with_spec(void)
{
    return (struct route_plan){.spec = check_json("{\"hostnames\":[\"a.example\"]}")};
}

static void test_create(void **state)
{
    static const char *const versions[] = {"v1", "v1alpha3", "v1alpha2"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        struct route_plan plan = plan_with_spec();
        char api_version[64] = "gateway.networking.k8s.io/";
        struct json_object *body = apply_create_body(&plan, &pool, versions[i]), *found;

        strcat(api_version, versions[i]);
        assert_true(json_object_object_get_ex(body, "apiVersion", &found));
        assert_string_equal(json_object_get_string(found), api_version);
        json_object_object_del(body, "apiVersion");
        check_same_json(versions[i], body,
                        "{\"kind\":\"TLSRoute\",\"metadata\":{\"name\":\"compile\","
                        "\"namespace\":\"puppet\","
                        "\"labels\":{\"app.kubernetes.io/managed-by\":\"tlsrouted\"},"
                        "\"ownerReferences\":[{\"apiVersion\":\"openvox.voxpupuli.org/v1alpha1\","
                        "\"kind\":\"Pool\",\"name\":\"compile\",\"uid\":\"pool-uid\","
                        "\"controller\":true}]},\"spec\":{\"hostnames\":[\"a.example\"]}}");
        route_plan_clear(&plan); /* the body had a reference of its own */
    }
}

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
        struct route_plan plan = plan_with_spec();
        struct json_object *body = apply_change_body(&plan, &pool, &route), *path;
        struct json_object *second = json_object_array_get_idx(body, 1);

        assert_true(json_object_object_get_ex(second, "path", &path));
        CHECK_ROW_TEXT("path", json_object_get_string(path), rows[i].path);
        json_object_object_del(second, "path");
        check_same_json(rows[i].path, body,
                        "[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"route-uid\"},"
                        "{\"op\":\"test\",\"value\":\"pool-uid\"},"
                        "{\"op\":\"replace\",\"path\":\"/spec\","
                        "\"value\":{\"hostnames\":[\"a.example\"]}}]");
        route_plan_clear(&plan);
    }
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

        check_same_json("delete", apply_delete_body(&route), rows[i].body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create),
        cmocka_unit_test(test_change),
        cmocka_unit_test(test_delete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
