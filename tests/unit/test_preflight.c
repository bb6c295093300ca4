/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a Gateway is ready for a route: every reason, and the sentence that says what to do. */
#include "tests/unit/check.h"

#include "reconciler/plan/preflight.h"

#define LISTENER(name, rest) "{\"name\":\"" name "\",\"port\":8140," rest "}"
#define PASS                 "\"protocol\":\"TLS\",\"tls\":{\"mode\":\"Passthrough\"}"
#define TERMINATE            "\"protocol\":\"TLS\",\"tls\":{\"mode\":\"Terminate\"}"
#define HTTPS                "\"protocol\":\"HTTPS\",\"tls\":{\"mode\":\"Terminate\"}"
#define HOST(name)           PASS ",\"hostname\":\"" name "\""
#define FROM(from)           PASS ",\"allowedRoutes\":{\"namespaces\":{\"from\":\"" from "\"}}"
#define ROUTE_KINDS(kinds)   PASS ",\"allowedRoutes\":{\"kinds\":[" kinds "]}"
#define KIND(kind)           "{\"kind\":\"" kind "\"}"
#define KIND_IN(group, kind) "{\"group\":\"" group "\",\"kind\":\"" kind "\"}"
#define GATEWAY_KINDS        "gateway.networking.k8s.io"
#define WOULD_NOT            "the Gateway puppet/gw would not serve the route: "
#define WOULD_NOT_INFRA      "the Gateway infra/gw would not serve the route: "
#define SET_PASS             "set it to Passthrough: agents and servers authenticate each other by TLS"
#define SET_FROM             "set it to All, or to Selector with one that selects the Pool's namespace"

