/* SPDX-License-Identifier: Apache-2.0 */
#include "certpatcher/outcomes.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/memory.h"
#include "common/objects/key.h"

#include <stdio.h>
#include <stdlib.h>

/* How an outcome is spoken of. */
static const struct {
    bool warning;
    const char *text;
} lines[INJECT_OUTCOMES] = {
    [INJECT_WRITTEN] = {false, "the Certificate was written"},
    [INJECT_UNCHANGED] = {false, "the Certificate is as it has to be"},
    [INJECT_WAITING] = {false, "a name of the Certificate is not needed any more, and will be "
                               "withdrawn after its grace"},
    [INJECT_REFUSED] = {true, "request refused: the API's objects do not ask for it"},
    [INJECT_CONTESTED] = {true, "names of the Certificate are removed again and again; "
                                "leaving it alone for an hour"},
    [INJECT_FAILED] = {true, "cannot bring the Certificate's names up to date; trying "
                             "again"},
    [INJECT_API_UNAVAILABLE] = {false, "the Certificate waits until the API server can be used"},
};

static void count(struct outcomes *, const struct task_result *);
static bool pretended_before(const struct task_result *, struct record *);
static void tell_changes(const struct outcomes *, const struct inject_message *,
                         const struct task_result *, struct record *);
static void tell_names(const struct inject_message *, const struct text_list *, const char *ledger,
                       const char *text);
static char *pools_of(const struct ledger *, const char *name);
static void tell_outcome(const struct inject_message *, const struct task_result *,
                         struct record *);
static char *complaint_of(const struct task_result *, const char **text);

void outcomes_log(struct outcomes *outcomes, const struct inject_message *asked,
                  const struct task_result *result)
{
    char *key = key_of(asked->namespace, asked->certificate);
    struct record *record = record_of(outcomes->records, key, "");

    count(outcomes, result);
    if (!outcomes->dry_run || !pretended_before(result, record))
        tell_changes(outcomes, asked, result, record);
    record_tidy(outcomes->records, record, clock_milliseconds());
    free(key);
}

/* A dry run changes nothing, so the same plan comes again with every look. */
static bool pretended_before(const struct task_result *result, struct record *record)
{
    char *plan;
    bool before;

    if (result->added->count + result->removed->count == 0)
        return false;
    plan = memory_format("would make the ledger %s", result->ledger_after);
    before = !record_complain(record, plan);
    free(plan);
    return before;
}

static void tell_changes(const struct outcomes *outcomes, const struct inject_message *asked,
                         const struct task_result *result, struct record *record)
{
    tell_names(asked, result->added, result->ledger_after,
               outcomes->dry_run ? "would add the name to the Certificate"
                                 : "name added to the Certificate");
    tell_names(asked, result->removed, result->ledger_before,
               outcomes->dry_run ? "would withdraw the name from the Certificate"
                                 : "name withdrawn from the Certificate");
    if (!outcomes->dry_run || result->added->count + result->removed->count == 0)
        tell_outcome(asked, result, record);
}

void outcomes_summary(const struct outcomes *outcomes, unsigned at_work, char *text, size_t size)
{
    snprintf(text, size,
             "%llu names added, %llu withdrawn, %zu waiting for withdrawal; %llu requests found "
             "done, %llu refused, %llu failed; %u at work",
             outcomes->added, outcomes->removed, outcomes->records->ages, outcomes->right,
             outcomes->refused, outcomes->failed, at_work);
}

static void count(struct outcomes *outcomes, const struct task_result *result)
{
    outcomes->added += result->added->count;
    outcomes->removed += result->removed->count;
    outcomes->right += result->outcome == INJECT_UNCHANGED;
    outcomes->refused += result->refused > 0 || result->outcome == INJECT_REFUSED;
    outcomes->failed +=
        result->outcome == INJECT_FAILED || result->outcome == INJECT_API_UNAVAILABLE;
}

static void tell_names(const struct inject_message *asked, const struct text_list *names,
                       const char *ledger_text, const char *text)
{
    struct ledger ledger;

    if (names->count == 0)
        return;
    ledger_read(ledger_text, &ledger);
    TEXT_LIST_FOREACH (name, names) {
        char *pools = pools_of(&ledger, name);

        LOG_EVENT(LOG_INFO, text, LOG_TEXT("namespace", asked->namespace),
                  LOG_TEXT("name", asked->certificate), LOG_TEXT("hostname", name),
                  LOG_TEXT("pool", pools), (struct log_field){.name = NULL});
        free(pools);
    }
    ledger_clear(&ledger);
}

/* "p, q"; NULL if none are known. The caller frees it. */
static char *pools_of(const struct ledger *ledger, const char *name)
{
    const struct ledger_entry *entry = ledger_find(ledger, name);
    char *pools = NULL;

    if (entry == NULL)
        return NULL;
    TEXT_LIST_FOREACH (pool, &entry->pools) {
        char *longer = pools != NULL ? memory_format("%s, %s", pools, pool) : memory_text(pool);

        free(pools);
        pools = longer;
    }
    return pools;
}

static void tell_outcome(const struct inject_message *asked, const struct task_result *result,
                         struct record *record)
{
    const char *text, *reason = result->reason;
    char *complaint = complaint_of(result, &text);
    enum log_level level = complaint == NULL ? LOG_DEBUG : result->is_gone ? LOG_INFO : LOG_WARNING;
    bool silent = complaint == NULL && result->outcome == INJECT_API_UNAVAILABLE;
    bool news = silent || record_complain(record, complaint) || complaint == NULL;

    if (result->reissue_failed != NULL)
        reason = result->reissue_failed;
    if (news)
        LOG_EVENT(level, text, LOG_TEXT("namespace", asked->namespace),
                  LOG_TEXT("name", asked->certificate),
                  LOG_TEXT("reason", reason[0] != '\0' ? reason : NULL),
                  LOG_TEXT("manager", result->manager[0] != '\0' ? result->manager : NULL),
                  (struct log_field){.name = NULL});
    free(complaint);
}

/* What is worth a warning, as a text that tells one complaint from another; NULL if there is
 * nothing. Sets *TEXT to the message. The caller frees the complaint. */
static char *complaint_of(const struct task_result *result, const char **text)
{
    *text = lines[result->outcome].text;
    if (lines[result->outcome].warning)
        return memory_format("%s %s", *text, result->reason);
    if (result->reissue_failed != NULL)
        *text =
            "cannot set the Certificate's phase for a re-issue; the certpatcher's account needs "
            "packaging/kustomize/reissue";
    else if (result->refused > 0)
        *text = "part of a request refused: the API's objects do not ask for it";
    else
        return NULL;
    return memory_format("%s %s", *text,
                         result->reissue_failed != NULL ? result->reissue_failed : result->reason);
}
