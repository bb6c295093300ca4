/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor: all that tlsrouted's first process is made of, and how it is put together. */
#ifndef TLSROUTED_SUPERVISOR_SUPERVISOR_H
#define TLSROUTED_SUPERVISOR_SUPERVISOR_H

#include "common/sandbox/sandbox.h"
#include "supervisor/credentials/expiry.h"
#include "supervisor/reload.h"
#include "supervisor/workers/workers.h"

struct control;

/* The caller sets the first part; the rest is zeros. */
struct supervisor {
    const char *config_path;
    bool dry_run; /* the API server only checks what would be written */
    bool once;    /* converge and end */

    struct config config;
    struct credential credentials[ROLE_WORKERS]; /* by role */
    struct expiry expiries[ROLE_API_WORKERS];    /* of them */
    struct tls_files tls_files;                  /* until exporter_feed has them */
    gid_t control_group;                         /* may query; or RIGHTS_NO_GROUP */

    struct event_base *base;
    struct helpers *helpers;
    struct exec_plugins *exec_plugins;
    struct workers workers;
    struct control *control;
    struct exporter_feed *exporter_feed;
    struct notify *notify; /* NULL without a service manager */
    struct reload reload;
    struct event *signals[4];
    struct event *reread;     /* looks for changed files of credentials */
    struct event *once_limit; /* ends a run that does not converge */

    char identity[MESSAGE_BOUND(settings, identity) +
                  1];                 /* among those that may hold the Lease; "": takes no part */
    char sandbox[SANDBOX_LEVEL_SIZE]; /* the level that this process reached */
    unsigned descriptors_max;         /* open files that a process may have */
    struct refusals refusals;         /* what of the sandbox has been logged */
    int empty_folder;                 /* for the workers' processes to start in, or -1 */
    bool confined;                    /* it cannot run exec plugins */
    bool stopping;
    bool healthy;
    struct cause_member unhealthy; /* for the log: it is not, after it was */
    int status;                    /* to exit with */
};

/* Reads the configuration at SUPERVISOR's config_path and the credentials that it names. Returns
 * NULL, or one line that says what is wrong (the caller frees it). To be released with
 * supervisor_clear(). */
char *supervisor_read(struct supervisor *supervisor);

/* The exit status if this machine does not let a process confine itself: trying again would not
 * help. It is EX_CONFIG of sysexits.h. */
#define SUPERVISOR_UNCONFINED 78

/* Runs until a signal ends it, or, if it is to converge once, until there is nothing left to do.
 * Returns the exit status: EXIT_FAILURE if it could not start or, if once, a Pool does not have
 * what it asks for; or SUPERVISOR_UNCONFINED. */
int supervisor_run(struct supervisor *supervisor);

void supervisor_clear(struct supervisor *supervisor);

#endif
