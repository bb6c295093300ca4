/* SPDX-License-Identifier: Apache-2.0 */
/* Reports the daemon's state to the service manager by systemd's notification protocol
 * (sd_notify(3), "Standalone Implementations").
 *
 * What it does not take is said again until it has: a manager may be busy, be started anew, or come
 * late.
 *
 * libsystemd is not used, since it opens a socket for each message, which the supervisor's sandbox
 * does not allow. Here one socket is opened before it. */
#ifndef TLSROUTED_SUPERVISOR_NOTIFY_H
#define TLSROUTED_SUPERVISOR_NOTIFY_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

struct notify;

/* What the environment says; NULL or 0 where it says nothing. */
struct notify_options {
    const char *path;   /* of the manager's socket; "@NAME" is an abstract one */
    uint64_t watchdog;  /* microseconds between two signs of life at most */
    uint64_t extension; /* microseconds between two requests for more time to start, 0: usual */
    bool (*live)(void *context); /* whether there are to be signs of life */
    void *context;
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID into OPTIONS, which borrows their text. */
void notify_environment(struct notify_options *options);

/* Gives the manager signs of life from now on. Returns NULL without a manager, or after logging why
 * the path of its socket cannot be used. To be released with notify_free(). */
struct notify *notify_new(struct event_base *base, const struct notify_options *options);

/* In what follows NOTIFY may be NULL: then nothing happens. */
void notify_free(struct notify *notify);

/* How the daemon is, in one line for people; sent if it has changed. The first time that it is
 * IN_SYNC it is ready, and stays so. Until then the manager is asked for more time at intervals, so
 * that an unreachable API server does not end the daemon. */
void notify_state(struct notify *notify, bool in_sync, const char *status);

/* The configuration is being read again, from the first call to the second. */
void notify_reloading(struct notify *notify);
void notify_reloaded(struct notify *notify);

/* The daemon ends for this REASON. */
void notify_stopping(struct notify *notify, const char *reason);

#endif
