/* SPDX-License-Identifier: Apache-2.0 */
/* From API objects to messages: what is taken, what is absent, and what cannot be understood. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/objects/ledger.h"
#include "common/objects/object.h"
#include "common/objects/route_spec.h"

static void expect_pool(const char *row, const struct pool_message *, const struct pool_message *);
static struct message decoded(enum kind, const char *text);
static void expect_unreadable(const char *row, enum kind, const char *text, const char *problem);
static char *repeated(const char *before, const char *item, size_t count, const char *after);

#define META_OF(rest)                                                                              \
    "\"metadata\":{\"namespace\":\"n\",\"name\":\"m\",\"uid\":\"u\",\"resourceVersion\":"          \
    "\"7\",\"creationTimestamp\":\"2026-01-02T03:04:05Z\"" rest "}"
#define CREATED       1767323045
#define META          META_OF("")
#define PAUSED(value) META_OF(",\"annotations\":{\"openvox.voxpupuli.org/paused\":" value "}")
#define SPEC(members) "{" META ",\"spec\":{" members "}}"
#define ROUTE(m)      SPEC("\"route\":{" m "}")
#define OWNED(owners) "{" META_OF(",\"ownerReferences\":" owners) ",\"spec\":{}}"

#define POOL(...)                                                                                  \
    {                                                                                              \
        .namespace = "n", .name = "m", .uid = "u", .resource_version = 7, .created = CREATED,      \
        __VA_ARGS__                                                                                \
    }

static void test_pool(void **state)
{
    static const struct {
        const char *text;
        struct pool_message pool; /* NULL stands for "" */
    } rows[] = {
        {"{" META "}", POOL(.service_port = 8140)},
        {SPEC(""), POOL(.service_port = 8140)},
        {"{" META ",\"spec\":null}", POOL(.service_port = 8140)},
        {SPEC("\"route\":null,\"service\":null"), POOL(.service_port = 8140)},
        {SPEC("\"service\":{\"port\":1}"), POOL(.service_port = 1, .service = "{\"port\":1}")},
        {SPEC("\"service\":{\"port\":65535}"),
         POOL(.service_port = 65535, .service = "{\"port\":65535}")},
        {SPEC("\"service\":{\"port\":null}"),
         POOL(.service_port = 8140, .service = "{\"port\":null}")},
        {SPEC("\"service\":{ \"type\" : \"NodePort\", \"nodePort\":30000 }"),
         POOL(.service_port = 8140, .service = "{\"type\":\"NodePort\",\"nodePort\":30000}")},
        {SPEC("\"service\":{\"labels\":{\"a/b\":\"c\\u0000d\"}}"),
         POOL(.service_port = 8140, .service = "{\"labels\":{\"a/b\":\"c\\u0000d\"}}")},
        {SPEC("\"service\":[1]"), POOL(.service_port = 8140, .service = "[1]")},
        /* the annotation, to the letter */
        {"{" PAUSED("\"true\"") "}", POOL(.paused = true, .service_port = 8140)},
        {"{" PAUSED("\"false\"") "}", POOL(.service_port = 8140)},
        {"{" PAUSED("\"True\"") "}", POOL(.service_port = 8140)},
        {"{" PAUSED("\"true \"") "}", POOL(.service_port = 8140)},
        {"{" PAUSED("\"\"") "}", POOL(.service_port = 8140)},
        {"{" PAUSED("true") "}", POOL(.service_port = 8140)},
        {"{" PAUSED("null") "}", POOL(.service_port = 8140)},
        {"{" META_OF(",\"annotations\":{\"paused\":\"true\"}") "}", POOL(.service_port = 8140)},
        {"{" META_OF(",\"labels\":{\"openvox.voxpupuli.org/paused\":\"true\"}") "}",
         POOL(.service_port = 8140)},
        {"{" META_OF(",\"annotations\":[\"openvox.voxpupuli.org/paused\"]") "}",
         POOL(.service_port = 8140)},
        {"{" META_OF(",\"annotations\":null") "}", POOL(.service_port = 8140)},
        {ROUTE("\"enabled\":true"), POOL(.route_enabled = true, .service_port = 8140)},
        {ROUTE("\"enabled\":false,\"hostname\":\"a\""),
         POOL(.hostname = "a", .service_port = 8140)},
        {ROUTE("\"enabled\":true,\"hostname\":\"a.example\",\"injectDNSAltName\":true,"
               "\"gatewayRef\":{\"name\":\"gw\",\"namespace\":\"infra\",\"sectionName\":\"tls\"}"),
         POOL(.route_enabled = true, .hostname = "a.example", .inject = true, .gateway_name = "gw",
              .gateway_namespace = "infra", .section_name = "tls", .service_port = 8140)},
        {ROUTE("\"hostname\":\"NOT valid\",\"gatewayRef\":{},\"injectDNSAltName\":null"),
         POOL(.hostname = "NOT valid", .service_port = 8140)},
        {ROUTE("\"unknown\":[1,{}],\"hostname\":\"a\""),
         POOL(.hostname = "a", .service_port = 8140)},
        {"{" META_OF(",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"") "}",
         POOL(.deleting = true, .service_port = 8140)},
        {"{" META_OF(",\"deletionTimestamp\":null") "}", POOL(.service_port = 8140)},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct message message = decoded(KIND_POOL, rows[i].text);

        assert_int_equal(message.type, MESSAGE_POOL);
        expect_pool(rows[i].text, &message.pool, &rows[i].pool);
        message_clear(&message);
    }
}

