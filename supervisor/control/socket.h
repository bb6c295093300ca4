/* SPDX-License-Identifier: Apache-2.0 */
/* The socket that the control clients connect to. */
#ifndef TLSROUTED_SUPERVISOR_CONTROL_SOCKET_H
#define TLSROUTED_SUPERVISOR_CONTROL_SOCKET_H

#include <sys/types.h>

/* Listens at PATH, for root, the daemon's own user and the members of GROUP (RIGHTS_NO_GROUP: for
 * nobody else). Returns the socket, or -1 after logging why that is not possible: another tlsrouted
 * answers there, the folder cannot be written, or the socket cannot be given to GROUP. */
int socket_listen(const char *path, gid_t group);

#endif
