/* SPDX-License-Identifier: Apache-2.0 */
/* What Gateway controllers say of a TLSRoute: which conditions are refusals of the route as it is.
 */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/objects/route_status.h"

#define TEN     "abcdefghij"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* A TLSRoute of generation 3 in namespace n. */
#define ROUTE(parents, status)                                                                     \
    "{\"metadata\":{\"namespace\":\"n\",\"name\":\"r\",\"generation\":3},"                         \
    "\"spec\":{\"parentRefs\":[" parents "]},\"status\":{\"parents\":[" status "]}}"
#define GW "{\"name\":\"gw\"}"
#define TOLD(ref, conditions)                                                                      \
    "{\"parentRef\":" ref ",\"controllerName\":\"c\",\"conditions\":[" conditions "]}"
#define SAID(type, status, reason, message, generation)                                            \
    "{\"type\":\"" type "\",\"status\":\"" status "\",\"reason\":\"" reason                        \
    "\",\"message\":\"" message "\",\"observedGeneration\":" generation "}"
#define NO(type) SAID(type, "False", "R", "m", "3")
#define ONE(ref) ROUTE(GW, TOLD(ref, NO("Accepted")))

static const struct {
    const char *row, *route;
    const char *refusals; /* each with a '|' after it */
} rows[] = {
    {"no status", "{\"metadata\":{\"namespace\":\"n\"},\"spec\":{\"parentRefs\":[" GW "]}}", ""},
    {"nobody said anything", ROUTE(GW, ""), ""},
    {"no conditions", ROUTE(GW, TOLD(GW, "")), ""},
    /* conditions */
    {"accepted", ROUTE(GW, TOLD(GW, SAID("Accepted", "True", "Accepted", "", "3"))), ""},
    {"refused",
     ROUTE(GW, TOLD(GW, SAID("Accepted", "False", "NotAllowedByListeners", "not from here", "3"))),
     "Accepted NotAllowedByListeners: not from here|"},
    {"references",
     ROUTE(GW, TOLD(GW, SAID("Accepted", "True", "Accepted", "", "3") "," SAID(
                            "ResolvedRefs", "False", "BackendNotFound", "no Service p", "3"))),
     "ResolvedRefs BackendNotFound: no Service p|"},
    {"not one line",
     ROUTE(GW, TOLD(GW, SAID("Accepted", "False", "R\\u001b[1m", "a\\nb\\u009b", "3"))),
     "Accepted R?[1m: a?b?|"},
    {"both", ROUTE(GW, TOLD(GW, NO("ResolvedRefs") "," NO("Accepted"))),
     "ResolvedRefs R: m|Accepted R: m|"},
    {"not known", ROUTE(GW, TOLD(GW, SAID("Accepted", "Unknown", "Pending", "wait", "3"))), ""},
    {"other types", ROUTE(GW, TOLD(GW, NO("Programmed") "," NO("PartiallyInvalid"))), ""},
    {"no reason and message",
     ROUTE(GW, TOLD(GW, "{\"type\":\"Accepted\",\"status\":\"False\",\"observedGeneration\":3}")),
     "Accepted : |"},
    /* generations */
    {"of an older spec", ROUTE(GW, TOLD(GW, SAID("Accepted", "False", "R", "m", "2"))), ""},
    {"of a newer one", ROUTE(GW, TOLD(GW, SAID("Accepted", "False", "R", "m", "4"))),
     "Accepted R: m|"},
    {"of none",
     ROUTE(GW, TOLD(GW, "{\"type\":\"Accepted\",\"status\":\"False\",\"reason\":\"R\","
                        "\"message\":\"m\"}")),
     "Accepted R: m|"},
    {"old and new",
     ROUTE(GW, TOLD(GW, SAID("Accepted", "False", "R", "old", "2") "," NO("ResolvedRefs"))),
     "ResolvedRefs R: m|"},
    /* which parents count: defaults may be filled in on either side */
    {"all defaults filled in",
     ONE("{\"group\":\"gateway.networking.k8s.io\",\"kind\":\"Gateway\",\"namespace\":\"n\","
         "\"name\":\"gw\"}"),
     "Accepted R: m|"},
    {"a section that the spec does not have", ONE("{\"name\":\"gw\",\"sectionName\":\"tls\"}"),
     "Accepted R: m|"},
    {"other name", ONE("{\"name\":\"gw2\"}"), ""},
    {"other namespace", ONE("{\"name\":\"gw\",\"namespace\":\"m\"}"), ""},
    {"other kind", ONE("{\"name\":\"gw\",\"kind\":\"Service\"}"), ""},
    {"other group", ONE("{\"name\":\"gw\",\"group\":\"\"}"), ""},
    {"no name", ONE("{}"), ""},
    {"no parentRef", ROUTE(GW, "{\"conditions\":[" NO("Accepted") "]}"), ""},
    {"the namespace of the spec",
     ROUTE("{\"name\":\"gw\",\"namespace\":\"m\"}",
           TOLD("{\"name\":\"gw\",\"namespace\":\"m\"}", NO("Accepted"))),
     "Accepted R: m|"},
    {"the spec's is another one than the route's",
     ROUTE("{\"name\":\"gw\",\"namespace\":\"m\"}", TOLD(GW, NO("Accepted"))), ""},
    {"the section of the spec",
     ROUTE("{\"name\":\"gw\",\"sectionName\":\"tls\"}",
           TOLD("{\"name\":\"gw\",\"sectionName\":\"tls\"}", NO("Accepted"))),
     "Accepted R: m|"},
    {"another section",
     ROUTE("{\"name\":\"gw\",\"sectionName\":\"tls\"}",
           TOLD("{\"name\":\"gw\",\"sectionName\":\"http\"}", NO("Accepted"))),
     ""},
    {"no section told",
     ROUTE("{\"name\":\"gw\",\"sectionName\":\"tls\"}", TOLD(GW, NO("Accepted"))),
     "Accepted R: m|"},
    /* several */
    {"one of two parents refuses",
     ROUTE(GW ",{\"name\":\"gw2\"}",
           TOLD(GW, SAID("Accepted", "True", "Accepted", "", "3")) "," TOLD("{\"name\":\"gw2\"}",
                                                                            NO("Accepted"))),
     "Accepted R: m|"},
    {"two controllers, the same words",
     ROUTE(GW, TOLD(GW, NO("Accepted")) "," TOLD(GW, NO("Accepted"))), "Accepted R: m|"},
    {"two controllers, other words",
     ROUTE(GW, TOLD(GW, NO("Accepted")) "," TOLD(GW, SAID("Accepted", "False", "R", "n", "3"))),
     "Accepted R: m|Accepted R: n|"},
    {"a parent of the past beside it",
     ROUTE(GW, TOLD("{\"name\":\"old\"}", NO("Accepted")) "," TOLD(GW, NO("ResolvedRefs"))),
     "ResolvedRefs R: m|"},
    /* other types of values */
    {"null", "null", ""},
    {"a list", "[]", ""},
    {"parents is an object",
     "{\"spec\":{\"parentRefs\":[" GW "]},\"status\":{\"parents\":{\"a\":1}}}", ""},
    {"odd parents", ROUTE(GW, "null,1,\"x\",[],{}"), ""},
    {"odd references", ROUTE("null,1,\"x\",[],{}", TOLD(GW, NO("Accepted"))), ""},
    {"odd conditions", ROUTE(GW, TOLD(GW, "null,1,\"x\",[],{},{\"type\":1,\"status\":false}")), ""},
    {"conditions is an object",
     ROUTE(GW, "{\"parentRef\":" GW ",\"conditions\":" NO("Accepted") "}"), ""},
    {"odd texts",
     ROUTE(GW, TOLD(GW, "{\"type\":\"Accepted\",\"status\":\"False\",\"reason\":7,"
                        "\"message\":{\"a\":1},\"observedGeneration\":3}")),
     "Accepted : |"},
};

