/* SPDX-License-Identifier: Apache-2.0 */
/* What the API server holds, as far as we care: the objects that the watcher sends, and indexes
 * that tell which Pools an object concerns. Nothing here scans all objects on an event. */
#ifndef TLSROUTED_RECONCILER_WORLD_STORE_H
#define TLSROUTED_RECONCILER_WORLD_STORE_H

#include "common/message/message.h"
#include "reconciler/world/index.h"

#include <uthash.h>

/* One object, kept as the message that brought it. */
struct object {
    char *key; /* "namespace/name" */
    enum kind kind;
    struct message message; /* of type MESSAGE_NONE if it could never be understood */
    char *problem;          /* why its newest state cannot be understood, or NULL */
    uint64_t generation;    /* of the store when it was last seen */
    void *notes;            /* of the store's user, about this object */
    UT_hash_handle hh;
};

/* A Pool, or a Certificate, that something happened to: KEY is its "namespace/name"; it need not
 * exist. */
typedef void store_touched(const char *key, void *context);

/* The state of one list, that of KIND in NAMESPACE ("": all). */
struct store_scope {
    enum kind kind;
    char *namespace;
    uint64_t generation; /* of the store when the list began */
    bool complete;       /* it has ended, and no newer one has begun */
    bool was_complete;   /* once */
};

struct store {
    struct object *objects[KIND_COUNT];
    struct index servers_of_pool;        /* "namespace/pool" */
    struct index servers_of_certificate; /* "namespace/certificate" */
    struct index certificates_of_pool;   /* "namespace/pool", whose ledger names the Pool */
    struct index pools_of_hostname;      /* "gateway hostname", of those that want a route */
    struct index pools_under_wildcard;   /* "gateway *.suffix", those whose hostname it covers */
    struct index pools_of_gateway;       /* "namespace/gateway", of those that want a route */
    struct store_scope *scopes;
    size_t scope_count;
    uint64_t generation;
    store_touched *touched;
    store_touched *touched_certificate; /* the same for Certificates; or NULL */
    void *context;
    void (*free_state)(void *notes); /* or NULL */
};

/* An empty store that tells TOUCHED of each Pool that a change concerns. */
void store_init(struct store *store, store_touched *touched, void *context);
void store_clear(struct store *store);

/* Takes a POOL, SERVER, CERTIFICATE or ROUTE message; its storage moves into the store. A state
 * that is older than the one known (by resourceVersion) is passed over. */
void store_put(struct store *store, struct message *message);

/* An object cannot be understood: what was known of it stays. Returns whether that is news. */
bool store_unreadable(struct store *store, const struct unreadable_message *unreadable);

/* The object with UID is gone; another one of its name stays. */
void store_remove(struct store *store, enum kind kind, const char *key, const char *uid);

/* A list begins; it ends: what it did not bring is gone. */
void store_resync_begin(struct store *store, enum kind kind, const char *namespace);
void store_resync_end(struct store *store, enum kind kind, const char *namespace);

/* The reader of KIND starts anew: its lists count as not complete, the objects stay. */
void store_reader_lost(struct store *store, enum kind kind);

/* Whether SCOPES (1 or more) lists of KIND are complete. */
bool store_complete(const struct store *store, enum kind kind, size_t scopes);

/* Whether a list of KIND that was complete is being made anew, so that nothing can be said of what
 * is not there. */
bool store_is_relisting(const struct store *store, enum kind kind);

/* The object, or NULL. */
struct object *store_find(const struct store *store, enum kind kind, const char *key);

/* "namespace/name" of the Gateway that POOL wants; the caller frees it. */
char *store_gateway_key(const struct pool_message *pool);

/* The Pools, POOL not among them, that want a hostname at the same Gateway which is the same as, is
 * covered by, or covers that of POOL, a Pool that wants a route. The oldest first, then by key.
 * Sets *COUNT; the caller frees the list. */
struct object **store_rivals(const struct store *store, const struct object *pool, size_t *count);

/* Calls touched for each of them. */
void store_touch_rivals(struct store *store, const struct object *pool);

/* Forgets all objects of KIND and its lists: the kind is no longer served. */
void store_forget(struct store *store, enum kind kind);

/* Calls touched for every Pool, touched_certificate for every Certificate. For a new start only,
 * not for events. */
void store_touch_all(struct store *store);

/* The Servers that use the Certificate, or that list the Pool, of that "namespace/name". Sets
 * *COUNT; valid until the store changes. */
struct object *const *store_servers_of_certificate(const struct store *store, const char *key,
                                                   size_t *count);
struct object *const *store_servers_of_pool(const struct store *store, const char *key,
                                            size_t *count);

/* Number of objects of KIND. */
size_t store_count(const struct store *store, enum kind kind);

#endif
