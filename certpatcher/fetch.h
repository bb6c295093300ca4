/* SPDX-License-Identifier: Apache-2.0 */
/* What the API server holds around some Certificates, read once for all of them. Where few are
 * wanted, single objects are read; where many are, whole lists. It serves one batch and is thrown
 * away after it. */
#ifndef TLSROUTED_CERTPATCHER_FETCH_H
#define TLSROUTED_CERTPATCHER_FETCH_H

#include "certpatcher/fetched.h"
#include "common/api/api.h"
#include "common/objects/injection.h"

struct snapshot;

/* All has been read, or could not be. Called once, from the loop. */
typedef void snapshot_ready(struct snapshot *snapshot, void *context);

/* One that is read with API. EVERYWHERE: our account may list all namespaces at once. */
struct snapshot *snapshot_new(struct api *api, bool everywhere, snapshot_ready *ready,
                              void *context);

/* Wants a Certificate; false if it is wanted already, for it can be taken only once. Before
 * snapshot_begin(), which starts to read. */
bool snapshot_want(struct snapshot *snapshot, const char *namespace, const char *certificate);
void snapshot_begin(struct snapshot *snapshot);

/* Why what is in NAMESPACE is not known, with *ERROR saying how it failed; NULL if it is known. */
const char *snapshot_failure(const struct snapshot *snapshot, const char *namespace,
                             enum api_error *error);

/* The wanted Certificate, which becomes the caller's (to be released with reading_clear()); false
 * if it does not exist. */
bool snapshot_take(struct snapshot *snapshot, const char *namespace, const char *certificate,
                   struct reading *reading);

/* Adds to WISHES what Pools and Servers say about CERTIFICATE. The texts are the snapshot's. */
void snapshot_gather(const struct snapshot *snapshot, const struct certificate_message *certificate,
                     struct injection_wishes *wishes);

/* Ends it, also while it is being read. */
void snapshot_free(struct snapshot *snapshot);

#endif
