/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up names and making TCP connections, within a time limit. */
#ifndef TLSROUTED_CTL_CONNECT_DIAL_H
#define TLSROUTED_CTL_CONNECT_DIAL_H

#include "ctl/connect/endpoint.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* One address, with its text ("192.0.2.1:8140"). */
struct dial_address {
    struct sockaddr_storage address;
    socklen_t size;
    char *text; /* owned */
};

/* All zero: empty. */
struct dial_addresses {
    struct dial_address *items;
    size_t count;
};

/* Appends the addresses of ENDPOINT to LIST in the system's order of preference, looking up its
 * name until DEADLINE (clock_milliseconds()). Returns NULL, or one line that says why there are
 * none (the caller frees it). */
char *dial_look_up(const struct endpoint *endpoint, int64_t deadline, struct dial_addresses *list);

/* Frees what LIST holds and empties it. */
void dial_addresses_clear(struct dial_addresses *list);

/* Connects to ADDRESS until DEADLINE. Returns a non-blocking socket, which the caller closes, or
 * -1, and *PROBLEM says why (the caller frees it). */
int dial_connect(const struct dial_address *address, int64_t deadline, char **problem);

/* Waits until DESCRIPTOR can be read (POLLIN in EVENTS) or written (POLLOUT), or has failed.
 * Returns false when DEADLINE has come. */
bool dial_wait(int descriptor, short events, int64_t deadline);

#endif
