/* SPDX-License-Identifier: Apache-2.0 */
/* What the service manager has to know and does not know yet, without I/O. A datagram that it does
 * not take is not lost: what it said stays due, or what holds by then instead of it. */
#ifndef TLSROUTED_SUPERVISOR_NOTIFICATION_H
#define TLSROUTED_SUPERVISOR_NOTIFICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NOTIFICATION_STATUS_MAX = 384, /* bytes of a status, with its NUL */
    NOTIFICATION_SIZE = NOTIFICATION_STATUS_MAX + 64,
};

/* Zeros: nothing has to be known. Its fields are its own. */
struct notification {
    unsigned due; /* set of parts */
    bool is_ready, is_known_ready;
    bool is_stopping;
    uint64_t reload;    /* when the last one began, in microseconds of the monotonic clock */
    uint64_t extension; /* microseconds more that are asked for */
    char status[NOTIFICATION_STATUS_MAX];
};

/* How the daemon is, in one line for people. The first time that it is IN_SYNC it is ready, and
 * stays so. */
void notification_state(struct notification *notification, bool in_sync, const char *status);

/* A reload begins at NOW, in microseconds of the monotonic clock; it is over. Nothing that a
 * manager has to know before it knows that the daemon is ready. */
void notification_reloading(struct notification *notification, uint64_t now);
void notification_reloaded(struct notification *notification);

/* The daemon ends for this REASON; nothing else counts any more but signs of life. */
void notification_stopping(struct notification *notification, const char *reason);

/* A sign of life; a request for so many MICROSECONDS more time to start. */
void notification_alive(struct notification *notification);
void notification_extend(struct notification *notification, uint64_t microseconds);

/* Writes the next datagram to TEXT, of NOTIFICATION_SIZE bytes. Returns the set of what it says,
 * for notification_taken(); 0 if there is nothing to say. */
unsigned notification_next(const struct notification *notification, char *text);

/* The manager has taken the datagram that says PARTS. */
void notification_taken(struct notification *notification, unsigned parts);

/* The manager is another one, which knows nothing: all that holds has to be said. */
void notification_forgotten(struct notification *notification);

#endif
