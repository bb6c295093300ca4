/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's easy handles: the options that every request to the API server has in common, above
 * all how far the server is trusted, and a small pool of handles that have them. */
#ifndef TLSROUTED_COMMON_API_HANDLE_H
#define TLSROUTED_COMMON_API_HANDLE_H

#include "common/api/api.h"

#include <curl/curl.h>

struct api_handles;

/* An empty pool; SETTINGS is copied. A server's address that is not one of HTTPS, or an option
 * that libcurl refuses, is logged and aborts. The caller releases it with api_handles_free(). */
struct api_handles *api_handles_new(const struct api_settings *settings);

/* Frees the pool and the handles in it. All handles must have been given back. */
void api_handles_free(struct api_handles *handles);

/* The server's address, without a slash at its end. Owned by the pool. */
const char *api_handles_server(const struct api_handles *handles);

/* A handle with the common options and the limits of a one-shot request or a stream. What belongs
 * to one request (address, method, body, headers, identity, callbacks) is the caller's to set, all
 * of it, as an earlier request may have left its own. With MULTIPLEX it waits for a connection that
 * is being made, to share it, rather than to make one more. To be given back. */
CURL *api_handles_take(struct api_handles *handles, bool is_stream, bool multiplex);

/* Takes back EASY, which must not be in a transfer. Forgets what the request lent it. */
void api_handles_give(struct api_handles *handles, CURL *easy);

/* Sets one option; aborts if libcurl refuses, since all values are checked or our own. */
#define API_HANDLE_SET(easy, option, value)                                                        \
    api_handle_check(curl_easy_setopt((easy), option, (value)), #option)

/* Logs and aborts unless CODE is CURLE_OK. */
void api_handle_check(CURLcode code, const char *option);

#endif
