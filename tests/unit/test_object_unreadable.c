/* SPDX-License-Identifier: Apache-2.0 */
/* API objects that cannot be understood, and what is said about them. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/objects/ledger.h"
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
        struct message message;
        char *problem = object_read(KIND_POOL, text, strlen(text), &message);

        CHECK_ROW(rows[i].text, (problem == NULL) == rows[i].good);
        if (rows[i].good)
            CHECK_ROW(rows[i].text, message.pool.resource_version == rows[i].version);
        message_clear(&message);
        free(problem);
        free(text);
    }
}

/* The rest of the Pool is as good as ever. */
static void test_long_service(void **state)
{
    const size_t max = 8192 - strlen("{\"type\":1,\"annotations\":{\"a\":\"\"}}");

    for (size_t size = max; size <= max + 1; size++) {
        char *text = repeated("{" META ",\"spec\":{\"route\":{\"hostname\":\"h\"},"
                              "\"service\":{\"type\":1,\"annotations\":{\"a\":\"",
                              "a", size, "\"}}}}");
        struct message message = decoded(KIND_POOL, text);

        assert_int_equal(message.pool.service_too_long, size > max);
        assert_int_equal(strlen(message.pool.service),
                         size > max ? 0 : MESSAGE_BOUND(pool, service));
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
         "spec.route.hostname has more than 1024 bytes"},
        {KIND_GATEWAY, repeated("{" META ",\"spec\":{\"listeners\":\"", "a", 65534, "\"}}"),
         repeated("{" META ",\"spec\":{\"listeners\":\"", "a", 65535, "\"}}"),
         "spec.listeners has more than 65536 bytes"},
        {KIND_SERVER, repeated("{" META ",\"spec\":{\"certificateRef\":\"", "a", 253, "\"}}"),
         repeated("{" META ",\"spec\":{\"certificateRef\":\"", "a", 254, "\"}}"),
         "spec.certificateRef has more than 253 bytes"},
        {KIND_SERVER,
         repeated("{" META ",\"spec\":{\"poolRefs\":[\"abc\"", ",\"abc\"", 16383, "]}}"),
         repeated("{" META ",\"spec\":{\"poolRefs\":[\"abc\"", ",\"abc\"", 16384, "]}}"),
         "spec.poolRefs has more than 65536 bytes"},
        {KIND_CERTIFICATE, repeated("{" META ",\"spec\":{\"dnsAltNames\":[\"", "x", 65535, "\"]}}"),
         repeated("{" META ",\"spec\":{\"dnsAltNames\":[\"", "x", 65536, "\"]}}"),
         "spec.dnsAltNames has more than 65536 bytes"},
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

/* What json-c would refuse, or need very much memory for, costs the object that it is in. */
static void test_not_understood(void **state)
{
#define NOT_UNDERSTOOD(path)                                                                       \
    path " cannot be understood: it is nested too deep, has too many values, or is not UTF-8"
    const struct {
        enum kind kind;
        char *text;
        const char *problem;
    } rows[] = {
        {KIND_SERVER, repeated("{" META ",\"spec\":{\"poolRefs\":[{}", ",{}", 5000, "]}}"),
         NOT_UNDERSTOOD("spec.poolRefs")},
        {KIND_SERVER, repeated("{" META ",\"spec\":{\"poolRefs\":[0", ",0", 70000, "]}}"),
         NOT_UNDERSTOOD("spec.poolRefs")},
        {KIND_SERVER, repeated("{" META ",\"spec\":{\"poolRefs\":[\"", "a", 400000, "\"]}}"),
         "spec.poolRefs has more than 65536 bytes"},
        {KIND_SERVER, repeated("{" META ",\"spec\":{\"certificateRef\":\"", "\xff", 3, "\"}}"),
         NOT_UNDERSTOOD("spec.certificateRef")},
        {KIND_POOL,
         repeated("{" META ",\"spec\":{\"route\":{\"hostname\":\"", "a", 300000, "\"}}}"),
         "spec.route.hostname has more than 1024 bytes"},
        {KIND_POOL, repeated("{" META ",\"spec\":{\"route\":{\"enabled\":\"", "a", 65, "\"}}}"),
         "spec.route.enabled has more than 64 bytes"},
        {KIND_GATEWAY, repeated("{" META ",\"spec\":{\"listeners\":[{}", ",{}", 5000, "]}}"),
         NOT_UNDERSTOOD("spec.listeners")},
    };
    char *opening = repeated("{" META ",\"spec\":{\"listeners\":", "[", 70, "");
    char *deep = repeated(opening, "]", 70, "}}");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect_unreadable(rows[i].problem, rows[i].kind, rows[i].text, rows[i].problem);
        free(rows[i].text);
    }
    expect_unreadable("deep", KIND_GATEWAY, deep, NOT_UNDERSTOOD("spec.listeners"));
    free(deep);
    free(opening);
}

