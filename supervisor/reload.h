/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the configuration and the files that it names again while the workers run, and what
 * follows for them. */
#ifndef TLSROUTED_SUPERVISOR_RELOAD_H
#define TLSROUTED_SUPERVISOR_RELOAD_H

#include "supervisor/credentials/exec_plugins.h"
#include "supervisor/metrics/exporter_feed.h"
#include "supervisor/notify.h"
#include "supervisor/workers/workers.h"

/* What is replaced, and whom it concerns; all of it is borrowed but for the last. */
struct reload {
    const char *path; /* of tlsrouted.yaml */
    struct config *config;
    struct credential *credentials; /* by role */
    struct workers *workers;
    struct exec_plugins *exec_plugins;
    struct exporter_feed *exporter_feed;
    struct notify *notify; /* NULL without a service manager */
    bool confined;         /* the supervisor, and so it cannot run exec plugins */
    char *logged;          /* the last problem with the files, owned; NULL: there is none */
};

/* Reads the configuration and the files again, and logs how that went. Returns whether they are in
 * force; if not, the old ones stay. *TEXT is a line for people, which the caller frees: what is
 * wrong with them, or what to know of the change. */
bool reload_configuration(struct reload *reload, char **text);

/* Reads the files alone again: others replace the tokens in theirs, for instance. What cannot be
 * read now changes nothing, and is logged once. */
void reload_files(struct reload *reload);

/* Frees what RELOAD owns. */
void reload_clear(struct reload *reload);

#endif
