/* SPDX-License-Identifier: Apache-2.0 */
/* The table of paths against the decoder: an object without any one of them means something else.
 */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/objects/object.h"
#include "common/objects/paths.h"

static struct message read_without(enum kind, size_t path);

#define OF_SPEC "\"fieldsV1\":{\"f:spec\":{\"f:type\":{}}}"
#define OF_ALL                                                                                     \
    "\"fieldsV1\":{\"f:metadata\":{\"f:labels\":{\"f:l\":{}},\"f:annotations\":{\"f:a\":{}}},"     \
    "\"f:spec\":{\"f:type\":{},\"f:selector\":{},\"f:externalIPs\":{},\"f:ports\":{"               \
    "\"k:{\\\"port\\\":1,\\\"protocol\\\":\\\"TCP\\\"}\":{\"f:port\":{}}}}}"
#define METADATA                                                                                   \
    "\"metadata\":{\"namespace\":\"n\",\"name\":\"m\",\"uid\":\"u\",\"resourceVersion\":\"7\","    \
    "\"creationTimestamp\":\"2026-01-02T03:04:05Z\",\"generation\":2,"                             \
    "\"deletionTimestamp\":\"2026-01-03T00:00:00Z\",\"finalizers\":[\"f\"],"                       \
    "\"labels\":{\"l\":\"1\"},\"selfLink\":\"s\","                                                 \
    "\"annotations\":{\"" PAUSED_ANNOTATION "\":\"true\",\"" LEDGER_ANNOTATION                     \
    "\":\"{}\",\"" REISSUE_ANNOTATION "\":\"" REISSUE_DUE "\","                                    \
    "\"other\":\"x\"},"                                                                            \
    "\"ownerReferences\":[{\"controller\":true,\"kind\":\"Pool\",\"name\":\"m\",\"uid\":\"p\"}],"  \
    "\"managedFields\":[{\"manager\":\"kubectl\",\"time\":\"2026-01-02T03:04:05Z\"," OF_SPEC "},"  \
    "{\"manager\":\"old\",\"time\":\"2026-01-01T03:04:05Z\"," OF_SPEC "},"                         \
    "{\"manager\":\"tlsrouted\",\"time\":\"2026-01-01T03:04:05Z\"," OF_ALL "},"                    \
    "{\"manager\":\"gateway\",\"subresource\":\"status\",\"time\":\"2026-01-03T03:04:"             \
    "05Z\"," OF_SPEC "}]}"

/* Of generation 2, as METADATA. */
#define CONDITIONS                                                                                 \
    "\"conditions\":[{\"type\":\"Accepted\",\"status\":\"False\",\"reason\":\"r\","                \
    "\"message\":\"m\",\"observedGeneration\":2,\"lastTransitionTime\":\"2026-01-02T03:04:05Z\"}," \
    "{\"type\":\"Accepted\",\"status\":\"False\",\"reason\":\"s\",\"observedGeneration\":1}]"

/* An object with something at each of its paths, and more. */
static const char *const whole[KIND_COUNT] = {
    [KIND_POOL] = "{" METADATA ",\"spec\":{\"image\":\"i\",\"service\":{\"port\":1,\"type\":\"t\","
                  "\"nodePort\":30000,\"externalIPs\":[],\"labels\":{},\"annotations\":{}},"
                  "\"route\":{\"enabled\":true,\"hostname\":\"h\",\"injectDNSAltName\":true,"
                  "\"gatewayRef\":{\"namespace\":\"g\",\"name\":\"g\",\"sectionName\":\"s\","
                  "\"other\":1},\"other\":[]}},\"status\":{\"phase\":\"x\"}}",
    [KIND_SERVER] = "{" METADATA ",\"spec\":{\"certificateRef\":\"c\",\"poolRefs\":[\"p\"],"
                    "\"replicas\":3},\"status\":{\"phase\":\"x\"}}",
    [KIND_CERTIFICATE] = "{" METADATA ",\"spec\":{\"dnsAltNames\":[\"a\"],\"certname\":\"c\"},"
                         "\"status\":{\"effectiveDNSAltNames\":[\"b\"],\"phase\":\"Signed\"}}",
    [KIND_ROUTE] = "{" METADATA ",\"spec\":{\"parentRefs\":[{\"name\":\"g\"}]},"
                   "\"status\":{\"other\":1,\"parents\":[{\"parentRef\":{\"name\":\"g\"},"
                   "\"controllerName\":\"c\"," CONDITIONS "}]}}",
    [KIND_SERVICE] = "{" METADATA ",\"spec\":{\"type\":\"NodePort\",\"selector\":{\"a\":\"b\"},"
                     "\"externalIPs\":[\"192.0.2.1\"],\"clusterIP\":\"10.0.0.1\","
                     "\"ports\":[{\"name\":\"n\",\"targetPort\":2,\"protocol\":\"TCP\",\"port\":1,"
                     "\"nodePort\":30000}]},\"status\":{\"x\":1}}",
    [KIND_GATEWAY] = "{" METADATA ",\"spec\":{\"gatewayClassName\":\"c\","
                     "\"listeners\":[{\"name\":\"l\"}]},\"status\":{" CONDITIONS ","
                     "\"listeners\":[{\"name\":\"l\",\"attachedRoutes\":1," CONDITIONS "}]}}",
    [KIND_GATEWAY_CLASS] = "{" METADATA ",\"spec\":{\"controllerName\":\"c\"},"
                           "\"status\":{" CONDITIONS "}}",
};

static void test_needed(void **state)
{
    (void)state;
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        const struct projection *all = object_projection(kind);
        struct message whole_one = read_without(kind, all->count);

        CHECK_ROW(kind_names(kind)->name, message_kind(whole_one.type) == kind);
        for (size_t i = 0; i < all->count; i++) {
            struct message message = read_without(kind, i);

            CHECK_ROW(all->paths[i].path, !message_equal(&whole_one, &message));
            message_clear(&message);
        }
        message_clear(&whole_one);
    }
}

/* A path that is the beginning of another would hide it. */
static void test_apart(void **state)
{
    (void)state;
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        const struct projection *all = object_projection(kind);

        assert_true(all->count <= PROJECTION_PATHS_MAX);
        for (size_t i = 0; i < all->count; i++) {
            size_t length = strlen(all->paths[i].path);

            for (size_t j = 0; j < all->count; j++)
                CHECK_ROW(all->paths[i].path,
                          i == j || strncmp(all->paths[j].path, all->paths[i].path, length) != 0 ||
                              strchr(".[", all->paths[j].path[length]) == NULL);
        }
    }
}

/* The message for the whole object of KIND but for what is at its path number PATH. */
static struct message read_without(enum kind kind, size_t path)
{
    const struct projection *all = object_projection(kind);
    struct projection_path paths[PROJECTION_PATHS_MAX];
    const struct projection some = {paths, all->count};
    struct projected projected;
    struct message message;

    memcpy(paths, all->paths, all->count * sizeof(*paths));
    if (path < all->count)
        paths[path].path = "nothing";
    assert_null(projection_read(&some, whole[kind], strlen(whole[kind]), &projected));
    free(object_decode(kind, &projected, &message));
    projected_clear(&projected);
    return message;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apart),
        cmocka_unit_test(test_needed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
