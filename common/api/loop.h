/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's multi interface on a libevent loop: sockets, timers, and the transfers that have ended.
 *
 * Knows nothing of requests. Transfers may be added and removed only outside of libcurl's own
 * callbacks, where libcurl refuses it. api_loop_wake() is the way to get outside. */
#ifndef TLSROUTED_COMMON_API_LOOP_H
#define TLSROUTED_COMMON_API_LOOP_H

#include "common/api/coalesce.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <stdbool.h>

struct api_loop;

/* Called from the event loop, never from within libcurl: after libcurl has worked on its transfers,
 * and after api_loop_wake(). The place to call api_loop_next_ended(). */
typedef void api_loop_turn(void *context);

/* A loop on BASE without transfers, of which SHARED_MAX share a connection where the server allows
 * that (HTTP/2); 0: 100. The caller releases it with api_loop_free(). */
struct api_loop *api_loop_new(struct event_base *base, unsigned shared_max, api_loop_turn *turn,
                              void *context);

/* Closes all connections. All transfers must have been removed; LOOP may be NULL. */
void api_loop_free(struct api_loop *loop);

/* Starts and ends the transfer EASY, which stays the caller's. */
void api_loop_add(struct api_loop *loop, CURL *easy);
void api_loop_remove(struct api_loop *loop, CURL *easy);

/* Sends what has been added, as far as that is possible, rather than in another turn. */
void api_loop_send(struct api_loop *loop);

/* Closes all connections, unless there is a transfer. */
void api_loop_disconnect(struct api_loop *loop);

/* A transfer that has ended by itself, with libcurl's *CODE; it has been removed from LOOP. NULL if
 * there is none. */
CURL *api_loop_next_ended(struct api_loop *loop, CURLcode *code);

/* From now on, libcurl reads again after something has come on a socket. Where there is TLS within
 * TLS, some of it may wait in the outer layer, and neither the socket nor libcurl tells of that. */
void api_loop_read_again(struct api_loop *loop);

/* LOAD is under way from now on, at first nothing: what comes one by one is read in groups where
 * that allows it (coalesce.h). */
void api_loop_load(struct api_loop *loop, const struct coalesce_load *load);

/* What has come is waited for: what comes next is read at once. */
void api_loop_hurry(struct api_loop *loop);

/* Makes LOOP call its turn function soon. */
void api_loop_wake(struct api_loop *loop);

#endif
