/* SPDX-License-Identifier: Apache-2.0 */
/* The objects that the watcher sends, by kind and key, with their relations and lists. */
#ifndef TLSROUTED_RECONCILER_WORLD_STORE_H
#define TLSROUTED_RECONCILER_WORLD_STORE_H

#include "reconciler/world/lists.h"
#include "reconciler/world/object.h"
#include "reconciler/world/relations.h"

/* Releases the STATE of an object that is gone. */
typedef void store_free_state(void *state, void *context);

/* A list of KIND has been read to its end, and what it did not bring is gone. */
typedef void store_list_read(enum kind kind, void *context);

struct sweep;

/* Empty apart from its listeners (in relations too), which are set before anything is put into it.
 */
struct store {
    struct object *objects[KIND_COUNT];
    struct lists lists;
    uint64_t listed; /* counts the objects that lists have brought */
    struct relations relations;
    store_list_read *list_read;
    void *list_context; /* of list_read */
    store_free_state *free_state;
    void *context;        /* of free_state */
    struct sweep *sweeps; /* walks over all objects of a kind that have not come to their end */
};

/* Keeps a copy of MESSAGE, which brings an object. A version that is older
 * than the known one is passed over, unless a list that is being read brings it: a list replaces
 * all that was known before it began, whatever its versions. */
void store_put(struct store *store, const struct message *message);

/* An object cannot be read: what was known of it stays. Returns whether that was not known. */
bool store_unreadable(struct store *store, const struct unreadable_message *unreadable);

/* The object with UID is gone; another one with its name stays. */
void store_remove(struct store *store, enum kind kind, const char *key, const char *uid);

/* A list begins; it ends: what it did not bring is removed step by step, and then list_read is
 * called. */
void store_resync_begin(struct store *store, enum kind kind, const char *namespace);
void store_resync_end(struct store *store, enum kind kind, const char *namespace);

/* Forgets all objects of KIND and its lists: the kind is no longer served. */
void store_forget(struct store *store, enum kind kind);

/* The object, or NULL. */
struct object *store_find(const struct store *store, enum kind kind, const char *key);

/* The number of objects of KIND. */
size_t store_count(const struct store *store, enum kind kind);

/* Has every Pool and every Certificate looked at again, step by step. For a new start, not for a
 * change. */
void store_recheck_all(struct store *store);

/* Goes on with what is done step by step: looks at COUNT objects. Returns whether there is more. */
bool store_step(struct store *store, size_t count);

#endif
