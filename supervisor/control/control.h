/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket: answers tlsroutectl. */
#ifndef TLSROUTED_SUPERVISOR_CONTROL_CONTROL_H
#define TLSROUTED_SUPERVISOR_CONTROL_CONTROL_H

#include "supervisor/control/daemon.h"

#include <sys/types.h>

struct control;

/* Listens at PATH, for root, the daemon's own user and the members of GROUP (RIGHTS_NO_GROUP: for
 * nobody else), and handles the ROW and PAGE_END messages of DAEMON's workers. DAEMON is copied.
 * Returns NULL after logging why if it cannot listen. To be released with control_free(). */
struct control *control_new(const struct control_daemon *daemon, const char *path, gid_t group);

/* Closes the clients and removes the socket. CONTROL may be NULL. */
void control_free(struct control *control);

/* Something that the status shows has changed: the state of a worker, or what one reports. CONTROL
 * may be NULL. */
void control_changed(struct control *control);

#endif
