/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server: /metrics, /livez and /readyz, and nothing else. */
#ifndef TLSROUTED_EXPORTER_HTTP_H
#define TLSROUTED_EXPORTER_HTTP_H

#include "common/base/delays.h"

#include "exporter/state.h"

#include <event2/event.h>
#include <openssl/ssl.h>

enum http_limit {
    HTTP_HEADERS_BYTES = 8192,
    HTTP_BODY_BYTES = 1024,
    HTTP_WAITING_MAX = 1024, /* requests that wait for the supervisor, also those of clients that
                                have gone away */
};

struct http;

/* Queries the supervisor; http_refreshed() is called when the result is in the state. */
typedef void http_query(void *context);

/* A server of what is in STATE, which is borrowed. It lasts as long as the process. */
struct http *http_new(struct event_base *base, const struct state *state, http_query *query,
                      void *context);

/* Serves the clients of DESCRIPTOR, a listening socket, which is taken over. Returns 0, or -1 with
 * errno set. */
int http_listen(struct http *http, int descriptor);

/* New connections speak TLS with CONTEXT, which is taken over, or plain HTTP if it is NULL. */
void http_use_tls(struct http *http, SSL_CTX *context);

/* The state is as fresh as the last query: the requests that wait are answered. */
void http_refreshed(struct http *http);

#endif
