/* SPDX-License-Identifier: Apache-2.0 */
/* From API objects to messages: what is taken, and what stands for what is absent. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/objects/abbreviation.h"
#include "common/objects/ledger.h"
#include "common/objects/object.h"
#include "tests/unit/object_text.h"

#define SAID(type, status, generation)                                                             \
    "{\"type\":\"" type "\",\"status\":\"" status "\",\"reason\":\"R\",\"message\":\"m\","         \
    "\"lastTransitionTime\":\"2026-01-01T00:00:00Z\",\"observedGeneration\":" generation "}"
#define STATUS(listeners, conditions, of_listeners)                                                \
    "{" META_OF(",\"generation\":2") ",\"spec\":{\"gatewayClassName\":\"c\",\"controllerName\":"   \
                                     "\"e/c\",\"listeners\":[" listeners                           \
                                     "]},\"status\":{\"conditions\":[" conditions                  \
                                     "],\"listeners\":[" of_listeners "]}}"
#define LISTENER(name, conditions) "{\"name\":\"" name "\",\"conditions\":[" conditions "]}"
#define GOOD                       SAID("Accepted", "True", "2") "," SAID("Programmed", "True", "2")
#define TWO                        "{\"name\":\"a\"},{\"name\":\"b\"}"

/* What is wrong with a Gateway, in a status that says more. */
static void test_gateway_status(void **state)
{
    static const struct {
        const char *text, *status;
    } rows[] = {
        {STATUS(TWO, GOOD, LISTENER("a", GOOD) "," LISTENER("b", "")), ""},
        {STATUS(TWO, "", ""), "{\"waiting\":\"it has no condition Accepted\"}"},
        {STATUS(TWO, SAID("Accepted", "False", "2"), ""), "{\"problems\":[\"Accepted R: m\"]}"},
        {STATUS(TWO, GOOD, LISTENER("b", SAID("Conflicted", "True", "2")) "," LISTENER("a", GOOD)),
         "{\"listeners\":[null,{\"problems\":[\"Conflicted R: m\"]}]}"},
        {STATUS(TWO, GOOD, LISTENER("b", SAID("Conflicted", "True", "1"))), ""},
        {STATUS(TWO, GOOD, LISTENER("gone", SAID("Conflicted", "True", "2"))), ""},
        {STATUS("", GOOD, LISTENER("a", SAID("Conflicted", "True", "2"))), ""},
        {STATUS(TWO, SAID("Accepted", "True", "1"),
                LISTENER("a", SAID("Programmed", "Unknown", "2"))),
         "{\"waiting\":\"its condition Accepted is about generation 1, and it has 2\","
         "\"listeners\":[{\"waiting\":\"Programmed R: m\"},null]}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct message message = decoded(KIND_GATEWAY, rows[i].text);

        CHECK_ROW_TEXT(rows[i].text, message.gateway.class, "c");
        CHECK_ROW_TEXT(rows[i].text, message.gateway.status, rows[i].status);
        message_clear(&message);
    }
}

/* It has no namespace, and needs none. */
static void test_gateway_classes(void **state)
{
#define CLASS                                                                                      \
    "{\"metadata\":{\"name\":\"m\",\"uid\":\"u\",\"resourceVersion\":\"7\",\"generation\":2},"     \
    "\"spec\":{\"controllerName\":\"e/c\"},\"status\":{\"conditions\":[%s]}}"
    static const struct {
        const char *conditions, *status;
    } rows[] = {
        {"", ""},
        {SAID("Accepted", "True", "2"), ""},
        {SAID("Accepted", "Unknown", "2"), "{\"waiting\":\"Accepted R: m\"}"},
        {SAID("Accepted", "False", "2"), "{\"problems\":[\"Accepted R: m\"]}"},
        {SAID("Accepted", "False", "1"), ""},
        {SAID("Accepted", "True", "2") "," SAID("SupportedVersion", "False", "2"), ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = memory_format(CLASS, rows[i].conditions);
        struct message message = decoded(KIND_GATEWAY_CLASS, text);

        assert_int_equal(message.type, MESSAGE_GATEWAY_CLASS);
        CHECK_ROW_TEXT(rows[i].conditions, message.gateway_class.name, "m");
        CHECK_ROW_TEXT(rows[i].conditions, message.gateway_class.namespace, "");
        CHECK_ROW_TEXT(rows[i].conditions, message.gateway_class.controller, "e/c");
        CHECK_ROW_TEXT(rows[i].conditions, message.gateway_class.status, rows[i].status);
        message_clear(&message);
        free(text);
    }
}

static void expect_pool(const char *row, const struct pool_message *, const struct pool_message *);

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
        {SPEC("\"service\":{\"port\":null}"), POOL(.service_port = 8140, .service = "{}")},
        {SPEC("\"service\":{\"x\":[{}],\"port\":1,\"y\":{\"port\":2}}"),
         POOL(.service_port = 1, .service = "{\"port\":1}")},
        {SPEC("\"service\":{ \"type\" : \"NodePort\", \"nodePort\":30000 }"),
         POOL(.service_port = 8140, .service = "{\"type\":\"NodePort\",\"nodePort\":30000}")},
        {SPEC("\"service\":{\"labels\":{\"a/b\":\"c\\u0000d\"}}"),
         POOL(.service_port = 8140, .service = "{\"labels\":{\"a/b\":\"c\\u0000d\"}}")},
        {SPEC("\"service\":[1]"), POOL(.service_port = 8140)},
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

static void expect_pool(const char *row, const struct pool_message *pool,
                        const struct pool_message *expected)
{
    struct message a = message_of(MESSAGE_POOL), b = message_of(MESSAGE_POOL);
    char *service = abbreviation_text(pool->service);

    a.pool = *pool;
    a.pool.service = service;
    b.pool = *expected;
    CHECK_ROW(row, message_equal(&a, &b));
    free(service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_gateways),
        cmocka_unit_test(test_gateway_status),
        cmocka_unit_test(test_gateway_classes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
