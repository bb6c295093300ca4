/* SPDX-License-Identifier: Apache-2.0 */
/* One event of a watch. (Kubernetes API concepts, "Efficient detection of changes") */
#ifndef TLSROUTED_WATCHER_WATCH_EVENT_H
#define TLSROUTED_WATCHER_WATCH_EVENT_H

#include "common/api/result.h"
#include "common/base/projection.h"
#include "common/message/kind.h"

enum watch_event_type {
    WATCH_CHANGED, /* ADDED or MODIFIED */
    WATCH_DELETED,
    WATCH_BOOKMARK, /* only gives the position */
    WATCH_ERROR,    /* the object is a Status */
};

struct watch_event {
    enum watch_event_type type;
    struct projected object;      /* for object_decode() */
    const char *resource_version; /* of the object, "" for an error; borrowed from it */
    enum api_error error;         /* what an error stands for, API_OK if that cannot be said */
    const char *message;          /* an error's message; borrowed */
};

/* Decodes LINE, SIZE bytes, of a watch of objects of KIND. Returns NULL and fills *EVENT, which the
 * caller releases with watch_event_clear(); or returns what is wrong with the line (a constant). */
const char *watch_event_decode(enum kind kind, const char *line, size_t size,
                               struct watch_event *event);

void watch_event_clear(struct watch_event *event);

#endif
