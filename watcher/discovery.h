/* SPDX-License-Identifier: Apache-2.0 */
/* Discovery: which version of TLSRoute the API server serves. The CRDs of the Gateway API can be
 * installed, upgraded and removed while the watcher runs. */
#ifndef TLSROUTED_WATCHER_DISCOVERY_H
#define TLSROUTED_WATCHER_DISCOVERY_H

#include "common/api/api.h"

#include <event2/event.h>

struct discovery;

/* The version is known for the first time, or has changed: VERSION, a constant, is the best that is
 * served, or "" if none is. Only a 404, or a list without tlsroutes, means that none is; any other
 * error leaves things as they were. */
typedef void discovery_changed(const char *version, void *context);

/* Checks at once, and again whenever the CRD of TLSRoute changes, of which a watch tells; where
 * RBAC does not allow that watch, every half a minute. Errors are logged once, and tried again with
 * back-off. Lives as long as the process. Never NULL. */
struct discovery *discovery_new(struct event_base *base, struct api *api,
                                discovery_changed *changed, void *context);

/* Something hints that the version has changed: check soon. */
void discovery_check_soon(struct discovery *discovery);

/* The first version from candidate number *NEXT on, best first, that the APIGroup document GROUP
 * lists, or NULL if there is none. *NEXT, at first 0, becomes the number of the one after it. Pure.
 */
const char *discovery_candidate(struct json_object *group, size_t *next);

/* Whether the APIResourceList RESOURCES has tlsroutes. Pure. */
bool discovery_has_routes(struct json_object *resources);

#endif
