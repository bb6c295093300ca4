/* SPDX-License-Identifier: Apache-2.0 */
/* A watch on the CRD of TLSRoute, for nothing but the news that it has changed. */
#ifndef TLSROUTED_WATCHER_CRD_WATCH_H
#define TLSROUTED_WATCHER_CRD_WATCH_H

#include "common/api/api.h"

#include <event2/event.h>
#include <stdbool.h>

struct crd_watch;

/* Told when the CRD is there, has changed or is gone, or may have been while nobody looked. */
typedef void crd_changed(void *context);

/* Keeps the watch up with back-off. Never NULL. Released with crd_watch_free(). */
struct crd_watch *crd_watch_new(struct event_base *base, struct api *api, crd_changed *changed,
                                void *context);

void crd_watch_free(struct crd_watch *watch);

/* Whether the watch is up, so that nobody needs to ask by himself. */
bool crd_watch_is_up(const struct crd_watch *watch);

#endif