/* The Pool asks for a.b at gw, from the namespace puppet. */
static const struct {
    const char *row;
    const char *namespace; /* of the gatewayRef; "": the Pool's own */
    const char *section;
    const char *hostname;
    const char *listeners;
    const char *problem; /* NULL: it is ready */
} rows[] = {
    {"ready", "", "", "a.b", "[" LISTENER("tls", PASS) "]", NULL},
    {"ready, by name", "", "tls", "a.b", "[" LISTENER("tls", PASS) "]", NULL},
    /* listeners */
    {"none", "", "", "a.b", "[]",
     WOULD_NOT "it has no listener; add one with protocol TLS and mode Passthrough"},
    {"not by that name", "", "tls2", "a.b", "[" LISTENER("tls", PASS) "]",
     WOULD_NOT "it has no listener tls2; add it, or correct spec.route.gatewayRef.sectionName"},
    {"none by that name", "", "tls", "a.b", "[]",
     WOULD_NOT "it has no listener tls; add it, or correct spec.route.gatewayRef.sectionName"},
    {"any will do", "", "", "a.b", "[" LISTENER("http", HTTPS) "," LISTENER("tls", PASS) "]", NULL},
    {"the named one counts", "", "http", "a.b",
     "[" LISTENER("http", HTTPS) "," LISTENER("tls", PASS) "]",
     WOULD_NOT "protocol of its listener http is HTTPS; set it to TLS"},
    {"the others do not", "", "tls", "a.b",
     "[" LISTENER("http", HTTPS) "," LISTENER("tls", PASS) "]", NULL},
    {"none will do: the first is named", "", "", "a.b",
     "[" LISTENER("tls", TERMINATE) "," LISTENER("http", HTTPS) "]",
     WOULD_NOT "tls.mode of its listener tls is Terminate; " SET_PASS},
    /* protocol and mode */
    {"HTTPS", "", "", "a.b", "[" LISTENER("l", HTTPS) "]",
     WOULD_NOT "protocol of its listener l is HTTPS; set it to TLS"},
    {"TCP", "", "l", "a.b", "[" LISTENER("l", "\"protocol\":\"TCP\"") "]",
     WOULD_NOT "protocol of its listener l is TCP; set it to TLS"},
    {"Terminate", "", "l", "a.b", "[" LISTENER("l", TERMINATE) "]",
     WOULD_NOT "tls.mode of its listener l is Terminate; " SET_PASS},
    {"no mode: Terminate", "", "l", "a.b", "[" LISTENER("l", "\"protocol\":\"TLS\",\"tls\":{}") "]",
     WOULD_NOT "tls.mode of its listener l is Terminate; " SET_PASS},
    {"no tls: Terminate", "", "l", "a.b", "[" LISTENER("l", "\"protocol\":\"TLS\"") "]",
     WOULD_NOT "tls.mode of its listener l is Terminate; " SET_PASS},
    /* hostname */
    {"the same", "", "", "a.b", "[" LISTENER("l", HOST("a.b")) "]", NULL},
    {"another", "", "", "a.b", "[" LISTENER("l", HOST("x.b")) "]",
     WOULD_NOT "hostname of its listener l is x.b; make it cover the Pool's hostname"},
    {"a wildcard that covers it", "", "", "a.b", "[" LISTENER("l", HOST("*.b")) "]", NULL},
    {"a wildcard over labels", "", "", "x.a.b", "[" LISTENER("l", HOST("*.b")) "]", NULL},
    {"a wildcard that does not", "", "", "a.b", "[" LISTENER("l", HOST("*.a.b")) "]",
     WOULD_NOT "hostname of its listener l is *.a.b; make it cover the Pool's hostname"},
    {"a wildcard asked for", "", "", "*.b", "[" LISTENER("l", HOST("a.b")) "]", NULL},
    {"the same wildcard", "", "", "*.b", "[" LISTENER("l", HOST("*.b")) "]", NULL},
    {"any hostname", "", "", "a.b", "[" LISTENER("l", HOST("")) "]", NULL},
    /* allowedRoutes.namespaces */
    {"same namespace", "puppet", "", "a.b", "[" LISTENER("l", FROM("Same")) "]", NULL},
    {"same by default", "puppet", "", "a.b", "[" LISTENER("l", PASS) "]", NULL},
    {"not from another", "infra", "", "a.b", "[" LISTENER("l", FROM("Same")) "]",
     WOULD_NOT_INFRA "allowedRoutes.namespaces.from of its listener l is Same; " SET_FROM},
    {"nor by default", "infra", "", "a.b", "[" LISTENER("l", PASS) "]",
     WOULD_NOT_INFRA "allowedRoutes.namespaces.from of its listener l is Same; " SET_FROM},
    {"All", "infra", "", "a.b", "[" LISTENER("l", FROM("All")) "]", NULL},
    {"a selector is not judged", "infra", "", "a.b", "[" LISTENER("l", FROM("Selector")) "]", NULL},
    /* allowedRoutes.kinds */
    {"TLSRoute", "", "", "a.b", "[" LISTENER("l", ROUTE_KINDS(KIND("TLSRoute"))) "]", NULL},
    {"TLSRoute with its group", "", "", "a.b",
     "[" LISTENER("l", ROUTE_KINDS(KIND_IN(GATEWAY_KINDS, "TLSRoute"))) "]", NULL},
    {"TLSRoute among others", "", "", "a.b",
     "[" LISTENER("l", ROUTE_KINDS(KIND("TCPRoute") "," KIND("TLSRoute"))) "]", NULL},
    {"another kind", "", "", "a.b", "[" LISTENER("l", ROUTE_KINDS(KIND("TCPRoute"))) "]",
     WOULD_NOT "allowedRoutes.kinds of its listener l is without TLSRoute; add TLSRoute to it"},
    {"another group", "", "", "a.b",
     "[" LISTENER("l", ROUTE_KINDS(KIND_IN("example.org", "TLSRoute"))) "]",
     WOULD_NOT "allowedRoutes.kinds of its listener l is without TLSRoute; add TLSRoute to it"},
    {"no kinds: those of the protocol", "", "", "a.b", "[" LISTENER("l", ROUTE_KINDS("")) "]",
     NULL},
    /* what is no list says nothing */
    {"no listeners", "", "", "a.b", "", NULL},
    {"elsewhere, another hostname", "infra", "", "a.b",
     "[{\"name\":\"secret\",\"protocol\":\"TLS\",\"tls\":{\"mode\":\"Passthrough\"},"
     "\"hostname\":\"secret.example\"}]",
     "the Gateway infra/gw would not serve the route: hostname of its listener secret is "
     "secret.example; make it cover the Pool's hostname"},
    {"an object", "", "", "a.b", "{}", NULL},
    {"null", "", "", "a.b", "null", NULL},
    {"broken", "", "", "a.b", "[", NULL},
    {"odd listeners", "", "", "a.b", "[null,1,\"x\",[]]",
     WOULD_NOT "protocol of its listener  is missing; set it to TLS"},
};

