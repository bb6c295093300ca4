/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds: the table, written down a second time, and the paths that the API server serves them at.
 */
#include "tests/unit/check.h"

#include "common/message/kind.h"

/* A change of the table has to be meant: RBAC and the documentation follow from it. */
static void test_table(void **state)
{
    static const struct {
        const char *name, *plural, *group, *version;
        struct kind_streams streams;
    } rows[] = {
        [KIND_POOL] = {"Pool", "pools", "openvox.voxpupuli.org", "v1alpha1", {0}},
        [KIND_SERVER] = {"Server", "servers", "openvox.voxpupuli.org", "v1alpha1", {0}},
        [KIND_CERTIFICATE] =
            {"Certificate", "certificates", "openvox.voxpupuli.org", "v1alpha1", {.is_ours = true}},
        [KIND_ROUTE] = {"TLSRoute",
                        "tlsroutes",
                        "gateway.networking.k8s.io",
                        NULL,
                        {.needs_gateway_api = true, .is_ours = true}},
        [KIND_SERVICE] = {"Service", "services", "", "v1", {.optional = true, .is_ours = true}},
        [KIND_GATEWAY] = {"Gateway",
                          "gateways",
                          "gateway.networking.k8s.io",
                          "v1",
                          {.needs_gateway_api = true, .everywhere = true, .optional = true}},
        [KIND_GATEWAY_CLASS] = {"GatewayClass",
                                "gatewayclasses",
                                "gateway.networking.k8s.io",
                                "v1",
                                {.needs_gateway_api = true,
                                 .everywhere = true,
                                 .without_namespace = true,
                                 .optional = true}},
    };

    (void)state;
    assert_int_equal(COUNT_OF(rows), KIND_COUNT);
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        const struct kind_names *names = kind_names(kind);
        const struct kind_streams *streams = kind_streams(kind);

        CHECK_ROW_TEXT(rows[kind].name, names->name, rows[kind].name);
        CHECK_ROW_TEXT(rows[kind].name, names->plural, rows[kind].plural);
        CHECK_ROW_TEXT(rows[kind].name, names->group, rows[kind].group);
        CHECK_ROW_TEXT(rows[kind].name, names->version, rows[kind].version);
        CHECK_ROW(rows[kind].name,
                  streams->needs_gateway_api == rows[kind].streams.needs_gateway_api);
        CHECK_ROW(rows[kind].name, streams->everywhere == rows[kind].streams.everywhere);
        CHECK_ROW(rows[kind].name,
                  streams->without_namespace == rows[kind].streams.without_namespace);
        CHECK_ROW(rows[kind].name, streams->optional == rows[kind].streams.optional);
        CHECK_ROW(rows[kind].name, streams->is_ours == rows[kind].streams.is_ours);
    }
}

static void test_paths(void **state)
{
    static const struct {
        enum kind kind;
        const char *version, *namespace, *name, *path;
    } rows[] = {
        {KIND_POOL, NULL, NULL, NULL, "/apis/openvox.voxpupuli.org/v1alpha1/pools"},
        {KIND_POOL, NULL, "", NULL, "/apis/openvox.voxpupuli.org/v1alpha1/pools"},
        {KIND_POOL, NULL, "n", NULL, "/apis/openvox.voxpupuli.org/v1alpha1/namespaces/n/pools"},
        {KIND_POOL, "v2", "n", "p", "/apis/openvox.voxpupuli.org/v2/namespaces/n/pools/p"},
        {KIND_SERVICE, NULL, "n", "s", "/api/v1/namespaces/n/services/s"},
        {KIND_SERVICE, NULL, NULL, NULL, "/api/v1/services"},
        {KIND_GATEWAY_CLASS, NULL, "", "c", "/apis/gateway.networking.k8s.io/v1/gatewayclasses/c"},
        {KIND_ROUTE, "v1alpha3", "n", "a.b",
         "/apis/gateway.networking.k8s.io/v1alpha3/namespaces/n/tlsroutes/a.b"},
        {KIND_SERVICE, NULL, "../x", "a/b?c", "/api/v1/namespaces/..%2Fx/services/a%2Fb%3Fc"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *path = kind_path(rows[i].kind, rows[i].version, rows[i].namespace, rows[i].name);

        CHECK_ROW_TEXT(rows[i].path, path, rows[i].path);
        free(path);
    }
}

static void test_escapes(void **state)
{
    static const struct {
        const char *text, *escaped;
    } rows[] = {
        {"", ""},
        {"aZ09-._~", "aZ09-._~"},
        {"a=b,c in (d)", "a%3Db%2Cc%20in%20%28d%29"},
        {"%/\xc3\xa4", "%25%2F%C3%A4"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *escaped = kind_escape(rows[i].text);

        CHECK_ROW_TEXT(rows[i].text, escaped, rows[i].escaped);
        free(escaped);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_escapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
