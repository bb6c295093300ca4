/* Which version of TLSRoute the API server serves. */
#ifndef TLSROUTED_WATCHER_DISCOVERY_H
#define TLSROUTED_WATCHER_DISCOVERY_H

#include "common/api.h"

#include <event2/event.h>

struct discovery;

/* Told when it is known: VERSION is the best that is served, or "" if none is (only a 404 or a list
 * without tlsroutes means that). */
typedef void discovery_known(const char *version, void *context);

/* Asks API until the answer is known; errors are logged once and retried with back-off. Never
 * NULL. The caller releases it with discovery_free(), also from within KNOWN. */
struct discovery *discovery_new(struct event_base *base, struct api *api, discovery_known *known,
                                void *context);

void discovery_free(struct discovery *discovery);

/* Pure: the candidate number *NEXT or later that the APIGroup document GROUP lists, best first, or
 * NULL if there is none; *NEXT is then the one after it. Start with 0. */
const char *discovery_candidate(struct json_object *group, size_t *next);

/* Pure: whether the APIResourceList RESOURCES has tlsroutes. */
bool discovery_has_routes(struct json_object *resources);

#endif