static char *joined(struct text_list *list)
{
    char *text = memory_text("");

    TEXT_LIST_FOREACH (item, list) {
        char *more = memory_format("%s%s|", text, item);

        free(text);
        text = more;
    }
    text_list_clear(list);
    return text;
}

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *route = check_json(rows[i].route);
        struct text_list refusals = route_refusals(route);
        char *text = joined(&refusals);

        CHECK_ROW_TEXT(rows[i].row, text, rows[i].refusals);
        free(text);
        json_object_put(route);
    }
}

/* Whatever controllers write: a bounded number of bounded texts, each of them UTF-8. */
static void test_bounds(void **state)
{
    char *message = memory_text("");
    struct json_object *route, *conditions, *parents;
    struct text_list refusals;

    (void)state;
    for (int i = 0; i < 50; i++) { /* characters of three bytes: no bound is between two of them */
        char *more = memory_format("%s\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
                                   "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac",
                                   message);

        free(message);
        message = more;
    }
    route = check_json(ROUTE(GW, TOLD(GW, "")));
    json_object_object_get_ex(json_object_object_get(route, "status"), "parents", &parents);
    conditions = json_object_object_get(json_object_array_get_idx(parents, 0), "conditions");
    for (int i = 0; i < 100; i++) {
        struct json_object *condition = check_json(NO("Accepted"));
        char *reason = memory_format("%d" HUNDRED HUNDRED, i);

        json_object_object_add(condition, "reason", json_object_new_string(reason));
        json_object_object_add(condition, "message", json_object_new_string(message));
        json_object_array_add(conditions, condition);
        free(reason);
    }
    refusals = route_refusals(route);
    assert_int_equal(refusals.count, 16);
    assert_true(refusals.size <= 16384); /* as the message takes them */
    TEXT_LIST_FOREACH (refusal, &refusals) {
        const char *last = refusal + strlen(refusal) - 3;

        assert_true(strlen(refusal) < 1024);
        assert_string_equal(last, "\xe2\x82\xac");
    }
    text_list_clear(&refusals);
    json_object_put(route);
    free(message);
}

/* A reason is cut where a character ends, too. */
static void test_long_reason(void **state)
{
#define SEVEN "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
    struct json_object *route = check_json(ROUTE(GW, TOLD(GW, NO("Accepted")))), *condition;
    struct text_list refusals;

    (void)state;
    condition = json_object_object_get(json_object_object_get(route, "status"), "parents");
    condition = json_object_object_get(json_object_array_get_idx(condition, 0), "conditions");
    condition = json_object_array_get_idx(condition, 0);
    json_object_object_add(condition, "reason",
                           json_object_new_string(SEVEN SEVEN SEVEN SEVEN SEVEN SEVEN SEVEN));
    json_object_object_add(condition, "message", json_object_new_string("m"));
    refusals = route_refusals(route);
    assert_int_equal(refusals.count, 1);
    assert_string_equal(text_list_next(&refusals, NULL),
                        "Accepted " SEVEN SEVEN SEVEN SEVEN SEVEN SEVEN ": m");
    text_list_clear(&refusals);
    json_object_put(route);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_long_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