/* An Event does not name the Gateway of another namespace, nor what its listeners say. */
static void check_note(const char *row, const struct pool_message *pool,
                       const struct finding *finding)
{
    bool elsewhere =
        pool->gateway_namespace[0] != '\0' && strcmp(pool->gateway_namespace, "puppet") != 0;

    CHECK_ROW(row, (finding->note != NULL) == elsewhere);
    if (!elsewhere)
        return;
    CHECK_ROW(row, strstr(finding->note, "a Gateway of another namespace") != NULL);
    CHECK_ROW(row, strstr(finding->note, "infra") == NULL && strstr(finding->note, "gw") == NULL);
    CHECK_ROW(row, strstr(finding->note, "secret") == NULL);
}

static void test_gateways(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct pool_message pool = {
            .namespace = "puppet",
            .name = "p",
            .hostname = rows[i].hostname,
            .gateway_namespace = rows[i].namespace,
            .gateway_name = "gw",
            .section_name = rows[i].section,
        };
        const struct gateway_message gateway = {
            .namespace = rows[i].namespace[0] != '\0' ? rows[i].namespace : "puppet",
            .name = "gw",
            .listeners = rows[i].listeners,
        };
        struct findings findings = {0};

        preflight(&pool, &gateway, &findings);
        CHECK_ROW(rows[i].row, findings.count <= 1);
        CHECK_ROW_TEXT(rows[i].row, findings.count > 0 ? findings.list[0].text : NULL,
                       rows[i].problem);
        CHECK_ROW(rows[i].row,
                  findings.count == 0 || findings.list[0].reason == FINDING_GATEWAY_NOT_READY);
        CHECK_ROW(rows[i].row, preflight_admits(&pool, &gateway) == (findings.count == 0));
        if (findings.count > 0)
            check_note(rows[i].row, &pool, &findings.list[0]);
        findings_clear(&findings);
    }
}

static void test_missing(void **state)
{
    static const struct {
        const char *namespace, *text;
    } gateways[] = {
        {"", "the Gateway puppet/gw does not exist; create it, or correct spec.route.gatewayRef"},
        {"infra",
         "the Gateway infra/gw does not exist; create it, or correct spec.route.gatewayRef"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(gateways); i++) {
        const struct pool_message pool = {.namespace = "puppet",
                                          .gateway_namespace = gateways[i].namespace,
                                          .gateway_name = "gw",
                                          .section_name = "",
                                          .hostname = "a.b"};
        struct findings findings = {0};

        preflight(&pool, NULL, &findings);
        assert_int_equal(findings.count, 1);
        assert_int_equal(findings.list[0].reason, FINDING_GATEWAY_NOT_READY);
        CHECK_ROW_TEXT(gateways[i].text, findings.list[0].text, gateways[i].text);
        check_note(gateways[i].text, &pool, &findings.list[0]);
        findings_clear(&findings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gateways),
        cmocka_unit_test(test_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
