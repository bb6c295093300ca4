/* SPDX-License-Identifier: Apache-2.0 */
/* What a client has to know: where the API server is, whom to trust, who we are. */
#ifndef TLSROUTED_COMMON_API_SETTINGS_H
#define TLSROUTED_COMMON_API_SETTINGS_H

/* Requests a TCP connection to the API server, or to the proxy, from another process. To be
 * answered by api_connected() or api_not_connected(), later, not from within. Not called again
 * before that. */
typedef void api_connect(void *context);

/* A stream waits for a connection, and there are as many as there may be; or there will be more
 * streams than that. Called from the event loop each time that this is found; to be answered by
 * streams that end, or are not expected any more. */
typedef void api_crowded(void *context);

/* The server has refused the identity with 401. Nothing more is sent until there is another one or
 * API_REFUSED_SECONDS are over. Called once each time that this begins. */
typedef void api_refused(void *context);

/* PEM as text. */
struct api_settings {
    const char *server;   /* https://HOST[:PORT][/PREFIX] */
    const char *tls_name; /* that its certificate is for; NULL or "": its host */
    const char *proxy;    /* http, https, socks5 or socks5h://HOST:PORT, or NULL or "" */
    const char *ca_pem;   /* trust anchors */
    const char *user_agent;
    api_connect *connect;
    api_refused *refused; /* or NULL: requests are sent after a 401 too */
    api_crowded *crowded; /* or NULL */
    void *context;        /* of these three */

    /* A stream that would need one more waits. Requests that are no streams need few, and are not
     * counted against it. 0: any number. */
    unsigned connections_max;

    /* How many requests and streams share a connection on HTTP/2, before there is another one. 0:
     * 100, or what the server allows. */
    unsigned shared_max;

    /* Time limits in place of those in the table of delays, for tests; 0: as in the table. */
    unsigned connect_seconds;
    unsigned request_seconds;
    unsigned stream_idle_seconds;
};

/* A bearer token, or a client certificate with its key (PEM as text), or both. NULL for none. A
 * token with spaces, line ends or control characters is logged as invalid and not sent. */
struct api_identity {
    const char *token;
    const char *certificate_pem;
    const char *key_pem;
};

#endif
