/* SPDX-License-Identifier: Apache-2.0 */
/* Which requests are refused before anything is fetched for them. */
#include "tests/unit/check.h"

#include "certpatcher/request.h"

static void test_refusals(void **state)
{
    static const struct {
        const char *namespace, *certificate;
        bool restricted;     /* to the namespaces a and b */
        const char *refusal; /* a word of it, or NULL */
    } rows[] = {
        {"a", "c", false, NULL},       {"any", "c", false, NULL},
        {"any", "c.d", false, NULL},   {"b", "c", true, NULL},
        {"any", "c", true, "served"},  {"", "c", true, "served"},
        {"", "c", false, "served"},    {"..", "c", false, "served"},
        {"a/b", "c", false, "served"}, {"a", "", false, "name"},
        {"a", "..", false, "name"},    {"a", "../../pools/p", false, "name"},
        {"a", "C", false, "name"},     {"a", "c?x", false, "name"},
    };
    struct text_list namespaces = {0};

    (void)state;
    text_list_add(&namespaces, "a");
    text_list_add(&namespaces, "b");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct inject_message request = {.namespace = rows[i].namespace,
                                               .certificate = rows[i].certificate};
        const struct settings_message settings = {
            .namespaces = rows[i].restricted ? namespaces : (struct text_list){0}};
        const char *refusal = request_refusal(request.namespace, request.certificate, &settings);

        if ((refusal == NULL) != (rows[i].refusal == NULL) ||
            (refusal != NULL && strstr(refusal, rows[i].refusal) == NULL))
            fail_msg("%s/%s: %s", rows[i].namespace, rows[i].certificate,
                     refusal != NULL ? refusal : "not refused");
    }
    text_list_clear(&namespaces);
}

static void test_empty(void **state)
{
    struct text_list names = {0};

    (void)state;
    text_list_add(&names, "a");
    assert_true(request_is_empty(&(struct inject_message){.record = false}));
    assert_false(request_is_empty(&(struct inject_message){.record = true}));
    assert_false(request_is_empty(&(struct inject_message){.add = names}));
    assert_false(request_is_empty(&(struct inject_message){.withdraw = names}));
    text_list_clear(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
