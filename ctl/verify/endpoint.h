/* SPDX-License-Identifier: Apache-2.0 */
/* HOST:PORT: where a TLS server is asked for. */
#ifndef TLSROUTED_CTL_VERIFY_ENDPOINT_H
#define TLSROUTED_CTL_VERIFY_ENDPOINT_H

#include <stddef.h>

/* One place. HOST is a name or an address, an IPv6 one without brackets; PORT is decimal. Both are
 * owned by whoever holds the endpoint. */
struct endpoint {
    char *host;
    char *port;
};

/* Places to be tried in this order. All zero is empty. */
struct endpoints {
    struct endpoint *items;
    size_t count;
};

#define ENDPOINT_PORT "8140" /* where OpenVox servers listen */

/* Reads TEXT: "HOST:PORT", "[IPV6]:PORT", or either without its port, which is ENDPOINT_PORT then.
 * Returns NULL and adds it to LIST, or says what is wrong, as the end of a sentence (a constant).
 */
const char *endpoints_parse(struct endpoints *list, const char *text);

/* Adds a copy of HOST and PORT (1 to 65535), unless LIST has it. */
void endpoints_add(struct endpoints *list, const char *host, unsigned port);

/* Frees what LIST holds and empties it. */
void endpoints_clear(struct endpoints *list);

/* "HOST:PORT", an IPv6 address in brackets. The caller frees it. */
char *endpoint_text(const struct endpoint *endpoint);

#endif
