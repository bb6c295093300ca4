/* SPDX-License-Identifier: Apache-2.0 */
/* Names to addresses, and TCP connections to them, within a limit of time. */
#ifndef TLSROUTED_CTL_VERIFY_DIAL_H
#define TLSROUTED_CTL_VERIFY_DIAL_H

#include "ctl/verify/endpoint.h"

#include <stdint.h>
#include <sys/socket.h>

/* One address, with its text ("192.0.2.1:8140"). */
struct dial_address {
    struct sockaddr_storage address;
    socklen_t size;
    char *text; /* owned */
};

/* All zero is empty. */
struct dial_addresses {
    struct dial_address *items;
    size_t count;
};

/* Appends the addresses of ENDPOINT to LIST, in the order in which the system would try them. Names
 * are looked up as for every program, until DEADLINE (clock_milliseconds()). Returns NULL, or one
 * line that says why there are none (the caller frees it). */
char *dial_look_up(const struct endpoint *endpoint, int64_t deadline, struct dial_addresses *list);

/* Frees what LIST holds and empties it. */
void dial_addresses_clear(struct dial_addresses *list);

/* Connects to ADDRESS until DEADLINE. Returns the socket, which is non-blocking and the caller's to
 * close, or -1 with *PROBLEM saying why (the caller frees it). */
int dial_connect(const struct dial_address *address, int64_t deadline, char **problem);

/* Waits until DESCRIPTOR can be read from (POLLIN) or written to (POLLOUT), as EVENTS say, or has
 * failed. Returns 0 when DEADLINE has come, else 1. */
int dial_wait(int descriptor, short events, int64_t deadline);

#endif
