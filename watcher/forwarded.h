/* SPDX-License-Identifier: Apache-2.0 */
/* What has been forwarded last of each object of a stream: 16 bytes for each. Most changes at the
 * API server are of a status, of labels or of annotations, and concern nobody here. */
#ifndef TLSROUTED_WATCHER_FORWARDED_H
#define TLSROUTED_WATCHER_FORWARDED_H

#include "common/base/projection.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct forwarded_object;

/* One that is all zeros is empty. */
struct forwarded {
    struct forwarded_object *objects; /* a hash table */
    size_t used, room;                /* of it */
};

/* Whether what was read of OBJECT is what was read of it the last time, but for its
 * resourceVersion. It is remembered. */
bool forwarded_before(struct forwarded *forwarded, const struct projected *object);

/* The object is no longer there. */
void forwarded_forget(struct forwarded *forwarded, const char *namespace, const char *name);

void forwarded_clear(struct forwarded *forwarded);

#endif
