/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's easy handles: a pool of handles with the options that all requests to the API server
 * have in common, above all how far the server is trusted. */
#ifndef TLSROUTED_COMMON_API_HANDLE_H
#define TLSROUTED_COMMON_API_HANDLE_H

#include "common/api/settings.h"

#include <curl/curl.h>
#include <stdbool.h>

struct api_handles;

/* An empty pool. SETTINGS is copied. A server's address that is not one of HTTPS, or an option that
 * libcurl rejects, is logged and aborts. The caller releases the pool with api_handles_free(). */
struct api_handles *api_handles_new(const struct api_settings *settings);

/* Frees the pool and its handles, all of which must have been given back. */
void api_handles_free(struct api_handles *handles);

/* The server's address, without a slash at its end. Owned by the pool. */
const char *api_handles_server(const struct api_handles *handles);

/* What the address of a request begins with, and the header that names the server where that is
 * another host, or else NULL. Owned by the pool; the header is for libcurl, which only reads it. */
const char *api_handles_url(const struct api_handles *handles);
char *api_handles_host(const struct api_handles *handles);

/* Whether there is a proxy that speaks TLS. */
bool api_handles_have_tls_proxy(const struct api_handles *handles);

/* A handle with the common options, and, if IS_LIMITED, the time limit of a one-shot request, from
 * its beginning to its end. The caller has to set all that belongs to one request (address, method,
 * body, headers, identity, callbacks), as an earlier request may have left its own. With MULTIPLEX
 * the handle shares a connection that is being made rather than making another. To be given back.
 */
CURL *api_handles_take(struct api_handles *handles, bool is_limited, bool multiplex);

/* Takes back EASY, which must not be in a transfer, and clears what it borrowed from the request.
 */
void api_handles_give(struct api_handles *handles, CURL *easy);

/* Frees all handles that are not in use but one. */
void api_handles_rest(struct api_handles *handles);

/* Sets one option. Aborts if libcurl rejects it: all values have been checked or are our own. */
#define API_HANDLE_SET(easy, option, value)                                                        \
    api_handle_check(curl_easy_setopt((easy), option, (value)), #option)

/* Logs and aborts unless CODE is CURLE_OK. */
void api_handle_check(CURLcode code, const char *option);

#endif
