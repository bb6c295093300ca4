/* SPDX-License-Identifier: Apache-2.0 */
/* The work on one Certificate that the reconciler asked about: decide from what was read, and patch
 * if that says so. */
#ifndef TLSROUTED_CERTPATCHER_TASK_H
#define TLSROUTED_CERTPATCHER_TASK_H

#include "certpatcher/fetcher.h"
#include "certpatcher/record.h"
#include "common/api/api.h"

struct task;

/* What a task has come to. The texts are borrowed. */
struct task_result {
    enum inject_outcome outcome;
    enum api_error error;                     /* of the request that failed, with INJECT_FAILED */
    const char *reason;                       /* for a person, "" if there is nothing to say */
    const char *manager;                      /* with INJECT_CONTESTED */
    unsigned seconds;                         /* after which to ask again, 0: no need */
    unsigned retry_after;                     /* seconds that the server asked to be left alone */
    unsigned milliseconds;                    /* that the patch took, 0: there was none */
    const struct text_list *added, *removed;  /* names, by our patch; or empty */
    const char *ledger_before, *ledger_after; /* which say for which Pools those are */
    size_t left_out;                          /* needed names that there is no room for */
    size_t refused;                           /* names that were asked for and are not due */
    bool is_gone; /* the Certificate does not exist, which happens to honest requests too */
    const char *reissue_failed; /* why the phase could not be set, or NULL */
};

/* Told once how a task ended; it is gone after it. */
typedef void task_ended(const struct inject_message *asked, const struct task_result *result,
                        void *context);

/* What all tasks share. */
struct task_setting {
    struct api *api;
    struct records *records;
    const struct settings_message *settings;
};

/* Begins the task for ASKED, which is borrowed until its end, as SETTING and SNAPSHOT, which holds
 * all that it is about, are. What it asks for is a hint: only what the objects say is done. A
 * change by somebody else in between leads to a fresh look at the Certificate, a bounded number of
 * times. ENDED may be called before this returns: then it returns NULL. */
struct task *task_begin(const struct task_setting *setting, struct fetcher *fetcher,
                        const struct inject_message *asked, task_ended *ended, void *context);

/* Ends it without telling anybody; a patch that was sent may still be carried out. */
void task_cancel(struct task *task);

#endif
