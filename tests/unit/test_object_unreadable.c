/* SPDX-License-Identifier: Apache-2.0 */
/* API objects that cannot be understood, and what is said about them. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/objects/object.h"
#include "tests/unit/object_text.h"

static void test_unreadable(void **state)
{
#define TYPE(path, found, wanted) path " is " found "; it must be " wanted
    static const struct {
        enum kind kind;
        const char *text, *problem;
    } rows[] = {
        {KIND_POOL, ROUTE("\"enabled\":\"true\""),
         TYPE("spec.route.enabled", "a string", "true or false")},
        {KIND_POOL, ROUTE("\"enabled\":1"),
         TYPE("spec.route.enabled", "a number", "true or false")},
        {KIND_POOL, ROUTE("\"injectDNSAltName\":[]"),
         TYPE("spec.route.injectDNSAltName", "a list", "true or false")},
        {KIND_POOL, ROUTE("\"hostname\":1"), TYPE("spec.route.hostname", "a number", "a string")},
        {KIND_POOL, ROUTE("\"hostname\":[\"a\"]"),
         TYPE("spec.route.hostname", "a list", "a string")},
        {KIND_POOL, ROUTE("\"hostname\":\"a\\u0000b\""), "spec.route.hostname contains a NUL"},
        {KIND_POOL, ROUTE("\"gatewayRef\":{\"name\":{}}"),
         TYPE("spec.route.gatewayRef.name", "an object", "a string")},
        {KIND_POOL, SPEC("\"service\":{\"port\":\"8140\"}"),
         TYPE("spec.service.port", "a string", "a whole number")},
        {KIND_POOL, SPEC("\"service\":{\"port\":8140.5}"),
         TYPE("spec.service.port", "a number", "a whole number")},
        {KIND_POOL, SPEC("\"service\":{\"port\":-1}"), "spec.service.port is negative"},
        {KIND_POOL, SPEC("\"service\":{\"port\":65536}"),
         "service_port is 65536; the maximum is 65535"},
        {KIND_POOL, SPEC("\"service\":{\"port\":18446744073709551615}"),
         "service_port is 18446744073709551615; the maximum is 65535"},
        {KIND_SERVER, SPEC("\"certificateRef\":{\"name\":\"c\"}"),
         TYPE("spec.certificateRef", "an object", "a string")},
        {KIND_SERVER, SPEC("\"poolRefs\":\"a\""),
         TYPE("spec.poolRefs", "a string", "a list of strings")},
        {KIND_SERVER, SPEC("\"poolRefs\":[\"a\",1]"),
         "spec.poolRefs contains a number; it must be a list of strings"},
        {KIND_SERVER, SPEC("\"poolRefs\":[\"a\",null]"),
         "spec.poolRefs contains null; it must be a list of strings"},
        {KIND_SERVER, SPEC("\"poolRefs\":[\"a\",\"b\\u0000c\"]"), "spec.poolRefs contains a NUL"},
        {KIND_CERTIFICATE, SPEC("\"dnsAltNames\":{}"),
         TYPE("spec.dnsAltNames", "an object", "a list of strings")},
        {KIND_CERTIFICATE, SPEC("\"dnsAltNames\":[[\"a\"]]"),
         "spec.dnsAltNames contains a list; it must be a list of strings"},
        {KIND_POOL,
         "{\"metadata\":{\"namespace\":\"n\",\"name\":\"m\",\"uid\":1,\"resourceVersion\":\"7\"}}",
         TYPE("metadata.uid", "a number", "a string")},
        {KIND_POOL,
         "{\"metadata\":{\"namespace\":\"n\",\"name\":\"m\",\"uid\":\"u\","
         "\"resourceVersion\":\"x\"}}",
         "metadata.resourceVersion is not a number"},
        {KIND_POOL,
         "{\"metadata\":{\"namespace\":\"n\",\"name\":\"m\",\"uid\":\"u\","
         "\"resourceVersion\":7}}",
         "metadata.resourceVersion is not a number"},
        {KIND_POOL, "{\"metadata\":{\"namespace\":\"n\",\"name\":\"m\",\"uid\":\"u\"}}",
         "metadata.resourceVersion is not a number"},
        {KIND_ROUTE,
         "{\"metadata\":{\"namespace\":\"n\",\"name\":\"m\",\"uid\":\"u\","
         "\"resourceVersion\":\"\"}}",
         "metadata.resourceVersion is not a number"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect_unreadable(rows[i].text, rows[i].kind, rows[i].text, rows[i].problem);
}

static void test_versions(void **state)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t version;
    } rows[] = {
        {"0", true, 0},
        {"1", true, 1},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"99999999999999999999999", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1x", false, 0},
        {"0x1", false, 0},
        {"1.0", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = memory_format("{\"metadata\":{\"namespace\":\"n\",\"name\":\"m\","
                                   "\"uid\":\"u\",\"resourceVersion\":\"%s\","
                                   "\"creationTimestamp\":\"2026-01-02T03:04:05Z\"}}",
                                   rows[i].text);
        struct json_object *object = check_json(text);
        struct message message;
        char *problem = object_decode(KIND_POOL, object, &message);

        CHECK_ROW(rows[i].text, (problem == NULL) == rows[i].good);
        if (rows[i].good)
            CHECK_ROW(rows[i].text, message.pool.resource_version == rows[i].version);
        message_clear(&message);
        free(problem);
        json_object_put(object);
        free(text);
    }
}

/* The rest of the Pool is as good as ever. */
static void test_long_service(void **state)
{
    for (size_t size = 8184; size <= 8185; size++) {
        char *text = repeated("{" META ",\"spec\":{\"route\":{\"hostname\":\"h\"},"
                              "\"service\":{\"a\":\"",
                              "a", size, "\"}}}");
        struct message message = decoded(KIND_POOL, text);

        assert_int_equal(message.pool.service_too_long, size > 8184);
        assert_int_equal(strlen(message.pool.service),
                         size > 8184 ? 0 : MESSAGE_BOUND(pool, service));
        assert_string_equal(message.pool.hostname, "h");
        message_clear(&message);
        free(text);
    }
    (void)state;
}

