/* SPDX-License-Identifier: Apache-2.0 */
/* What Gateway controllers say of a TLSRoute: which conditions are refusals of the route as it is.
 */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/message/message.h"
#include "common/objects/route_status.h"

#define TEN     "abcdefghij"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* A TLSRoute of generation 3 in namespace n. */
#define ROUTE(parents, status)                                                                     \
    "{\"metadata\":{\"namespace\":\"n\",\"name\":\"r\",\"generation\":3},"                         \
    "\"spec\":{\"parentRefs\":[" parents "]},\"status\":{\"parents\":[" status "]}}"
#define GW                    "{\"name\":\"gw\"}"
#define TOLD(ref, conditions) TOLD_BY("c", ref, conditions)
#define TOLD_BY(controller, ref, conditions)                                                       \
    "{\"parentRef\":" ref ",\"controllerName\":\"" controller "\",\"conditions\":[" conditions "]" \
    "}"
#define AT(day, type, status, generation)                                                          \
    "{\"type\":\"" type "\",\"status\":\"" status "\",\"reason\":\"" day "\",\"message\":\"\","    \
    "\"lastTransitionTime\":\"2026-01-" day "T00:00:00Z\",\"observedGeneration\":" generation "}"
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

static char *answers_of(struct json_object *route, size_t bytes)
{
    struct arena arena = {0};
    char *answers = route_answers(value_of_json(&arena, route), bytes);

    arena_clear(&arena);
    return answers;
}

static struct route_answer answer_of(struct json_object *route, const char *controller)
{
    char *answers = answers_of(route, MESSAGE_BOUND(route, answers));
    struct route_answer answer = route_answer_of(answers, controller);

    free(answers);
    return answer;
}

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *route = check_json(rows[i].route);
        struct route_answer answer = answer_of(route, NULL);
        char *text = joined(&answer.refusals);

        CHECK_ROW_TEXT(rows[i].row, text, rows[i].refusals);
        free(text);
        route_answer_clear(&answer);
        json_object_put(route);
    }
}

/* Who has to answer: the controller of the Gateway's class or, where that is not known, who spoke
 * last. "waits" stands for no answer. */
