/* SPDX-License-Identifier: Apache-2.0 */
/* A store with objects in it, and what is said of those that a change concerns: for tests of the
 * rooms of the reconciler. */
#ifndef TLSROUTED_TESTS_UNIT_WORLD_FIXTURE_H
#define TLSROUTED_TESTS_UNIT_WORLD_FIXTURE_H

#include "reconciler/world/store.h"

/* The keys that a listener was told of, each once, in the order of the alphabet. */
struct touched {
    char keys[32][64];
    size_t count;
};

/* A relations_touched: puts KEY among those of the struct touched at CONTEXT. One that passes over.
 */
void touched_add(const char *key, void *context);
void touched_ignore(const char *key, void *context);

/* TOUCHED has to hold KEYS, with a '|' after each, and holds none afterwards. */
void touched_expect(const char *row, struct touched *touched, const char *keys);

/* Removes all objects and lists from STORE without telling anybody: it holds no memory then. */
void world_clear(struct store *store);

/* Put objects as a channel brings them: with storage of their own. PATH is "NAMESPACE/NAME"; the
 * uid is "u-PATH". */
void put_message(struct store *store, struct message borrowed);
struct message message_at(enum message_type type, const char *path, uint64_t version);
void put_pool(struct store *store, const char *path, uint64_t version, const char *hostname);
void put_server(struct store *store, const char *path, uint64_t version, const char *certificate,
                const char *pools); /* names with commas between */
void put_certificate(struct store *store, const char *path, uint64_t version, const char *name);
void put_ledger(struct store *store, const char *path, uint64_t version, const char *ledger);
void put_route(struct store *store, const char *path, uint64_t version, const char *spec);
void put_service(struct store *store, const char *path, uint64_t version, const char *spec);
void put_gateway(struct store *store, const char *path, uint64_t version, const char *listeners);
void put_gateway_of(struct store *store, const char *path, uint64_t version, const char *class_name,
                    const char *status);
void put_gateway_class(struct store *store, const char *name, uint64_t version,
                       const char *controller);
bool put_unreadable(struct store *store, enum kind kind, const char *path, const char *problem);

/* A Pool with a service port, always of a newer version. HOSTNAME NULL: without a route. GATEWAY is
 * "NAME" or "NAMESPACE/NAME". */
void put_rival(struct store *store, const char *path, uint64_t created, const char *hostname,
               const char *gateway);

/* One list of KIND, of all namespaces, begins and ends with what is in the store. */
void list_read(struct store *store, enum kind kind);

/* The list of KIND in NAMESPACE has come to its end, and every step that follows has been taken. */
void list_end(struct store *store, enum kind kind, const char *namespace);

/* Everything has been looked at again. */
void recheck_all(struct store *store);

#endif
