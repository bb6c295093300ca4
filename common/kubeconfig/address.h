/* SPDX-License-Identifier: Apache-2.0 */
/* What is connected to: the host and port in the address of a server or a proxy. */
#ifndef TLSROUTED_COMMON_KUBECONFIG_ADDRESS_H
#define TLSROUTED_COMMON_KUBECONFIG_ADDRESS_H

#include "common/message/message.h"

#include <stdbool.h>
#include <stdint.h>

#define ADDRESS_PROXY_FORMAT "http://HOST[:PORT], or https, socks5 or socks5h in place of http"
#define ADDRESS_PROXY_PROBLEM                                                                      \
    "is not the address of a proxy that can be used; expected " ADDRESS_PROXY_FORMAT               \
    ", without user and password"
#define ADDRESS_SERVER_FORMAT "https://HOST[:PORT][/PREFIX]"
#define ADDRESS_SERVER_MAX    MESSAGE_BOUND(settings, server) /* bytes */

/* Where to connect to. */
struct address {
    char *host; /* a name, or an IPv4 or IPv6 address without brackets; owned */
    uint16_t port;
    bool is_literal; /* the host is an IP address: nothing has to be looked up */
};

/* Reads URL, which has passed address_server() or address_proxy(): SCHEME://HOST[:PORT][/...]; the
 * default port is 443 for https, 80 for http and 1080 for the others. To be released with
 * address_clear(). */
struct address address_of_url(const char *url);

void address_clear(struct address *address);

/* A copy of SERVER without slashes at its end, or NULL if it is not an address that can be used: of
 * ADDRESS_SERVER_FORMAT, not longer than ADDRESS_SERVER_MAX, without user, query or fragment. The
 * caller frees it. */
char *address_server(const char *server);

/* PROXY in the form SCHEME://HOST:PORT, or NULL if it is not of ADDRESS_PROXY_FORMAT, with or
 * without a slash at its end: no other scheme, and no user or password, which would have to be kept
 * secret. The caller frees it. */
char *address_proxy(const char *proxy);

/* Whether TEXT can be the name that a server's certificate is checked for: a name, or an IP address
 * without brackets. */
bool address_is_tls_name(const char *text);

/* The bytes of HOST, an authority, up to the port or path: a name, an IPv4 or a bracketed IPv6
 * address; 0 if it is none of these, or a name that is too long to be looked up. */
unsigned address_host_length(const char *host);

/* Whether TEXT, up to its end or a slash, is the number of a port. */
bool address_is_port(const char *text);

/* Whether TEXT is a numeric address and a port to listen at: "127.0.0.1:9847", "[::1]:9847". */
bool address_is_listener(const char *text);

#endif
