/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints, HOST:PORT: where a TLS server may be reached. */
#ifndef TLSROUTED_CTL_CONNECT_ENDPOINT_H
#define TLSROUTED_CTL_CONNECT_ENDPOINT_H

#include <stddef.h>

/* HOST is a name or an address, an IPv6 address without brackets; PORT is decimal. Both are owned
 * by whoever holds the endpoint. */
struct endpoint {
    char *host;
    char *port;
};

/* Endpoints in the order in which they are tried. All zero: empty. */
struct endpoints {
    struct endpoint *items;
    size_t count;
};

#define ENDPOINT_PORT "8140" /* OpenVox's */

/* Reads TEXT: "HOST:PORT", "[IPV6]:PORT", or either without the port, which is then ENDPOINT_PORT.
 * Returns NULL after adding it to LIST, or says what is wrong with it (a constant). */
const char *endpoints_parse(struct endpoints *list, const char *text);

/* Adds a copy of HOST and PORT (1 to 65535) to LIST, unless it is already there. */
void endpoints_add(struct endpoints *list, const char *host, unsigned port);

/* Frees what LIST holds and empties it. */
void endpoints_clear(struct endpoints *list);

/* "HOST:PORT", an IPv6 address in brackets. The caller frees it. */
char *endpoint_text(const struct endpoint *endpoint);

#endif
