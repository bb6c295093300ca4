/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the account may read a kind in all of the cluster: tried until it may. */
#ifndef TLSROUTED_WATCHER_PERMISSION_H
#define TLSROUTED_WATCHER_PERMISSION_H

#include "common/api/api.h"
#include "common/message/kind.h"

#include <event2/event.h>

/* KIND may be read in all of the cluster. */
typedef void permission_granted(enum kind kind, void *context);

/* What is waited for. */
struct permission {
    struct api *api;
    struct event *timer;
    permission_granted *granted;
    void *context;
    struct permission_kind {
        struct permission *permission;
        enum kind kind;
        const char *version; /* of the API; NULL: the kind's own */
        bool is_awaited;
        bool was_granted;
        struct api_call *call;
    } kinds[KIND_COUNT];
};

/* Nothing is waited for yet. */
void permission_init(struct permission *permission, struct event_base *base, struct api *api,
                     permission_granted *granted, void *context);

/* Waits for that of KIND, in VERSION as in kind_path(), which has to stay. One that was granted
 * before and turned out to be not enough is not waited for. */
void permission_await(struct permission *permission, enum kind kind, const char *version);

/* Nothing is waited for any more, nor remembered. */
void permission_forget(struct permission *permission);

#endif
