/* SPDX-License-Identifier: Apache-2.0 */
/* Finds calls that have stalled without libcurl noticing: responses whose end it missed, streams
 * that are not answered, and connections on which nothing is answered any more although both
 * kernels keep them up (a server that hangs behind a load balancer).
 *
 * Where a stream is silent, its connection is looked at. On HTTP/2 a small request, the probe, is
 * sent on it. Any response proves the connection; if there is none, the connection is closed, and
 * every call on it ends. On HTTP/1.1 a stream has a connection of its own, which cannot be probed:
 * it ends with its silence. What a stream that is answered and has a connection says, or does not
 * say, is for its sender to judge. */
#ifndef TLSROUTED_COMMON_API_STALL_H
#define TLSROUTED_COMMON_API_STALL_H

#include "common/api/call.h"
#include "common/api/loop.h"

struct api_stall;

/* What the detector leaves to its owner. */
struct api_stall_callbacks {
    /* Ends an active call as if libcurl had done so with CODE. It leaves the list of active calls
     * at once. */
    void (*end)(struct api_call *call, CURLcode code);
    /* Sends a probe and returns its call. api_stall_probed() is called when it has ended. */
    struct api_call *(*probe)(void *context);
    void *context; /* of PROBE */
};

/* In seconds. */
struct api_stall_limits {
    unsigned answer; /* until a stream is answered */
    unsigned idle;   /* how long the connection of a stream may be silent */
};

/* Watches over the calls in ACTIVE, which are transfers of LOOP on connections of SUPPLY, on BASE.
 * CALLBACKS and LIMITS are copied. The caller releases it with api_stall_free(), before LOOP. */
struct api_stall *api_stall_new(struct event_base *base, struct api_loop *loop,
                                struct api_supply *supply, const struct call_list *active,
                                const struct api_stall_callbacks *callbacks,
                                const struct api_stall_limits *limits);

void api_stall_free(struct api_stall *stall);

/* CALL has been started. */
void api_stall_started(struct api_stall *stall, struct api_call *call);

/* Calls have been answered, or have ended: there may be nothing left to check. */
void api_stall_answered(struct api_stall *stall);

/* A one-shot request got no response within its time limit, on a connection that others share, with
 * OWN_PORT on this side: the connection may have stalled. Where there are several, the probe may be
 * sent on another one. When it is answered there, and nothing at all has come on this one for as
 * long as a request may take, this one is closed. 0: it is not about a certain connection. */
void api_stall_suspect(struct api_stall *stall, int own_port);

/* The probe has ended. ANSWERED: there was a response, even one that refuses. */
void api_stall_probed(struct api_stall *stall, bool answered);

#endif
