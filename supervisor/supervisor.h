/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor: reads configuration and credentials, keeps the workers running and linked. */
#ifndef TLSROUTED_SUPERVISOR_SUPERVISOR_H
#define TLSROUTED_SUPERVISOR_SUPERVISOR_H

#include "common/sandbox/sandbox.h"
#include "supervisor/credentials/tls_files.h"
#include "supervisor/workers/child.h"

struct control;
struct notify;
struct exec_plugins;
struct liveness;
struct exporter_feed;

struct supervisor {
    struct event_base *base;
    struct helpers *helpers;
    struct exec_plugins *exec_plugins;
    const char *config_path;
    bool dry_run; /* nothing is written for good */
    char identity[MESSAGE_BOUND(settings, identity) +
                  1]; /* of this process among all that may hold the Lease; "": takes no part */
    bool once;        /* converge and end */
    struct config config;
    struct credential credentials[ROLE_WORKERS];
    struct child children[ROLE_WORKERS];
    struct control *control;
    struct exporter_feed *exporter_feed;
    struct tls_files tls_files; /* as read at the start, until scrape has them */
    struct liveness *liveness;
    struct notify *notify; /* NULL without a service manager */
    struct event *signals[4];
    gid_t control_group;              /* whose members may look, or RIGHTS_NO_GROUP */
    char sandbox[SANDBOX_LEVEL_SIZE]; /* the level that this process reached */
    bool is_confined;                 /* and so cannot run exec plugins */
    int empty_folder;                 /* for the workers' processes to start in, or -1 */
    struct event *reread;             /* looks for changed credentials */
    char *complaint;                  /* what the log has been told about them, or NULL */
    time_t started;
    bool stopping;
    bool healthy;
    int status;             /* to exit with */
    struct event *patience; /* of a run that is to converge once */
};

/* Reads the configuration at SUPERVISOR's config_path and the credentials that it names. Returns
 * NULL, or one line that says what is wrong (the caller frees it). To be released with
 * supervisor_clear(). */
char *supervisor_read(struct supervisor *supervisor);

/* Runs until a signal ends it, or, if it is to converge once, until there is nothing left to do.
 * Returns the exit status: EXIT_FAILURE if it could not start, or if, once, a Pool does not have
 * what it asks for. */
int supervisor_run(struct supervisor *supervisor);

void supervisor_clear(struct supervisor *supervisor);

#endif
