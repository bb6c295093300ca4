/* SPDX-License-Identifier: Apache-2.0 */
/* What the control socket shows of the daemon, and what it can make it do. */
#ifndef TLSROUTED_SUPERVISOR_CONTROL_DAEMON_H
#define TLSROUTED_SUPERVISOR_CONTROL_DAEMON_H

#include "supervisor/workers/workers.h"

/* All of it is borrowed. */
struct control_daemon {
    struct event_base *base;
    struct workers *workers;
    const struct config *config; /* as it is at each time */
    const char *sandbox; /* the level that the supervisor has reached by the first request */
    time_t started;      /* monotonic seconds */

    /* Reads the configuration again. Returns whether it is in force; *TEXT is a line for people
     * (the caller frees it). */
    bool (*reload)(char **text, void *context);
    /* Has all processes log at LEVEL until the configuration is read again. */
    void (*set_log_level)(enum log_level level, void *context);
    void *context;
};

#endif
