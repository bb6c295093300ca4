/* SPDX-License-Identifier: Apache-2.0 */
/* As long as something is wrong the reconciler repeats its requests, and it may be hostile: a
 * warning about a Certificate is logged once, until another one or none takes its place. */
#include "certpatcher/results.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/memory.h"
#include "common/message/metric.h"
#include "common/objects/key.h"
#include "common/objects/paths.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    POOLS_LOGGED_MAX = 10 /* of one name */
};

/* What each outcome means to the log and to the metrics. */
static const struct {
    bool warns;
    const char *text;
    enum metric_result metric;
} outcomes[INJECT_OUTCOMES] = {
    [INJECT_WRITTEN] = {false, "the Certificate was updated", METRIC_RESULT_SUCCESS},
    [INJECT_UNCHANGED] = {false, "the Certificate is up to date", METRIC_RESULT_SUCCESS},
    [INJECT_WAITING] = {false,
                        "a name in the Certificate is no longer needed; it will be withdrawn after "
                        "the grace period",
                        METRIC_RESULT_LATER},
    [INJECT_REFUSED] = {true, "request refused: the API objects do not call for it",
                        METRIC_RESULT_REFUSED},
    [INJECT_CONTESTED] = {true,
                          "injected names keep being removed from the Certificate; not adding them "
                          "again for an hour",
                          METRIC_RESULT_LATER},
    [INJECT_FAILED] = {true, "cannot update the names in the Certificate; will try again",
                       METRIC_RESULT_ERROR},
    [INJECT_API_UNAVAILABLE] = {false, "the Certificate waits for the API server",
                                METRIC_RESULT_ERROR},
    [INJECT_DENIED] = {true,
                       "the API server does not accept the names in the Certificate; trying again "
                       "when something changes, and every 5 minutes",
                       METRIC_RESULT_ERROR},
    [INJECT_STOOD_DOWN] = {false, "the Certificate is left to the tlsrouted that leads",
                           METRIC_RESULT_LATER},
};

static void count(struct results *, const struct task_result *);
static void measure(const struct task_result *);
static void log_dry_run(const struct inject_message *, const struct task_result *,
                        struct certificate_state *);
static void log_names(const struct inject_message *, const struct text_list *, const char *ledger,
                      const char *text);
static char *pools_of(const struct ledger *, const char *name);
static void log_outcome(const struct inject_message *, const struct task_result *,
                        struct certificate_state *);
static void log_warning_of(const struct inject_message *, const struct task_result *,
                           const char *text, const char *reason, struct certificate_state *);
static char *warning_of(const struct task_result *, const char *text, const char *reason);
static const char *text_of(const struct task_result *);
static const char *reissue_text(const struct task_result *);
static const char *none_if_empty(const char *text);
static bool changes_names(const struct task_result *);

void results_add(struct results *results, const struct inject_message *request,
                 const struct task_result *result)
{
    char *key = key_of(request->namespace, request->certificate);
    struct certificate_state *state = certificate_state_of(results->states, key, "");

    count(results, result);
    measure(result);
    if (results->dry_run && changes_names(result)) {
        log_dry_run(request, result, state);
    } else {
        log_names(request, result->added, result->ledger_after, "name added to the Certificate");
        log_names(request, result->removed, result->ledger_before,
                  "name withdrawn from the Certificate");
        if (result->is_reissued)
            log_info("the Certificate's phase was set to Pending, to have it issued again",
                     LOG_TEXT("namespace", request->namespace),
                     LOG_TEXT("name", request->certificate));
        log_outcome(request, result, state);
    }
    certificate_state_tidy(results->states, state, clock_milliseconds());
    free(key);
}

void results_summary(const struct results *results, unsigned pending, unsigned pause, char *text,
                     size_t size)
{
    int used =
        snprintf(text, size,
                 "%llu names added, %llu withdrawn, %zu waiting for withdrawal; %llu requests "
                 "already satisfied, %llu refused, %llu failed; %u pending",
                 results->added, results->withdrawn, results->states->unneeded_count,
                 results->satisfied, results->refused, results->failed, pending);

    if (pause > 0 && used > 0 && (size_t)used < size)
        snprintf(text + used, size - (size_t)used, "; paused for %u s (Retry-After)",
                 (pause + 999) / 1000);
}

static void count(struct results *results, const struct task_result *result)
{
    results->added += result->added->count;
    results->withdrawn += result->removed->count;
    results->satisfied += result->outcome == INJECT_UNCHANGED;
    results->refused += result->refused > 0 || result->outcome == INJECT_REFUSED;
    results->failed += result->outcome == INJECT_FAILED || result->outcome == INJECT_DENIED ||
                       result->outcome == INJECT_API_UNAVAILABLE;
}

static void measure(const struct task_result *result)
{
    metric_add(METRIC_RECONCILES, METRIC_QUEUE_CERTIFICATES, outcomes[result->outcome].metric, 1);
    metric_add(METRIC_NAMES_INJECTED, 0, 0, result->added->count);
    metric_add(METRIC_NAMES_WITHDRAWN, 0, 0, result->removed->count);
    if (result->outcome == INJECT_REFUSED)
        metric_add(METRIC_REFUSED, 0, 0, 1);
}

