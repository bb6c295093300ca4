/* The control socket: answers tlsroutectl. */
#ifndef TLSROUTED_SUPERVISOR_CONTROL_H
#define TLSROUTED_SUPERVISOR_CONTROL_H

struct control;
struct supervisor;

/* Listens at PATH, for root and the daemon's own user only. Returns NULL after logging why if that
 * cannot be: another tlsrouted answers there, or the folder cannot be written. */
struct control *control_new(struct supervisor *supervisor, const char *path);

/* Closes the clients and removes the socket. CONTROL may be NULL. */
void control_free(struct control *control);

#endif
