/* SPDX-License-Identifier: Apache-2.0 */
/* From TLSRoutes and Services to messages: whose they are, and whether they are as tlsrouted writes
 * them. */
#include "tests/unit/check.h"
#include "tests/unit/object_text.h"

#include "common/base/memory.h"
#include "common/objects/abbreviation.h"
#include "common/objects/object.h"

#include <stdio.h>

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
        {OWNED(
             "[{\"controller\":true,\"kind\":\"P\\n\",\"name\":\"\\u001b\",\"uid\":\"\\u007f\"}]"),
         "P?", "?", "?", 0},
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
        expect_json(rows[i].text, route->spec, "{}");
        message_clear(&message);
    }
}

/* What decides whose hostname it is. */
static void test_claim_of_route(void **state)
{
#define CLAIM(SPEC)                                                                                \
    "{\"metadata\":{\"namespace\":\"n\",\"name\":\"m\",\"uid\":\"u\","                             \
    "\"resourceVersion\":\"1\",\"creationTimestamp\":\"1970-01-01T00:01:40Z\"},\"spec\":" SPEC "}"
    static const struct {
        const char *text, *hostnames, *gateways;
    } rows[] = {
        {CLAIM("{}"), "", ""},
        {CLAIM("{\"hostnames\":[\"a.b\",\"c.d\"],\"parentRefs\":[{\"name\":\"g\"},"
               "{\"namespace\":\"i\",\"name\":\"h\",\"group\":\"gateway.networking.k8s.io\","
               "\"kind\":\"Gateway\"}]}"),
         "a.b|c.d|", "n/g|i/h|"},
        {CLAIM("{\"hostnames\":[\"a.b\",\"a.b\"],\"parentRefs\":[{\"name\":\"g\"},"
               "{\"name\":\"g\",\"sectionName\":\"s\"}]}"),
         "a.b|", "n/g|"},
        {CLAIM("{\"parentRefs\":[{\"name\":\"s\",\"kind\":\"Service\",\"group\":\"\"},"
               "{\"name\":\"t\",\"kind\":\"Service\"},{\"name\":\"x\",\"group\":\"x.y\"}]}"),
         "", ""},
        {CLAIM("{\"hostnames\":[null,1,{}],\"parentRefs\":{\"name\":\"g\"}}"), "", ""},
        {CLAIM("[]"), "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct message message = decoded(KIND_ROUTE, rows[i].text);
        char hostnames[64] = "", gateways[64] = "";

        TEXT_LIST_FOREACH (text, &message.route.hostnames)
            snprintf(hostnames + strlen(hostnames), 32, "%s|", text);
        TEXT_LIST_FOREACH (text, &message.route.gateways)
            snprintf(gateways + strlen(gateways), 32, "%s|", text);
        CHECK_ROW_TEXT(rows[i].text, hostnames, rows[i].hostnames);
        CHECK_ROW_TEXT(rows[i].text, gateways, rows[i].gateways);
        CHECK_ROW(rows[i].text, message.route.created == 100);
        message_clear(&message);
    }
}

/* Whoever made it: what is too much is left out, the object can be read. */
static void test_large_route(void **state)
{
    char *large = memory_new(20000, 1);
    struct message message;

    (void)state;
    strcat(large, "{\"metadata\":{\"namespace\":\"n\",\"name\":\"m\",\"uid\":\"u\","
                  "\"resourceVersion\":\"1\"},\"spec\":{\"hostnames\":[\"a.b\"");
    for (int i = 0; i < 1000; i++)
        snprintf(large + strlen(large), 32, ",\"%05d.example\"", i);
    strcat(large, "]}}");
    message = decoded(KIND_ROUTE, large);
    assert_int_equal(message.type, MESSAGE_ROUTE);
    assert_in_range(message.route.hostnames.size, 4000, 4096);
    assert_int_equal(message.route.created, 0);
    message_clear(&message);
    free(large);
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
    expect_unreadable("1001", KIND_ROUTE, over, "controller_index is 1001; the maximum is 1000");
    free(most);
    free(over);
}

/* Who last wrote what tlsrouted writes, besides us. */
static void test_managers(void **state)
{
#define FIELDS               ",\"fieldsV1\":{\"f:spec\":{\"f:type\":{}}}"
#define ENTRY(manager, time) "{\"manager\":\"" manager "\",\"time\":\"" time "\"" FIELDS "}"
#define ENTRY_OF(manager, m)                                                                       \
    "{\"manager\":\"" manager "\",\"time\":\"2026-01-09T00:00:00Z\"," m FIELDS "}"
#define MANAGED(entries) "{" META_OF(",\"managedFields\":" entries) ",\"spec\":{}}"
#define DAY(day)         "2026-01-0" day "T00:00:00Z"
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
        {MANAGED("[" ENTRY("a\\nb\\u001b[1m\\u0085", DAY("1")) "]"), "a?b?[1m?"},
        {MANAGED("[" ENTRY("tlsrouted", DAY("2")) "," ENTRY("kubectl", DAY("1")) "]"), "kubectl"},
        {MANAGED("[" ENTRY("a", DAY("1")) "," ENTRY("b", DAY("3")) "," ENTRY("c", DAY("2")) "]"),
         "b"},
        {MANAGED("[" ENTRY("a", DAY("1")) "," ENTRY("b", DAY("1")) "]"), "b"},
        {MANAGED("[{\"manager\":\"a\"" FIELDS "}," ENTRY("tlsrouted", DAY("1")) "]"), "a"},
        {MANAGED("[" ENTRY("a", DAY("1")) ",{\"manager\":\"b\"" FIELDS "}]"), "a"},
        {MANAGED("[" ENTRY_OF("gateway", "\"subresource\":\"status\"") "]"), ""},
        {MANAGED(
             "[" ENTRY_OF("gateway", "\"subresource\":\"status\"") "," ENTRY("a", DAY("1")) "]"),
         "a"},
        {MANAGED("[" ENTRY_OF("a", "\"operation\":\"Apply\"") "]"), "a"},
        {MANAGED("[" ENTRY("tlsrouted-2", DAY("1")) "]"), "tlsrouted-2"},
        {MANAGED("[{\"manager\":7,\"time\":8" FIELDS "}]"), ""},
        {MANAGED("[{\"manager\":\"a\",\"time\":\"2026-01-09T00:00:00Z\"}]"), ""},
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

/* Labels of a TLSRoute are nothing that tlsrouted would contend for. */
static void test_fields_that_count(void **state)
{
#define OWNS(fields)                                                                               \
    MANAGED(                                                                                       \
        "[{\"manager\":\"a\",\"time\":\"2026-01-01T00:00:10Z\",\"fieldsV1\":{" fields              \
        "}},{\"manager\":\"tlsrouted\",\"time\":\"2026-01-01T00:00:20Z\",\"fieldsV1\":{" fields    \
        "}}]")
    static const struct {
        const char *text;
        bool in_route, in_service;
    } rows[] = {
        {OWNS(""), false, false},
        {OWNS("\"f:metadata\":{\"f:finalizers\":{}}"), false, false},
        {OWNS("\"f:metadata\":{\"f:labels\":{\"f:x\":{}}}"), false, true},
        {OWNS("\"f:metadata\":{\"f:annotations\":{\"f:x\":{}}}"), false, true},
        {OWNS("\"f:spec\":{\"f:sessionAffinity\":{}}"), true, false},
        {OWNS("\"f:spec\":{\"f:ports\":{}}"), true, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct message route = decoded(KIND_ROUTE, rows[i].text);
        struct message service = decoded(KIND_SERVICE, rows[i].text);

        CHECK_ROW_TEXT(rows[i].text, route.route.other_manager, rows[i].in_route ? "a" : "");
        CHECK_ROW(rows[i].text, (route.route.own_time != 0) == rows[i].in_route);
        CHECK_ROW_TEXT(rows[i].text, service.service.other_manager, rows[i].in_service ? "a" : "");
        if (rows[i].in_service)
            CHECK_ROW(rows[i].text, service.service.own_time == service.service.other_time + 10);
        message_clear(&route);
        message_clear(&service);
    }
}

/* Whose the fields of a Service are. */
static void test_owners_of_fields(void **state)
{
#define ENTRY_WITH(manager, fields) "{\"manager\":\"" manager "\",\"fieldsV1\":{" fields "}}"
#define LABEL(name)                 "\"f:metadata\":{\"f:labels\":{\".\":{},\"f:" name "\":{}}}"
#define PORT_OF_8140                                                                               \
    "\"f:spec\":{\"f:ports\":{\".\":{},\"k:{\\\"port\\\":8140,\\\"protocol\\\":\\\"TCP\\\"}\":{"   \
    "\".\":{"                                                                                      \
    "},\"f:name\":{},\"f:port\":{}}},\"f:selector\":{\"f:x\":{}}}"
    static const struct {
        const char *text, *owners; /* NULL: none is ours */
    } rows[] = {
        {"{" META "}", NULL},
        {MANAGED("[" ENTRY_WITH("a", LABEL("x")) "]"), NULL},
        {MANAGED("[" ENTRY_WITH("tlsrouted", "\"f:metadata\":{\"f:finalizers\":{}}") "]"), NULL},
        {MANAGED("[" ENTRY_WITH("tlsrouted", LABEL("x")) "]"),
         "{\"ours\":{\"labels\":{\"x\":\"\"}},\"others\":{}}"},
        {MANAGED("[" ENTRY_WITH("tlsrouted", LABEL("x.y/z")) "," ENTRY_WITH("a", LABEL("w")) "]"),
         "{\"ours\":{\"labels\":{\"x.y/z\":\"\"}},\"others\":{\"labels\":{\"w\":\"a\"}}}"},
        {MANAGED("[" ENTRY_WITH("tlsrouted", LABEL("x")) "," ENTRY_WITH("a", LABEL("x")) "]"),
         "{\"ours\":{\"labels\":{\"x\":\"\"}},\"others\":{\"labels\":{\"x\":\"a\"}}}"},
        {MANAGED("[" ENTRY_WITH("tlsrouted", PORT_OF_8140) "]"),
         "{\"ours\":{\"spec\":{\"ports\":\"\",\"selector\":\"\"},"
         "\"8140/TCP\":{\"name\":\"\",\"port\":\"\"}},\"others\":{}}"},
        {MANAGED("[{\"manager\":\"a\",\"subresource\":\"status\",\"fieldsV1\":{" LABEL(
             "w") "}}," ENTRY_WITH("tlsrouted", LABEL("x")) "]"),
         "{\"ours\":{\"labels\":{\"x\":\"\"}},\"others\":{}}"},
        {MANAGED("[" ENTRY_WITH("tlsrouted", "\"f:metadata\":{\"f:labels\":7},\"f:spec\":{"
                                             "\"f:ports\":{\"k:x\":{},\"v:1\":7}}") "]"),
         "{\"ours\":{\"spec\":{\"ports\":\"\"}},\"others\":{}}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct message message = decoded(KIND_SERVICE, rows[i].text);

        assert_int_equal(message.type, MESSAGE_SERVICE);
        if (rows[i].owners == NULL)
            CHECK_ROW_TEXT(rows[i].text, message.service.owners, "");
        else
            check_same_json(rows[i].text, abbreviation_decode(message.service.owners),
                            rows[i].owners);
        message_clear(&message);
    }
}

/* A manifest that somebody keeps in an annotation hides nothing of what is ours. */
static void test_long_annotations(void **state)
{
#define ANNOTATED(manager)                                                                         \
    META_OF(",\"managedFields\":[" ENTRY_WITH("tlsrouted", LABEL("x")) "," ENTRY_WITH(             \
        manager,                                                                                   \
        "\"f:metadata\":{\"f:annotations\":{\"f:long\":{}}}") "],\"labels\":{"                     \
                                                              "\"x\":\"1\"},\"annotations\":{"     \
                                                              "\"short\":\"1\",\"long\":\"")
    char *theirs = repeated("{" ANNOTATED("kubectl"), "x", 200000, "\"}}}");
    char *ours = repeated("{" ANNOTATED("tlsrouted"), "x", 300, "\"}}}");
    struct message message = decoded(KIND_SERVICE, theirs);

    (void)state;
    expect_json("a long annotation", message.service.spec,
                "{\"labels\":{\"x\":\"1\"},\"annotations\":{\"long\":null,\"short\":\"1\"},"
                "\"spec\":{\"ports\":[]}}");
    assert_true(message.service.owners[0] != '\0');
    message_clear(&message);
    message = decoded(KIND_SERVICE, ours);
    assert_non_null(strstr(message.service.spec, "\"long\":\"}xxx"));
    message_clear(&message);
    free(ours);
    free(theirs);
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
        expect_json(rows[i].text, message.route.spec, rows[i].spec);
        message_clear(&message);
    }
    message = decoded(KIND_ROUTE, large); /* not one of ours */
    assert_true(message.route.spec == NULL || message.route.spec[0] == '\0');
    message_clear(&message);
    free(large);
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
    assert_string_equal(message.route.answers,
                        "[{\"problems\":[\"Accepted R: m\"],\"controller\":\"\"}]");
    message_clear(&message);
    message = decoded(KIND_ROUTE, "{" META "}");
    assert_string_equal(message.route.answers, "");
    message_clear(&message);
}

static void test_services(void **state)
{
#define NORMAL(spec) "{\"labels\":{},\"annotations\":{},\"spec\":{" spec "\"ports\":["
    static const struct {
        const char *text, *ports; /* each with a '|' after it */
        const char *spec;
    } rows[] = {
        {"{" META "}", "", NORMAL("") "]}}"},
        {SPEC("\"ports\":null"), "", NORMAL("") "]}}"},
        {SPEC("\"ports\":{}"), "", NORMAL("") "]}}"},
        {SPEC("\"ports\":[]"), "", NORMAL("") "]}}"},
        {SPEC("\"ports\":[{\"port\":8140,\"nodePort\":30140},{\"port\":53,\"protocol\":\"UDP\","
              "\"nodePort\":30053},{\"port\":443,\"protocol\":\"TCP\"}],\"type\":\"NodePort\""),
         "8140|443|",
         NORMAL("\"type\":\"NodePort\",") "{\"port\":8140,\"nodePort\":30140},{\"protocol\":"
                                          "\"UDP\",\"port\":53,\"nodePort\":30053},"
                                          "{\"protocol\":\"TCP\",\"port\":443}]}}"},
        {SPEC("\"ports\":[{\"port\":1},{\"port\":2,\"nodePort\":30002}]"), "1|2|",
         NORMAL("") "{\"port\":1},{\"port\":2,\"nodePort\":30002}]}}"},
        {"{" META_OF(
             ",\"labels\":{\"b\":\"1\",\"a\":\"2\"}") ",\"spec\":{\"clusterIP\":\"10.0.0.1\"}}",
         "", "{\"labels\":{\"a\":\"2\",\"b\":\"1\"},\"annotations\":{},\"spec\":{\"ports\":[]}}"},
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
        expect_json(rows[i].text, message.service.spec, rows[i].spec);
        message_clear(&message);
    }
    message = decoded(KIND_SERVICE, large); /* not one of ours */
    assert_string_equal(message.service.spec, "");
    message_clear(&message);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claim_of_route),
        cmocka_unit_test(test_large_route),
        cmocka_unit_test(test_owners),
        cmocka_unit_test(test_owner_of_service),
        cmocka_unit_test(test_far_owner),
        cmocka_unit_test(test_managers),
        cmocka_unit_test(test_fields_that_count),
        cmocka_unit_test(test_owners_of_fields),
        cmocka_unit_test(test_long_annotations),
        cmocka_unit_test(test_route_spec),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_services),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