/* A dry run changes nothing, so the same plan comes with every request. */
static void log_dry_run(const struct inject_message *request, const struct task_result *result,
                        struct certificate_state *state)
{
    char *plan = memory_format("would make the ledger %s", result->ledger_after);

    if (certificate_state_warn(state, plan)) {
        log_names(request, result->added, result->ledger_after,
                  "would add the name to the Certificate");
        log_names(request, result->removed, result->ledger_before,
                  "would withdraw the name from the Certificate");
    }
    free(plan);
}

/* The Pools of the names are those in LEDGER. */
static void log_names(const struct inject_message *request, const struct text_list *names,
                      const char *ledger_text, const char *text)
{
    struct ledger ledger;

    if (names->count == 0)
        return;
    ledger_read(ledger_text, &ledger);
    TEXT_LIST_FOREACH (name, names) {
        char *pools = pools_of(&ledger, name);

        LOG_EVENT(LOG_INFO, text, LOG_TEXT("namespace", request->namespace),
                  LOG_TEXT("name", request->certificate), LOG_TEXT("hostname", name),
                  LOG_TEXT("pool", pools), (struct log_field){.name = NULL});
        free(pools);
    }
    ledger_clear(&ledger);
}

/* "p, q", or "p, q and 7 more"; NULL if none are known. The caller frees it. */
static char *pools_of(const struct ledger *ledger, const char *name)
{
    const struct ledger_entry *entry = ledger_find(ledger, name);

    return entry != NULL && entry->pools.count > 0 ? text_list_line(&entry->pools, POOLS_LOGGED_MAX)
                                                   : NULL;
}

/* Where nothing could be found out, the warning of before still stands. */
static void log_outcome(const struct inject_message *request, const struct task_result *result,
                        struct certificate_state *state)
{
    const char *text = text_of(result);
    const char *reason = result->reissue_failed != NULL ? result->reissue_failed : result->reason;
    char *warning = warning_of(result, text, reason);
    bool keeps_warning =
        warning == NULL && (result->is_overtaken || result->outcome == INJECT_API_UNAVAILABLE ||
                            result->outcome == INJECT_STOOD_DOWN);
    bool is_new = !keeps_warning && certificate_state_warn(state, warning);

    if (warning == NULL && !keeps_warning)
        cause_log_leave(&state->failing, CAUSE_OVER);
    if (warning == NULL)
        log_debug(text, LOG_TEXT("namespace", request->namespace),
                  LOG_TEXT("name", request->certificate),
                  LOG_TEXT("reason", none_if_empty(reason)));
    else if (is_new)
        log_warning_of(request, result, text, reason, state);
    free(warning);
}

/* Many Certificates may fail for one cause. One that is gone does not fail. */
static void log_warning_of(const struct inject_message *request, const struct task_result *result,
                           const char *text, const char *reason, struct certificate_state *state)
{
    const struct cause_details details = {
        .level = result->is_gone ? LOG_INFO : LOG_WARNING,
        .text = text,
        .over = "resolved",
        .who = {LOG_TEXT("namespace", request->namespace), LOG_TEXT("name", request->certificate)},
        .why = {LOG_TEXT("reason", none_if_empty(reason)),
                LOG_TEXT("manager", none_if_empty(result->manager))},
    };

    if (result->is_gone) {
        cause_log_leave(&state->failing, CAUSE_GONE);
        cause_log_happened(&details);
    } else {
        cause_log_join(&state->failing, &details);
    }
}

/* What tells one warning from another, or NULL if nothing is wrong. The caller frees it. */
static char *warning_of(const struct task_result *result, const char *text, const char *reason)
{
    if (result->is_overtaken)
        return NULL;
    if (!outcomes[result->outcome].warns && result->reissue_failed == NULL && result->refused == 0)
        return NULL;
    return memory_format("%s %s", text, reason);
}

static const char *text_of(const struct task_result *result)
{
    if (result->is_overtaken)
        return "somebody else is changing the Certificate; looking at it again";
    if (result->reissue_failed != NULL)
        return reissue_text(result);
    if (outcomes[result->outcome].warns)
        return outcomes[result->outcome].text;
    if (result->refused > 0)
        return "part of a request refused: the API objects do not call for it";
    return outcomes[result->outcome].text;
}

static const char *reissue_text(const struct task_result *result)
{
    if (result->is_reissued)
        return "cannot remove the annotation " REISSUE_ANNOTATION
               " from the Certificate, which is being issued again; trying again";
    if (result->error == API_FORBIDDEN)
        return "not allowed to change the Certificate's phase to have it issued again: the "
               "certpatcher's account needs packaging/kustomize/reissue";
    return "cannot change the Certificate's phase to have it issued again; trying again";
}

static const char *none_if_empty(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static bool changes_names(const struct task_result *result)
{
    return result->added->count + result->removed->count > 0;
}