/* A value that may be left out takes nothing else with it. */
static void test_left_out(void **state)
{
    char *rows[] = {
        repeated("{" META ",\"spec\":{\"service\":{\"port\":7,\"labels\":[{}", ",{}", 5000, "]}}}"),
        repeated("{" META ",\"spec\":{\"service\":{\"type\":\"", "a", 513, "\",\"port\":7}}}"),
        repeated("{" META ",\"spec\":{\"service\":{\"port\":7,\"annotations\":{\"a\":\"", "a",
                 60000, "\"}}}}"),
    };
    char *route = repeated("{" META ",\"spec\":{\"rules\":[{}", ",{}", 5000, "]}}");
    char *certificate =
        repeated("{\"metadata\":{\"namespace\":\"n\",\"name\":\"m\",\"uid\":\"u\","
                 "\"resourceVersion\":\"7\",\"annotations\":{\"" LEDGER_ANNOTATION "\":\"",
                 "a", 200000, "\"}},\"status\":{\"effectiveDNSAltNames\":[[[[]]]]}}");
    struct message message;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        message = decoded(KIND_POOL, rows[i]);
        assert_true(message.pool.service_too_long);
        assert_string_equal(message.pool.service, "");
        assert_int_equal(message.pool.service_port, 7);
        message_clear(&message);
        free(rows[i]);
    }
    message = decoded(KIND_ROUTE, route);
    assert_string_equal(message.route.spec, "");
    message_clear(&message);
    free(route);
    message = decoded(KIND_CERTIFICATE, certificate);
    assert_string_equal(message.certificate.ledger, "too long");
    assert_int_equal(message.certificate.effective.count, 0);
    message_clear(&message);
    free(certificate);
}

/* Without a name that can be sent there is nothing to speak about. */
static void test_nameless(void **state)
{
#define LABEL_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    static const char *const rows[] = {
        "{\"metadata\":{\"name\":\"m\",\"resourceVersion\":\"x\"}}", /* enough where there are no
                                                                        namespaces */
        "{}",
        "null",
        "[]",
        "{\"metadata\":null}",
        "{\"metadata\":[]}",
        "{\"metadata\":{\"namespace\":\"n\",\"resourceVersion\":\"x\"}}",
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
            bool is_named = kind_streams(kind)->without_namespace && i == 0;
            struct message message;
            char *problem = object_read(kind, rows[i], strlen(rows[i]), &message);

            CHECK_ROW(rows[i], problem != NULL);
            CHECK_ROW(rows[i], message.type == (is_named ? MESSAGE_UNREADABLE : MESSAGE_NONE));
            CHECK_ROW(rows[i], is_named || message.storage == NULL);
            message_clear(&message);
            free(problem);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unreadable),   cmocka_unit_test(test_versions),
        cmocka_unit_test(test_long_service), cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_nameless),     cmocka_unit_test(test_not_understood),
        cmocka_unit_test(test_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
