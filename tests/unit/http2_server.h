/* SPDX-License-Identifier: Apache-2.0 */
/* A server of the tests that speaks HTTP/2, as the real API server does, in this process and on the
 * same event loop. It can leave an answer without its end, and hang.
 *
 * It answers by the path: /whole and /large (HTTP2_LARGE bytes) with a PoolList, /endless with one
 * whose stream stays open, /part with a part of one, /refused with 404 and no end, /livez with 403;
 * everything else not at all. */
#ifndef TLSROUTED_TESTS_UNIT_HTTP2_SERVER_H
#define TLSROUTED_TESTS_UNIT_HTTP2_SERVER_H

#include "tests/unit/identity.h"

#include <event2/event.h>
#include <event2/listener.h>
#include <openssl/ssl.h>
#include <stdint.h>

enum {
    HTTP2_LARGE = 63034 /* bytes; libcurl's buffer takes 16384 */
};

struct http2_connection;

/* Zero-initialised. */
struct http2_server {
    struct event_base *base;
    SSL_CTX *tls;
    struct evconnlistener *listener;
    struct http2_connection *connections; /* all that were ever made */
    struct http2_connection *asked;       /* the one on which the last request came */
    unsigned connection_count;            /* how many they are */
    unsigned probes;                      /* requests for /livez */
    uint16_t port;                        /* on 127.0.0.1 */
};

/* Listens on a free port, with that certificate. */
void http2_server_open(struct http2_server *server, struct event_base *base,
                       const struct identity *identity);

/* Closes all connections. */
void http2_server_close(struct http2_server *server);

/* The connection on which the last request came hangs from now on, though its kernel takes
 * everything. */
void http2_server_deafen(struct http2_server *server);

#endif
