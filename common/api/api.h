/* SPDX-License-Identifier: Apache-2.0 */
/* The client for the Kubernetes API: libcurl's multi interface on a libevent loop.
 *
 * One client serves one API server with one identity. One-shot requests and streams (watches)
 * differ only in their limits, and share one HTTP/2 connection. The server's certificate is always
 * verified against the given trust anchors and its name checked; TLS 1.2 is required. The client
 * neither looks up names nor opens connections: it requests them and is given them. Nothing here
 * blocks. Callbacks run from the event loop, never from within a function of this file. A callback
 * may call every function of this file but api_free(). */
#ifndef TLSROUTED_COMMON_API_API_H
#define TLSROUTED_COMMON_API_API_H

#include "common/api/request.h"
#include "common/api/result.h"
#include "common/api/settings.h"

#include <event2/event.h>
#include <stdbool.h>

struct api;
struct api_call; /* a request that has been sent */

/* A client on the loop BASE. SETTINGS is copied. Requests are accepted at once, but wait for
 * api_set_identity(). Never NULL: a setting that libcurl refuses is logged and aborts, since
 * settings are checked where they are read. The caller releases the client with api_free(). */
struct api *api_new(struct event_base *base, const struct api_settings *settings);

/* Cancels all calls without calling them back, wipes the identity and closes the connections. API
 * may be NULL. Not to be called from a callback. */
void api_free(struct api *api);

/* Replaces the identity with a copy of IDENTITY. Requests that start from now on use it. Requests
 * under way and open streams go on with the old one, which is wiped when the last of them ends. */
void api_set_identity(struct api *api, const struct api_identity *identity);

/* The answer to the last api_connect: DESCRIPTOR, a connected TCP socket, which API takes over; or
 * REASON, one line that says why there is none, and with which all requests fail that need one. If
 * no connection has been requested, or nobody needs it any more, the socket is closed. */
void api_connected(struct api *api, int descriptor);
void api_not_connected(struct api *api, const char *reason);

/* Sends REQUEST, or makes it wait while API_PARALLEL_MAX others are under way (streams never wait).
 * Its time limit starts when it is sent. The result is owned by API, and valid until on_done is
 * called or the call is cancelled. */
struct api_call *api_send(struct api *api, const struct api_request *request);

/* Ends CALL, which is invalid afterwards, without calling it back. May be called from its own
 * on_data and from the callbacks of other calls, but not from its own on_done. */
void api_cancel(struct api_call *call);

/* COUNT streams will be wanted at a time, though they are not all sent yet: where each needs a
 * connection of its own, that they are too many is said at once. */
void api_expect_streams(struct api *api, size_t count);

/* Nothing has been sent for a while, nor is there anything to be sent soon: frees what is kept for
 * the next requests. */
void api_rest(struct api *api);

/* Whether a connection carries many requests at a time, as the last answer showed (HTTP/2). */
bool api_multiplexes(const struct api *api);

/* A stream has brought what somebody waits to see followed, such as a change of a Pool: what comes
 * next is read at once, not in a group with what follows it. */
void api_hurry(struct api *api);

/* Stops and resumes the flow of a stream's data, for a receiver that has no room. After a pause
 * there is no on_data until the stream is resumed, and none from within this function. Meanwhile
 * libcurl may hold what the server has already sent, up to 32 MB with HTTP/2; other calls go on. */
void api_pause(struct api_call *call, bool pause);

#endif