static void test_too_large(void **state)
{
    const struct {
        enum kind kind;
        char *most, *over;
        const char *problem;
    } rows[] = {
        {KIND_POOL, repeated("{" META ",\"spec\":{\"route\":{\"hostname\":\"", "a", 1024, "\"}}}"),
         repeated("{" META ",\"spec\":{\"route\":{\"hostname\":\"", "a", 1025, "\"}}}"),
         "hostname has 1025 bytes; the maximum is 1024"},
        {KIND_GATEWAY, repeated("{" META ",\"spec\":{\"listeners\":\"", "a", 65534, "\"}}"),
         repeated("{" META ",\"spec\":{\"listeners\":\"", "a", 65535, "\"}}"),
         "listeners has 65537 bytes; the maximum is 65536"},
        {KIND_SERVER, repeated("{" META ",\"spec\":{\"certificateRef\":\"", "a", 253, "\"}}"),
         repeated("{" META ",\"spec\":{\"certificateRef\":\"", "a", 254, "\"}}"),
         "certificate has 254 bytes; the maximum is 253"},
        {KIND_SERVER,
         repeated("{" META ",\"spec\":{\"poolRefs\":[\"abc\"", ",\"abc\"", 16383, "]}}"),
         repeated("{" META ",\"spec\":{\"poolRefs\":[\"abc\"", ",\"abc\"", 16384, "]}}"),
         "pools has 65540 bytes; the maximum is 65536"},
        {KIND_CERTIFICATE, repeated("{" META ",\"spec\":{\"dnsAltNames\":[\"", "x", 65535, "\"]}}"),
         repeated("{" META ",\"spec\":{\"dnsAltNames\":[\"", "x", 65536, "\"]}}"),
         "names has 65537 bytes; the maximum is 65536"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct message message = decoded(rows[i].kind, rows[i].most);

        message_clear(&message);
        expect_unreadable(rows[i].problem, rows[i].kind, rows[i].over, rows[i].problem);
        free(rows[i].most);
        free(rows[i].over);
    }
}

/* Without a name that can be sent there is nothing to speak about. */
static void test_nameless(void **state)
{
#define LABEL_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    static const char *const rows[] = {
        "{}",
        "null",
        "[]",
        "{\"metadata\":null}",
        "{\"metadata\":[]}",
        "{\"metadata\":{\"namespace\":\"n\",\"resourceVersion\":\"x\"}}",
        "{\"metadata\":{\"name\":\"m\",\"resourceVersion\":\"x\"}}",
        "{\"metadata\":{\"namespace\":\"n\",\"name\":1,\"resourceVersion\":\"7\"}}",
        "{\"metadata\":{\"namespace\":\"" LABEL_64 "\",\"name\":\"m\",\"uid\":\"u\","
        "\"resourceVersion\":\"7\"}}",
        "{\"metadata\":{\"namespace\":\"n\",\"name\":\"" LABEL_64 LABEL_64 LABEL_64 LABEL_64
        "\",\"uid\":\"u\",\"resourceVersion\":\"7\"}}",
        "{\"metadata\":{\"resourceVersion\":\"7\"}}",
        "{\"metadata\":{\"namespace\":\"n\",\"uid\":\"u\",\"resourceVersion\":\"7\"}}",
        "{\"metadata\":{\"namespace\":\"\",\"name\":\"\",\"resourceVersion\":\"7\"}}",
    };

    (void)state;
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            struct json_object *object = check_json(rows[i]);
            struct message message;
            char *problem = object_decode(kind, object, &message);

            CHECK_ROW(rows[i], problem != NULL);
            CHECK_ROW(rows[i], message.type == MESSAGE_NONE && message.storage == NULL);
            message_clear(&message);
            free(problem);
            json_object_put(object);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unreadable),   cmocka_unit_test(test_versions),
        cmocka_unit_test(test_long_service), cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_nameless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
