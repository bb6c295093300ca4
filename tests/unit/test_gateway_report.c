/* SPDX-License-Identifier: Apache-2.0 */
/* What a Gateway's controller reports, as the findings of a Pool there: which listeners count, and
 * what may be said to whom. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "reconciler/plan/gateway_report.h"

#define PASS              "\"protocol\":\"TLS\",\"tls\":{\"mode\":\"Passthrough\"}"
#define NAMED(n)          "{\"name\":\"" n "\"," PASS "}"
#define HTTP              "{\"name\":\"http\",\"protocol\":\"HTTP\"}"
#define WRONG(t)          "{\"problems\":[\"" t "\"]}"
#define WAITS(t)          "{\"waiting\":\"" t "\"}"
#define OF_LISTENERS(all) "{\"listeners\":[" all "]}"
#define CONFLICT          "Conflicted HostnameConflict: with listener secret"
#define TAKEN             "Accepted PortUnavailable: taken"
#define DOES_NOT          "the Gateway n/gw does not serve the route: "

/* The Pool asks for a.b at gw, both in the namespace n. */
struct row {
    const char *row, *section, *listeners, *status, *class_status;
    const char *problems; /* each with a '|' after it */
    const char *awaited;
};

static const struct row rows[] = {
    {"nothing is reported", "", NAMED("tls"), "", "", "", ""},
    {"the Gateway", "", NAMED("tls"), WRONG("Programmed AddressNotAssigned: none left"), "",
     DOES_NOT "its controller reports: Programmed AddressNotAssigned: none left|", ""},
    {"its listener", "tls", NAMED("tls"), OF_LISTENERS(WRONG(CONFLICT)), "",
     DOES_NOT "its controller reports of its listener tls: " CONFLICT "|", ""},
    {"twice", "tls", NAMED("tls"), OF_LISTENERS("{\"problems\":[\"" CONFLICT "\",\"" TAKEN "\"]}"),
     "",
     DOES_NOT "its controller reports of its listener tls: " CONFLICT "|" DOES_NOT
              "its controller reports of its listener tls: " TAKEN "|",
     ""},
    {"both", "tls", NAMED("tls"), "{\"problems\":[\"A: b\"],\"listeners\":[" WRONG(TAKEN) "]}", "",
     DOES_NOT "its controller reports: A: b|" DOES_NOT
              "its controller reports of its listener tls: " TAKEN "|",
     ""},
    /* which listener counts */
    {"another listener, by name", "tls", NAMED("other") "," NAMED("tls"),
     OF_LISTENERS(WRONG(TAKEN) ",null"), "", "", ""},
    {"without a name one that works is enough", "", NAMED("other") "," NAMED("tls"),
     OF_LISTENERS(WRONG(TAKEN) ",null"), "", "", ""},
    {"none works: the first", "", NAMED("a") "," NAMED("b"),
     OF_LISTENERS(WRONG(TAKEN) "," WRONG(CONFLICT)), "",
     DOES_NOT "its controller reports of its listener a: " TAKEN "|", ""},
    {"one that would not serve the route does not count", "", HTTP "," NAMED("tls"),
     OF_LISTENERS("null," WRONG(TAKEN)), "",
     DOES_NOT "its controller reports of its listener tls: " TAKEN "|", ""},
    {"nor does it matter", "", HTTP "," NAMED("tls"), OF_LISTENERS(WRONG(TAKEN) ",null"), "", "",
     ""},
    {"one that waits is better than one that is wrong", "", NAMED("a") "," NAMED("b"),
     OF_LISTENERS(WRONG(TAKEN) "," WAITS("Programmed Pending: p")), "", "",
     "the Gateway n/gw waits for its controller (listener b: Programmed Pending: p); check that "
     "e/c, the controller of its GatewayClass c, runs|"},
    /* waiting */
    {"the Gateway waits", "", NAMED("tls"), WAITS("Accepted Pending: Waiting for controller"), "",
     "",
     "the Gateway n/gw waits for its controller (Accepted Pending: Waiting for controller); check "
     "that e/c, the controller of its GatewayClass c, runs|"},
    {"its class is refused", "", NAMED("tls"), WAITS("w"), WRONG("Accepted InvalidParameters: p"),
     DOES_NOT "the controller of its GatewayClass c reports: Accepted InvalidParameters: p|",
     "the Gateway n/gw waits for its controller (w); check that e/c, the controller of its "
     "GatewayClass c, runs|"},
    {"its class is refused, and it is served", "", NAMED("tls"), "",
     WRONG("Accepted InvalidParameters: p"), "", ""},
    /* what nobody would write */
    {"odd statuses", "", NAMED("tls"), "[]", "[]", "", ""},
    {"broken ones", "", NAMED("tls"), "{", "{", "", ""},
    {"odd listeners", "", "null,1", OF_LISTENERS(WRONG(TAKEN)), "", "", ""},
};

static char *joined(struct findings *findings, enum finding_reason reason)
{
    char *text = memory_text("");

    for (size_t i = 0; i < findings->count; i++) {
        char *more = memory_format("%s%s|", text, findings->list[i].text);

        assert_int_equal(findings->list[i].reason, reason);
        free(text);
        text = more;
    }
    return text;
}