static void test_lists(void **state)
{
    static const struct {
        enum kind kind;
        const char *text, *certificate;
        const char *items; /* each with a '|' after it */
    } rows[] = {
        {KIND_SERVER, "{" META "}", "", ""},
        {KIND_SERVER, SPEC("\"certificateRef\":\"c\""), "c", ""},
        {KIND_SERVER, SPEC("\"poolRefs\":[]"), "", ""},
        {KIND_SERVER, SPEC("\"poolRefs\":null"), "", ""},
        {KIND_SERVER, SPEC("\"certificateRef\":\"c\",\"poolRefs\":[\"a\",\"\",\"b\",\"a\"]"), "c",
         "a||b|a|"},
        {KIND_CERTIFICATE, "{" META "}", NULL, ""},
        {KIND_CERTIFICATE, SPEC("\"dnsAltNames\":[]"), NULL, ""},
        {KIND_CERTIFICATE, SPEC("\"dnsAltNames\":[\"puppet\",\"A.b\"]"), NULL, "puppet|A.b|"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct message message = decoded(rows[i].kind, rows[i].text), copy;
        const struct text_list *list =
            rows[i].kind == KIND_SERVER ? &message.server.pools : &message.certificate.names;
        char items[64] = "";

        TEXT_LIST_FOREACH (item, list) {
            strcat(items, item);
            strcat(items, "|");
        }
        CHECK_ROW_TEXT(rows[i].text, items, rows[i].items);
        if (rows[i].certificate != NULL)
            CHECK_ROW_TEXT(rows[i].text, message.server.certificate, rows[i].certificate);
        copy = message_copy(&message); /* it can be sent */
        assert_true(message_equal(&copy, &message));
        message_clear(&copy);
        message_clear(&message);
    }
}

/* The ledger and the effective names come as they are, or as what does no harm. */
static void test_certificates(void **state)
{
#define LEDGER(value)    "{" META_OF(",\"annotations\":{\"" LEDGER_ANNOTATION "\":" value "}") "}"
#define EFFECTIVE(value) "{" META ",\"status\":{\"effectiveDNSAltNames\":" value "}}"
    char *over = memory_new(MESSAGE_BOUND(certificate, ledger) + 2, 1), *with_over, *with_most;
    const struct {
        const char *text, *ledger;
        const char *effective; /* each with a '|' after it */
    } rows[] = {
        {"{" META "}", "", ""},
        {LEDGER("\"\""), "", ""},
        {LEDGER("\"{}\""), "{}", ""},
        {LEDGER("\"what? \\u00e4\""), "what? \u00e4", ""},
        {LEDGER("7"), "", ""},
        {LEDGER("null"), "", ""},
        {"{" META_OF(",\"annotations\":[]") "}", "", ""},
        {EFFECTIVE("[]"), "", ""},
        {EFFECTIVE("[\"a\",\"B.c\"]"), "", "a|B.c|"},
        {EFFECTIVE("null"), "", ""},
        {EFFECTIVE("\"a\""), "", ""},
        {EFFECTIVE("[\"a\",1]"), "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct message message = decoded(KIND_CERTIFICATE, rows[i].text);
        char items[64] = "";

        TEXT_LIST_FOREACH (item, &message.certificate.effective) {
            strcat(items, item);
            strcat(items, "|");
        }
        CHECK_ROW_TEXT(rows[i].text, message.certificate.ledger, rows[i].ledger);
        CHECK_ROW_TEXT(rows[i].text, items, rows[i].effective);
        message_clear(&message);
    }
    memset(over, 'x', MESSAGE_BOUND(certificate, ledger) + 1);
    with_over = memory_format(LEDGER("\"%s\""), over);
    over[MESSAGE_BOUND(certificate, ledger)] = '\0';
    with_most = memory_format(LEDGER("\"%s\""), over);
    for (int i = 0; i < 2; i++) {
        struct message message = decoded(KIND_CERTIFICATE, i == 0 ? with_over : with_most);

        assert_string_equal(message.certificate.ledger, i == 0 ? "too long" : over);
        message_clear(&message);
    }
    free(with_over);
    free(with_most);
    free(over);
}

static void test_owners(void **state)
{
#define OWNER(rest) "{\"kind\":\"Pool\",\"name\":\"p\",\"uid\":\"x\"" rest "}"
    static const struct {
        const char *text, *kind, *name, *uid;
        uint64_t index;
    } rows[] = {
        {SPEC(""), "", "", "", 0},
        {OWNED("null"), "", "", "", 0},
        {OWNED("[]"), "", "", "", 0},
        {OWNED("{}"), "", "", "", 0},
        {OWNED("\"x\""), "", "", "", 0},
        {OWNED("[null,1,\"x\",[]]"), "", "", "", 0},
        {OWNED("[" OWNER("") "]"), "", "", "", 0},
        {OWNED("[" OWNER(",\"controller\":false") "]"), "", "", "", 0},
        {OWNED("[" OWNER(",\"controller\":null") "]"), "", "", "", 0},
        {OWNED("[" OWNER(",\"controller\":true") "]"), "Pool", "p", "x", 0},
        {OWNED("[" OWNER("") "," OWNER(",\"controller\":true") "]"), "Pool", "p", "x", 1},
        {OWNED("[null," OWNER(",\"controller\":false") ",{\"controller\":true,\"kind\":\"Other\","
                                                       "\"name\":\"q\",\"uid\":\"y\"}," OWNER(
                                                           ",\"controller\":true") "]"),
         "Other", "q", "y", 2},
        {OWNED("[{\"controller\":true}]"), "", "", "", 0},
        {OWNED("[{\"controller\":true,\"kind\":1,\"name\":[],\"uid\":{}}]"), "", "", "", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct message message = decoded(KIND_ROUTE, rows[i].text);
        const struct route_message *route = &message.route;

        CHECK_ROW_TEXT(rows[i].text, route->controller_kind ? route->controller_kind : "",
                       rows[i].kind);
        CHECK_ROW_TEXT(rows[i].text, route->controller_name ? route->controller_name : "",
                       rows[i].name);
        CHECK_ROW_TEXT(rows[i].text, route->controller_uid ? route->controller_uid : "",
                       rows[i].uid);
        CHECK_ROW(rows[i].text, route->controller_index == rows[i].index);
        CHECK_ROW_TEXT(rows[i].text, route->spec, "{}");
        message_clear(&message);
    }
}

static void test_route_spec(void **state)
{
    char *large = repeated("{" META ",\"spec\":{\"hostnames\":[\"\"", ",\"abcdefg\"", 1000, "]}}");
    static const struct {
        const char *text, *spec;
    } rows[] = {
        {"{" META "}", "null"},
        {SPEC("\"rules\":[{\"name\":\"x\"}],\"hostnames\":[\"a\"]"),
         "{\"hostnames\":[\"a\"],\"rules\":[{}]}"},
    };
    struct message message;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        message = decoded(KIND_ROUTE, rows[i].text);
        CHECK_ROW_TEXT(rows[i].text, message.route.spec, rows[i].spec);
        message_clear(&message);
    }
    message = decoded(KIND_ROUTE, large); /* not one of ours */
    assert_true(message.route.spec == NULL || message.route.spec[0] == '\0');
    message_clear(&message);
    free(large);
}

/* RFC 3339, as the API server writes it. */
static void test_times(void **state)
{
    static const struct {
        const char *time; /* as JSON; "": none */
        bool good;
        uint64_t created;
    } rows[] = {
        {"\"2026-01-02T03:04:05Z\"", true, CREATED},
        {"\"1970-01-01T00:00:00Z\"", true, 0},
        {"\"1970-01-01T00:00:01Z\"", true, 1},
        {"\"2024-02-29T23:59:59Z\"", true, 1709251199},
        {"\"2038-01-19T03:14:08Z\"", true, 2147483648},
        {"\"2100-01-01T00:00:00Z\"", true, 4102444800},
        {"\"2026-01-02\"", false, 0},
        {"\"yesterday\"", false, 0},
        {"\"\"", false, 0},
        {"1767323045", false, 0},
        {"null", false, 0},
        {"{}", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = memory_format("{\"metadata\":{\"namespace\":\"n\",\"name\":\"m\","
                                   "\"uid\":\"u\",\"resourceVersion\":\"7\","
                                   "\"creationTimestamp\":%s}}",
                                   rows[i].time);

        if (rows[i].good) {
            struct message message = decoded(KIND_POOL, text);

            CHECK_ROW(rows[i].time, message.pool.created == rows[i].created);
            message_clear(&message);
        } else {
            expect_unreadable(rows[i].time, KIND_POOL, text,
                              "metadata.creationTimestamp is not a time");
        }
        free(text);
    }
}

/* Who last wrote it besides us. */
static void test_managers(void **state)
{
#define ENTRY(manager, time) "{\"manager\":\"" manager "\",\"time\":\"" time "\"}"
#define ENTRY_OF(manager, m) "{\"manager\":\"" manager "\",\"time\":\"2026-01-09T00:00:00Z\"," m "}"
#define MANAGED(entries)     "{" META_OF(",\"managedFields\":" entries) ",\"spec\":{}}"
#define DAY(day)             "2026-01-0" day "T00:00:00Z"
    static const struct {
        const char *text, *manager;
    } rows[] = {
        {"{" META "}", ""},
        {MANAGED("null"), ""},
        {MANAGED("{}"), ""},
        {MANAGED("[]"), ""},
        {MANAGED("[null,1,\"x\",[],{}]"), ""},
        {MANAGED("[" ENTRY("tlsrouted", DAY("1")) "]"), ""},
        {MANAGED("[" ENTRY("kubectl", DAY("1")) "]"), "kubectl"},
        {MANAGED("[" ENTRY("tlsrouted", DAY("2")) "," ENTRY("kubectl", DAY("1")) "]"), "kubectl"},
        {MANAGED("[" ENTRY("a", DAY("1")) "," ENTRY("b", DAY("3")) "," ENTRY("c", DAY("2")) "]"),
         "b"},
        {MANAGED("[" ENTRY("a", DAY("1")) "," ENTRY("b", DAY("1")) "]"), "b"},
        {MANAGED("[{\"manager\":\"a\"}," ENTRY("tlsrouted", DAY("1")) "]"), "a"},
        {MANAGED("[" ENTRY("a", DAY("1")) ",{\"manager\":\"b\"}]"), "a"},
        {MANAGED("[" ENTRY_OF("gateway", "\"subresource\":\"status\"") "]"), ""},
        {MANAGED(
             "[" ENTRY_OF("gateway", "\"subresource\":\"status\"") "," ENTRY("a", DAY("1")) "]"),
         "a"},
        {MANAGED("[" ENTRY_OF("a", "\"operation\":\"Apply\"") "]"), "a"},
        {MANAGED("[" ENTRY("tlsrouted-2", DAY("1")) "]"), "tlsrouted-2"},
        {MANAGED("[{\"manager\":7,\"time\":8}]"), ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct message route = decoded(KIND_ROUTE, rows[i].text);
        struct message service = decoded(KIND_SERVICE, rows[i].text);

        CHECK_ROW_TEXT(rows[i].text, route.route.other_manager, rows[i].manager);
        CHECK_ROW_TEXT(rows[i].text, service.service.other_manager, rows[i].manager);
        message_clear(&route);
        message_clear(&service);
    }
}

static void test_refusals(void **state)
{
    struct message message = decoded(
        KIND_ROUTE,
        "{" META_OF(
            ",\"generation\":2") ",\"spec\":{\"parentRefs\":[{\"name\":\"gw\"}]},"
                                 "\"status\":{\"parents\":[{\"parentRef\":{\"name\":\"gw\"},"
                                 "\"conditions\":[{\"type\":\"Accepted\",\"status\":\"False\","
                                 "\"reason\":\"R\",\"message\":\"m\","
                                 "\"observedGeneration\":2}]}]}}");

    (void)state;
    assert_int_equal(message.route.refusals.count, 1);
    assert_string_equal(message.route.refusals.bytes, "Accepted R: m");
    message_clear(&message);
    message = decoded(KIND_ROUTE, "{" META "}");
    assert_int_equal(message.route.refusals.count, 0);
    message_clear(&message);
}

static void test_services(void **state)
{
#define NORMAL(spec) "{\"labels\":{},\"annotations\":{},\"spec\":{" spec "\"ports\":["
    static const struct {
        const char *text, *ports; /* each with a '|' after it */
        uint64_t node_port;
        const char *spec;
    } rows[] = {
        {"{" META "}", "", 0, NORMAL("") "]}}"},
        {SPEC("\"ports\":null"), "", 0, NORMAL("") "]}}"},
        {SPEC("\"ports\":{}"), "", 0, NORMAL("") "]}}"},
        {SPEC("\"ports\":[]"), "", 0, NORMAL("") "]}}"},
        {SPEC("\"ports\":[{\"port\":8140,\"nodePort\":30140},{\"port\":53,\"protocol\":\"UDP\","
              "\"nodePort\":30053},{\"port\":443,\"protocol\":\"TCP\"}],\"type\":\"NodePort\""),
         "8140|443|", 30140,
         NORMAL("\"type\":\"NodePort\",") "{\"port\":8140},{\"protocol\":\"UDP\",\"port\":53},"
                                          "{\"protocol\":\"TCP\",\"port\":443}]}}"},
        {SPEC("\"ports\":[{\"port\":1},{\"port\":2,\"nodePort\":30002}]"), "1|2|", 0,
         NORMAL("") "{\"port\":1},{\"port\":2}]}}"},
        {"{" META_OF(
             ",\"labels\":{\"b\":\"1\",\"a\":\"2\"}") ",\"spec\":{\"clusterIP\":\"10.0.0.1\"}}",
         "", 0,
         "{\"labels\":{\"a\":\"2\",\"b\":\"1\"},\"annotations\":{},\"spec\":{\"ports\":[]}}"},
    };
    char *large = repeated("{" META_OF(",\"annotations\":{\"a\":\""), "x",
                           MESSAGE_BOUND(service, spec), "\"}}}");
    struct message message;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char ports[64] = "";

        message = decoded(KIND_SERVICE, rows[i].text);
        assert_int_equal(message.type, MESSAGE_SERVICE);
        TEXT_LIST_FOREACH (port, &message.service.ports) {
            strcat(ports, port);
            strcat(ports, "|");
        }
        CHECK_ROW_TEXT(rows[i].text, ports, rows[i].ports);
        CHECK_ROW_TEXT(rows[i].text, message.service.spec, rows[i].spec);
        CHECK_ROW(rows[i].text, message.service.node_port == rows[i].node_port);
        message_clear(&message);
    }
    message = decoded(KIND_SERVICE, large); /* not one of ours */
    assert_string_equal(message.service.spec, "");
    message_clear(&message);
    free(large);
}

static void test_gateways(void **state)
{
    static const struct {
        const char *text, *listeners;
    } rows[] = {
        {"{" META "}", ""},
        {SPEC("\"listeners\":null"), ""},
        {SPEC("\"listeners\":[ ]"), "[]"},
        {SPEC("\"gatewayClassName\":\"c\",\"listeners\":[{\"name\":\"tls\",\"port\":8140}]"),
         "[{\"name\":\"tls\",\"port\":8140}]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct message message = decoded(KIND_GATEWAY, rows[i].text);

        assert_int_equal(message.type, MESSAGE_GATEWAY);
        CHECK_ROW_TEXT(rows[i].text, message.gateway.name, "m");
        CHECK_ROW_TEXT(rows[i].text, message.gateway.listeners, rows[i].listeners);
        message_clear(&message);
    }
}

/* The same for all kinds with an owner: OWNER_FIELDS stand at one place. */
static void test_owner_of_service(void **state)
{
    struct message message =
        decoded(KIND_SERVICE, OWNED("[{},{\"controller\":true,\"kind\":\"Pool\",\"name\":\"p\","
                                    "\"uid\":\"x\"}]"));

    (void)state;
    assert_string_equal(message.service.controller_kind, "Pool");
    assert_string_equal(message.service.controller_name, "p");
    assert_string_equal(message.service.controller_uid, "x");
    assert_int_equal(message.service.controller_index, 1);
    assert_string_equal(message.service.uid, "u");
    message_clear(&message);
}

static void test_unreadable(void **state)
{
#define TYPE(path, found, wanted) path " is of type " found "; it has to be " wanted
    static const struct {
        enum kind kind;
        const char *text, *problem;
    } rows[] = {
        {KIND_POOL, ROUTE("\"enabled\":\"true\""),
         TYPE("spec.route.enabled", "string", "true or false")},
        {KIND_POOL, ROUTE("\"enabled\":1"), TYPE("spec.route.enabled", "int", "true or false")},
        {KIND_POOL, ROUTE("\"injectDNSAltName\":[]"),
         TYPE("spec.route.injectDNSAltName", "array", "true or false")},
        {KIND_POOL, ROUTE("\"hostname\":1"), TYPE("spec.route.hostname", "int", "a text")},
        {KIND_POOL, ROUTE("\"hostname\":[\"a\"]"), TYPE("spec.route.hostname", "array", "a text")},
        {KIND_POOL, ROUTE("\"hostname\":\"a\\u0000b\""), "spec.route.hostname contains a NUL"},
        {KIND_POOL, ROUTE("\"gatewayRef\":{\"name\":{}}"),
         TYPE("spec.route.gatewayRef.name", "object", "a text")},
        {KIND_POOL, SPEC("\"service\":{\"port\":\"8140\"}"),
         TYPE("spec.service.port", "string", "a whole number")},
        {KIND_POOL, SPEC("\"service\":{\"port\":8140.5}"),
         TYPE("spec.service.port", "double", "a whole number")},
        {KIND_POOL, SPEC("\"service\":{\"port\":-1}"), "spec.service.port is negative"},
        {KIND_POOL, SPEC("\"service\":{\"port\":65536}"),
         "service_port is 65536, at most 65535 is possible"},
        {KIND_POOL, SPEC("\"service\":{\"port\":18446744073709551615}"),
         "service_port is 18446744073709551615, at most 65535 is possible"},
        {KIND_SERVER, SPEC("\"certificateRef\":{\"name\":\"c\"}"),
         TYPE("spec.certificateRef", "object", "a text")},
        {KIND_SERVER, SPEC("\"poolRefs\":\"a\""),
         TYPE("spec.poolRefs", "string", "a list of texts")},
        {KIND_SERVER, SPEC("\"poolRefs\":[\"a\",1]"),
         TYPE("spec.poolRefs", "int", "a list of texts only")},
        {KIND_SERVER, SPEC("\"poolRefs\":[\"a\",null]"),
         TYPE("spec.poolRefs", "null", "a list of texts only")},
        {KIND_SERVER, SPEC("\"poolRefs\":[\"a\",\"b\\u0000c\"]"), "spec.poolRefs contains a NUL"},
        {KIND_CERTIFICATE, SPEC("\"dnsAltNames\":{}"),
         TYPE("spec.dnsAltNames", "object", "a list of texts")},
        {KIND_CERTIFICATE, SPEC("\"dnsAltNames\":[[\"a\"]]"),
         TYPE("spec.dnsAltNames", "array", "a list of texts only")},
        {KIND_POOL,
         "{\"metadata\":{\"namespace\":\"n\",\"name\":\"m\",\"uid\":1,\"resourceVersion\":\"7\"}}",
         TYPE("metadata.uid", "int", "a text")},
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

static void test_too_large(void **state)
{
    const struct {
        enum kind kind;
        char *most, *over;
        const char *problem;
    } rows[] = {
        {KIND_POOL, repeated("{" META ",\"spec\":{\"route\":{\"hostname\":\"", "a", 1024, "\"}}}"),
         repeated("{" META ",\"spec\":{\"route\":{\"hostname\":\"", "a", 1025, "\"}}}"),
         "hostname has 1025 bytes, at most 1024 are possible"},
        {KIND_GATEWAY, repeated("{" META ",\"spec\":{\"listeners\":\"", "a", 65534, "\"}}"),
         repeated("{" META ",\"spec\":{\"listeners\":\"", "a", 65535, "\"}}"),
         "listeners has 65537 bytes, at most 65536 are possible"},
        {KIND_SERVER, repeated("{" META ",\"spec\":{\"certificateRef\":\"", "a", 253, "\"}}"),
         repeated("{" META ",\"spec\":{\"certificateRef\":\"", "a", 254, "\"}}"),
         "certificate has 254 bytes, at most 253 are possible"},
        {KIND_SERVER,
         repeated("{" META ",\"spec\":{\"poolRefs\":[\"abc\"", ",\"abc\"", 16383, "]}}"),
         repeated("{" META ",\"spec\":{\"poolRefs\":[\"abc\"", ",\"abc\"", 16384, "]}}"),
         "pools has 65540 bytes, at most 65536 are possible"},
        {KIND_CERTIFICATE, repeated("{" META ",\"spec\":{\"dnsAltNames\":[\"", "x", 65535, "\"]}}"),
         repeated("{" META ",\"spec\":{\"dnsAltNames\":[\"", "x", 65536, "\"]}}"),
         "names has 65537 bytes, at most 65536 are possible"},
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

/* Its place would not fit the message; a Pool of ours would not be found there either. */
static void test_far_owner(void **state)
{
    static const char begin[] = "{\"metadata\":{\"namespace\":\"n\",\"name\":\"m\",\"uid\":\"u\","
                                "\"resourceVersion\":\"7\",\"ownerReferences\":[{}";
    static const char end[] = ",{\"controller\":true,\"uid\":\"x\"}]}}";
    char *most = repeated(begin, ",{}", 999, end), *over = repeated(begin, ",{}", 1000, end);
    struct message message = decoded(KIND_ROUTE, most);

    (void)state;
    assert_int_equal(message.route.controller_index, 1000);
    message_clear(&message);
    expect_unreadable("1001", KIND_ROUTE, over,
                      "controller_index is 1001, at most 1000 is possible");
    free(most);
    free(over);
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

static void expect_pool(const char *row, const struct pool_message *pool,
                        const struct pool_message *expected)
{
    struct message a = message_of(MESSAGE_POOL), b = message_of(MESSAGE_POOL);

    a.pool = *pool;
    b.pool = *expected;
    CHECK_ROW(row, message_equal(&a, &b));
}

static struct message decoded(enum kind kind, const char *text)
{
    struct json_object *object = check_json(text);
    struct message message;
    char *problem = object_decode(kind, object, &message);

    CHECK_ROW_TEXT(text, problem, NULL);
    json_object_put(object); /* the message owns its texts */
    return message;
}

static void expect_unreadable(const char *row, enum kind kind, const char *text,
                              const char *problem)
{
    struct json_object *object = check_json(text);
    struct message message;
    char *found = object_decode(kind, object, &message), *unsendable;

    CHECK_ROW_TEXT(row, found, problem);
    CHECK_ROW(row, message.type == MESSAGE_UNREADABLE);
    CHECK_ROW(row, message.unreadable.kind == kind);
    CHECK_ROW_TEXT(row, message.unreadable.namespace, "n");
    CHECK_ROW_TEXT(row, message.unreadable.name, "m");
    CHECK_ROW_TEXT(row, message.unreadable.problem, problem);
    unsendable = message_check(&message);
    CHECK_ROW_TEXT(row, unsendable, NULL);
    message_clear(&message);
    free(found);
    json_object_put(object);
}

static char *repeated(const char *before, const char *item, size_t count, const char *after)
{
    size_t length = strlen(item), used = strlen(before);
    char *text = memory_new(used + count * length + strlen(after) + 1, 1);

    strcpy(text, before);
    for (size_t i = 0; i < count; i++, used += length)
        memcpy(text + used, item, length);
    strcpy(text + used, after);
    return text;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_owners),
        cmocka_unit_test(test_route_spec),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_managers),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_services),
        cmocka_unit_test(test_gateways),
        cmocka_unit_test(test_owner_of_service),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_long_service),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_far_owner),
        cmocka_unit_test(test_nameless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
