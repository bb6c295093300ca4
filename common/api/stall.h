/* SPDX-License-Identifier: Apache-2.0 */
/* Finds what does not go on, and what libcurl would not notice: answers whose end it missed,
 * streams that are silent, and connections on which nothing is answered any more, though the
 * kernels at both ends keep them up (a server that hangs behind a load balancer).
 *
 * A silent stream on HTTP/2 is not dead as long as its connection is not: the server is asked
 * something small on the same connection. Any answer proves the connection; none means that it is
 * closed, and all that is on it ends. On HTTP/1.1 a stream has its connection for itself, so that
 * nothing can be asked there: it ends when it has been silent for too long. */
#ifndef TLSROUTED_COMMON_API_STALL_H
#define TLSROUTED_COMMON_API_STALL_H

#include "common/api/call.h"
#include "common/api/loop.h"

struct api_stall;

/* Ends an active call, as if libcurl had done so with CODE. */
typedef void api_stall_end(struct api_call *call, CURLcode code);

/* Watches over the calls in ACTIVE, which belong to API and are transfers of LOOP, on BASE.
 * IDLE_SECONDS is the longest silence of a stream. The caller releases it with api_stall_free(),
 * before LOOP. */
struct api_stall *api_stall_new(struct event_base *base, struct api *api, struct api_loop *loop,
                                const struct call_list *active, api_stall_end *end,
                                unsigned idle_seconds);

void api_stall_free(struct api_stall *stall);

/* CALL has been started. */
void api_stall_started(struct api_stall *stall, struct api_call *call);

/* A one-shot request got no answer at all within its limit, on a connection that others share: it
 * may be the connection. */
void api_stall_suspect(struct api_stall *stall);

#endif
