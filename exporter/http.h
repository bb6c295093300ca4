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
};

struct http;

/* Asks the supervisor how the daemon is; its answer is told by http_answered(). */
typedef void http_ask(void *context);

/* A server that tells what STATE, which is borrowed, holds. To be released with http_free(). */
struct http *http_new(struct event_base *base, const struct state *state, http_ask *ask,
                      void *context);

/* HTTP may be NULL. */
void http_free(struct http *http);

/* Serves the clients of DESCRIPTOR, a socket that listens, which is HTTP's from now on. Returns 0,
 * or -1 with errno set. */
int http_listen(struct http *http, int descriptor);

/* New connections speak TLS with CONTEXT, which is moved; without it (NULL) they do not. */
void http_use_tls(struct http *http, SSL_CTX *context);

/* The state is as new as the last question: those who wait for it are answered. */
void http_answered(struct http *http);

#endif
