/* SPDX-License-Identifier: Apache-2.0 */
/* What the log and the status say of results: each thing once. */
#include "tests/unit/check.h"

#include "certpatcher/results.h"
#include "common/base/log.h"
#include "tests/unit/certificates.h"

#include <stdio.h>

/* The log of this test, in place of common/base/log.c: the last line, and how many there were. */
static struct {
    unsigned lines;
    enum log_level level;
    char text[1024]; /* the message, then its fields as name=value */
} logged;

void log_write(enum log_level level, const char *message, const struct log_field *fields)
{
    int size = snprintf(logged.text, sizeof(logged.text), "%s", message);

    logged.lines++;
    logged.level = level;
    for (; fields->name != NULL; fields++) {
        if (fields->text != NULL)
            size += snprintf(logged.text + size, sizeof(logged.text) - (size_t)size, " %s=%s",
                             fields->name, fields->text);
    }
}

void log_last_words(const char *message)
{
    fail_msg("%s", message);
}

static const struct inject_message request = {.namespace = "n", .certificate = "c"};

/* Logs RESULT and returns how many lines that made. */
static unsigned add(struct results *results, struct task_result result)
{
    logged.lines = 0;
    results_add(results, &request, &result);
    return logged.lines;
}

static struct task_result changed(const struct text_list *added, const struct text_list *removed)
{
    struct task_result result = task_result_of(INJECT_WRITTEN, "");

    result.added = added;
    result.removed = removed;
    result.ledger_before = "{\"old\":[\"q\"]}";
    result.ledger_after = "{\"new\":[\"o\",\"p\"]}";
    return result;
}

static void check_logged(enum log_level level, const char *text)
{
    assert_int_equal(logged.level, level);
    assert_string_equal(logged.text, text);
}

static void test_names(void **state)
{
    struct certificate_states states = {0};
    struct results results = {.states = &states};
    struct text_list none = {0}, new = {0}, old = {0};

    (void)state;
    text_list_add(&new, "new");
    text_list_add(&old, "old");
    assert_int_equal(add(&results, changed(&new, &none)), 2);
    check_logged(LOG_DEBUG, "the Certificate was updated namespace=n name=c");
    assert_int_equal(add(&results, changed(&new, &old)), 3);
    assert_int_equal(results.added, 2);
    assert_int_equal(results.withdrawn, 1);
    results.dry_run = true;
    assert_int_equal(add(&results, changed(&none, &old)), 1);
    check_logged(LOG_INFO, "would withdraw the name from the Certificate namespace=n name=c "
                           "hostname=old pool=q");
    assert_int_equal(add(&results, changed(&none, &old)), 0); /* nothing has changed */
    results.dry_run = false;
    text_list_clear(&new);
    text_list_clear(&old);
    forget_states(&states);
}

static void test_pools(void **state)
{
    struct certificate_states states = {0};
    struct results results = {.states = &states, .dry_run = true};
    struct text_list none = {0}, new = {0};

    (void)state;
    text_list_add(&new, "new");
    assert_int_equal(add(&results, changed(&new, &none)), 1);
    check_logged(LOG_INFO, "would add the name to the Certificate namespace=n name=c hostname=new "
                           "pool=o, p");
    text_list_clear(&new);
    forget_states(&states);
}

/* A warning is logged once, until another one or none takes its place. */
static void test_warnings(void **state)
{
    struct certificate_states states = {0};
    struct results results = {.states = &states};
    struct task_result contested = task_result_of(INJECT_CONTESTED, "");
    struct task_result partly = task_result_of(INJECT_WRITTEN, "no");
    struct task_result reissue = task_result_of(INJECT_WRITTEN, "");
    struct task_result overtaken = task_result_of(INJECT_FAILED, "");
    struct task_result gone = task_result_of(INJECT_REFUSED, "there is no such Certificate");

    (void)state;
    contested.manager = "argocd";
    partly.refused = 1;
    reissue.reissue_failed = "forbidden";
    reissue.error = API_FORBIDDEN;
    overtaken.reissue_failed = "test failed";
    overtaken.is_overtaken = true;
    gone.is_gone = true;
    assert_int_equal(add(&results, task_result_of(INJECT_FAILED, "one")), 1);
    check_logged(LOG_WARNING, "cannot update the names in the Certificate; will try again "
                              "namespace=n name=c reason=one");
    assert_int_equal(add(&results, task_result_of(INJECT_FAILED, "one")), 0);
    assert_int_equal(add(&results, task_result_of(INJECT_FAILED, "two")), 1);
    assert_int_equal(add(&results, task_result_of(INJECT_API_UNAVAILABLE, "away")), 1);
    assert_int_equal(logged.level, LOG_DEBUG);
    assert_int_equal(add(&results, task_result_of(INJECT_FAILED, "two")), 0); /* still so */
    assert_int_equal(add(&results, contested), 1);
    check_logged(LOG_WARNING, "injected names keep being removed from the Certificate; not adding "
                              "them again for an hour namespace=n name=c manager=argocd");
    assert_int_equal(add(&results, partly), 1);
    check_logged(LOG_WARNING, "part of a request refused: the API objects do not call for it "
                              "namespace=n name=c reason=no");
    assert_int_equal(add(&results, reissue), 1);
    assert_int_equal(logged.level, LOG_WARNING);
    assert_non_null(strstr(logged.text, "reason=forbidden"));
    assert_non_null(strstr(logged.text, "packaging/kustomize/reissue"));
    reissue.error = API_SERVER_ERROR;
    reissue.reissue_failed = "broken";
    assert_int_equal(add(&results, reissue), 1);
    check_logged(LOG_WARNING, "cannot change the Certificate's phase to have it issued again; "
                              "trying again namespace=n name=c reason=broken");
    assert_int_equal(add(&results, overtaken), 1);
    assert_int_equal(logged.level, LOG_DEBUG);
    assert_int_equal(add(&results, gone), 1);
    assert_int_equal(logged.level, LOG_INFO); /* it happens to honest requests too */
    assert_non_null(states.all);
    assert_int_equal(add(&results, task_result_of(INJECT_UNCHANGED, "")), 1);
    check_logged(LOG_DEBUG, "the Certificate is up to date namespace=n name=c");
    assert_null(states.all); /* nothing is left to remember */
}

static void test_summary(void **state)
{
    struct certificate_states states = {.unneeded_count = 3};
    struct results results = {.states = &states};
    char text[256];

    (void)state;
    add(&results, task_result_of(INJECT_UNCHANGED, ""));
    add(&results, task_result_of(INJECT_FAILED, "one"));
    add(&results, task_result_of(INJECT_API_UNAVAILABLE, "away"));
    add(&results, task_result_of(INJECT_REFUSED, "no"));
    results_summary(&results, 5, 0, text, sizeof(text));
    assert_string_equal(text, "0 names added, 0 withdrawn, 3 waiting for withdrawal; 1 requests "
                              "already satisfied, 1 refused, 2 failed; 5 pending");
    results_summary(&results, 5, 59001, text, sizeof(text));
    assert_non_null(strstr(text, "; 5 pending; paused for 60 s (Retry-After)"));
    forget_states(&states);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_pools),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_summary),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
