/* SPDX-License-Identifier: Apache-2.0 */
/* What the API server holds around some Certificates, read once for all of them. Where few are
 * wanted, single objects are read; where many are, whole lists. It serves one batch and is thrown
 * away after it. */
#ifndef TLSROUTED_CERTPATCHER_FETCHER_H
#define TLSROUTED_CERTPATCHER_FETCHER_H

#include "certpatcher/fetched.h"
#include "common/api/api.h"
#include "common/objects/injection.h"

struct fetcher;

/* All has been read, or could not be. Called once, from the loop. */
typedef void snapshot_ready(struct fetcher *fetcher, void *context);

/* One that is read with API. EVERYWHERE: our account may list all namespaces at once. */
struct fetcher *fetcher_new(struct api *api, bool everywhere, snapshot_ready *ready, void *context);

/* Wants a Certificate; false if it is wanted already, for it can be taken only once. Before
 * fetcher_begin(), which starts to read. */
bool fetcher_want(struct fetcher *fetcher, const char *namespace, const char *certificate);
void fetcher_begin(struct fetcher *fetcher);

/* Why what is in NAMESPACE is not known, with *ERROR saying how it failed; NULL if it is known. */
const char *fetcher_failure(const struct fetcher *fetcher, const char *namespace,
                            enum api_error *error);

/* The wanted Certificate, which becomes the caller's (to be released with fetched_clear()); false
 * if it does not exist. */
bool fetcher_take(struct fetcher *fetcher, const char *namespace, const char *certificate,
                  struct fetched *fetched);

/* Adds to WISHES what Pools and Servers say about CERTIFICATE. The texts are the snapshot's. */
void fetcher_gather(const struct fetcher *fetcher, const struct certificate_message *certificate,
                    struct injection_demands *demands);

/* Ends it, also while it is being read. */
void fetcher_free(struct fetcher *fetcher);

#endif
