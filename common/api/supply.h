/* SPDX-License-Identifier: Apache-2.0 */
/* The one connection that the client has been given and libcurl has not taken yet, and those that
 * it has.
 *
 * libcurl wants a socket at once, so a call that finds none has to wait: a connection is requested,
 * and the call starts again when it has come. One at a time is enough: calls share connections, and
 * where they cannot (HTTP/1.1), each requests one in turn. */
#ifndef TLSROUTED_COMMON_API_SUPPLY_H
#define TLSROUTED_COMMON_API_SUPPLY_H

#include "common/api/settings.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

struct api_supply;

/* An empty supply, which requests connections by calling CONNECT with CONTEXT. The caller releases
 * it with api_supply_free(). */
struct api_supply *api_supply_new(struct event_base *base, api_connect *connect, void *context);

/* Closes the connection that is left. */
void api_supply_free(struct api_supply *supply);

/* Requests a connection, unless one has been requested already. */
void api_supply_request(struct api_supply *supply);

/* The answer to a request: DESCRIPTOR, or -1 for none. Returns whether there was a request; without
 * one DESCRIPTOR is closed. A connection that is not taken soon is closed too: the server would do
 * so. */
bool api_supply_put(struct api_supply *supply, int descriptor);

/* Closes the connection that has not been taken, if there is one. */
void api_supply_drop(struct api_supply *supply);

/* Takes the connection, which is closed with api_supply_close() then; -1 if there is none. */
int api_supply_take(struct api_supply *supply);
void api_supply_close(struct api_supply *supply, int descriptor);

/* Whether there is a connection that has not been taken, and how many have been, and are open. */
bool api_supply_has(const struct api_supply *supply);
unsigned api_supply_open(const struct api_supply *supply);

/* A connection that was taken is ready: its handshake is over. And whether there was one since that
 * was asked last. */
void api_supply_opened(struct api_supply *supply);
bool api_supply_has_opened(struct api_supply *supply);

/* What is written to the open connections stays here, until api_supply_release() sends it in as few
 * packets as it fits into. Costs a system call for each of them. */
void api_supply_hold(struct api_supply *supply);
void api_supply_release(struct api_supply *supply);

/* For how many milliseconds nothing has come on the connection with OWN_PORT on this side; 0 if
 * there is none. */
int64_t api_supply_silence(const struct api_supply *supply, int own_port);

/* Shuts that connection, if there is one: libcurl takes it for closed by the server and ends the
 * transfers on it. */
void api_supply_shut(const struct api_supply *supply, int own_port);

#endif
