/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of every owner, type and status that the Gateway API knows: what is a problem, what is
 * waited for, and what is no matter of ours. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/objects/conditions.h"

#define CLASS    CONDITIONS_GATEWAY_CLASS
#define GATEWAY  CONDITIONS_GATEWAY
#define LISTENER CONDITIONS_LISTENER
#define ROUTE    CONDITIONS_ROUTE

enum verdict {
    NOTHING,
    PROBLEM,
    WAITS
};

/* What one condition of the present generation is taken for. */
static void test_each(void **state)
{
    static const struct {
        enum condition_owner owner;
        const char *type, *status, *reason;
        enum verdict verdict;
    } rows[] = {
        {GATEWAY, "Accepted", "True", "Accepted", NOTHING},
        {GATEWAY, "Accepted", "True", "ListenersNotValid", NOTHING},
        {GATEWAY, "Accepted", "False", "Invalid", PROBLEM},
        {GATEWAY, "Accepted", "False", "InvalidParameters", PROBLEM},
        {GATEWAY, "Accepted", "False", "UnsupportedAddress", PROBLEM},
        {GATEWAY, "Accepted", "False", "ListenersNotValid", PROBLEM},
        {GATEWAY, "Accepted", "Unknown", "Pending", WAITS},
        {GATEWAY, "Programmed", "True", "Programmed", NOTHING},
        {GATEWAY, "Programmed", "False", "NoResources", PROBLEM},
        {GATEWAY, "Programmed", "False", "AddressNotAssigned", PROBLEM},
        {GATEWAY, "Programmed", "False", "AddressNotUsable", PROBLEM},
        {GATEWAY, "Programmed", "Unknown", "Pending", WAITS},
        {GATEWAY, "ResolvedRefs", "False", "RefNotPermitted", PROBLEM},
        {GATEWAY, "ResolvedRefs", "False", "ListenersNotResolved", NOTHING}, /* others' listeners */
        {GATEWAY, "ResolvedRefs", "Unknown", "Pending", NOTHING},
        {GATEWAY, "Conflicted", "True", "HostnameConflict", NOTHING},
        {GATEWAY, "Ready", "False", "ListenersNotReady", NOTHING},
        {GATEWAY, "Scheduled", "False", "NotReconciled", NOTHING},
        {GATEWAY, "InsecureFrontendValidationMode", "True", "ConfigurationChanged", NOTHING},
        {LISTENER, "Accepted", "True", "Accepted", NOTHING},
        {LISTENER, "Accepted", "False", "PortUnavailable", PROBLEM},
        {LISTENER, "Accepted", "False", "UnsupportedProtocol", PROBLEM},
        {LISTENER, "Accepted", "False", "UnsupportedValue", PROBLEM},
        {LISTENER, "Accepted", "Unknown", "Pending", WAITS},
        {LISTENER, "Conflicted", "True", "HostnameConflict", PROBLEM},
        {LISTENER, "Conflicted", "True", "ProtocolConflict", PROBLEM},
        {LISTENER, "Conflicted", "False", "NoConflicts", NOTHING},
        {LISTENER, "Detached", "True", "PortUnavailable", PROBLEM},
        {LISTENER, "Detached", "False", "Attached", NOTHING},
        {LISTENER, "ResolvedRefs", "False", "InvalidCertificateRef", PROBLEM},
        {LISTENER, "ResolvedRefs", "False", "InvalidRouteKinds", PROBLEM},
        {LISTENER, "ResolvedRefs", "True", "ResolvedRefs", NOTHING},
        {LISTENER, "Programmed", "False", "Invalid", PROBLEM},
        {LISTENER, "Programmed", "False", "Pending", PROBLEM},
        {LISTENER, "Programmed", "Unknown", "Pending", WAITS},
        {LISTENER, "OverlappingTLSConfig", "True", "OverlappingHostnames", NOTHING},
        {CLASS, "Accepted", "True", "Accepted", NOTHING},
        {CLASS, "Accepted", "False", "InvalidParameters", PROBLEM},
        {CLASS, "Accepted", "Unknown", "Waiting", WAITS},
        {CLASS, "SupportedVersion", "False", "UnsupportedVersion", NOTHING},
        {ROUTE, "Accepted", "True", "Accepted", NOTHING},
        {ROUTE, "Accepted", "False", "NotAllowedByListeners", PROBLEM},
        {ROUTE, "Accepted", "Unknown", "Pending", WAITS},
        {ROUTE, "ResolvedRefs", "False", "BackendNotFound", PROBLEM},
        {ROUTE, "PartiallyInvalid", "True", "UnsupportedValue", PROBLEM},
        {ROUTE, "PartiallyInvalid", "False", "UnsupportedValue", NOTHING},
        {ROUTE, "Programmed", "False", "Invalid", NOTHING},
        {ROUTE, "accepted", "False", "Other", NOTHING},
        {ROUTE, "", "False", "Other", NOTHING},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = memory_format(
            "[{\"type\":\"%s\",\"status\":\"%s\",\"reason\":\"%s\",\"message\":\"m\"},"
            "{\"type\":\"Accepted\",\"status\":\"True\"}]",
            rows[i].type, rows[i].status, rows[i].reason);
        char *said = memory_format("%s %s: m", rows[i].type, rows[i].reason);
        struct arena arena = {0};
        const struct value *list = value_read(&arena, text, strlen(text));
        const struct value *read = conditions_read(&arena, list, rows[i].owner, 1, 512);
        const struct value *problems = value_at(read, CONDITIONS_PROBLEMS);

        CHECK_ROW(text, value_count(problems) == (rows[i].verdict == PROBLEM ? 1 : 0));
        if (rows[i].verdict == PROBLEM)
            CHECK_ROW_TEXT(text, value_text_at(value_item(problems, 0), ""), said);
        CHECK_ROW_TEXT(text, value_text_at(read, CONDITIONS_WAITING),
                       rows[i].verdict == WAITS ? said : "");
        arena_clear(&arena);
        free(said);
        free(text);
    }
}