static void test_controllers(void **state)
{
#define YES(day) AT(day, "Accepted", "True", "3")
#define NAY(day) AT(day, "Accepted", "False", "3")
#define OLD      TOLD_BY("old", GW, NAY("01"))
#define NEW      TOLD_BY("new", GW, YES("02"))
    static const struct {
        const char *row, *controller, *status, *answer;
    } cases[] = {
        {"nobody", "new", "", "waits"},
        {"nobody, not known who", NULL, "", "waits"},
        {"its own", "new", NEW, ""},
        {"a former one refuses", "new", OLD "," NEW, ""},
        {"in the other order", "new", NEW "," OLD, ""},
        {"a former one accepts", "old", OLD "," NEW, "Accepted 01: |"},
        {"only the former one", "new", OLD, "waits"},
        {"only the former one, and it accepts", "other", NEW, "waits"},
        {"not known: the newest", NULL, OLD "," NEW, ""},
        {"not known, in the other order", NULL, NEW "," OLD, ""},
        {"not known: the newest refuses", "", NEW "," TOLD_BY("old", GW, NAY("03")),
         "Accepted 03: |"},
        {"not known, at one time: who refuses is heard", NULL,
         NEW "," TOLD_BY("old", GW, NAY("02")), "Accepted 02: |"},
        {"not known: what is about an earlier spec is no news", NULL,
         TOLD_BY("old", GW, AT("09", "Accepted", "False", "2")) "," NEW, ""},
        {"listener by listener", NULL,
         TOLD_BY("new", "{\"name\":\"gw\",\"sectionName\":\"a\"}", NAY("01")) "," NEW,
         "Accepted 01: |"},
        {"about an earlier spec", "new", TOLD_BY("new", GW, AT("02", "Accepted", "True", "2")),
         "waits"},
        {"not yet", "new", TOLD_BY("new", GW, AT("02", "Accepted", "Unknown", "3")), "waits"},
        {"not about what counts", "new", TOLD_BY("new", GW, AT("02", "Programmed", "True", "3")),
         "waits"},
        {"nothing", "new", TOLD_BY("new", GW, ""), "waits"},
        {"a fault, and no answer", "new",
         TOLD_BY("new", GW, AT("02", "ResolvedRefs", "False", "3")), "ResolvedRefs 02: |waits"},
        {"the last good spec is served", "new",
         TOLD_BY("new", GW,
                 AT("02", "Accepted", "True", "2") "," AT("03", "PartiallyInvalid", "True", "3")),
         "PartiallyInvalid 03: |waits"},
        {"another parent", "new", TOLD_BY("new", "{\"name\":\"other\"}", YES("02")), "waits"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *text = memory_format(ROUTE(GW, "%s"), cases[i].status), *refusals, *found;
        struct json_object *route = check_json(text);
        struct route_answer answer = answer_of(route, cases[i].controller);

        refusals = joined(&answer.refusals);
        found = memory_format("%s%s", refusals, answer.waiting != NULL ? "waits" : "");
        CHECK_ROW_TEXT(cases[i].row, found, cases[i].answer);
        free(found);
        free(refusals);
        free(text);
        route_answer_clear(&answer);
        json_object_put(route);
    }
}

/* As long as the message takes, and longer: the texts are cut before anything is left out. */
static void test_room(void **state)
{
    char *status = memory_text(TOLD(GW, NO("Accepted"))), *text;
    struct json_object *route;
    struct route_answer answer;

    (void)state;
    for (int i = 0; i < 40; i++) {
        char *more = memory_format(
            "%s," TOLD_BY("%0200d", GW,
                          SAID("Accepted", "False", "R%d", HUNDRED HUNDRED HUNDRED, "3")),
            status, i, i);

        free(status);
        status = more;
    }
    text = memory_format(ROUTE(GW, "%s"), status);
    route = check_json(text);
    free(text);
    for (size_t bytes = 6000; bytes <= 24000; bytes *= 2) {
        char *answers = answers_of(route, bytes);

        assert_true(strlen(answers) > 0 && strlen(answers) <= bytes);
        answer = route_answer_of(answers, "c");
        assert_int_equal(answer.refusals.count, 1);
        route_answer_clear(&answer);
        free(answers);
    }
    free(status);
    json_object_put(route);
}

/* Whatever controllers write: a bounded number of bounded texts, each of them UTF-8. */
static void test_bounds(void **state)
{
    char *message = memory_text("");
    struct json_object *route, *conditions, *parents;
    struct route_answer answer;

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
    answer = answer_of(route, "c");
    assert_int_equal(answer.refusals.count, 16);
    TEXT_LIST_FOREACH (refusal, &answer.refusals) {
        const char *last = refusal + strlen(refusal) - 3;

        assert_true(strlen(refusal) < 1024);
        assert_string_equal(last, "\xe2\x82\xac");
    }
    route_answer_clear(&answer);
    json_object_put(route);
    free(message);
}

/* A reason is cut where a character ends, too. */
static void test_long_reason(void **state)
{
#define SEVEN "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
    struct json_object *route = check_json(ROUTE(GW, TOLD(GW, NO("Accepted")))), *condition;
    struct route_answer answer;

    (void)state;
    condition = json_object_object_get(json_object_object_get(route, "status"), "parents");
    condition = json_object_object_get(json_object_array_get_idx(condition, 0), "conditions");
    condition = json_object_array_get_idx(condition, 0);
    json_object_object_add(condition, "reason",
                           json_object_new_string(SEVEN SEVEN SEVEN SEVEN SEVEN SEVEN SEVEN));
    json_object_object_add(condition, "message", json_object_new_string("m"));
    answer = answer_of(route, "c");
    assert_int_equal(answer.refusals.count, 1);
    assert_string_equal(text_list_next(&answer.refusals, NULL),
                        "Accepted " SEVEN SEVEN SEVEN SEVEN SEVEN SEVEN ": m");
    route_answer_clear(&answer);
    json_object_put(route);
}

/* What a watcher that has gone mad sends is no reason to fail. */
static void test_odd_answers(void **state)
{
    static const struct {
        const char *answers, *refusals, *waiting;
    } cases[] = {
        {"", "", "there is no report of it"},
        {"{", "", "there is no report of it"},
        {"{\"problems\":[]}", "", "there is no report of it"},
        {"[1,null,\"a\",[2]]", "", NULL},
        {"[{\"problems\":\"a\",\"waiting\":7}]", "", ""},
        {"[{\"problems\":[1,null,true,{},\"a\"]}]", "|a|", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct route_answer answer = route_answer_of(cases[i].answers, NULL);
        char *refusals = joined(&answer.refusals);

        CHECK_ROW_TEXT(cases[i].answers, refusals, cases[i].refusals);
        CHECK_ROW(cases[i].answers, (answer.waiting == NULL) == (cases[i].waiting == NULL));
        if (cases[i].waiting != NULL)
            CHECK_ROW_TEXT(cases[i].answers, answer.waiting, cases[i].waiting);
        free(refusals);
        route_answer_clear(&answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),    cmocka_unit_test(test_controllers),
        cmocka_unit_test(test_room),        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_long_reason), cmocka_unit_test(test_odd_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