/* The findings about the Pool of a row; WAITING is what its TLSRoute waits for. */
static void check(const struct row *row, const char *waiting, const char *awaited)
{
    char *listeners = memory_format("[%s]", row->listeners), *text;
    const struct pool_message pool = {.namespace = "n",
                                      .hostname = "a.b",
                                      .gateway_namespace = "",
                                      .gateway_name = "gw",
                                      .section_name = row->section};
    const struct gateway_message gateway = {
        .namespace = "n", .class = "c", .listeners = listeners, .status = row->status};
    const struct gateway_class_message class = {.controller = "e/c", .status = row->class_status};
    const struct known_gateway known = {&gateway, &class, true};
    struct findings problems = {0}, waits = {0};

    gateway_report_problems(&pool, &known, &problems);
    text = joined(&problems, FINDING_GATEWAY_NOT_READY);
    CHECK_ROW_TEXT(row->row, text, row->problems);
    free(text);
    CHECK_ROW(row->row,
              gateway_report_awaited(&pool, &known, waiting, NULL) == (awaited[0] != '\0'));
    gateway_report_awaited(&pool, &known, waiting, &waits);
    text = joined(&waits, FINDING_ROUTE_UNANSWERED);
    CHECK_ROW_TEXT(row->row, text, awaited);
    free(text);
    findings_clear(&problems);
    findings_clear(&waits);
    free(listeners);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check(&rows[i], NULL, rows[i].awaited);
        /* what the Gateway waits for explains why nobody answers for its routes */
        if (rows[i].awaited[0] != '\0')
            check(&rows[i], "there is no report of it", rows[i].awaited);
    }
}

/* What there is to do depends on what is known of the GatewayClass. */
static void test_unanswered(void **state)
{
#define UNANSWERED "the Gateway n/gw has not answered for the TLSRoute (w); "
#define HAS_TO     "; it has to be one that serves TLSRoutes|"
    static const struct gateway_message gateway = {
        .namespace = "n", .class = "c", .listeners = "", .status = ""};
    static const struct gateway_class_message class = {.controller = "e/c", .status = ""};
    static const struct {
        struct known_gateway known;
        const char *text;
    } cases[] = {
        {{NULL, NULL, false}, UNANSWERED "check that its controller runs" HAS_TO},
        {{NULL, NULL, true}, UNANSWERED "check that its controller runs" HAS_TO},
        {{&gateway, NULL, false}, UNANSWERED "check that its controller runs" HAS_TO},
        {{&gateway, NULL, true},
         UNANSWERED "check its GatewayClass c, which does not exist" HAS_TO},
        {{&gateway, &class, true},
         UNANSWERED "check that e/c, the controller of its GatewayClass c, runs" HAS_TO},
    };
    const struct pool_message pool = {.namespace = "n",
                                      .hostname = "a.b",
                                      .gateway_namespace = "n",
                                      .gateway_name = "gw",
                                      .section_name = ""};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct findings findings = {0};
        char *text;

        gateway_report_awaited(&pool, &cases[i].known, "w", &findings);
        text = joined(&findings, FINDING_ROUTE_UNANSWERED);
        CHECK_ROW_TEXT(cases[i].text, text, cases[i].text);
        free(text);
        findings_clear(&findings);
    }
}

/* An Event of a Pool elsewhere has the reason, and neither names nor what messages say. */
static void test_notes(void **state)
{
    static const char *const statuses[] = {
        WRONG("Accepted Invalid: secret"),
        OF_LISTENERS(WRONG(CONFLICT)),
        WAITS("Accepted Pending: secret"),
    };
    static const struct gateway_class_message class = {
        .controller = "secret/c", .status = WRONG("Accepted InvalidParameters: secret")};
    const struct pool_message pool = {.namespace = "n",
                                      .hostname = "a.b",
                                      .gateway_namespace = "infra",
                                      .gateway_name = "gw",
                                      .section_name = ""};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        const struct gateway_message gateway = {
            .namespace = "infra",
            .class = "secret",
            .listeners = "[{\"name\":\"secret\"," PASS ","
                         "\"allowedRoutes\":{\"namespaces\":{\"from\":\"All\"}}}]",
            .status = statuses[i]};
        const struct known_gateway known = {&gateway, &class, true};
        struct findings findings = {0};

        gateway_report_problems(&pool, &known, &findings);
        gateway_report_awaited(&pool, &known, "there is no report of it", &findings);
        CHECK_ROW(statuses[i], findings.count > 0);
        for (size_t j = 0; j < findings.count; j++) {
            const char *note = findings.list[j].note;

            CHECK_ROW(statuses[i],
                      strncmp(findings.list[j].text, "the Gateway infra/gw ", 21) == 0);
            CHECK_ROW(statuses[i], strstr(note, "a Gateway of another namespace") == note);
            CHECK_ROW(statuses[i], strstr(note, "infra") == NULL && strstr(note, "gw") == NULL);
            CHECK_ROW(statuses[i], strstr(note, "secret") == NULL);
        }
        findings_clear(&findings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_unanswered),
        cmocka_unit_test(test_notes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
