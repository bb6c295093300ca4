/* SPDX-License-Identifier: Apache-2.0 */
/* The one connection that the client has been given and libcurl has not taken yet.
 *
 * libcurl asks for a socket at once or never, so a request that finds none is put back; a
 * connection is asked for, and the request begins again when it has come. One at a time is enough:
 * requests share a connection, and where they cannot (HTTP/1.1) the next one asks again. */
#ifndef TLSROUTED_COMMON_API_SUPPLY_H
#define TLSROUTED_COMMON_API_SUPPLY_H

#include "common/api/api.h"

struct api_supply;

/* An empty supply that asks as SETTINGS says. To be released with api_supply_free(). */
struct api_supply *api_supply_new(struct event_base *base, const struct api_settings *settings);

/* Closes what is left. */
void api_supply_free(struct api_supply *supply);

/* Asks for a connection unless one has been asked for. */
void api_supply_ask(struct api_supply *supply);

/* The answer: DESCRIPTOR, or -1 for none. Returns whether it had been asked for; a descriptor that
 * was not is closed. What is kept and not taken soon is closed too: the server would do so. */
bool api_supply_put(struct api_supply *supply, int descriptor);

/* Takes the descriptor out, which is the caller's then; -1 if there is none. */
int api_supply_take(struct api_supply *supply);

#endif
