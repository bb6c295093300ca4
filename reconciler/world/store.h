/* SPDX-License-Identifier: Apache-2.0 */
/* The objects that the watcher sends, by kind and key, with their relations and lists. */
#ifndef TLSROUTED_RECONCILER_WORLD_STORE_H
#define TLSROUTED_RECONCILER_WORLD_STORE_H

#include "reconciler/world/lists.h"
#include "reconciler/world/object.h"
#include "reconciler/world/relations.h"

/* Releases the STATE of an object that is gone. */
typedef void store_free_state(void *state, void *context);

/* Empty apart from its listeners (in relations) and FREE_STATE, which are set before anything is
 * put into it. */
struct store {
    struct object *objects[KIND_COUNT];
    struct lists lists;
    struct relations relations;
    store_free_state *free_state;
    void *context; /* of free_state */
};

/* Takes a message that brings an object; its storage moves into the store. A version that is older
 * than the known one is passed over. */
void store_put(struct store *store, struct message *message);

/* An object cannot be read: what was known of it stays. Returns whether that was not known. */
bool store_unreadable(struct store *store, const struct unreadable_message *unreadable);

/* The object with UID is gone; another one with its name stays. */
void store_remove(struct store *store, enum kind kind, const char *key, const char *uid);

/* A list begins; it ends: what it did not bring is gone. */
void store_resync_begin(struct store *store, enum kind kind, const char *namespace);
void store_resync_end(struct store *store, enum kind kind, const char *namespace);

/* Forgets all objects of KIND and its lists: the kind is no longer served. */
void store_forget(struct store *store, enum kind kind);

/* The object, or NULL. */
struct object *store_find(const struct store *store, enum kind kind, const char *key);

/* The number of objects of KIND. */
size_t store_count(const struct store *store, enum kind kind);

/* Tells the listeners of every Pool and every Certificate. For a new start, not for a change. */
void store_touch_all(const struct store *store);

#endif
