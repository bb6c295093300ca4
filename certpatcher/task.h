/* SPDX-License-Identifier: Apache-2.0 */
/* The work on one request, which is about one Certificate: decide, patch, and end with a result. */
#ifndef TLSROUTED_CERTPATCHER_TASK_H
#define TLSROUTED_CERTPATCHER_TASK_H

#include "certpatcher/certificate_state.h"
#include "certpatcher/fetcher.h"
#include "certpatcher/mandate.h"
#include "common/api/api.h"

struct task;

/* How a request ended. The texts are borrowed. */
struct task_result {
    enum inject_outcome outcome;
    enum api_error error;        /* of the API request that failed, or API_OK */
    const char *reason;          /* for people, or "" */
    const char *manager;         /* who else wrote the list, with INJECT_CONTESTED; or "" */
    unsigned seconds;            /* after which to request again; 0: not by itself, or, after a
                                    failure, after a back-off */
    unsigned retry_after;        /* seconds for which the server wants no more of it; 0: none */
    unsigned pause;              /* seconds for which it wants no requests at all; 0: none */
    unsigned patch_milliseconds; /* that the patch took, 0: there was none */
    const struct text_list *added, *removed;  /* names, by the patch */
    const char *ledger_before, *ledger_after; /* their Pools are in these; or "" */
    size_t refused;                           /* names in the request that are not due */
    bool is_gone;                             /* there is no such Certificate (any more) */
    bool is_overtaken;                        /* somebody else changes it: to be looked at again */
    bool is_reissued;                         /* its phase has been changed */
    const char *reissue_failed;               /* why the phase could not be changed, or NULL */
};

/* The result OUTCOME for REASON, with nothing else in it. */
struct task_result task_result_of(enum inject_outcome outcome, const char *reason);

/* Called once when a task has ended, which is gone afterwards. */
typedef void task_ended(const struct inject_message *request, const struct task_result *result,
                        void *context);

/* What all tasks share. */
struct task_shared {
    struct api *api;
    struct certificate_states *states;
    const struct settings_message *settings;
    const struct mandate *mandate; /* without it nothing is written */
};

/* Begins the task for REQUEST, which is borrowed until its end, from what FETCHER has fetched. If
 * somebody else changes the Certificate in between, it is fetched again, a bounded number of times.
 * ENDED may be called from within this function, which then returns NULL. */
struct task *task_begin(const struct task_shared *shared, struct fetcher *fetcher,
                        const struct inject_message *request, task_ended *ended, void *context);

/* Ends TASK without a result. A patch that was sent may still be carried out. */
void task_cancel(struct task *task);

#endif
