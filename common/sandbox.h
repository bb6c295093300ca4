/* What a worker gives up before it reads the first byte from the network. */
#ifndef TLSROUTED_COMMON_SANDBOX_H
#define TLSROUTED_COMMON_SANDBOX_H

#include <stddef.h>

/* Confines this process for good: no new privileges, no core dump, not readable or traceable by
 * others of its user, no new programs or processes, no writing to the file system, no listening,
 * no tracing, no kernel interfaces that a network client does not use. What a compromised process
 * would want kills it (SIGSYS); what a library may try in good faith fails with an error.
 *
 * Writes the level that was reached to LEVEL, SIZE bytes. Returns 0, or -1 after logging why a
 * part of it could not be entered; the caller must not go on then. */
int sandbox_enter(char *level, size_t size);

#endif
