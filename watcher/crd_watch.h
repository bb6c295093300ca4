/* SPDX-License-Identifier: Apache-2.0 */
/* A watch of the CRD of TLSRoute, which says no more than that the CRD has changed. */
#ifndef TLSROUTED_WATCHER_CRD_WATCH_H
#define TLSROUTED_WATCHER_CRD_WATCH_H

#include "common/api/api.h"

#include <event2/event.h>
#include <stdbool.h>

struct crd_watch;

/* The CRD has been created, changed or deleted, or may have been while there was no watch. */
typedef void crd_changed(void *context);

/* Keeps the watch up, with back-off, as long as the process lives. Never NULL. */
struct crd_watch *crd_watch_new(struct event_base *base, struct api *api, crd_changed *changed,
                                void *context);

/* Whether the watch is up, so that there is no need to poll. */
bool crd_watch_is_up(const struct crd_watch *watch);

#endif