/* Who has said nothing of Accepted, or not about the present spec, has yet to answer; of a listener
 * or a class the Gateway itself tells. */
static void test_generations(void **state)
{
#define ACCEPTED(status, more) "{\"type\":\"Accepted\",\"status\":\"" status "\"" more "}"
    static const struct {
        const char *list;
        enum condition_owner owner;
        const char *waiting;
    } rows[] = {
        {"[]", GATEWAY, "it has no condition Accepted"},
        {"[]", ROUTE, "it has no condition Accepted"},
        {"[]", LISTENER, ""},
        {"[]", CLASS, ""},
        {"null", GATEWAY, "it has no condition Accepted"},
        {"{}", GATEWAY, "it has no condition Accepted"},
        {"[null,1,[],{}]", GATEWAY, "it has no condition Accepted"},
        {"[{\"type\":\"Programmed\",\"status\":\"True\"}]", GATEWAY,
         "it has no condition Accepted"},
        {"[" ACCEPTED("True", "") "]", GATEWAY, ""},
        {"[" ACCEPTED("True", ",\"observedGeneration\":3") "]", GATEWAY, ""},
        {"[" ACCEPTED("True", ",\"observedGeneration\":4") "]", GATEWAY, ""},
        {"[" ACCEPTED("True", ",\"observedGeneration\":2") "]", GATEWAY,
         "its condition Accepted is about generation 2, and it has 3"},
        {"[" ACCEPTED("False", ",\"observedGeneration\":2") "]", ROUTE,
         "its condition Accepted is about generation 2, and it has 3"},
        {"[" ACCEPTED("False", ",\"observedGeneration\":2") "]", LISTENER, ""},
        {"[" ACCEPTED("True", "") ",{\"type\":\"Programmed\",\"status\":\"Unknown\","
                                  "\"reason\":\"Pending\",\"message\":\"m\"}]",
         GATEWAY, "Programmed Pending: m"},
        {"[" ACCEPTED("True", "") ",{\"type\":\"Programmed\",\"status\":\"Unknown\","
                                  "\"observedGeneration\":2}]",
         GATEWAY, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena arena = {0};
        const struct value *list = value_read(&arena, rows[i].list, strlen(rows[i].list));
        const struct value *read = conditions_read(&arena, list, rows[i].owner, 3, 512);

        CHECK_ROW_TEXT(rows[i].list, value_text_at(read, CONDITIONS_WAITING), rows[i].waiting);
        CHECK_ROW(rows[i].list, value_at(read, CONDITIONS_PROBLEMS) == NULL);
        arena_clear(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each),
        cmocka_unit_test(test_generations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
