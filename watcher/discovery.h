/* SPDX-License-Identifier: Apache-2.0 */
/* Which version of TLSRoute the API server serves, now and whenever that changes: the Gateway API's
 * CRDs can be installed, upgraded and removed while we run. */
#ifndef TLSROUTED_WATCHER_DISCOVERY_H
#define TLSROUTED_WATCHER_DISCOVERY_H

#include "common/api/api.h"

#include <event2/event.h>

struct discovery;

/* Told at the first answer and whenever it is another one: VERSION is the best that is served, or
 * "" if none is. Only a 404, or a list without tlsroutes, means that; any other error leaves things
 * as they were. */
typedef void discovery_changed(const char *version, void *context);

/* Asks API, and again when the CRD of TLSRoute changes, which a watch on that one object tells;
 * where RBAC does not allow that watch, it asks every half a minute. Errors are logged once and
 * retried with back-off. Never NULL. The caller releases it with discovery_free(). */
struct discovery *discovery_new(struct event_base *base, struct api *api,
                                discovery_changed *changed, void *context);

void discovery_free(struct discovery *discovery);

/* Something hints that the answer has changed: ask soon. */
void discovery_check_soon(struct discovery *discovery);

/* Pure: the candidate number *NEXT or later that the APIGroup document GROUP lists, best first, or
 * NULL if there is none; *NEXT is then the one after it. Start with 0. */
const char *discovery_candidate(struct json_object *group, size_t *next);

/* Pure: whether the APIResourceList RESOURCES has tlsroutes. */
bool discovery_has_routes(struct json_object *resources);

#endif
