/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket: answers tlsroutectl. */
#ifndef TLSROUTED_SUPERVISOR_CONTROL_CONTROL_H
#define TLSROUTED_SUPERVISOR_CONTROL_CONTROL_H

#include "common/message/message.h"

#include <sys/types.h>

struct control;
struct supervisor;

/* Listens at PATH, for root, the daemon's own user and the members of GROUP (RIGHTS_NO_GROUP: for
 * nobody else). Returns NULL after logging why if that cannot be: another tlsrouted answers there,
 * the folder cannot be written, or the socket cannot be given to GROUP. */
struct control *control_new(struct supervisor *supervisor, const char *path, gid_t group);

/* Closes the clients and removes the socket. CONTROL may be NULL. */
void control_free(struct control *control);

/* The worker ROLE sent MESSAGE, a ROW or PAGE_END: it goes to who asked. Returns NULL, or what is
 * wrong with it (a constant). CONTROL may be NULL. */
const char *control_pass_on(struct control *control, enum role role, const struct message *message);

/* Something that the status shows has changed: the state of a worker, or what one reports. CONTROL
 * may be NULL. */
void control_changed(struct control *control);

#endif
