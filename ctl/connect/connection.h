/* SPDX-License-Identifier: Apache-2.0 */
/* The API server of a kubeconfig, as the person at the command line reaches it: one request after
 * the other, each of which is waited for. */
#ifndef TLSROUTED_CTL_CONNECT_CONNECTION_H
#define TLSROUTED_CTL_CONNECT_CONNECTION_H

#include "common/api/request.h"

#include <stdbool.h>

struct connection;

/* The way to the server, without an identity. Owned by the connection. */
struct connection_server {
    char *url;          /* https://HOST[:PORT][/PREFIX] */
    char *proxy;        /* SCHEME://HOST:PORT, or NULL */
    char *tls_name;     /* that its certificate is for, if not its host; or NULL */
    char *ca_pem;       /* trust anchors */
    bool trusts_system; /* these are the system's */
};

/* Reads the kubeconfig at PATH (NULL: the one that kubectl would use, from KUBECONFIG or
 * ~/.kube/config) with its context CONTEXT (NULL: its current-context). SECONDS is the time limit
 * of each request. An exec plugin is run at once. On success returns NULL and sets *CONNECTION, to
 * be released with connection_close(); otherwise returns one line that says what is wrong (the
 * caller frees it). Nothing is sent yet. */
char *connection_open(const char *path, const char *context, unsigned seconds,
                      struct connection **connection);

/* Closes it and wipes its identity. CONNECTION may be NULL. */
void connection_close(struct connection *connection);

/* Sends REQUEST, which is no stream, and waits until its on_done has been called. */
void connection_request(struct connection *connection, const struct api_request *request);

const struct connection_server *connection_server(const struct connection *connection);

#endif
