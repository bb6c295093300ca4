/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a struct config, by the keys that they come from. */
#ifndef TLSROUTED_SUPERVISOR_CONFIG_FIELDS_H
#define TLSROUTED_SUPERVISOR_CONFIG_FIELDS_H

#include "supervisor/config/keys.h"

/* The field of KEY in CONFIG: an unsigned, a char *, or a struct text_list. ROLE matters for a key
 * that each worker has, and is less than fields_count() of it. */
void *fields_at(struct config *config, const struct config_key *key, enum role role);
const void *fields_read(const struct config *config, const struct config_key *key, enum role role);

/* How many fields KEY has: one, or one for each worker that talks to the API server. */
unsigned fields_count(const struct config_key *key);

/* Whether KEY is the same in A and B. */
bool fields_same(const struct config_key *key, const struct config *a, const struct config *b);

/* Puts KEY as it is in FROM into TO. */
void fields_copy(const struct config_key *key, struct config *to, const struct config *from);

/* Frees what CONFIG owns, and empties it. */
void config_clear(struct config *config);

#endif
